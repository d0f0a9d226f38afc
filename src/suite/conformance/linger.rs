//! What becomes of the messages of a socket that is closed: as its LINGER says.

use serde_json::json;

use super::case::{Binds, Case};
use super::exchange::{exchange, silent_for};
use super::lifetime::reconnecting;
use super::needs::Needs;
use super::sides::Sides;
use super::step::Step;
use super::step::{A, B};
use super::value::{Frame, message};
use crate::outcome::Cause::*;
use crate::suite::mutant::{Blame::*, mutant};

/// How long a socket lingers where it may give up, and when it surely has.
const LINGER_MS: u64 = 100;
const GONE_MS: u64 = 700;

/// Some times as long as [`reconnecting`] sockets wait before they try again.
const AFTER_MS: u64 = 150;

/// See the module.
pub const CASES: &[Case] = &[
    Case {
        name: "life-linger-forever",
        requirement: "a socket closed with LINGER -1 sends all that it has, 8 MiB too, to a late peer too",
        source: "zmq_setsockopt(3), ZMQ_LINGER",
        needs: [Needs::types(&["PUSH"]).options(&["LINGER"]), Needs::types(&["PULL"])],
        binds: Binds::Second,
        mutants: &[
            mutant("force:LINGER=0", "/liar-rust", Timeout, Either),
            mutant("forget:LINGER", "/liar-rust", Timeout, Either),
        ],
        play: linger_forever,
    },
    Case {
        name: "life-linger-none",
        requirement: "a socket closed with LINGER 0 discards what it could not send",
        source: "zmq_setsockopt(3), ZMQ_LINGER",
        needs: [Needs::types(&["PUSH"]).options(&["LINGER"]), Needs::types(&["PULL"])],
        binds: Binds::Second,
        // A close ends in the library's own time.
        mutants: &[
            mutant("other-code:recv", "/rust-liar", Contract, Surely),
            mutant("force:LINGER=-1", "/liar-rust", WrongAnswer, Either),
            mutant("forget:LINGER", "/liar-rust", Timeout, Either),
        ],
        play: |sides| discarded(sides, Some(0), AFTER_MS),
    },
    Case {
        name: "life-linger-expires",
        requirement: "a socket closed with LINGER 100 discards after 100 ms what it could not send",
        source: "zmq_setsockopt(3), ZMQ_LINGER",
        needs: [Needs::types(&["PUSH"]).options(&["LINGER"]), Needs::types(&["PULL"])],
        binds: Binds::Second,
        mutants: &[
            mutant("third:recv", "/rust-liar", Contract, Surely),
            mutant("force:LINGER=-1", "/liar-rust", WrongAnswer, Either),
            mutant("forget:LINGER", "/liar-rust", Timeout, Either),
        ],
        play: |sides| discarded(sides, Some(LINGER_MS), GONE_MS),
    },
    Case {
        name: "life-linger-default",
        requirement: "a socket that is told nothing of LINGER discards as with LINGER 0",
        source: "docs/agent-contract.md, Ops",
        needs: [Needs::types(&["PUSH"]).options(&["LINGER"]), Needs::types(&["PULL"])],
        binds: Binds::Second,
        mutants: &[mutant("force:LINGER=-1", "/liar-rust", WrongAnswer, Either)],
        play: |sides| discarded(sides, None, AFTER_MS),
    },
];

fn linger_forever(sides: &mut Sides) -> Step {
    let body = [Frame::Fill { size: 8 << 20, seed: 1 }];
    for late in [false, true] {
        let endpoint = sides.keep_endpoint()?;
        let pull = sides.socket(B, "PULL")?;
        if !late {
            sides.bind_at(&pull, &endpoint)?;
        }
        let push = reconnecting(sides, "PUSH", json!({"LINGER": -1}))?;
        sides.connect(&push, &endpoint)?;
        sides.send(&push, &body)?;
        sides.close(&push)?;
        if late {
            sides.rebind(&pull, &endpoint)?;
        }
        sides.expect(&pull, &body)?;
    }
    Ok(())
}

/// A socket that has nobody to send to is closed; somebody comes `later`, and gets nothing of it, but
/// what another one left that lingers for ever: both would try to connect at the same pace.
fn discarded(sides: &mut Sides, linger: Option<u64>, later: u64) -> Step {
    let endpoint = sides.keep_endpoint()?;
    let options = linger.map_or(json!({}), |linger| json!({"LINGER": linger}));
    let push = reconnecting(sides, "PUSH", options)?;
    let control = reconnecting(sides, "PUSH", json!({"LINGER": -1}))?;
    for (sock, body) in [(&push, "discarded"), (&control, "kept")] {
        sides.connect(sock, &endpoint)?;
        sides.send(sock, &message([body]))?;
        sides.close(sock)?;
    }
    let pull = sides.socket(B, "PULL")?;
    silent_for(sides, &pull, later)?;
    sides.rebind(&pull, &endpoint)?;
    sides.expect(&pull, &message(["kept"]))?;
    silent_for(sides, &pull, AFTER_MS)?;
    let fresh = sides.socket(A, "PUSH")?;
    sides.connect(&fresh, &endpoint)?;
    exchange(sides, &fresh, &pull)
}
