//! What became of a cell: plain data that is written into a report and read back from it. Nothing here
//! knows how a cell is played.

pub mod failure;
pub mod fold;
pub mod pattern;
mod verdict;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use fold::fold;

pub use failure::{Cause, End, Failure, Suspect};
pub use verdict::Verdict;

/// How many lines of a program's standard error are told, at most.
const LAST_LINES: usize = 8;

/// What became of a cell, and all there is to say of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// The verdict.
    pub verdict: Verdict,
    /// Why it failed, or is flaky.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
    /// What must hold, and where that is written: for what did not hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requirement: Option<String>,
    /// The programs of a cell that failed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub programs: Vec<Program>,
    /// Why it was skipped, or what the harness could not do, or what the expectations say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// How often it was played.
    pub played: u32,
    /// With --repeat: how often it passed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repeated: Option<Repeated>,
    /// How long it took, in ms.
    pub duration_ms: u64,
    /// What was measured.
    pub measurements: Measurements,
}

impl Outcome {
    /// Of a cell that was not played.
    pub fn unplayed(verdict: Verdict, reason: impl Into<Option<String>>) -> Outcome {
        Outcome {
            verdict,
            failure: None,
            requirement: None,
            programs: vec![],
            reason: reason.into(),
            played: 0,
            repeated: None,
            duration_ms: 0,
            measurements: Measurements::default(),
        }
    }

    /// The same, with what repeats itself in its evidence and in what its programs said told once.
    pub fn folded(mut self) -> Outcome {
        if let Some(failure) = &mut self.failure {
            failure.evidence = fold(std::mem::take(&mut failure.evidence));
        }
        for program in &mut self.programs {
            let lines = fold(std::mem::take(&mut program.stderr));
            program.stderr = lines[lines.len().saturating_sub(LAST_LINES)..].to_vec();
        }
        self
    }

    /// How often it was played, where that was more than once: `played 3 times`, `passed 2 of 3 times`.
    pub fn times(&self) -> Option<String> {
        match (self.repeated, self.played) {
            (Some(Repeated { passed, of }), _) => Some(format!("passed {passed} of {of} times")),
            (None, 0 | 1) => None,
            (None, 2) => Some("played twice".into()),
            (None, n) => Some(format!("played {n} times")),
        }
    }
}

/// The rate of a cell that was run several times.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Repeated {
    /// How often it passed.
    pub passed: u32,
    /// Of how often.
    pub of: u32,
}

/// What a report says of one program of a cell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Program {
    /// Peer and role.
    pub name: String,
    /// The peer's name.
    pub peer: String,
    /// The words that started it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub command: Vec<String>,
    /// How it ended, or that it was running when the cell ended.
    pub status: String,
    /// The last lines of its standard error.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stderr: Vec<String>,
}

/// Figures of one cell. Machines differ and are noisy: these are reported, never judged.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Measurements {
    /// Answers that clients got.
    pub exchanges: usize,
    /// Answers per second, from the first question to the last answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requests_per_second: Option<f64>,
    /// Requests that each server received, where there are several servers.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub shares: BTreeMap<String, usize>,
    /// The longest time between two answers to the same client, in ms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub longest_stall_ms: Option<u64>,
    /// What a socket did with a breach of the protocol: `rejected`, `closed`, `ignored`, `accepted`, `hung`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grade: Option<String>,
    /// The RFC wants another grade, and most peers can live with this one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub lenient: bool,
}
