//! A subscriber that stalls: it must cost nobody but itself.

use serde_json::json;

use super::case::{Binds, Case};
use super::needs::Needs;
use super::sides::{Sides, Sock, parts, same};
use super::step::{A, B};
use super::step::{Cause, Failure, Step};
use super::topic::PubSub;
use super::value::Frame;
use crate::outcome::Cause::*;
use crate::suite::mutant::{Blame::*, mutant};

const SUB: Needs = Needs::types(&["SUB"]).options(&["RCVHWM", "RCVBUF"]);
const PUB: Needs = Needs::types(&["PUB"]);

/// How many messages are published, of 64 KiB each: more than the buffers of a system take by default.
const ROUNDS: usize = 150;

/// See the module.
pub const CASES: &[Case] = &[
    Case {
        name: "pub-slow",
        requirement: "a PUB never blocks: a subscriber that stalls costs the others nothing",
        source: "RFC 29, The PUB Socket Type: SHALL NOT block on sending",
        needs: [SUB, PUB],
        binds: Binds::Either,
        mutants: &[mutant("block", "/python-liar", WrongAnswer, Surely)],
        play: |sides| slow(sides, false),
    },
    Case {
        name: "pub-drop",
        requirement: "a PUB drops what a stalled subscriber's full queue can't take: whole messages only",
        source: "RFC 29, The PUB Socket Type: silently drop the message if the queue is full",
        needs: [SUB, PUB.options(&["SNDHWM", "SNDBUF"])],
        binds: Binds::Either,
        mutants: &[
            mutant("block", "/python-liar", WrongAnswer, Surely),
            mutant("force:SNDHWM=0", "/rust-liar", WrongAnswer, Either),
        ],
        play: |sides| slow(sides, true),
    },
];

/// The message of a round, which begins with "abc". It has one frame: a libzmq that is closed while it
/// sends a multipart message to somebody who leaves may abort (libzmq#3442), which is another matter.
fn body(n: usize) -> [Frame; 1] {
    [Frame::Fill { size: 65536 + n, seed: usize::from(b'a') }]
}

/// Publishes to a stalled subscriber beside a healthy one, which must get everything. With `drops` the
/// publisher has a high-water mark that it must keep to.
fn slow(sides: &mut Sides, drops: bool) -> Step {
    let options = if drops { json!({"SNDHWM": 20, "SNDBUF": 65536}) } else { json!({}) };
    let publisher = sides.socket_with(B, "PUB", options)?;
    let options = json!({"RCVHWM": 5, "RCVBUF": 65536});
    let subs =
        [sides.socket_with(A, "SUB", options.clone())?, sides.socket_with(A, "SUB", options)?];
    for (n, sub) in subs.iter().enumerate() {
        sides.link(sub, &publisher)?;
        // In turn, so that "abc" is in force as well, and the queues are empty.
        let line = PubSub::of(publisher.clone(), sub.clone(), "PUB");
        line.subscribe(sides, format!("{n} is connected").as_bytes())?;
        sides.subscribe(sub, "abc")?;
        line.subscribe(sides, format!("{n} has abc").as_bytes())?;
    }
    let [healthy, stalled] = subs;
    for n in 0..ROUNDS {
        if let Err(refusal) = sides.try_send(&publisher, &body(n), 1, 500)? {
            let what = format!("a PUB with a stalled subscriber did not send message {n}");
            return Err(Failure::new(Cause::WrongAnswer, [B], what)
                .compared("ok", refusal.code)
                .into());
        }
        sides.expect(&healthy, &body(n))?;
    }
    match drops {
        true => remains(sides, &stalled),
        false => Ok(()),
    }
}

/// What a stalled subscriber has in the end: some of all, each whole, in order.
fn remains(sides: &mut Sides, stalled: &Sock) -> Step {
    let (mut next, mut came) = (0, 0);
    while let Some(got) = sides.try_recv(stalled, 100)? {
        let Some(n) = (next..ROUNDS).find(|n| same(&body(*n), &got).is_ok()) else {
            let what = "a stalled subscriber got what was not sent, or not in order";
            return Err(Failure::new(Cause::WrongAnswer, [A, B], what)
                .compared(format!("message {next} or a later one"), parts(&got))
                .into());
        };
        (next, came) = (n + 1, came + 1);
    }
    match came {
        1.. if came < ROUNDS => Ok(()),
        _ => {
            let what = "what a PUB with SNDHWM 20 kept for a stalled subscriber has no bound";
            Err(Failure::new(Cause::WrongAnswer, [A, B], what)
                .compared(format!("1 to {}", ROUNDS - 1), came.to_string())
                .into())
        }
    }
}
