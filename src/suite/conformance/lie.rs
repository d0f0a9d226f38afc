//! The lies that a mutant tells of a library, or of itself. `tests/lying_agent` tells them.

use clap::ValueEnum;

/// What is wrong with an agent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Lie {
    /// Nothing: the control.
    #[default]
    Honest,

    // Frames.
    /// A frame of so many octets ends in a wrong one.
    Boundary,
    /// The last two parts of three or more change places.
    Reorder,
    /// Empty frames of a longer message get lost.
    DropEmpty,
    /// A frame, or a topic, ends before its first NUL.
    NulTerminated,

    // Envelopes, and whom they reach.
    /// A REQ is a DEALER that sends no delimiter.
    NoDelimiter,
    /// A REP returns the delimiter, and not what was before it.
    ForgetEnvelope,
    /// A ROUTER or a REP replies to another client, where it knows one.
    WrongClient,

    // Sharing.
    /// Connects to the first of its peers alone.
    OnePeer,
    /// Connects to the first of its peers twice, which gets twice its share.
    Favourite,
    /// Hands over first all that there is most of.
    Starve,

    // Subscriptions.
    /// Subscribes to all but the last octet of a topic.
    Wide,
    /// An XPUB gives everything to whoever subscribes to anything.
    Everything,

    /// An XPUB tells of as many topics as there are, but of others.
    OtherTopics,

    // Whether it connects.
    /// Connects no socket but those of one type.
    ConnectsOnly,
    /// Connects no second socket of a type, but the first and the third.
    NoSecond,
    /// Leaves the first connect of each socket out.
    NotFirst,

    // Socket types.
    /// A socket is of another type, which goes with none that goes with the right one.
    OtherType,

    // Options.
    /// Takes an option, remembers and tells its value, and does not set it.
    Forget,
    /// Sets an option that nobody asked for, as in `force:LINGER=0`.
    Force,

    // Security.
    /// Says that it has CURVE, and takes its options; nothing is encrypted.
    NoCurve,
    /// Has one key pair for all purposes, and nobody who asks whose the others are.
    AnyKey,

    // What it says of itself, and how it answers.
    /// Lists a socket type that it doesn't have.
    Boast,
    /// Has a socket type that it doesn't list.
    Deny,
    /// Doesn't list its monitor.
    NoMonitor,
    /// Answers an op with `ok`, and doesn't do it.
    Ignore,
    /// Says of an op that it failed otherwise, where nothing came, or nothing could be sent, in time.
    OtherCode,
    /// Waits a third of the time that it is given to receive.
    Impatient,
    /// Says that nothing is there, to whoever asks for several messages.
    EmptyHanded,
    /// Tells of messages that have no frames.
    NoFrames,
    /// Doesn't say how many messages it sent.
    NoNumber,
    /// Tells a wrong value of an option.
    WrongValue,
    /// Opens a socket without its options.
    Bare,
    /// Answers an op with the id of the next.
    WrongId,
    /// Answers an op both with `ok` and with `error`.
    Both,
    /// Answers an op with what is no JSON.
    NotJson,
    /// Tells of frames whose SHA-1 is not that of their hex.
    Contradict,

    // Conduct, each at an op.
    /// Takes a while.
    Slow,
    /// Never answers.
    Hang,
    /// Ends with 3.
    Die,
    /// A flood on standard output, in one line.
    FloodLine,
    /// A flood on standard output, in short lines.
    FloodLines,
    /// A flood of answers to this one request.
    FloodAnswers,
    /// A flood on standard error, then honest work: that is allowed.
    FloodErrors,
}

impl Lie {
    /// What the lie of this name is, in words.
    pub fn words(name: &str) -> Option<String> {
        let lie = Lie::from_str(name, false).ok()?;
        Some(lie.to_possible_value()?.get_help()?.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suite::conformance;

    #[test]
    fn every_mutant_tells_a_lie_that_there_is() {
        for case in conformance::all() {
            for mutant in case.mutants {
                assert!(Lie::words(mutant.told().0).is_some(), "{}: {}", case.name, mutant.lie);
            }
        }
    }

    #[test]
    #[ignore = "not all have one yet"]
    fn every_case_has_been_red() {
        let without = conformance::all().filter(|case| case.mutants.is_empty());
        let without: Vec<_> = without.map(|case| case.name).collect();
        assert!(without.is_empty(), "no lie turns these red: {without:?}");
    }
}
