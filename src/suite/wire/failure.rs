//! What is said of a socket that does what it should not.

use crate::outcome::{Cause, End, Failure};
use crate::peer::agent::Broken;
use crate::zmtp::conversation::Conversation;
use crate::zmtp::raw::Raw;

use super::grade::Grade;

/// Why a case ended early. The one whose socket it is is the only suspect.
pub type Step<T = ()> = Result<T, End<()>>;

/// An agent of no use any more, as the failure of its peer.
pub fn broken(error: &Broken) -> End<()> {
    let cause = match error {
        Broken::Lack(_) | Broken::Lost(_) => return End::Broken(error.to_string()),
        Broken::Start(_) | Broken::Ended(_) => Cause::Crash,
        Broken::Silent { .. } => Cause::Timeout,
        Broken::Contract(_) => Cause::Contract,
    };
    fail(cause, error.to_string())
}

/// A failure of the one who has the socket.
pub fn fail(cause: Cause, what: impl Into<String>) -> End<()> {
    Failure::new(cause, [()], what).into()
}

/// What a socket should have said or done, and what it did, with the conversation.
pub fn wrong(raw: &Raw, expected: impl Into<String>) -> End<()> {
    let what = format!("it should be {}", expected.into());
    let mut failure = Failure::new(Cause::WrongAnswer, [()], what);
    failure.evidence = lines(raw.conversation());
    failure.into()
}

/// What should have come and did not, with the conversation: on a machine that is slow it may still come.
pub fn late(raw: &Raw, expected: impl Into<String>) -> End<()> {
    let mut failure =
        Failure::new(Cause::Timeout, [()], format!("it should be {}", expected.into()));
    failure.evidence = lines(raw.conversation());
    failure.into()
}

/// What kind of failure a grade is that is not allowed.
pub fn cause(grade: Grade) -> Cause {
    match grade {
        Grade::Died => Cause::Crash,
        Grade::Hung | Grade::Deaf => Cause::Timeout,
        _ => Cause::WrongAnswer,
    }
}

/// What a socket does, as a sentence goes on after `it`.
pub fn in_words(grade: Grade) -> &'static str {
    match grade {
        Grade::Rejected => "rejected it by an ERROR",
        Grade::Closed => "closed the connection",
        Grade::Ignored => "ignored it, and took what followed",
        Grade::Accepted => "took it for right",
        Grade::Hung => "neither closed the connection nor took anything more",
        Grade::Deaf => "served nobody else afterwards",
        Grade::Died => "died of it",
    }
}

/// A conversation as evidence.
pub fn lines(conversation: &Conversation) -> Vec<String> {
    conversation.to_string().lines().map(|line| line.trim().to_owned()).collect()
}
