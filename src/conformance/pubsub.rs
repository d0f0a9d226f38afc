//! PUB and SUB: what a subscription matches, and from when until when. Each case runs with a PUB, and
//! where it matters that the publisher knows, also with an XPUB.

use super::bench::{A, B, Bench};
use super::needs::Needs;
use super::topic::{Line, heard};
use super::value::{fill, message};
use super::{Binds, Case};
use crate::run::failure::{End, Step};

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
        play: prefix,
    },
    Case {
        name: "sub-empty",
        requirement: "an empty subscription matches every message",
        source: "zmq_setsockopt(3), ZMQ_SUBSCRIBE; RFC 29: prefix match",
        needs: [SUB, PUB],
        binds: Binds::Either,
        play: empty,
    },
    Case {
        name: "sub-none",
        requirement: "a SUB without a subscription gets nothing",
        source: "zmq_setsockopt(3), ZMQ_SUBSCRIBE: filters all out until there is one",
        needs: [SUB, PUB],
        binds: Binds::Either,
        play: none,
    },
    Case {
        name: "sub-twice",
        requirement: "a topic that was subscribed to twice and cancelled once is still received",
        source: "zmq_setsockopt(3), ZMQ_UNSUBSCRIBE: removes one instance only",
        needs: [SUB, PUB],
        binds: Binds::Either,
        play: |bench| twice(bench, "PUB"),
    },
    Case {
        name: "sub-twice-xpub",
        requirement: "a topic that was subscribed to twice and cancelled once is still received",
        source: "zmq_setsockopt(3), ZMQ_UNSUBSCRIBE: removes one instance only",
        needs: [SUB, XPUB],
        binds: Binds::Either,
        play: |bench| twice(bench, "XPUB"),
    },
    Case {
        name: "sub-unsub",
        requirement: "a cancelled subscription ends, and others stay",
        source: "RFC 29; RFC 37, CANCEL",
        needs: [SUB, PUB],
        binds: Binds::Either,
        play: |bench| unsubscribed(bench, "PUB"),
    },
    Case {
        name: "sub-unsub-xpub",
        requirement: "a cancelled subscription ends once the XPUB is told, and others stay",
        source: "RFC 29, The XPUB Socket Type; RFC 37, CANCEL",
        needs: [SUB, XPUB],
        binds: Binds::Either,
        play: |bench| unsubscribed(bench, "XPUB"),
    },
    Case {
        name: "sub-long-topic",
        requirement: "a topic of any length is subscribed to and matched whole",
        source: "RFC 37, SUBSCRIBE in a long command; libzmq#4367",
        needs: [SUB, PUB],
        binds: Binds::Second,
        play: |bench| long(bench, "PUB"),
    },
    Case {
        name: "sub-long-topic-xpub",
        requirement: "a topic of any length arrives unchanged at the XPUB, and is matched whole",
        source: "RFC 37, SUBSCRIBE in a long command; libzmq#4367",
        needs: [SUB, XPUB],
        binds: Binds::Second,
        play: |bench| long(bench, "XPUB"),
    },
    Case {
        name: "sub-late",
        requirement: "who subscribes later gets nothing of before, and all of then in order",
        source: "RFC 29, The PUB Socket Type: a queue when a subscriber connects",
        needs: [SUB, PUB],
        binds: Binds::Either,
        play: late,
    },
    Case {
        name: "sub-bind",
        requirement: "publishers that connect to a SUB learn its subscriptions, and reach it",
        source: "RFC 29, The SUB Socket Type; libzmq#2267",
        needs: [SUB, PUB],
        binds: Binds::Second,
        play: |bench| bound(bench, "PUB"),
    },
    Case {
        name: "sub-bind-xpub",
        requirement: "publishers that connect to a SUB learn its subscriptions; nothing after is lost",
        source: "RFC 29, The SUB Socket Type; libzmq#2267",
        needs: [SUB, XPUB],
        binds: Binds::Second,
        play: |bench| bound(bench, "XPUB"),
    },
];

fn prefix(bench: &mut Bench) -> Step {
    let line = Line::new(bench, "PUB")?;
    line.subscribe(bench, b"A")?;
    line.publish(bench, &["B", "", "AB", "a", "BA", "A", "A last"])?;
    line.gets(bench, &["AB", "A", "A last"])?;
    // The first frame alone is compared; a message that matches comes whole.
    for parts in [["B", "A"], ["", "A"], ["A", "B"], ["AB", ""]] {
        bench.send(&line.publisher, &message(parts))?;
    }
    bench.expect(&line.sub, &message(["A", "B"]))?;
    bench.expect(&line.sub, &message(["AB", ""]))?;
    // NULs end nothing.
    line.subscribe(bench, b"\0\x01")?;
    line.publish(bench, &["\0", "\0\u{2}", "\0\u{1}\0", "A sentinel"])?;
    line.gets(bench, &["\0\u{1}\0", "A sentinel"])
}

