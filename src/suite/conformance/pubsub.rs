//! PUB and SUB: what a subscription matches, and from when until when. Each case runs with a PUB, and
//! where it matters that the publisher knows, also with an XPUB.

use super::case::{Binds, Case};
use super::needs::Needs;
use super::sides::Sides;
use super::step::{A, B};
use super::step::{End, Step};
use super::topic::{PubSub, synchronize};
use super::value::{fill, message};
use crate::outcome::Cause::*;
use crate::suite::mutant::{Blame::*, mutant};

const SUB: Needs = Needs::types(&["SUB"]);
const PUB: Needs = Needs::types(&["PUB"]);
const XPUB: Needs = Needs::types(&["XPUB"]);

/// See the module.
pub const CASES: &[Case] = &[
    Case {
        name: "sub-prefix",
        requirement: "a subscription matches the start of the first frame, octet by octet",
        source: "RFC 29, The PUB Socket Type: binary comparison",
        needs: [SUB, PUB],
        binds: Binds::Either,
        mutants: &[
            mutant("nul-terminated", "/liar-rust", WrongAnswer, Either),
            mutant("wide", "/liar-rust", WrongAnswer, Either),
            mutant("ignore:subscribe", "/liar-rust", Timeout, Either),
        ],
        play: prefix,
    },
    Case {
        name: "sub-empty",
        requirement: "an empty subscription matches every message",
        source: "zmq_setsockopt(3), ZMQ_SUBSCRIBE; RFC 29: prefix match",
        needs: [SUB, PUB],
        binds: Binds::Either,
        mutants: &[mutant("no-empty-topic", "/liar-rust", Timeout, Either)],
        play: empty,
    },
    Case {
        name: "sub-none",
        requirement: "a SUB without a subscription gets nothing",
        source: "zmq_setsockopt(3), ZMQ_SUBSCRIBE: filters all out until there is one",
        needs: [SUB, PUB],
        binds: Binds::Either,
        mutants: &[mutant("promiscuous", "/liar-rust", WrongAnswer, Either)],
        play: none,
    },
    Case {
        name: "sub-twice",
        requirement: "a topic that was subscribed to twice and cancelled once is still received",
        source: "zmq_setsockopt(3), ZMQ_UNSUBSCRIBE: removes one instance only",
        needs: [SUB, PUB],
        binds: Binds::Either,
        mutants: &[mutant("cancel-all", "/liar-rust", Timeout, Either)],
        play: |sides| twice(sides, "PUB"),
    },
    Case {
        name: "sub-twice-xpub",
        requirement: "a topic that was subscribed to twice and cancelled once is still received",
        source: "zmq_setsockopt(3), ZMQ_UNSUBSCRIBE: removes one instance only",
        needs: [SUB, XPUB],
        binds: Binds::Either,
        mutants: &[mutant("cancel-all", "/liar-rust", WrongAnswer, Either)],
        play: |sides| twice(sides, "XPUB"),
    },
    Case {
        name: "sub-unsub",
        requirement: "a cancelled subscription ends, and others stay",
        source: "RFC 29; RFC 37, CANCEL",
        needs: [SUB, PUB],
        binds: Binds::Either,
        mutants: &[
            mutant("ignore:unsubscribe", "/liar-rust", WrongAnswer, Either),
            mutant("other-topic", "/liar-rust", WrongAnswer, Either),
        ],
        play: |sides| unsubscribed(sides, "PUB"),
    },
    Case {
        name: "sub-unsub-xpub",
        requirement: "a cancelled subscription ends once the XPUB is told, and others stay",
        source: "RFC 29, The XPUB Socket Type; RFC 37, CANCEL",
        needs: [SUB, XPUB],
        binds: Binds::Either,
        mutants: &[mutant("ignore:unsubscribe", "/liar-rust", Timeout, Either)],
        play: |sides| unsubscribed(sides, "XPUB"),
    },
    Case {
        name: "sub-long-topic",
        requirement: "a topic of any length is subscribed to and matched whole",
        source: "RFC 37, SUBSCRIBE in a long command; libzmq#4367",
        needs: [SUB, PUB],
        binds: Binds::Second,
        mutants: &[
            mutant("hang:send", "/python-liar", Timeout, Surely),
            mutant("short-topic:254", "/liar-python", WrongAnswer, Either),
        ],
        play: |sides| long(sides, "PUB"),
    },
    Case {
        name: "sub-long-topic-xpub",
        requirement: "a topic of any length arrives unchanged at the XPUB, and is matched whole",
        source: "RFC 37, SUBSCRIBE in a long command; libzmq#4367",
        needs: [SUB, XPUB],
        binds: Binds::Second,
        mutants: &[mutant("short-topic:254", "/liar-python", WrongAnswer, Either)],
        play: |sides| long(sides, "XPUB"),
    },
    Case {
        name: "sub-late",
        requirement: "who subscribes later gets nothing of before, and all of then in order",
        source: "RFC 29, The PUB Socket Type: a queue when a subscriber connects",
        needs: [SUB, PUB],
        binds: Binds::Either,
        mutants: &[
            mutant("replay", "/rust-liar", WrongAnswer, Either),
            mutant("out-of-order", "/rust-liar", WrongAnswer, Either),
        ],
        play: late,
    },
    Case {
        name: "sub-bind",
        requirement: "publishers that connect to a SUB learn its subscriptions, and reach it",
        source: "RFC 29, The SUB Socket Type; libzmq#2267",
        needs: [SUB, PUB],
        binds: Binds::Second,
        mutants: &[mutant("no-second", "/rust-liar", Timeout, Either)],
        play: |sides| bound(sides, "PUB"),
    },
    Case {
        name: "sub-bind-xpub",
        requirement: "publishers that connect to a SUB learn its subscriptions; nothing after is lost",
        source: "RFC 29, The SUB Socket Type; libzmq#2267",
        needs: [SUB, XPUB],
        binds: Binds::Second,
        mutants: &[
            mutant("wide", "/liar-rust", WrongAnswer, Either),
            mutant("no-second", "/rust-liar", Timeout, Either),
        ],
        play: |sides| bound(sides, "XPUB"),
    },
];

