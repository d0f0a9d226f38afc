//! What is said of a failure: its cause, what happened, and who can have done it.

use serde::{Deserialize, Serialize};

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
    /// A program broke its contract otherwise.
    Contract,
}

impl Cause {
    /// Its word, as in report.json and in the expectations.
    pub const fn name(self) -> &'static str {
        match self {
            Cause::WrongAnswer => "wrong-answer",
            Cause::Timeout => "timeout",
            Cause::Crash => "crash",
            Cause::Contract => "contract",
        }
    }

    /// A wrong answer stays one, whatever a second attempt says; a timeout or a crash may be bad luck on
    /// a busy machine.
    pub fn is_grave(self) -> bool {
        matches!(self, Cause::WrongAnswer | Cause::Contract)
    }
}

/// Somebody who can have caused a failure, as a report names it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Suspect {
    /// `python rep #2`.
    pub name: String,
    /// Its peer's name.
    pub peer: String,
}

/// Why a cell failed. While it is played, `Who` is an index of its suite; in a report, a [`Suspect`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure<Who = Suspect> {
    /// The kind.
    pub cause: Cause,
    /// What happened, one sentence.
    pub what: String,
    /// What should have come, where that can be said in a line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// What came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub got: Option<String>,
    /// Who can have done it, as far as the evidence shows; one when it is certain.
    #[serde(rename = "blame")]
    pub suspects: Vec<Who>,
    /// Lines that show it: of the wire, of the journal, of the conversation with an agent.
    #[serde(default = "Vec::new", skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<String>,
}

impl<Who> Failure<Who> {
    /// A failure without details.
    pub fn new(
        cause: Cause,
        suspects: impl Into<Vec<Who>>,
        what: impl Into<String>,
    ) -> Failure<Who> {
        let (what, suspects) = (what.into(), suspects.into());
        Failure { cause, what, expected: None, got: None, suspects, evidence: vec![] }
    }

    /// Adds what should have come and what came.
    pub fn compared(self, expected: impl Into<String>, got: impl Into<String>) -> Failure<Who> {
        Failure { expected: Some(expected.into()), got: Some(got.into()), ..self }
    }

    /// Is it certain who did it?
    pub fn is_certain(&self) -> bool {
        self.suspects.len() == 1
    }

    /// The same with names for the suspects, each once.
    pub fn named(self, name: impl Fn(Who) -> Suspect) -> Failure {
        let mut suspects: Vec<_> = self.suspects.into_iter().map(name).collect();
        suspects.sort();
        suspects.dedup();
        Failure {
            cause: self.cause,
            what: self.what,
            expected: self.expected,
            got: self.got,
            suspects,
            evidence: self.evidence,
        }
    }
}

impl Failure {
    /// The peers that can have done it, each once.
    pub fn blamed_peers(&self) -> Vec<&str> {
        let mut peers: Vec<_> = self.suspects.iter().map(|suspect| suspect.peer.as_str()).collect();
        peers.sort_unstable();
        peers.dedup();
        peers
    }
}

/// Why a play ended early.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End<Who = Suspect> {
    /// It failed.
    Failed(Box<Failure<Who>>),
    /// The person interrupted the run.
    Interrupted,
    /// The harness could not do its own part.
    Broken(String),
}

impl<Who> End<Who> {
    /// The same with names for the suspects.
    pub fn named(self, name: impl Fn(Who) -> Suspect) -> End {
        match self {
            End::Failed(failure) => End::Failed(Box::new(failure.named(name))),
            End::Interrupted => End::Interrupted,
            End::Broken(why) => End::Broken(why),
        }
    }
}

impl<Who> From<Failure<Who>> for End<Who> {
    fn from(failure: Failure<Who>) -> End<Who> {
        End::Failed(Box::new(failure))
    }
}
