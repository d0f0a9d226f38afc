//! One cell from start to verdict: played once, and, where it failed in a way that the journal alone
//! can't settle, a second time with every link recorded, so that the wire tells who is to blame.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde::Serialize;

use super::ending::{self, ActorReport};
use super::failure::{Cause, End, Failure, Step};
use super::measure::{Measurements, measure};
use super::stage::{Setting, Stage};
use super::witness;
use crate::peer::Peer;
use crate::plan::Cell;
use crate::scenario::{self, Casting};

/// What became of a cell; see docs/verdicts.md.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// All held.
    Pass,
    /// It failed once with a timeout or a crash, and then passed.
    Flaky,
    /// It failed as the expectations say.
    Known,
    /// A peer declared that it cannot.
    Unsupported,
    /// A peer is not on this machine.
    Skipped,
    /// The run ended before it.
    NotRun,
    /// The expectations say that it fails, and it passed.
    UnexpectedPass,
    /// Something did not hold.
    Fail,
    /// The harness could not do its part.
    Broken,
}

impl Verdict {
    /// Does it fail the run?
    pub fn is_bad(self) -> bool {
        matches!(self, Verdict::Fail | Verdict::Broken | Verdict::UnexpectedPass)
    }

    /// Was the cell played?
    pub fn has_run(self) -> bool {
        !matches!(self, Verdict::Skipped | Verdict::Unsupported | Verdict::NotRun)
    }
}

/// A failure in words: who is to blame has names now.
#[derive(Clone, Debug, Serialize)]
pub struct Blamed {
    /// The kind.
    pub cause: Cause,
    /// What must hold, and where that is written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requirement: Option<String>,
    /// What happened.
    pub what: String,
    /// What should have come.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// What came.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub got: Option<String>,
    /// Who can have done it: `python rep`; one where it is certain.
    pub blame: Vec<String>,
    /// The peers among them, each once.
    pub blamed_peers: Vec<String>,
    /// Lines that show it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<String>,
    /// All programs of the cell.
    pub programs: Vec<ActorReport>,
}

impl Blamed {
    /// A failure of which only the kind is known.
    pub fn new(cause: Cause) -> Blamed {
        Blamed {
            cause,
            requirement: None,
            what: String::new(),
            expected: None,
            got: None,
            blame: vec![],
            blamed_peers: vec![],
            evidence: vec![],
            programs: vec![],
        }
    }
}

/// What became of a cell, and all there is to say of it.
#[derive(Clone, Debug, Serialize)]
pub struct Outcome {
    /// The verdict.
    pub verdict: Verdict,
    /// Why it failed, or is flaky.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<Blamed>,
    /// Why it was skipped, or what the harness could not do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// How often it was played.
    pub played: u32,
    /// With --repeat: how often it passed, of how often.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub passed: Option<(u32, u32)>,
    /// How long it took, in ms.
    pub duration_ms: u64,
    /// Its figures.
    pub measurements: Measurements,
}

impl Outcome {
    /// Of a cell that was not played.
    pub fn unplayed(verdict: Verdict, reason: Option<String>) -> Outcome {
        let measurements = Measurements::default();
        Outcome {
            verdict,
            failure: None,
            reason,
            played: 0,
            passed: None,
            duration_ms: 0,
            measurements,
        }
    }
}

/// One play of a cell.
struct Look {
    end: Step,
    blamed: Option<Blamed>,
    certain: bool,
    measurements: Measurements,
}

/// Runs `cell` so often with `peers`, the peers that are here, and judges the outcome by what was expected.
pub fn run(cell: &Cell, peers: &[Peer], setting: &Setting, times: u32) -> Outcome {
    let mut outcome = repeated(cell, peers, setting, times);
    setting.expectations.judge(&cell.id(), &mut outcome);
    outcome
}

fn once(cell: &Cell, peers: &[Peer], setting: &Setting) -> Outcome {
    match cell {
        Cell::Scenario(cell) => run_scenario(cell, peers, setting),
        Cell::Case(cell) => crate::conformance::cell::run(cell, peers, setting),
    }
}

