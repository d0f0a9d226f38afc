//! A subscriber that stalls: it must cost nobody but itself.

use serde_json::{Value, json};

use super::case::{Binds, Case};
use super::exchange::{silent, subscribe_by_type};
use super::needs::Needs;
use super::sides::{Sides, Sock, parts, same};
use super::step::{A, B};
use super::step::{Cause, Failure, Step};
use super::topic::{notice, synchronize};
use super::value::Frame;
use crate::outcome::Cause::*;
use crate::suite::mutant::{Blame::*, mutant};

const SUB: Needs = Needs::types(&["SUB"]).options(&["RCVHWM", "RCVBUF"]);
const PUB: Needs = Needs::types(&["PUB"]);

/// How many messages are published, of 64 KiB each: more than the buffers of a system take by default.
const ROUNDS: usize = 150;

macro_rules! limit {
    ($name:literal, $kind:literal) => {
        Case {
            name: $name,
            requirement: "what a subscriber that stalls has queued is limited by its mark; it goes on with whole messages",
            source: "RFC 29, The SUB and XSUB Socket Types: constrain queue sizes, discard if the queue is full",
            needs: [
                Needs::types(&[$kind]).options(&["RCVHWM", "RCVBUF"]),
                PUB.options(&["SNDHWM"]),
            ],
            binds: Binds::Either,
            mutants: &[
                mutant("forget:RCVHWM", "/liar-rust", WrongAnswer, Either),
                mutant("forget:RCVHWM", "+flip/liar-rust", WrongAnswer, Either),
            ],
            play: |sides| limit(sides, $kind),
        }
    };
}

/// See the module.
pub const CASES: &[Case] = &[
    Case {
        name: "pub-slow",
        requirement: "a PUB never blocks: a subscriber that stalls costs the others nothing",
        source: "RFC 29, The PUB Socket Type: SHALL NOT block on sending",
        needs: [SUB, PUB],
        binds: Binds::Either,
        mutants: &[mutant("block", "/python-liar", WrongAnswer, Surely)],
        play: |sides| slow(sides, "SUB", "PUB", json!({})).map(drop),
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
        play: |sides| {
            let (stalled, _) = slow(sides, "SUB", "PUB", json!({"SNDHWM": 20, "SNDBUF": 65536}))?;
            remains(sides, &stalled)
        },
    },
    Case {
        name: "xpub-slow",
        requirement: "an XPUB never blocks: a subscriber that stalls costs the others nothing",
        source: "RFC 29, The XPUB Socket Type: SHALL NOT block on sending",
        needs: [SUB, Needs::types(&["XPUB"])],
        binds: Binds::Either,
        mutants: &[mutant("block", "/python-liar", WrongAnswer, Surely)],
        play: |sides| slow(sides, "SUB", "XPUB", json!({})).map(drop),
    },
    Case {
        name: "xpub-drop",
        requirement: "an XPUB drops what a full queue can't take, never blocks, and goes on hearing that subscriber",
        source: "RFC 29, The XPUB Socket Type: silently drop the message; queue incoming and outgoing independently",
        needs: [SUB, Needs::types(&["XPUB"]).options(&["SNDHWM"])],
        binds: Binds::Either,
        mutants: &[
            mutant("forget:SNDHWM", "/rust-liar", WrongAnswer, Either),
            mutant("block", "/python-liar", WrongAnswer, Surely),
        ],
        play: xpub_drops,
    },
    limit!("sub-hwm", "SUB"),
    limit!("xsub-hwm", "XSUB"),
];

/// The message of a round, which begins with "abc". It has one frame: a libzmq that is closed while it
/// sends a multipart message to somebody who leaves may abort (libzmq#3442), which is another matter.
fn body(n: usize) -> [Frame; 1] {
    [Frame::Fill { size: 65536 + n, seed: usize::from(b'a') }]
}

/// Publishes to a stalled subscriber beside a healthy one, which must get everything. Returns the one that
/// is stalled, and the publisher.
fn slow(
    sides: &mut Sides,
    subscriber: &str,
    publisher: &str,
    options: Value,
) -> Step<(Sock, Sock)> {
    let publisher = sides.socket_with(B, publisher, options)?;
    let options = json!({"RCVHWM": 5, "RCVBUF": 65536});
    let subs = [
        sides.socket_with(A, subscriber, options.clone())?,
        sides.socket_with(A, subscriber, options)?,
    ];
    for (n, sub) in subs.iter().enumerate() {
        sides.link(sub, &publisher)?;
        // In turn, so that "abc" is in force as well, and the queues are empty.
        for topic in [&format!("{n} is connected"), "abc", &format!("{n} has abc")] {
            subscribe_by_type(sides, sub, topic)?;
            if topic != "abc" {
                if publisher.kind == "XPUB" {
                    hears(sides, &publisher, Some(sub), topic)?;
                }
                synchronize(sides, &publisher, sub, topic.as_bytes())?;
            }
        }
    }
    let [healthy, stalled] = subs;
    for n in 0..ROUNDS {
        if let Err(refusal) = sides.try_send(&publisher, &body(n), 1, 500)? {
            let kind = &publisher.kind;
            let what = format!("a {kind} with a stalled subscriber did not send message {n}");
            return Err(Failure::new(Cause::WrongAnswer, [B], what)
                .compared("ok", refusal.code)
                .into());
        }
        sides.expect(&healthy, &body(n))?;
    }
    Ok((stalled, publisher))
}

/// The XPUB is told of this topic, and of others before. libzmq works for a socket only while it is used, so a
/// subscriber that is not to stall is called as well.
fn hears(sides: &mut Sides, xpub: &Sock, idle: Option<&Sock>, topic: &str) -> Step {
    sides.until("an XPUB is not told of a topic", |sides, ms| {
        idle.into_iter().try_for_each(|idle| silent(sides, idle))?;
        let told = sides.try_recv(xpub, ms)?;
        Ok(told.is_some_and(|told| same(&notice(1, topic.as_bytes()), &told).is_ok()))
    })
}

fn xpub_drops(sides: &mut Sides) -> Step {
    let (stalled, xpub) = slow(sides, "SUB", "XPUB", json!({"SNDHWM": 20}))?;
    sides.subscribe(&stalled, "more")?;
    hears(sides, &xpub, None, "more")?;
    remains(sides, &stalled)
}

fn limit(sides: &mut Sides, subscriber: &str) -> Step {
    let (stalled, publisher) = slow(sides, subscriber, "PUB", json!({"SNDHWM": 20}))?;
    remains(sides, &stalled)?;
    // The publisher may not know at once that there is room again.
    synchronize(sides, &publisher, &stalled, b"abc")
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
            let what =
                "what is kept for a stalled subscriber, despite SNDHWM and RCVHWM, has no bound";
            Err(Failure::new(Cause::WrongAnswer, [A, B], what)
                .compared(format!("1 to {}", ROUNDS - 1), came.to_string())
                .into())
        }
    }
}
