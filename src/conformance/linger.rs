//! What becomes of the messages of a socket that is closed: as its LINGER says.

use serde_json::json;

use super::bench::{A, B, Bench};
use super::lifetime::patient;
use super::needs::Needs;
use super::talk::{silent_for, talk};
use super::value::{Frame, message};
use super::{Binds, Case};
use crate::run::failure::Step;

/// How long a socket lingers where it may give up, and when it surely has.
const LINGER_MS: u64 = 100;
const GONE_MS: u64 = 700;

/// Some times as long as [`patient`] sockets wait before they try again.
const AFTER_MS: u64 = 150;

/// See the module.
pub const CASES: &[Case] = &[
    Case {
        name: "life-linger-forever",
        requirement: "a socket closed with LINGER -1 sends all that it has, 8 MiB too, to a late peer too",
        source: "zmq_setsockopt(3), ZMQ_LINGER",
        needs: [Needs::types(&["PUSH"]).options(&["LINGER"]), Needs::types(&["PULL"])],
        binds: Binds::Second,
        play: linger_forever,
    },
    Case {
        name: "life-linger-none",
        requirement: "a socket closed with LINGER 0 discards what it could not send",
        source: "zmq_setsockopt(3), ZMQ_LINGER",
        needs: [Needs::types(&["PUSH"]).options(&["LINGER"]), Needs::types(&["PULL"])],
        binds: Binds::Second,
        // A close ends in the library's own time.
        play: |bench| discarded(bench, 0, AFTER_MS),
    },
    Case {
        name: "life-linger-expires",
        requirement: "a socket closed with LINGER 100 discards after 100 ms what it could not send",
        source: "zmq_setsockopt(3), ZMQ_LINGER",
        needs: [Needs::types(&["PUSH"]).options(&["LINGER"]), Needs::types(&["PULL"])],
        binds: Binds::Second,
        play: |bench| discarded(bench, LINGER_MS, GONE_MS),
    },
];

fn linger_forever(bench: &mut Bench) -> Step {
    let body = [Frame::Fill { size: 8 << 20, seed: 1 }];
    for late in [false, true] {
        let endpoint = bench.keep_endpoint()?;
        let pull = bench.socket(B, "PULL")?;
        if !late {
            bench.bind_at(&pull, &endpoint)?;
        }
        let push = patient(bench, "PUSH", json!({"LINGER": -1}))?;
        bench.connect(&push, &endpoint)?;
        bench.send(&push, &body)?;
        bench.close(&push)?;
        if late {
            bench.rebind(&pull, &endpoint)?;
        }
        bench.expect(&pull, &body)?;
    }
    Ok(())
}

/// A socket that has nobody to send to is closed; somebody comes `later`, and gets nothing of it, but
/// what another one left that lingers for ever: both would try to connect at the same pace.
fn discarded(bench: &mut Bench, linger: u64, later: u64) -> Step {
    let endpoint = bench.keep_endpoint()?;
    let push = patient(bench, "PUSH", json!({"LINGER": linger}))?;
    let control = patient(bench, "PUSH", json!({"LINGER": -1}))?;
    for (sock, body) in [(&push, "discarded"), (&control, "kept")] {
        bench.connect(sock, &endpoint)?;
        bench.send(sock, &message([body]))?;
        bench.close(sock)?;
    }
    let pull = bench.socket(B, "PULL")?;
    silent_for(bench, &pull, later)?;
    bench.rebind(&pull, &endpoint)?;
    bench.expect(&pull, &message(["kept"]))?;
    silent_for(bench, &pull, AFTER_MS)?;
    let fresh = bench.socket(A, "PUSH")?;
    bench.connect(&fresh, &endpoint)?;
    talk(bench, &fresh, &pull)
}
