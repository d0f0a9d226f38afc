//! A socket that connects has a queue for its peer, whether that is there or not.

use serde_json::json;

use super::case::{Binds, Case};
use super::lifetime::{connect_first, reconnecting, restart};
use super::needs::Needs;
use super::sides::Sides;
use super::step::{B, Step};
use crate::outcome::Cause::*;
use crate::suite::mutant::{Blame::*, mutant};

/// See the module.
pub const CASES: &[Case] = &[
    Case {
        name: "life-push-restart",
        requirement: "a PULL that connects before its PUSH is there, and whose PUSH comes back, receives all",
        source: "RFC 30, The PULL Socket Type: a queue whether or not the connection is established",
        needs: [Needs::types(&["PULL"]), Needs::types(&["PUSH"])],
        binds: Binds::Second,
        mutants: &[
            mutant("no-return", "/liar-rust", Timeout, Either),
            mutant("ignore:connect", "/liar-rust", Timeout, Either),
            mutant("ignore:close", "/rust-liar", Timeout, Either),
        ],
        play: push_restart,
    },
    Case {
        name: "pair-connect-first",
        requirement: "a PAIR may connect, and send, before anybody binds: all is delivered",
        source: "RFC 31: queues whether or not the connection is established; zmq_connect(3)",
        needs: [Needs::types(&["PAIR"]), Needs::types(&["PAIR"])],
        binds: Binds::Second,
        mutants: &[mutant("ignore:connect", "/liar-rust", Timeout, Either)],
        play: |sides| connect_first(sides, "PAIR", "PAIR"),
    },
];

fn push_restart(sides: &mut Sides) -> Step {
    let endpoint = sides.keep_endpoint()?;
    let pull = reconnecting(sides, "PULL", json!({}))?;
    sides.connect(&pull, &endpoint)?;
    let mut push = sides.socket(B, "PUSH")?;
    sides.rebind(&push, &endpoint)?;
    for round in 0..3 {
        if round > 0 {
            push = restart(sides, &push, json!({}), &endpoint)?;
        }
        for n in 0..3 {
            let body = format!("round {round}, message {n}");
            sides.pass(&push, &pull, &[body.as_str().into()])?;
        }
    }
    Ok(())
}
