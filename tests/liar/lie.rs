//! The lies.

/// What is wrong with a peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
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
    /// Never says that it is ready, and does not end on SIGTERM.
    Stubborn,
    /// Leaves a child in its process group that holds its pipes and ignores SIGTERM.
    ChildInGroup,
    /// Leaves children in a session of their own.
    ChildEscaped,
}