fn prefix(sides: &mut Sides) -> Step {
    let line = PubSub::new(sides, "PUB")?;
    line.subscribe(sides, b"A")?;
    line.publish(sides, &["B", "", "AB", "a", "BA", "A", "A last"])?;
    line.gets(sides, &["AB", "A", "A last"])?;
    // The first frame alone is compared; a message that matches comes whole.
    for parts in [["B", "A"], ["", "A"], ["A", "B"], ["AB", ""]] {
        sides.send(&line.publisher, &message(parts))?;
    }
    sides.expect(&line.sub, &message(["A", "B"]))?;
    sides.expect(&line.sub, &message(["AB", ""]))?;
    // NULs end nothing.
    line.subscribe(sides, b"\0\x01")?;
    line.publish(sides, &["\0", "\0\u{2}", "\0\u{1}\0", "A sentinel"])?;
    line.gets(sides, &["\0\u{1}\0", "A sentinel"])
}

fn empty(sides: &mut Sides) -> Step {
    let line = PubSub::new(sides, "PUB")?;
    line.subscribe(sides, b"")?;
    let all = ["A", "", "\0", "\u{1}", "b", "last"];
    line.publish(sides, &all)?;
    line.gets(sides, &all)
}

fn none(sides: &mut Sides) -> Step {
    // One subscription is needed to see that the other socket would get something.
    let line = PubSub::new(sides, "PUB")?;
    line.subscribe(sides, b"here")?;
    line.publish(sides, &["", "A", "\0", "her", "here last"])?;
    line.gets(sides, &["here last"])?;
    // Now without any. The next that is subscribed to is the sentinel.
    sides.unsubscribe(&line.sub, "here")?;
    sides.settle(A)?;
    line.publish(sides, &["", "A", "\0", "nothing"])?;
    line.subscribe(sides, b"there")
}

