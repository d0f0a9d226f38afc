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
    /// A heartbeat is sent in the middle of a frame of so many octets or more.
    PingInside,
    /// A message of which only a part came is told as a whole one.
    Partial,
    /// After a message that could not be sent, one part of it is sent all the same.
    StrayPart,

    // Order and number.
    /// Every tenth message that is sent comes after the next one.
    OutOfOrder,
    /// Sends no more after so many messages on a socket, and says that it does.
    Stops,
    /// Loses every fourth message that it receives.
    LoseFourth,
    /// Loses the message that comes after a receive that timed out.
    Swallow,
    /// Sends its first message again after each one, from the twelfth on, or after so many.
    Replay,
    /// Does an op twice.
    Again,
    /// Says that it sent what could not be sent.
    ClaimSent,

    // Envelopes, and whom they reach.
    /// A REQ is a DEALER that sends no delimiter.
    NoDelimiter,
    /// A REP returns the delimiter, and not what was before it.
    ForgetEnvelope,
    /// A ROUTER or a REP replies to another client, where it knows one.
    WrongClient,
    /// A ROUTER gives a client that it knows what is for an id that it does not know.
    Misroute,
    /// A REQ or a REP sends and receives in any order, and from anybody.
    Lenient,

    // Sharing.
    /// Connects to the first of its peers alone.
    OnePeer,
    /// Connects to the first of its peers twice, at once or after so many messages: it gets twice its share.
    Favourite,
    /// Hands over first all that there is most of.
    Starve,
    /// Once a socket found no room for a message, it does no more of this op.
    HeldUp,

    // Subscriptions.
    /// Subscribes to all but the last octet of a topic.
    Wide,
    /// An XPUB gives everything to whoever subscribes to anything.
    Everything,
    /// A SUB gets everything, whatever it subscribes to.
    Promiscuous,
    /// An empty subscription is none.
    NoEmptyTopic,
    /// A topic that is cancelled once is cancelled as often as it was subscribed to.
    CancelAll,
    /// Cancels the topic that was subscribed to last, whichever is named.
    OtherTopic,
    /// A topic ends after so many octets.
    ShortTopic,
    /// Takes so many subscriptions of a socket, and says that it takes more.
    FewTopics,
    /// An XPUB does not tell who leaves.
    NoLeave,
    /// A PUB waits for its slowest subscriber, a REP for its slowest client.
    Block,
    /// An XPUB tells of as many topics as there are, but of others.
    OtherTopics,

    // Endpoints.
    /// Binds to 127.0.0.2 where it is told to bind to all interfaces.
    OneAddress,
    /// Tells of a port that is bound to all interfaces the wild-card for an address.
    Wildcard,
    /// Says that it bound to an endpoint that is in use.
    InUseToo,
    /// Keeps an endpoint that it is told to let go, and from then on hands over the first part of a message alone, or
    /// half of an only one.
    PartLeft,

    // Whether it connects.
    /// Connects no socket but those of one type.
    ConnectsOnly,
    /// Connects no second socket of a type, or of the one that is named, but the first and the third.
    NoSecond,
    /// Takes the endpoint of a second connect for another one.
    Twice,
    /// Makes no second connection to an endpoint where it had one.
    NoReturn,
    /// When a socket connects, those that had connected before connect there once more.
    ComesAgain,
    /// Leaves the first connect of each socket out.
    NotFirst,
    /// Connects to no host that has a name.
    NoNames,
    /// Connects to an inproc endpoint only when it is bound.
    BindFirst,
    /// Connects no socket that was given this option.
    DeafWith,
    /// ipc:// is tcp underneath.
    IpcIsTcp,
    /// Over IPv6 it listens on 127.0.0.1.
    NoIpv6,
    /// Does not bind to an ipc:// path at which there is a file.
    NoOverride,
    /// Where there is a file at an ipc:// path, binds beside it, and says that it bound there.
    Beside,
    /// An op acts on the endpoint that the socket was given first, whichever is named.
    OtherEndpoint,

    // Socket types.
    /// A socket is of another type, which goes with none that goes with the right one.
    OtherType,
    /// A socket that binds takes peers of any type.
    AnyType,
    /// Every socket is of this type, with the options of the right one.
    OneType,

    // On the wire, told by a relay in front of a socket that binds.
    /// Of each second connection it takes all that looks like a message.
    TakesAll,
    /// Closes each second connection.
    RefusesSecond,
    /// Leaves each second connection open, and never says anything there.
    HangsSecond,
    /// Ends with the second connection.
    DiesSecond,
    /// Serves a connection once the one before it has ended.
    OneAtATime,
    /// Flips the lowest bit of this octet of each connection.
    Flip,
    /// Changes the last octet of this text wherever it says it.
    Garble,
    /// Says nothing before it has heard a whole greeting.
    Withhold,
    /// Subscribes each peer to everything.
    AllTopics,

    // Options.
    /// Takes an option, remembers and tells its value, and does not set it.
    Forget,
    /// Sets an option that nobody asked for, as in `force:LINGER=0`.
    Force,
    /// Takes the first half of an option's text.
    Half,
    /// Sets an option to a third of its value, or gives an op a third of its time.
    Third,
    /// Sets an option to twice its value.
    Double,
    /// Sets an option to three times its value, or gives an op three times its time.
    Thrice,

    // Security.
    /// Says that it has CURVE, and takes its options; nothing is encrypted.
    NoCurve,
    /// Has one key pair for all purposes, and nobody who asks whose the others are.
    AnyKey,
    /// Lets in whom its handler would refuse.
    LetIn,
    /// Lets anybody in until it is told whom.
    OpenAtFirst,
    /// Knows a name by all but its last character.
    ShortName,
    /// Tells another address than its handler was asked about.
    OtherAddress,
    /// Lets nobody in by a reply of which this frame was given, counted from 0.
    OwnReply,
    /// Its ZAP handler is a REP where it is to be a ROUTER.
    RepHandler,

    // What it says of itself, and how it answers.
    /// Lists what it doesn't have, as in `boast:transports=ws`.
    Boast,
    /// Has what it doesn't list.
    Deny,
    /// Answers an op with `ok`, and doesn't do it.
    Ignore,
    /// Says of an op that it failed otherwise, where nothing came, or nothing could be sent, in time.
    OtherCode,
    /// Refuses this op with EAGAIN, for whatever reason it is refused.
    AlwaysEagain,
    /// A poll never sees what it is asked for.
    Blind,
    /// A monitor does not tell of an event.
    LostEvent,
    /// A monitor tells of an event that was not.
    MadeUpEvent,
    /// Answers requests that make no sense with `ok`.
    Forgive,
    /// Leaves out the hex of short frames.
    NoHex,
    /// Ends with 3 where it is told to exit.
    ExitThree,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suite::conformance;
    use crate::suite::mutant::words;

    #[test]
    fn every_mutant_tells_a_lie_that_there_is() {
        for case in conformance::all() {
            for mutant in case.mutants {
                assert!(words::<Lie>(mutant.told().0).is_some(), "{}: {}", case.name, mutant.lie);
            }
        }
    }

    #[test]
    fn every_case_has_been_red() {
        let without = conformance::all().filter(|case| case.mutants.is_empty());
        let without: Vec<_> = without.map(|case| case.name).collect();
        assert!(without.is_empty(), "no lie turns these red: {without:?}");
    }
}
