//! What can become of a cell, and what is said of a failure.

use serde::{Deserialize, Serialize};

/// Which actor of a cell: an index into its stage.
pub type ActorId = usize;

/// The kind of a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// An answer that is not the right one.
    WrongAnswer,
    /// Something that should have come did not.
    Timeout,
    /// A program ended before its work was done.
    Crash,
    /// A program broke the role contract otherwise.
    Contract,
}

impl Cause {
    /// The word of docs/role-contract.md and of the reports.
    pub fn name(self) -> &'static str {
        match self {
            Cause::WrongAnswer => "wrong-answer",
            Cause::Timeout => "timeout",
            Cause::Crash => "crash",
            Cause::Contract => "contract",
        }
    }
}

/// Why a cell failed, in the terms of its stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The kind.
    pub cause: Cause,
    /// What happened, one sentence.
    pub what: String,
    /// What should have come, where that can be said in a line.
    pub expected: Option<String>,
    /// What came.
    pub got: Option<String>,
    /// Who can have done it, as far as the evidence shows; one actor when it is certain.
    pub suspects: Vec<ActorId>,
    /// Lines that show it: of the wire, of the journal.
    pub evidence: Vec<String>,
}

impl Failure {
    /// A failure without details.
    pub fn new(
        cause: Cause,
        suspects: impl Into<Vec<ActorId>>,
        what: impl Into<String>,
    ) -> Failure {
        let (what, suspects) = (what.into(), suspects.into());
        Failure { cause, what, expected: None, got: None, suspects, evidence: vec![] }
    }

    /// Adds what should have come and what came.
    pub fn compared(mut self, expected: impl Into<String>, got: impl Into<String>) -> Failure {
        self.expected = Some(expected.into());
        self.got = Some(got.into());
        self
    }
}

/// Why a play ended early.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// It failed.
    Failed(Box<Failure>),
    /// The person interrupted the run.
    Interrupted,
    /// The harness could not do its own part.
    Broken(String),
}

impl From<Failure> for End {
    fn from(failure: Failure) -> End {
        End::Failed(Box::new(failure))
    }
}

/// The result of a step of a play.
pub type Step<T = ()> = Result<T, End>;
