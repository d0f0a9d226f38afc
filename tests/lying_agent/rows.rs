//! The lies, each with the cell in which it is caught.

/// A lie, the cell in which it is caught, and what must come of it.
pub type Row = (&'static str, &'static str, &'static str, Blame);

/// Who is to blame.
#[derive(Clone, Copy, PartialEq)]
pub enum Blame {
    /// The liar and nobody else.
    Surely,
    /// The liar or the other: a message was lost or changed between them, or before, or after.
    Either,
}
use Blame::{Either, Surely};

/// The peers that meet.
pub const PEERS: [&str; 3] = ["liar", "rust", "python"];

pub const WRONG: &str = "wrong-answer";
pub const TIMEOUT: &str = "timeout";
pub const CRASH: &str = "crash";
pub const CONTRACT: &str = "contract";

pub const ROWS: &[Row] = &[
    // Frames.
    ("boundary:1", "frame-sizes/liar-rust", WRONG, Either),
    ("boundary:255", "frame-sizes/liar-rust", WRONG, Either),
    ("boundary:256", "frame-sizes/liar-rust", WRONG, Either),
    ("boundary:256", "frame-sizes+flip/liar-rust", WRONG, Either),
    ("boundary:256", "frame-sizes/liar-liar", WRONG, Surely),
    ("boundary:256", "frame-sizes-req/rust-liar", WRONG, Either),
    ("boundary:8192", "frame-sizes/liar-rust", WRONG, Either),
    ("boundary:65535", "frame-sizes/liar-rust", WRONG, Either),
    ("boundary:8388608", "frame-sizes/liar-rust", WRONG, Either),
    ("reorder", "frame-multipart/liar-rust", WRONG, Either),
    ("drop-empty", "frame-empty/liar-rust", WRONG, Either),
    ("drop-empty", "frame-empty/rust-liar", WRONG, Either),
    ("drop-empty", "rep-parts/rust-liar", WRONG, Either),
    ("nul-terminated", "frame-binary/liar-rust", WRONG, Either),
    ("nul-terminated", "sub-prefix/liar-rust", WRONG, Either),
    // Envelopes, and whom they reach.
    ("no-delimiter", "req-router/liar-rust", WRONG, Either),
    ("forget-envelope", "rep-envelope/liar-rust", TIMEOUT, Either),
    ("wrong-client", "rtr-empty-id/rust-liar", WRONG, Either),
    ("wrong-client", "rep-clients/rust-liar", TIMEOUT, Either),
    // Sharing.
    ("one-peer", "push-rr/liar-rust", WRONG, Either),
    ("one-peer", "dealer-rr/liar-rust", WRONG, Either),
    ("one-peer", "req-rr/liar-rust", WRONG, Surely),
    ("favourite", "push-rr/liar-rust", WRONG, Surely),
    ("starve", "pull-fq/liar-rust", WRONG, Surely),
    ("starve", "dealer-fq/liar-rust", WRONG, Surely),
    // Subscriptions.
    ("wide", "sub-prefix/liar-rust", WRONG, Either),
    ("wide", "sub-bind-xpub/liar-rust", WRONG, Either),
    ("everything", "xsub-send/python-liar", WRONG, Either),
    ("other-topics", "life-many-subs/rust-liar", WRONG, Either),
    // Whether it connects, and whether it leaves.
    ("no-second", "hs-each/liar-rust", TIMEOUT, Either),
    ("connects-only:PUSH", "hs-type-mismatch-pull/liar-rust", TIMEOUT, Surely),
    ("connects-only:SUB", "hs-type-mismatch-pub/liar-rust", TIMEOUT, Surely),
    ("no-second", "plain-bad/liar-rust", TIMEOUT, Surely),
    ("no-second", "pair-exclusive/liar-rust", TIMEOUT, Surely),
    ("no-second", "rtr-no-handover/liar-rust", TIMEOUT, Surely),
    ("not-first", "life-immediate/liar-rust", TIMEOUT, Either),
    ("ignore:close", "rep-gone/liar-rust", TIMEOUT, Surely),
    // Silence, and refusals.
    ("other-code:recv", "hb-reqrep/liar-rust", CONTRACT, Surely),
    ("other-code:recv", "life-linger-none/rust-liar", CONTRACT, Surely),
    ("other-code:recv", "hs-type-mismatch-pull/rust-liar", CONTRACT, Surely),
    ("impatient", "hb-reqrep/liar-rust", CONTRACT, Surely),
    ("impatient", "life-linger-expires/rust-liar", CONTRACT, Surely),
    ("other-code:send", "life-immediate/liar-rust", CONTRACT, Surely),
    ("other-code:send", "push-hwm/liar-rust", CONTRACT, Surely),
    ("other-code:send", "dealer-block/liar-rust", CONTRACT, Surely),
    ("empty-handed", "agent-features/liar", CONTRACT, Surely),
    ("empty-handed", "pull-fq/liar-rust", CONTRACT, Surely),
    ("no-frames", "req-last-peer/rust-liar", CONTRACT, Surely),
    ("no-number", "pull-fq/rust-liar", CONTRACT, Surely),
    // Security.
    ("no-curve", "curve-wrong-server-key/liar-liar", WRONG, Surely),
    ("no-curve", "curve-unknown-client/liar-liar", WRONG, Surely),
    ("any-key", "curve-wrong-server-key/python-liar", WRONG, Either),
    ("any-key", "curve-unknown-client/python-liar", WRONG, Either),
    // What it says of itself, and how it answers.
    ("boast", "agent-types/liar", CONTRACT, Surely),
    ("deny", "agent-types/liar", CONTRACT, Surely),
    ("wrong-id:recv", "req-basic/liar-rust", CONTRACT, Surely),
    ("wrong-id:levitate", "agent-unknown-op/liar", CONTRACT, Surely),
    ("both:recv", "req-basic/rust-liar", CONTRACT, Surely),
    ("not-json:recv", "req-basic/rust-liar", CONTRACT, Surely),
    ("contradict", "frame-sizes/rust-liar", CONTRACT, Surely),
    ("contradict", "pull-fq/liar-rust", CONTRACT, Surely),
    ("bare", "agent-options/liar", CONTRACT, Surely),
    ("bare", "hb-reqrep/liar-rust", WRONG, Surely),
    ("wrong-value:ROUTING_ID", "agent-options/liar", CONTRACT, Surely),
    ("wrong-value:PLAIN_USERNAME", "agent-options/liar", CONTRACT, Surely),
    ("wrong-value:SNDBUF", "agent-options/liar", CONTRACT, Surely),
    ("wrong-value:RCVBUF", "agent-options/liar", CONTRACT, Surely),
    ("wrong-value:LAST_ENDPOINT", "agent-options/liar", CONTRACT, Surely),
    ("wrong-value:TYPE", "agent-options/liar", CONTRACT, Surely),
    ("wrong-value:TYPE", "agent-types/liar", CONTRACT, Surely),
    ("wrong-value:EVENTS", "agent-options/liar", CONTRACT, Surely),
    ("bare", "rtr-id-sizes/liar-rust", WRONG, Either),
    // `ok` for what was not done: every op of the contract, and one that there is not.
    ("ignore:levitate", "agent-unknown-op/liar", CONTRACT, Surely),
    ("ignore:socket", "agent-types/liar", CONTRACT, Surely),
    ("ignore:set", "agent-options/liar", CONTRACT, Surely),
    ("ignore:get", "agent-options/liar", CONTRACT, Surely),
    ("ignore:bind", "agent-types/liar", CONTRACT, Surely),
    ("ignore:unbind", "agent-features/liar", TIMEOUT, Surely),
    ("ignore:connect", "req-basic/liar-rust", TIMEOUT, Either),
    ("ignore:disconnect", "agent-features/liar", TIMEOUT, Surely),
    ("ignore:send", "req-basic/rust-liar", TIMEOUT, Either),
    ("ignore:recv", "req-basic/rust-liar", CONTRACT, Surely),
    ("ignore:subscribe", "sub-prefix/liar-rust", TIMEOUT, Either),
    ("ignore:unsubscribe", "sub-unsub/liar-rust", WRONG, Either),
    ("ignore:unsubscribe", "sub-unsub-xpub/liar-rust", TIMEOUT, Either),
    ("ignore:poll", "agent-features/liar", CONTRACT, Surely),
    ("ignore:monitor", "agent-features/liar", CONTRACT, Surely),
    ("ignore:events", "agent-features/liar", CONTRACT, Surely),
    ("ignore:proxy", "agent-features/liar", TIMEOUT, Surely),
    ("ignore:zap", "agent-features/liar", TIMEOUT, Surely),
    ("ignore:proxy", "rep-envelope/rust-liar", TIMEOUT, Either),
    ("ignore:zap", "plain-ok/rust-liar", TIMEOUT, Either),
    ("ignore:zap_log", "zap-frames-plain/rust-liar", CONTRACT, Surely),
    ("ignore:curve_keypair", "agent-features/liar", CONTRACT, Surely),
    ("ignore:close", "life-pub-restart/rust-liar", TIMEOUT, Either),
    ("ignore:reset", "agent-reset/liar", CONTRACT, Surely),
    // Conduct.
    ("hang:recv", "req-basic/liar-rust", TIMEOUT, Surely),
    ("hang:subscribe", "life-many-subs/liar-rust", TIMEOUT, Surely),
    ("hang:send", "sub-long-topic/python-liar", TIMEOUT, Surely),
    ("hang:reset", "req-basic/liar-rust", TIMEOUT, Surely),
    ("die:recv", "req-basic/liar-rust", CRASH, Surely),
    ("die:recv", "req-basic/rust-liar", CRASH, Surely),
    ("die:reset", "req-basic/rust-liar", CRASH, Surely),
    ("flood-line:recv", "req-basic/liar-rust", CONTRACT, Surely),
    ("flood-lines:recv", "req-basic/rust-liar", CONTRACT, Surely),
    ("flood-answers:recv", "req-basic/liar-rust", CONTRACT, Surely),
    ("flood-answers:reset", "agent-reset/liar", CONTRACT, Surely),
];
