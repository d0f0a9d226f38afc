//! One cell from start to verdict: played, and played again where a failure may have been bad luck or
//! where a closer look shows who is to blame.

use std::time::{Duration, Instant};

use crate::expectation::{Expectations, Expected, Subject};
use crate::outcome::{Cause, End, Failure, Outcome, Repeated, Verdict};
use crate::suite::play::{Place, Play, Played};
use crate::suite::setting::Setting;

/// Nothing is waited for longer than this in a cell that is known to time out: three times as long as a client
/// waits before it asks again.
const KNOWN: Duration = Duration::from_secs(3);

/// So many plays on a slow machine don't count, at most: some peers are late on every machine.
const EXCUSED: u32 = 2;

/// Plays `cell` `times` times, and judges the outcome by what was expected.
pub fn run(cell: &dyn Play, setting: &Setting, known: &Expectations, times: u32) -> Outcome {
    let known = expected(cell, known);
    let mut outcome = once(cell, setting, &known);
    if times > 1 {
        repeat(&mut outcome, times, || once(cell, setting, &known));
    }
    known.judge(&mut outcome);
    outcome
}

/// What is expected of `cell`.
pub fn expected<'a>(cell: &dyn Play, known: &'a Expectations) -> Expected<'a> {
    known.of(&subject(&cell.id(), &cell.places()))
}

/// A cell, as expectations see it.
pub fn subject<'a>(id: &'a str, places: &'a [Place]) -> Subject<'a> {
    Subject { id, places: places.iter().map(|place| (place.label, &place.peers[..])).collect() }
}

/// A cell that passed only sometimes is flaky; what is told is the first failure.
fn repeat(outcome: &mut Outcome, times: u32, mut again: impl FnMut() -> Outcome) {
    let mut passed = u32::from(outcome.verdict == Verdict::Pass);
    for _ in 1..times {
        if matches!(outcome.verdict, Verdict::NotRun | Verdict::Broken) {
            return;
        }
        let next = again();
        passed += u32::from(next.verdict == Verdict::Pass);
        let duration_ms = outcome.duration_ms + next.duration_ms;
        let ended = matches!(next.verdict, Verdict::NotRun | Verdict::Broken);
        if outcome.failure.is_none() || ended {
            *outcome = next;
        }
        outcome.duration_ms = duration_ms;
    }
    if matches!(outcome.verdict, Verdict::NotRun | Verdict::Broken) {
        return;
    }
    outcome.repeated = Some(Repeated { passed, of: times });
    outcome.played = times;
    outcome.verdict = match passed {
        0 => Verdict::Fail,
        all if all == times => Verdict::Pass,
        _ => Verdict::Flaky,
    };
}

/// Plays `cell` until its verdict is sure.
fn once(cell: &dyn Play, setting: &Setting, known: &Expected) -> Outcome {
    let start = Instant::now();
    let setting = &for_what_is_known(setting, known);
    let (mut told, mut played) = fairly(cell, 0, setting, known);
    let mut attempts = 1;
    let verdict = loop {
        let failure = match &told.end {
            Ok(()) => break Verdict::Pass,
            Err(End::Interrupted) => break Verdict::NotRun,
            Err(End::Broken(_)) => break Verdict::Broken,
            Err(End::Failed(failure)) => failure,
        };
        let enough = attempts >= cell.attempts()
            || known.includes(failure.cause)
            || setting.interrupt.raised()
            || !is_worth_another(cell, failure);
        if enough {
            break Verdict::Fail;
        }
        let grave = failure.cause.is_grave();
        let (next, times) = fairly(cell, attempts, setting, known);
        played += times;
        attempts += 1;
        match &next.end {
            // A wrong answer stays one, whatever another attempt says.
            Ok(()) if grave => break Verdict::Fail,
            Ok(()) => break Verdict::Flaky,
            Err(End::Failed(later)) if later.is_certain() || !grave => told = next,
            Err(End::Failed(_)) => break Verdict::Fail,
            Err(_) if grave => break Verdict::Fail,
            Err(_) => told = next,
        }
    };
    outcome(cell, told, verdict, played, start)
}

/// A cell that is known to time out waits no longer than is needed to know.
fn for_what_is_known(setting: &Setting, known: &Expected) -> Setting {
    let timeout = match known.includes(Cause::Timeout) {
        true => setting.timeout.min(KNOWN),
        false => setting.timeout,
    };
    Setting { timeout, ..setting.clone() }
}

/// One attempt of `cell`, and how often it was played for that: what failed for want of time while the machine was
/// slow is no attempt, and is played again.
fn fairly(cell: &dyn Play, attempt: u32, setting: &Setting, known: &Expected) -> (Played, u32) {
    let mut played = 0;
    loop {
        played += 1;
        let start = Instant::now();
        let told = cell.play(attempt, setting);
        let Err(End::Failed(failure)) = &told.end else { return (told, played) };
        let may_be_excused = failure.cause == Cause::Timeout
            && !known.includes(failure.cause)
            && played <= EXCUSED
            && !setting.interrupt.raised();
        if !may_be_excused || !setting.machine.excuses(start) {
            return (told, played);
        }
    }
}

/// May it have been bad luck, or does a closer look show who is to blame?
fn is_worth_another(cell: &dyn Play, failure: &Failure) -> bool {
    !failure.cause.is_grave() || cell.looks_closer() && !failure.is_certain()
}

fn outcome(
    cell: &dyn Play,
    told: Played,
    verdict: Verdict,
    played: u32,
    start: Instant,
) -> Outcome {
    let (failure, reason) = match told.end {
        Err(End::Failed(failure)) => (Some(*failure), None),
        Err(End::Broken(why)) => (None, Some(why)),
        Err(End::Interrupted) => (None, Some("the run was interrupted".into())),
        Ok(()) => (None, None),
    };
    Outcome {
        verdict,
        requirement: failure.is_some().then(|| cell.requirement()),
        programs: if failure.is_some() { told.programs } else { vec![] },
        failure,
        reason,
        played,
        repeated: None,
        duration_ms: start.elapsed().as_millis() as u64,
        measurements: told.measurements,
    }
}

#[cfg(test)]
mod tests;
