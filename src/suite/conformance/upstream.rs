//! What goes upstream, from an XSUB to its publishers.

use serde_json::json;

use super::case::{Binds, Case};
use super::exchange::publish_until_received;
use super::idle_socket::expect_with;
use super::leaving::{lost, watch};
use super::lifetime::reconnecting;
use super::needs::Needs;
use super::sides::{Sides, Sock, parts, same};
use super::step::{A, B, Cause, Failure, Step};
use super::topic::notice;
use super::value::{Frame, message};
use crate::digest::D;
use crate::outcome::Cause::*;
use crate::suite::mutant::{Blame::*, mutant};

const XSUB: Needs = Needs::types(&["XSUB"]);
const XPUB: Needs = Needs::types(&["XPUB"]);

/// See the module.
pub const CASES: &[Case] = &[
    Case {
        name: "xsub-upstream",
        requirement: "an XSUB sends each message to all its publishers, unchanged: an XPUB delivers it, a PUB throws it away",
        source: "RFC 29, The XSUB Socket Type: send all messages to all publishers; The PUB Socket Type: discard",
        needs: [XSUB, Needs::types(&["PUB", "XPUB"])],
        binds: Binds::Second,
        mutants: &[
            mutant("one-peer", "/liar-rust", Timeout, Either),
            mutant("drop-empty", "/liar-rust", WrongAnswer, Either),
            mutant("boundary:256", "/liar-rust", WrongAnswer, Either),
        ],
        play: upstream,
    },
    Case {
        name: "xsub-drop",
        requirement: "an XSUB drops what a publisher's full queue can't take, and never blocks",
        source: "RFC 29, The XSUB Socket Type: silently drop the message if the outgoing queue is full",
        needs: [XSUB.options(&["SNDHWM"]), XPUB],
        binds: Binds::Second,
        mutants: &[
            mutant("forget:SNDHWM", "/liar-rust", WrongAnswer, Surely),
            mutant("ignore:send", "/liar-rust", Timeout, Either),
        ],
        play: drops,
    },
    Case {
        name: "xsub-restart",
        requirement: "what an XSUB sends before its publisher is there, or while it is away, is sent when it comes",
        source: "RFC 29, The XSUB Socket Type: maintain the double queue whether or not the connection is established",
        needs: [XSUB.features(&["monitor"]), XPUB],
        binds: Binds::Second,
        mutants: &[
            mutant("no-return", "/liar-rust", Timeout, Either),
            mutant("not-first", "/liar-rust", Timeout, Either),
            mutant("ignore:send", "/liar-rust", Timeout, Either),
            mutant("ignore:close", "/rust-liar", Timeout, Surely),
            mutant("lost-event:DISCONNECTED", "/liar-rust", Timeout, Surely),
        ],
        play: restart,
    },
];

fn upstream(sides: &mut Sides) -> Step {
    let xsub = sides.socket(A, "XSUB")?;
    let [publisher, first, second] =
        [sides.socket(B, "PUB")?, sides.socket(B, "XPUB")?, sides.socket(B, "XPUB")?];
    for sock in [&first, &publisher, &second] {
        let endpoint = sides.bind(sock)?;
        sides.connect(&xsub, &endpoint)?;
    }
    sides.send(&xsub, &notice(1, b"A"))?;
    for xpub in [&first, &second] {
        expect_with(sides, xpub, &xsub, &notice(1, b"A"))?;
    }
    publish_until_received(sides, &publisher, &xsub, "A")?;
    let long = Frame::Fill { size: 256, seed: 7 };
    for message in [message(["A"]), message(["up", "", "stream"]), vec!["".into(), long]] {
        sides.send(&xsub, &message)?;
        for xpub in [&first, &second] {
            sides.expect(xpub, &message)?;
        }
    }
    // The PUB, which threw them away, goes on, and so do the others.
    for from in [&publisher, &first, &second] {
        sides.pass(from, &xsub, &message(["A", "down"]))?;
    }
    Ok(())
}

fn drops(sides: &mut Sides) -> Step {
    let limit = 10;
    let endpoint = sides.keep_endpoint()?;
    let soon = sides.if_had(A, "XSUB", json!({"RECONNECT_IVL": 20}))?;
    let mut options = soon;
    options["SNDHWM"] = limit.into();
    let xsub = sides.socket_with(A, "XSUB", options)?;
    sides.connect(&xsub, &endpoint)?;
    if let Err(refusal) = sides.try_send(&xsub, &message(["queued"]), 10 * limit, 500)? {
        let what = "an XSUB whose queue is full did not drop a message";
        let failure = Failure::new(Cause::WrongAnswer, [A], what);
        return Err(failure.compared("ok", refusal.code).into());
    }
    let xpub = sides.socket(B, "XPUB")?;
    sides.rebind(&xpub, &endpoint)?;
    // Once there is room again, what is sent comes; until then it may be dropped as well.
    let (mut queued, mut done) = (0, false);
    sides.until("nothing more of an XSUB comes, whose queue was full", |sides, ms| {
        sides.send(&xsub, &message(["sentinel"]))?;
        while let Some(got) = sides.try_recv(&xpub, ms)? {
            done = same(&message(["sentinel"]), &got).is_ok();
            if done {
                break;
            }
            same(&message(["queued"]), &got)?;
            queued += 1;
        }
        Ok(done)
    })?;
    // How exactly the limit is counted differs from library to library, but by less than half.
    let most = limit * 3 / 2;
    if (1..=most).contains(&queued) {
        return Ok(());
    }
    let what = format!("an XSUB with SNDHWM {limit} kept {queued} of {} messages", 10 * limit);
    let failure = Failure::new(Cause::WrongAnswer, [A], what);
    Err(failure.compared(format!("1 to {most}"), queued.to_string()).into())
}

fn restart(sides: &mut Sides) -> Step {
    let endpoint = sides.keep_place(B)?;
    let xsub = reconnecting(sides, "XSUB", json!({}))?;
    watch(sides, &xsub)?;
    sides.connect(&xsub, &endpoint)?;
    sides.send(&xsub, &notice(1, b"A"))?;
    for n in 0..3 {
        let sent = [Frame::from(format!("message {n}").as_str())];
        sides.send(&xsub, &sent)?;
        sides.settle(A)?;
        let xpub = sides.socket(B, "XPUB")?;
        let way = sides.bind_at_place(&xpub, &endpoint)?;
        both(sides, &xpub, &xsub, [&notice(1, b"A"), &sent])?;
        sides.pass(&xpub, &xsub, &message(["A", "down"]))?;
        lost(sides, &xpub, &way, &xsub)?;
    }
    Ok(())
}

/// `xpub` is told of these two, in whatever order, while `idle` is called as well.
fn both(sides: &mut Sides, xpub: &Sock, idle: &Sock, expected: [&[Frame]; 2]) -> Step {
    let mut missing: Vec<Vec<D>> =
        expected.iter().map(|message| message.iter().map(Frame::seen).collect()).collect();
    sides.until("a subscription or a message does not reach an XPUB", |sides, ms| {
        super::exchange::silent(sides, idle)?;
        while let Some(got) = sides.try_recv(xpub, ms)? {
            let Some(at) = missing.iter().position(|one| *one == got) else {
                let what = "an XPUB got what nobody sent to it";
                let failure = Failure::new(Cause::WrongAnswer, [A, B], what);
                return Err(failure.compared("what is missing yet", parts(&got)).into());
            };
            missing.remove(at);
        }
        Ok(missing.is_empty())
    })
}
