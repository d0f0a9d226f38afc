//! How long a socket waits for what does not happen: as long as it was told, or, where an op does not say, as
//! long as its own options say; until then it does wait, and not much longer.

use serde_json::{Value, json};

use super::case::{Binds, Case};
use super::needs::Needs;
use super::sides::Sides;
use super::step::{A, Step};
use crate::outcome::Cause::*;
use crate::suite::mutant::{Blame::*, mutant};

/// Three waits, in ms: that of a socket from its start on, that to which it is set later, and that of one op.
/// The contract's own, of who says nothing, is 1000 ms.
const WAITS: [u64; 3] = [400, 200, 150];

/// See the module.
pub const CASES: &[Case] = &[
    Case {
        name: "wait-recv",
        requirement: "a receive for which nothing comes waits as long as RCVTIMEO, or the op, says",
        source: "zmq_setsockopt(3), ZMQ_RCVTIMEO; docs/agent-contract.md",
        needs: [Needs::types(&["PULL"]).options(&["RCVTIMEO"]), Needs::types(&[])],
        binds: Binds::Alone,
        mutants: &[
            mutant("forget:RCVTIMEO", "/liar", Timeout, Surely),
            mutant("third:RCVTIMEO", "/liar", Contract, Surely),
            mutant("thrice:RCVTIMEO", "/liar", Timeout, Surely),
            mutant("third:recv", "/liar", Contract, Surely),
            mutant("thrice:recv", "/liar", Timeout, Surely),
        ],
        play: |sides| waits(sides, "PULL", "RCVTIMEO", &json!({"op": "recv"})),
    },
    Case {
        name: "wait-send",
        requirement: "a send for which there is no peer waits as long as SNDTIMEO, or the op, says",
        source: "zmq_setsockopt(3), ZMQ_SNDTIMEO; docs/agent-contract.md",
        needs: [Needs::types(&["PUSH"]).options(&["SNDTIMEO"]), Needs::types(&[])],
        binds: Binds::Alone,
        mutants: &[
            mutant("forget:SNDTIMEO", "/liar", Timeout, Surely),
            mutant("third:SNDTIMEO", "/liar", Contract, Surely),
            mutant("thrice:SNDTIMEO", "/liar", Timeout, Surely),
            mutant("third:send", "/liar", Contract, Surely),
            mutant("thrice:send", "/liar", Timeout, Surely),
        ],
        play: |sides| {
            let send = json!({"op": "send", "frames": [{"text": "to nobody"}]});
            waits(sides, "PUSH", "SNDTIMEO", &send)
        },
    },
];

fn waits(sides: &mut Sides, kind: &str, option: &str, op: &Value) -> Step {
    let [first, later, own] = WAITS;
    let sock = sides.socket_with(A, kind, json!({option: first}))?;
    sides.bind(&sock)?;
    let mut op = op.clone();
    op["socket"] = sock.name.as_str().into();
    sides.gives_up(&sock, op.clone(), first)?;
    sides.set(&sock, option, later.into())?;
    sides.gives_up(&sock, op.clone(), later)?;
    op["timeout_ms"] = own.into();
    sides.gives_up(&sock, op, own)
}
