use std::sync::Mutex;

use super::*;
use crate::outcome::{Cause, Measurements, Suspect};
use crate::suite::machine::Machine;
use crate::suite::play::{Place, Suite};

static SUITE: Suite =
    Suite { name: "told", about: "", cells_per_processor: 1, files_per_cell: 1, shuffled: false };

/// A cell whose attempts end as they are told to.
struct Told {
    ends: Mutex<Vec<Result<(), End>>>,
    looks_closer: bool,
}

impl Play for Told {
    fn suite(&self) -> &'static Suite {
        &SUITE
    }
    fn id(&self) -> String {
        "told/a".into()
    }
    fn group(&self) -> &'static str {
        "told"
    }
    fn requirement(&self) -> String {
        "all holds".into()
    }
    fn places(&self) -> Vec<Place> {
        vec![]
    }
    fn links(&self) -> Vec<[String; 2]> {
        vec![]
    }
    fn attempts(&self) -> u32 {
        3
    }
    fn looks_closer(&self) -> bool {
        self.looks_closer
    }
    fn play(&self, _: u32, _: &Setting) -> Played {
        let end = self.ends.lock().unwrap().remove(0);
        Played { end, programs: vec![], measurements: Measurements::default() }
    }
}

fn failed(cause: Cause, suspects: &[&str]) -> Result<(), End> {
    let name = |name: &&str| Suspect { name: name.to_string(), peer: name.to_string() };
    let suspects: Vec<_> = suspects.iter().map(name).collect();
    let what = format!("{} by {}", cause.name(), suspects.len());
    Err(Failure::new(cause, suspects, what).into())
}

fn verdict(looks_closer: bool, ends: Vec<Result<(), End>>, times: u32) -> Outcome {
    on(Machine::default(), looks_closer, ends, times)
}

fn on(machine: Machine, looks_closer: bool, ends: Vec<Result<(), End>>, times: u32) -> Outcome {
    let all = ends.len();
    let cell = Told { ends: Mutex::new(ends), looks_closer };
    let setting = Setting { machine, ..Setting::new(0, std::path::Path::new("/nowhere")) };
    let outcome = run(&cell, &setting, &Expectations::default(), times);
    let left = cell.ends.lock().unwrap().len();
    assert_eq!(left, 0, "{} of {all} attempts were made", all - left);
    outcome
}

#[test]
fn bad_luck_gets_further_attempts() {
    let late = || failed(Cause::Timeout, &["a", "b"]);
    assert_eq!(verdict(false, vec![Ok(())], 1).verdict, Verdict::Pass);
    let outcome = verdict(false, vec![late(), late(), Ok(())], 1);
    assert_eq!((outcome.verdict, outcome.played), (Verdict::Flaky, 3));
    assert!(outcome.failure.is_some() && outcome.requirement.is_some());
    assert_eq!(verdict(false, vec![late(), late(), late()], 1).verdict, Verdict::Fail);
}

#[test]
fn what_is_late_on_a_slow_machine_is_played_again_and_does_not_count() {
    let slow = |ends| on(Machine::slow(3.0), false, ends, 1);
    let late = || failed(Cause::Timeout, &["a", "b"]);
    let outcome = slow(vec![late(), late(), Ok(())]);
    assert_eq!((outcome.verdict, outcome.played), (Verdict::Pass, 3));
    assert_eq!(slow((0..9).map(|_| late()).collect()).verdict, Verdict::Fail, "late every time");
    let crash = || failed(Cause::Crash, &["a"]);
    assert_eq!(slow(vec![crash(), Ok(())]).verdict, Verdict::Flaky);
    let wrong = failed(Cause::WrongAnswer, &["a"]);
    assert_eq!(slow(vec![wrong]).verdict, Verdict::Fail);
}

#[test]
fn a_wrong_answer_stays_one() {
    let wrong = || failed(Cause::WrongAnswer, &["a", "b"]);
    assert_eq!(verdict(false, vec![wrong()], 1).verdict, Verdict::Fail);
    // Who looks closer wants to know by whom.
    assert_eq!(verdict(true, vec![wrong(), Ok(())], 1).verdict, Verdict::Fail);
    let certain = verdict(true, vec![wrong(), failed(Cause::Contract, &["b"])], 1);
    assert_eq!(certain.failure.unwrap().blamed_peers(), ["b"]);
    // A lesser failure does not take the place of a graver one.
    let first = verdict(true, vec![wrong(), failed(Cause::Timeout, &["a", "b"])], 1);
    assert_eq!(first.failure.unwrap().cause, Cause::WrongAnswer);
    assert_eq!(verdict(true, vec![failed(Cause::Contract, &["a"])], 1).played, 1);
}

#[test]
fn an_attempt_that_is_interrupted_decides_nothing() {
    let late = failed(Cause::Timeout, &["a", "b"]);
    let outcome = verdict(false, vec![late, Err(End::Interrupted)], 1);
    assert_eq!((outcome.verdict, outcome.failure), (Verdict::NotRun, None));
    let wrong = failed(Cause::WrongAnswer, &["a", "b"]);
    let outcome = verdict(true, vec![wrong, Err(End::Broken("no".into()))], 1);
    assert_eq!(outcome.verdict, Verdict::Fail);
}

#[test]
fn what_passes_only_sometimes_is_flaky_and_its_rate_is_told() {
    let wrong = || failed(Cause::WrongAnswer, &["a"]);
    let outcome = verdict(false, vec![Ok(()), wrong(), Ok(())], 3);
    assert_eq!(outcome.verdict, Verdict::Flaky);
    assert_eq!(outcome.repeated, Some(Repeated { passed: 2, of: 3 }));
    assert_eq!(outcome.failure.unwrap().cause, Cause::WrongAnswer);
    assert_eq!(verdict(false, vec![wrong(), wrong()], 2).verdict, Verdict::Fail);
    assert_eq!(verdict(false, vec![Ok(()), Ok(())], 2).verdict, Verdict::Pass);
    let outcome = verdict(false, vec![Ok(()), Err(End::Interrupted)], 3);
    assert_eq!(outcome.verdict, Verdict::NotRun);
}