fn empty(bench: &mut Bench) -> Step {
    let line = Line::new(bench, "PUB")?;
    line.subscribe(bench, b"")?;
    let all = ["A", "", "\0", "\u{1}", "b", "last"];
    line.publish(bench, &all)?;
    line.gets(bench, &all)
}

fn none(bench: &mut Bench) -> Step {
    // One subscription is needed to see that the other socket would get something.
    let line = Line::new(bench, "PUB")?;
    line.subscribe(bench, b"here")?;
    line.publish(bench, &["", "A", "\0", "her", "here last"])?;
    line.gets(bench, &["here last"])?;
    // Now without any. The next that is subscribed to is the sentinel.
    bench.unsubscribe(&line.sub, "here")?;
    bench.settle(A)?;
    line.publish(bench, &["", "A", "\0", "nothing"])?;
    line.subscribe(bench, b"there")
}

fn twice(bench: &mut Bench, kind: &str) -> Step {
    let mut line = Line::new(bench, kind)?;
    line.subscribe(bench, b"A")?;
    bench.subscribe(&line.sub, "A")?;
    line.unsubscribe(bench, b"A", false)?;
    line.publish(bench, &["A still"])?;
    line.gets(bench, &["A still"])?;
    line.subscribe(bench, b"sentinel")?;
    line.unsubscribe(bench, b"A", true)?;
    line.publish(bench, &["A no more", "sentinel"])?;
    line.gets(bench, &["sentinel"])
}

fn unsubscribed(bench: &mut Bench, kind: &str) -> Step {
    let mut line = Line::new(bench, kind)?;
    for topic in [b"A", b"B"] {
        line.subscribe(bench, topic)?;
    }
    line.publish(bench, &["A", "B"])?;
    line.gets(bench, &["A", "B"])?;
    line.unsubscribe(bench, b"A", true)?;
    line.publish(bench, &["A no more", "B still"])?;
    line.gets(bench, &["B still"])?;
    // And again.
    line.subscribe(bench, b"A")?;
    line.publish(bench, &["A again"])?;
    line.gets(bench, &["A again"])
}

fn long(bench: &mut Bench, kind: &str) -> Step {
    let line = Line::new(bench, kind)?;
    // From 246 on a SUBSCRIBE command, from 255 on the older form, no longer fits a short frame.
    for (seed, size) in (245..=257).chain([65536]).enumerate() {
        let topic: Vec<u8> = fill(size, seed).into_iter().map(|n| b'a' + n % 26).collect();
        let mut almost = topic.clone();
        almost[size - 1] ^= 1;
        let matches = |bench: &mut Bench| {
            line.subscribe(bench, &topic)?;
            for first in [&almost, &topic[..size - 1]] {
                bench.send(&line.publisher, &[first.into(), "no".into()])?;
            }
            bench.pass(&line.publisher, &line.sub, &[topic.as_slice().into(), "yes".into()])
        };
        matches(bench).map_err(|end| match end {
            End::Failed(mut failure) => {
                failure.what = format!("with a topic of {size} octets: {}", failure.what);
                End::Failed(failure)
            }
            end => end,
        })?;
    }
    Ok(())
}

fn late(bench: &mut Bench) -> Step {
    let early = Line::new(bench, "PUB")?;
    early.subscribe(bench, b"")?;
    let before: Vec<_> = (0..10).map(|n| format!("before {n}")).collect();
    let before: Vec<_> = before.iter().map(String::as_str).collect();
    early.publish(bench, &before)?;
    early.gets(bench, &before)?;
    let late = bench.socket(A, "SUB")?;
    bench.subscribe(&late, "")?;
    bench.link(&late, &early.publisher)?;
    // Anything but what is published now would be a replay.
    heard(bench, &early.publisher, &late, b"")?;
    for n in 0..100 {
        bench.send(&early.publisher, &[format!("{n}").as_str().into()])?;
    }
    for n in 0..100 {
        bench.expect(&late, &[format!("{n}").as_str().into()])?;
    }
    Ok(())
}

fn bound(bench: &mut Bench, kind: &str) -> Step {
    let sub = bench.socket(A, "SUB")?;
    bench.subscribe(&sub, "A")?;
    let endpoint = bench.bind(&sub)?;
    let mut lines = vec![];
    for _ in 0..3 {
        let publisher = bench.socket(B, kind)?;
        bench.connect(&publisher, &endpoint)?;
        let line = Line::of(publisher, sub.clone(), kind);
        line.in_force(bench, b"A")?;
        line.publish(bench, &["B", "A first", "A second"])?;
        line.gets(bench, &["A first", "A second"])?;
        lines.push(line);
    }
    // Those that came later took nothing from those that were there.
    for line in &lines {
        line.publish(bench, &["B", "A last"])?;
        line.gets(bench, &["A last"])?;
    }
    Ok(())
}
