//! The queues of PUB, SUB and their like: whose messages are taken in turn, and what becomes of those that
//! wait for a subscriber that leaves.

use serde_json::json;

use super::case::{Binds, Case};
use super::exchange::{publish_until_received, subscribe_by_type};
use super::leaving::{lost, watch};
use super::lifetime::reconnecting;
use super::needs::Needs;
use super::sharing::{fairly, flood, one_to_three};
use super::sides::{Sides, Sock, Tapped};
use super::step::{A, B, Step};
use super::topic::{PubSub, notice};
use super::value::Frame;
use crate::outcome::Cause::*;
use crate::suite::mutant::{Blame::*, Mutant, mutant};

const SUB: Needs = Needs::types(&["SUB"]);
const PUB: Needs = Needs::types(&["PUB"]);
const XPUB: Needs = Needs::types(&["XPUB"]);
const XSUB: Needs = Needs::types(&["XSUB"]);

const STARVES: &[Mutant] = &[
    mutant("starve", "/liar-rust", WrongAnswer, Surely),
    mutant("starve", "+flip/liar-rust", WrongAnswer, Surely),
];

const AWAY: &[Mutant] = &[
    mutant("no-return", "/liar-rust", Timeout, Either),
    mutant("again:send", "/liar-rust", WrongAnswer, Either),
    mutant("ignore:close", "/rust-liar", Timeout, Surely),
    mutant("lost-event:DISCONNECTED", "/liar-rust", Timeout, Surely),
];

/// See the module.
pub const CASES: &[Case] = &[
    Case {
        name: "sub-fq",
        requirement: "a SUB takes messages from its publishers in turn, none waits for another to finish",
        source: "RFC 29, The SUB Socket Type: fair-queuing",
        needs: [SUB, PUB],
        binds: Binds::Either,
        mutants: STARVES,
        play: |sides| fair(sides, "SUB", "PUB"),
    },
    Case {
        name: "xsub-fq",
        requirement: "an XSUB takes messages from its publishers in turn, none waits for another to finish",
        source: "RFC 29, The XSUB Socket Type: fair-queuing",
        needs: [XSUB, PUB],
        binds: Binds::Either,
        mutants: STARVES,
        play: |sides| fair(sides, "XSUB", "PUB"),
    },
    Case {
        name: "xpub-fq",
        requirement: "an XPUB takes messages from its subscribers in turn, none waits for another to finish",
        source: "RFC 29, The XPUB Socket Type: fair-queuing",
        needs: [XPUB, XSUB],
        binds: Binds::Either,
        // libzmq's own XPUB starves.
        mutants: &[mutant("starve", "/liar-zmqrs", WrongAnswer, Surely)],
        play: |sides| {
            let (xpub, xsubs) = one_to_three(sides, "XPUB", "XSUB")?;
            // Before they are connected an XSUB that binds has nobody to send to.
            for xsub in &xsubs {
                publish_until_received(sides, xsub, &xpub, "")?;
            }
            fairly(sides, &xpub, &xsubs)
        },
    },
    Case {
        name: "pub-peer-gone",
        requirement: "what a PUB had queued for a subscriber that left does not reach the next, of the same routing id",
        source: "RFC 29, The PUB Socket Type: discard the messages of a subscriber that disconnects",
        needs: [SUB, PUB],
        binds: Binds::Second,
        mutants: &[mutant("replay:2", "/rust-liar", WrongAnswer, Either)],
        play: |sides| peer_gone(sides, "PUB"),
    },
    Case {
        name: "xpub-peer-gone",
        requirement: "what an XPUB had queued for a subscriber that left does not reach the next, of the same routing id",
        source: "RFC 29, The XPUB Socket Type: discard the messages of a subscriber that disconnects",
        needs: [SUB, XPUB],
        binds: Binds::Second,
        mutants: &[
            mutant("replay:2", "/rust-liar", WrongAnswer, Either),
            mutant("no-leave", "/rust-liar", Timeout, Either),
        ],
        play: |sides| peer_gone(sides, "XPUB"),
    },
    Case {
        name: "life-sub-restart",
        requirement: "a PUB that connected to a SUB finds it when it comes back on its port, and learns what it subscribes to",
        source: "RFC 29, The PUB Socket Type: maintain the queue whether or not the connection is established",
        needs: [PUB, SUB],
        binds: Binds::Second,
        mutants: &[
            mutant("no-return", "/liar-rust", Timeout, Either),
            mutant("not-first", "/liar-rust", Timeout, Either),
            mutant("ignore:subscribe", "/rust-liar", Timeout, Either),
        ],
        play: |sides| sub_restart(sides, "PUB"),
    },
    Case {
        name: "life-sub-restart-xpub",
        requirement: "an XPUB that connected to a SUB finds it when it comes back on its port, and learns what it subscribes to",
        source: "RFC 29, The XPUB Socket Type: maintain the queue whether or not the connection is established",
        needs: [XPUB, SUB],
        binds: Binds::Second,
        mutants: &[
            mutant("no-return", "/liar-rust", Timeout, Either),
            mutant("not-first", "/liar-rust", Timeout, Either),
            mutant("ignore:subscribe", "/rust-liar", Timeout, Either),
        ],
        play: |sides| sub_restart(sides, "XPUB"),
    },
    Case {
        name: "life-sub-away",
        requirement: "what a PUB sends while the SUB that it connected to is away waits for that",
        source: "RFC 29, The PUB Socket Type: maintain the queue whether or not the connection is established",
        needs: [PUB.features(&["monitor"]), SUB],
        binds: Binds::Second,
        mutants: AWAY,
        play: |sides| away(sides, "PUB"),
    },
    Case {
        name: "life-sub-away-xpub",
        requirement: "what an XPUB sends while the SUB that it connected to is away waits for that",
        source: "RFC 29, The XPUB Socket Type: maintain the queue whether or not the connection is established",
        needs: [XPUB.features(&["monitor"]), SUB],
        binds: Binds::Second,
        mutants: AWAY,
        play: |sides| away(sides, "XPUB"),
    },
];

