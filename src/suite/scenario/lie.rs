//! The lies that a program of a role tells, of itself or by what it does. `tests/liar` tells them.

use clap::ValueEnum;

/// What is wrong with a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Lie {
    /// Nothing: the control.
    Honest,

    // Wrong answers, truthfully told.
    /// The SHA-1 in upper case.
    Upper,
    /// The SHA-1 of the data and a newline.
    Newline,
    /// The answer to the previous message.
    Previous,
    /// The answer cut short.
    Short,
    /// An echo without the spaces around.
    Trim,
    /// An echo in lower case.
    Lower,
    /// Two clients get each other's answers.
    Swap,
    /// A broker that lowers the case of requests, not of replies.
    LowerRequest,
    /// A broker that makes up a request.
    MakeUp,

    // Wrong now and then, truthfully told.
    /// Only the five-hundredth answer is wrong.
    WrongOnce,
    /// Only messages from 1 MiB up are handled wrongly.
    WrongLarge,
    /// Only messages that begin with the byte 0xa7 (of `push`: 0xff) are handled wrongly.
    WrongFirstByte,
    /// What follows the first 64 KiB is lost.
    FirstPart,
    /// A client that takes answers wrongly once it has asked again.
    WrongAfterResend,
    /// A server that answers wrongly once its broker has come back.
    WrongAfterReconnect,
    /// A server that takes two requests before it replies to the first.
    TwoAtOnce,
    /// Each line of standard input is a message.
    EachLine,
    /// Trailing newlines are sent.
    KeepNewlines,
    /// White space at the ends is taken away, and not the newlines alone.
    TakeSpaces,
    /// Of several frames only the first counts.
    FirstFrame,
    /// Several frames are passed on in another order.
    Reorder,

    // What a client sends, and when.
    /// The same letters each time.
    SameLetters,
    /// The same letters in each process.
    SameStart,
    /// The same date and time each time.
    SameTime,
    /// The date and time in UTC.
    Utc,
    /// The process id of another one in the message.
    AnotherPidInMessage,
    /// Waits in vain, and never asks again.
    NeverResends,
    /// Asks again after half a second.
    ResendEarly,
    /// Asks again after three seconds.
    ResendLate,
    /// Other bytes are sent when it asks again.
    ResendOther,
    /// Other bytes are sent when it asks again, and told.
    ResendOtherTold,
    /// Tells that it asked again, and does not.
    ResendMute,
    /// Asks again, and does not tell.
    ResendUntold,
    /// Tells what it sent only when it is answered.
    SentLate,
    /// No pause, whatever INTEROP_INTERVAL_MS says.
    NoPause,
    /// A pause of a second, whatever INTEROP_INTERVAL_MS says.
    LongPause,

    // Answers that don't come.
    /// Every tenth request is dropped.
    DropTenth,
    /// Every tenth answer comes after the client's second is over.
    LateTenth,
    /// The first answer to each message from 1 MiB up comes after the client's second is over.
    LateLarge,
    /// Is there, and takes no request.
    Deaf,
    /// Says that it is ready, and never connects.
    Unconnected,
    /// A broker that gives everything to the first server.
    OneServer,
    /// A broker that gives 19 of 20 requests to the first server.
    Unfair,
    /// Reports endpoints at which nobody listens.
    Elsewhere,

    // What it tells is not what it does.
    /// Does something else than it tells; what it tells is right.
    Claim,
    /// Does what is right, and tells something else.
    Misquote,
    /// Tells that it sent, and sends nothing.
    Mute,
    /// Tells that it got the right answer, and never asked.
    Invent,
    /// Takes the answer to an earlier message for the answer to this one.
    Stale,
    /// Takes whatever answer comes, also a late one.
    AnyAnswer,
    /// Asks again at once, not after a second.
    Impatient,
    /// Asks again at once, once it has been through an outage.
    ImpatientLater,
    /// A server that tells of every third exchange twice.
    TellsTwice,
    /// Has one exchange more than INTEROP_COUNT says.
    OneMore,
    /// Tells of a thousand exchanges that never were, then honest work.
    Boast,
    /// Tells of exchanges that never were, without end.
    FloodEvents,
    /// Tells data whose SHA-1 is not that of its hex.
    Contradict,
    /// Prints what is no event.
    NotJson,
    /// Tells of each event's process id that it is another one's.
    WrongPid,
    /// Tells no process id.
    NoPid,
    /// Tells of a message no data.
    NoData,
    /// Tells a size that is one too many of what is larger than 1024 bytes.
    WrongSize,
    /// Tells a size that is one too many of what is not larger than 1024 bytes.
    WrongSmallSize,
    /// Tells hex in upper case.
    UpperHex,
    /// Tells no hex.
    NoHex,
    /// Tells hex of what is larger than 1024 bytes, too.
    LongHex,
    /// Tells the SHA-1 of what is larger than 1024 bytes in upper case.
    UpperSha1,
    /// Does not tell what it sent, pulled or received.
    UntoldRequest,
    /// Does not tell what it replied or was answered.
    UntoldAnswer,
    /// Says twice that it is ready.
    ReadyTwice,
    /// Says that it is ready a second before it binds.
    ReadyEarly,
    /// Names its endpoints in another order.
    EndpointsSwapped,
    /// Names more endpoints than it binds.
    EndpointTooMany,
    /// Binds to all addresses.
    Everywhere,

    // Bad conduct.
    /// Ends at once with 0.
    ExitZero,
    /// Ends at once with 3.
    ExitThree,
    /// Ends at once with 3, but only the first time (LIAR_STATE names a file).
    CrashOnce,
    /// Ends with 3 at the third request or exchange.
    CrashThird,
    /// Never says that it is ready.
    NeverReady,
    /// A gigabyte on standard output, in one line.
    FloodLine,
    /// A gigabyte on standard output, in short lines.
    FloodLines,
    /// A gigabyte on standard error, then honest work: that is allowed.
    FloodErrors,
    /// Does not end on SIGTERM.
    IgnoreTerm,
    /// Ends on SIGTERM after four seconds.
    SlowTerm,
    /// Ends with 1 on SIGTERM.
    TermOne,
    /// Ends with 3 after its work.
    LastThree,
    /// Does not end after its work.
    Lingers,
    /// Ends before its last message or reply has left.
    Hasty,
    /// Ends with 0 after one exchange less than INTEROP_COUNT says.
    OneLess,
    /// Never says that it is ready, and does not end on SIGTERM.
    Stubborn,
    /// Leaves a child in its process group that holds its pipes and ignores SIGTERM.
    ChildInGroup,
    /// Leaves children in a session of their own.
    ChildEscaped,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::role::Role;
    use crate::suite::mutant::words;
    use crate::suite::scenario::ALL;
    use crate::suite::scenario::topology::Place;

    #[test]
    fn every_scenario_has_mutants_and_each_tells_a_lie_in_its_place() {
        for scenario in ALL {
            assert!(!scenario.mutants().is_empty(), "{} has no mutant", scenario.name());
            for place in scenario.places() {
                let role = place.role();
                let told_there = scenario.mutants().iter().any(|m| m.told().1 == role.name());
                assert!(told_there, "no {role} lies in {}", scenario.name());
            }
            for mutant in scenario.mutants() {
                let (lie, role) = mutant.told();
                assert!(words::<Lie>(lie).is_some(), "{lie}");
                let role: Role = role.parse().unwrap();
                let places = scenario.places().iter().map(|place| match place {
                    Place::All(_) => "all",
                    Place::One(one) if *one == role => "liar",
                    Place::One(_) => "rust",
                });
                let places = format!("/{}", places.collect::<Vec<_>>().join("-"));
                assert_eq!(mutant.places, places, "{lie} of {role} in {}", scenario.name());
            }
        }
    }
}