fn twice(sides: &mut Sides, kind: &str) -> Step {
    let mut line = PubSub::new(sides, kind)?;
    line.subscribe(sides, b"A")?;
    sides.subscribe(&line.sub, "A")?;
    line.unsubscribe(sides, b"A", false)?;
    line.publish(sides, &["A still"])?;
    line.gets(sides, &["A still"])?;
    line.subscribe(sides, b"sentinel")?;
    line.unsubscribe(sides, b"A", true)?;
    line.publish(sides, &["A no more", "sentinel"])?;
    line.gets(sides, &["sentinel"])
}

fn unsubscribed(sides: &mut Sides, kind: &str) -> Step {
    let mut line = PubSub::new(sides, kind)?;
    for topic in [b"A", b"B"] {
        line.subscribe(sides, topic)?;
    }
    line.publish(sides, &["A", "B"])?;
    line.gets(sides, &["A", "B"])?;
    line.unsubscribe(sides, b"A", true)?;
    line.publish(sides, &["A no more", "B still"])?;
    line.gets(sides, &["B still"])?;
    // And again.
    line.subscribe(sides, b"A")?;
    line.publish(sides, &["A again"])?;
    line.gets(sides, &["A again"])
}

fn long(sides: &mut Sides, kind: &str) -> Step {
    let line = PubSub::new(sides, kind)?;
    // From 246 on a SUBSCRIBE command, from 255 on the older form, no longer fits a short frame.
    for (seed, size) in (245..=257).chain([65536]).enumerate() {
        let topic: Vec<u8> = fill(size, seed).into_iter().map(|n| b'a' + n % 26).collect();
        let mut almost = topic.clone();
        almost[size - 1] ^= 1;
        let matches = |sides: &mut Sides| {
            line.subscribe(sides, &topic)?;
            for first in [&almost, &topic[..size - 1]] {
                sides.send(&line.publisher, &[first.into(), "no".into()])?;
            }
            sides.pass(&line.publisher, &line.sub, &[topic.as_slice().into(), "yes".into()])
        };
        matches(sides).map_err(|end| match end {
            End::Failed(mut failure) => {
                failure.what = format!("with a topic of {size} octets: {}", failure.what);
                End::Failed(failure)
            }
            end => end,
        })?;
    }
    Ok(())
}

fn late(sides: &mut Sides) -> Step {
    let early = PubSub::new(sides, "PUB")?;
    early.subscribe(sides, b"")?;
    let before: Vec<_> = (0..10).map(|n| format!("before {n}")).collect();
    let before: Vec<_> = before.iter().map(String::as_str).collect();
    early.publish(sides, &before)?;
    early.gets(sides, &before)?;
    let late = sides.socket(A, "SUB")?;
    sides.subscribe(&late, "")?;
    sides.link(&late, &early.publisher)?;
    // Anything but what is published now would be a replay.
    synchronize(sides, &early.publisher, &late, b"")?;
    for n in 0..100 {
        sides.send(&early.publisher, &[format!("{n}").as_str().into()])?;
    }
    for n in 0..100 {
        sides.expect(&late, &[format!("{n}").as_str().into()])?;
    }
    Ok(())
}

fn bound(sides: &mut Sides, kind: &str) -> Step {
    let sub = sides.socket(A, "SUB")?;
    sides.subscribe(&sub, "A")?;
    let endpoint = sides.bind(&sub)?;
    let mut lines = vec![];
    for _ in 0..3 {
        let publisher = sides.socket(B, kind)?;
        sides.connect(&publisher, &endpoint)?;
        let line = PubSub::of(publisher, sub.clone(), kind);
        line.in_force(sides, b"A")?;
        line.publish(sides, &["B", "A first", "A second"])?;
        line.gets(sides, &["A first", "A second"])?;
        lines.push(line);
    }
    // Those that came later took nothing from those that were there.
    for line in &lines {
        line.publish(sides, &["B", "A last"])?;
        line.gets(sides, &["A last"])?;
    }
    Ok(())
}