fn fair(sides: &mut Sides, subscriber: &str, publisher: &str) -> Step {
    let (sub, publishers) = one_to_three(sides, subscriber, publisher)?;
    subscribe_by_type(sides, &sub, "")?;
    for publisher in &publishers {
        publish_until_received(sides, publisher, &sub, "")?;
    }
    fairly(sides, &sub, &publishers)
}

/// Messages of 64 KiB each that wait for the subscriber that leaves: more than the buffers of a system take
/// by default, and fewer than the default mark.
const WAITING: u64 = 150;

fn peer_gone(sides: &mut Sides, kind: &str) -> Step {
    let narrow = json!({"ROUTING_ID": {"text": "the same"}, "RCVHWM": 1, "RCVBUF": 16384});
    let narrow = sides.if_had(A, "SUB", narrow)?;
    let publisher = sides.socket(B, kind)?;
    let endpoint = sides.bind(&publisher)?;
    let gone = sides.socket_with(A, "SUB", narrow.clone())?;
    sides.connect(&gone, &endpoint)?;
    let line = PubSub::of(publisher.clone(), gone, kind);
    line.subscribe(sides, b"a")?;
    line.publish(sides, &["a: connected"])?;
    line.gets(sides, &["a: connected"])?;
    let old = [Frame::Fill { size: 65536, seed: usize::from(b'a') }];
    flood(sides, &publisher, &old, WAITING)?;
    sides.close(&line.sub)?;
    if kind == "XPUB" {
        sides.expect(&publisher, &notice(0, b"a"))?;
    }
    let next = sides.socket_with(A, "SUB", narrow)?;
    sides.connect(&next, &endpoint)?;
    let line = PubSub::of(publisher, next, kind);
    line.subscribe(sides, b"a")?;
    line.publish(sides, &["a: first", "a: last"])?;
    line.gets(sides, &["a: first", "a: last"])
}

/// A publisher on A that has connected to a SUB on B, which is subscribed to "A", and the way between them.
fn connected(sides: &mut Sides, kind: &str) -> Step<(Tapped, PubSub)> {
    let sub = sides.socket(B, "SUB")?;
    sides.subscribe(&sub, "A")?;
    let publisher = reconnecting(sides, kind, json!({}))?;
    watch(sides, &publisher)?;
    let way = sides.link_place(&sub, &publisher, true)?;
    publish_until_received(sides, &publisher, &sub, "A")?;
    Ok((way, PubSub::of(publisher, sub, kind)))
}

/// Another SUB in its place, which is subscribed to this, and its way.
fn comes_back(sides: &mut Sides, way: &Tapped, topic: &str) -> Step<(Tapped, Sock)> {
    let sub = sides.socket(B, "SUB")?;
    sides.subscribe(&sub, topic)?;
    Ok((sides.take_place(&sub, way)?, sub))
}

fn sub_restart(sides: &mut Sides, kind: &str) -> Step {
    let (mut way, mut line) = connected(sides, kind)?;
    for topic in ["B", "C"] {
        sides.leave_place(&line.sub, &way)?;
        (way, line.sub) = comes_back(sides, &way, topic)?;
        publish_until_received(sides, &line.publisher, &line.sub, topic)?;
        let (none, some) = (format!("not {topic}"), format!("{topic} last"));
        line.publish(sides, &["A no more", &none, &some])?;
        line.gets(sides, &[&some])?;
    }
    Ok(())
}

fn away(sides: &mut Sides, kind: &str) -> Step {
    let (way, mut line) = connected(sides, kind)?;
    lost(sides, &line.sub, &way, &line.publisher)?;
    line.publish(sides, &["A 0", "A 1", "A 2"])?;
    sides.settle(A)?;
    (_, line.sub) = comes_back(sides, &way, "A")?;
    line.gets(sides, &["A 0", "A 1", "A 2"])
}