/// A cell that passed only sometimes is flaky.
fn repeated(cell: &Cell, peers: &[Peer], setting: &Setting, times: u32) -> Outcome {
    let mut outcome = once(cell, peers, setting);
    let mut passed = u32::from(outcome.verdict == Verdict::Pass);
    for _ in 1..times {
        let next = once(cell, peers, setting);
        passed += u32::from(next.verdict == Verdict::Pass);
        let duration_ms = outcome.duration_ms + next.duration_ms;
        // The story that is told is the first failure's.
        if outcome.failure.is_none() {
            outcome = next;
        }
        outcome.duration_ms = duration_ms;
        if matches!(outcome.verdict, Verdict::NotRun | Verdict::Broken) {
            return outcome;
        }
    }
    if times > 1 {
        outcome.passed = Some((passed, times));
        outcome.played = times;
        outcome.verdict = match passed {
            0 => Verdict::Fail,
            all if all == times => Verdict::Pass,
            _ => Verdict::Flaky,
        };
    }
    outcome
}

fn run_scenario(cell: &scenario::Cell, peers: &[Peer], setting: &Setting) -> Outcome {
    let start = Instant::now();
    let first = look(cell, peers, setting, false);
    let (verdict, look, played) = match &first.end {
        Ok(()) => (Verdict::Pass, first, 1),
        Err(End::Failed(failure)) if settled(failure, first.certain) => (Verdict::Fail, first, 1),
        Err(End::Failed(failure)) => {
            // A wrong answer stays one, whatever a second attempt says.
            let grave = matches!(failure.cause, Cause::WrongAnswer | Cause::Contract);
            let second = look(cell, peers, setting, true);
            match second.end {
                Ok(()) if grave => (Verdict::Fail, first, 2),
                Ok(()) => (Verdict::Flaky, first, 2),
                // The wire tells more, unless the second failure is another, lesser one.
                Err(End::Failed(_)) if second.certain || !grave => (Verdict::Fail, second, 2),
                Err(_) => (Verdict::Fail, first, 2),
            }
        }
        Err(End::Interrupted) => (Verdict::NotRun, first, 1),
        Err(End::Broken(_)) => (Verdict::Broken, first, 1),
    };
    let reason = match look.end {
        Err(End::Broken(reason)) => Some(reason),
        Err(End::Interrupted) => Some("the run was interrupted".into()),
        _ => None,
    };
    Outcome {
        verdict,
        failure: look.blamed,
        reason,
        played,
        passed: None,
        duration_ms: start.elapsed().as_millis() as u64,
        measurements: look.measurements,
    }
}

/// Is nothing more to be learned from a second look? What may be bad luck is looked at twice.
fn settled(failure: &Failure, certain: bool) -> bool {
    certain && matches!(failure.cause, Cause::WrongAnswer | Cause::Contract)
}

fn look(cell: &scenario::Cell, peers: &[Peer], setting: &Setting, tapped: bool) -> Look {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let mark = format!("{}.{number}.", std::process::id());
    let mut stage = Stage::new(setting, mark, tapped);
    let cast = Casting::new(cell, peers, setting.seed);
    let played = catch_unwind(AssertUnwindSafe(|| cell.scenario.play(&mut stage, &cast)));
    let mut end = played.unwrap_or_else(|panic| Err(End::Broken(in_words(panic))));
    if let Err(End::Failed(failure)) = &mut end {
        witness::examine(&mut stage, failure);
    }
    let programs = ending::reports(&stage);
    let stopped = ending::stop(&mut stage);
    if let (Ok(()), Some(failure)) = (&end, stopped) {
        end = Err(failure.into());
    }
    let failure = match &end {
        Err(End::Failed(failure)) => Some(failure),
        _ => None,
    };
    Look {
        certain: failure.is_some_and(|f| f.suspects.len() == 1),
        blamed: failure.map(|failure| blame(cell, &stage, failure, programs)),
        measurements: measure(&stage),
        end,
    }
}

fn blame(
    cell: &scenario::Cell,
    stage: &Stage,
    failure: &Failure,
    programs: Vec<ActorReport>,
) -> Blamed {
    let mut blamed_peers: Vec<_> =
        failure.suspects.iter().map(|id| stage.actors[*id].peer.name.clone()).collect();
    blamed_peers.sort();
    blamed_peers.dedup();
    Blamed {
        cause: failure.cause,
        requirement: Some(cell.scenario.holds().into()),
        what: failure.what.clone(),
        expected: failure.expected.clone(),
        got: failure.got.clone(),
        blame: failure.suspects.iter().map(|id| stage.name(*id)).collect(),
        blamed_peers,
        evidence: failure.evidence.clone(),
        programs,
    }
}

/// What a panic said.
pub fn in_words(panic: Box<dyn std::any::Any + Send>) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or(panic.downcast_ref::<&str>().copied()).unwrap_or("without a word");
    format!("the harness panicked: {text}")
}

/// How long a cell took, for people.
pub fn seconds(ms: u64) -> String {
    format!("{:.1} s", Duration::from_millis(ms).as_secs_f64())
}
