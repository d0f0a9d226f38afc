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
use crate::scenario::{Casting, Cell};

/// What became of a cell; see docs/verdicts.md.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// All held.
    Pass,
    /// It failed once with a timeout or a crash, and then passed.
    Flaky,
    /// A peer is not on this machine.
    Skipped,
    /// The run ended before it.
    NotRun,
    /// Something did not hold.
    Fail,
    /// The harness could not do its part.
    Broken,
}

/// A failure in words: who is to blame has names now.
#[derive(Clone, Debug, Serialize)]
pub struct Blamed {
    /// The kind.
    pub cause: Cause,
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
    /// How long it took, in ms.
    pub duration_ms: u64,
    /// Its figures.
    pub measurements: Measurements,
}

impl Outcome {
    /// Of a cell that was not played.
    pub fn unplayed(verdict: Verdict, reason: Option<String>) -> Outcome {
        let measurements = Measurements::default();
        Outcome { verdict, failure: None, reason, played: 0, duration_ms: 0, measurements }
    }
}

/// One play of a cell.
struct Look {
    end: Step,
    blamed: Option<Blamed>,
    certain: bool,
    measurements: Measurements,
}

/// Runs `cell` with `peers`, the peers that are here.
pub fn run(cell: &Cell, peers: &[Peer], setting: &Setting) -> Outcome {
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
                Err(End::Failed(_)) => (Verdict::Fail, second, 2),
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
        duration_ms: start.elapsed().as_millis() as u64,
        measurements: look.measurements,
    }
}

/// Is nothing more to be learned from a second look? What may be bad luck is looked at twice.
fn settled(failure: &Failure, certain: bool) -> bool {
    certain && matches!(failure.cause, Cause::WrongAnswer | Cause::Contract)
}

fn look(cell: &Cell, peers: &[Peer], setting: &Setting, tapped: bool) -> Look {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let mark = format!("{}.{number}.", std::process::id());
    let mut stage = Stage::new(setting, mark, tapped);
    let cast = Casting::new(cell, peers, setting.seed);
    let played = catch_unwind(AssertUnwindSafe(|| cell.scenario.play(&mut stage, &cast)));
    let mut end = played.unwrap_or_else(|panic| Err(End::Broken(words(panic))));
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
        blamed: failure.map(|failure| in_words(&stage, failure, programs)),
        measurements: measure(&stage),
        end,
    }
}

fn in_words(stage: &Stage, failure: &Failure, programs: Vec<ActorReport>) -> Blamed {
    let mut blamed_peers: Vec<_> =
        failure.suspects.iter().map(|id| stage.actors[*id].peer.name.clone()).collect();
    blamed_peers.sort();
    blamed_peers.dedup();
    Blamed {
        cause: failure.cause,
        what: failure.what.clone(),
        expected: failure.expected.clone(),
        got: failure.got.clone(),
        blame: failure.suspects.iter().map(|id| stage.name(*id)).collect(),
        blamed_peers,
        evidence: failure.evidence.clone(),
        programs,
    }
}

fn words(panic: Box<dyn std::any::Any + Send>) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or(panic.downcast_ref::<&str>().copied()).unwrap_or("without a word");
    format!("the harness panicked: {text}")
}

/// How long a cell took, for people.
pub fn seconds(ms: u64) -> String {
    format!("{:.1} s", Duration::from_millis(ms).as_secs_f64())
}
