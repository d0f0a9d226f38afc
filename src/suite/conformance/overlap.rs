//! Topics of one SUB that contain each other.

use super::case::{Binds, Case};
use super::needs::Needs;
use super::sides::{Sides, same};
use super::step::Step;
use super::topic::{PubSub, notice};
use super::value::message;
use crate::outcome::Cause::*;
use crate::suite::mutant::{Blame::*, Mutant, mutant};

const SUB: Needs = Needs::types(&["SUB"]);
const PUB: Needs = Needs::types(&["PUB"]);
const XPUB: Needs = Needs::types(&["XPUB"]);

const TWICE: Mutant = mutant("again:send", "/rust-liar", WrongAnswer, Either);

/// See the module.
pub const CASES: &[Case] = &[
    Case {
        name: "sub-overlap",
        requirement: "of topics that contain each other each counts, and a message that matches several comes once",
        source: "RFC 23, Subscriptions: additive; zmq_setsockopt(3), ZMQ_SUBSCRIBE",
        needs: [SUB, PUB],
        binds: Binds::Either,
        mutants: &[
            TWICE,
            mutant("nul-terminated", "/liar-rust", WrongAnswer, Either),
            mutant("wide", "/liar-rust", Timeout, Either),
            mutant("promiscuous", "/liar-rust", Timeout, Either),
        ],
        play: |sides| overlap(sides, "PUB"),
    },
    Case {
        name: "sub-overlap-xpub",
        requirement: "of topics that contain each other each counts, and a message that matches several comes once",
        source: "RFC 23, Subscriptions: additive; zmq_setsockopt(3), ZMQ_SUBSCRIBE",
        needs: [SUB, XPUB],
        binds: Binds::Either,
        mutants: &[
            TWICE,
            mutant("nul-terminated", "/liar-rust", Timeout, Either),
            mutant("wide", "/liar-rust", WrongAnswer, Either),
        ],
        play: |sides| overlap(sides, "XPUB"),
    },
];

fn overlap(sides: &mut Sides, kind: &str) -> Step {
    let mut line = PubSub::new(sides, kind)?;
    for topic in [&b"A"[..], b"AB", b"A\0", b""] {
        line.subscribe(sides, topic)?;
    }
    let all = ["AB", "A\0", "A", "AC", "B", "", "last"];
    line.publish(sides, &all)?;
    line.gets(sides, &all)?;
    no_longer_all(sides, &line)?;
    line.publish(sides, &["B", "", "AB", "A\0", "A", "AC"])?;
    line.gets(sides, &["AB", "A\0", "A", "AC"])?;
    line.unsubscribe(sides, b"A", true)?;
    line.publish(sides, &["A", "AC", "AB", "A\0", "ABC last"])?;
    line.gets(sides, &["AB", "A\0", "ABC last"])?;
    line.unsubscribe(sides, b"AB", true)?;
    line.publish(sides, &["AB", "A", "A\0 last"])?;
    line.gets(sides, &["A\0 last"])
}

/// Cancels the subscription to everything, beside which there is one to "A", and waits until that is in force. Until
/// then any other topic would come as well, so that no marker tells.
fn no_longer_all(sides: &mut Sides, line: &PubSub) -> Step {
    sides.unsubscribe(&line.sub, "")?;
    if line.publisher.kind == "XPUB" {
        sides.expect(&line.publisher, &notice(0, b""))?;
    }
    let [all, some] = ["to all", "A to some"].map(|body| message([body]));
    sides.until("a subscription to everything was cancelled, and holds", |sides, _| {
        sides.send(&line.publisher, &all)?;
        sides.send(&line.publisher, &some)?;
        let first = sides.recv(&line.sub)?;
        match same(&some, &first) {
            Ok(()) => Ok(true),
            Err(_) => {
                same(&all, &first).and_then(|()| sides.expect(&line.sub, &some)).map(|()| false)
            }
        }
    })
}
