//! XPUB and XSUB: what the application is told of subscriptions, and what it may say itself.

use serde_json::json;

use super::case::{Binds, Case};
use super::idle_socket::expect_with;
use super::needs::Needs;
use super::sides::{Sides, same};
use super::step::Step;
use super::step::{A, B};
use super::topic::{PubSub, notice, synchronize};
use super::value::message;
use crate::outcome::Cause::*;
use crate::suite::mutant::{Blame::*, mutant};

const SUB: Needs = Needs::types(&["SUB"]);
const XPUB: Needs = Needs::types(&["XPUB"]);

/// See the module.
pub const CASES: &[Case] = &[
    Case {
        name: "xpub-notify",
        requirement: "an XPUB is told of a topic's first subscriber, and of its last that cancels or leaves",
        source: "RFC 29, The XPUB Socket Type; zmq_socket(3), ZMQ_XPUB",
        needs: [SUB, XPUB],
        binds: Binds::Second,
        mutants: &[
            mutant("force:XPUB_VERBOSE=1", "/rust-liar", WrongAnswer, Either),
            mutant("no-leave", "/rust-liar", Timeout, Either),
        ],
        play: notify,
    },
    Case {
        name: "xpub-verbose",
        requirement: "a verbose XPUB is told of every subscription, also of a topic that it has",
        source: "zmq_setsockopt(3), ZMQ_XPUB_VERBOSE",
        needs: [SUB, XPUB.options(&["XPUB_VERBOSE"])],
        binds: Binds::Either,
        mutants: &[mutant("forget:XPUB_VERBOSE", "/rust-liar", Timeout, Either)],
        play: verbose,
    },
    Case {
        name: "xpub-welcome",
        requirement: "an XPUB's welcome message comes to each new subscriber, before anything else",
        source: "zmq_setsockopt(3), ZMQ_XPUB_WELCOME_MSG; libzmq tests/test_xpub_welcome_msg.cpp",
        needs: [SUB, XPUB.options(&["XPUB_WELCOME_MSG"])],
        binds: Binds::Either,
        mutants: &[mutant("forget:XPUB_WELCOME_MSG", "/rust-liar", Timeout, Either)],
        play: welcome,
    },
    Case {
        name: "xpub-unread",
        requirement: "an XPUB whose application only sends serves its subscribers as a PUB does",
        source: "RFC 29, The XPUB Socket Type: MAY both send and receive",
        needs: [SUB, XPUB],
        binds: Binds::Either,
        mutants: &[
            mutant("force:XPUB_MANUAL=1", "/python-liar", Timeout, Either),
            mutant("ignore:subscribe", "/liar-rust", Timeout, Either),
        ],
        play: |sides| {
            let (sub, xpub) = sides.pair("SUB", "XPUB")?;
            sides.subscribe(&sub, "A")?;
            synchronize(sides, &xpub, &sub, b"A")?;
            sides.send(&xpub, &message(["B"]))?;
            sides.pass(&xpub, &sub, &message(["A last"]))
        },
    },
    Case {
        name: "xsub-send",
        requirement: "an XSUB subscribes and cancels by sending a frame that begins with 1 or 0",
        source: "zmq_socket(3), ZMQ_XSUB; RFC 29, The XSUB Socket Type",
        needs: [Needs::types(&["XSUB"]), XPUB],
        binds: Binds::Either,
        mutants: &[mutant("everything", "/python-liar", WrongAnswer, Either)],
        play: xsub,
    },
    Case {
        name: "xsub-proxy",
        requirement: "through an XSUB and an XPUB, subscriptions pass to the PUB and messages to the SUB",
        source: "RFC 29, Overall Goals; zmq_proxy(3)",
        needs: [
            Needs::types(&["PUB", "SUB"]),
            Needs::types(&["XSUB", "XPUB"]).features(&["proxy"]),
        ],
        binds: Binds::Second,
        mutants: &[mutant("ignore:proxy", "/rust-liar", Timeout, Either)],
        play: proxy,
    },
];

fn notify(sides: &mut Sides) -> Step {
    let xpub = sides.socket(B, "XPUB")?;
    let endpoint = sides.bind(&xpub)?;
    let (first, second) = (sides.socket(A, "SUB")?, sides.socket(A, "SUB")?);
    sides.connect(&first, &endpoint)?;
    sides.connect(&second, &endpoint)?;
    sides.subscribe(&first, "A")?;
    sides.expect(&xpub, &notice(1, b"A"))?;
    // The second says nothing new of A: the next that is told is B.
    sides.subscribe(&second, "A")?;
    sides.subscribe(&second, "B")?;
    sides.expect(&xpub, &notice(1, b"B"))?;
    // A has a subscriber yet: the next is C.
    sides.unsubscribe(&first, "A")?;
    sides.subscribe(&first, "C")?;
    sides.expect(&xpub, &notice(1, b"C"))?;
    sides.unsubscribe(&second, "A")?;
    sides.expect(&xpub, &notice(0, b"A"))?;
    for (sub, topic) in [(&second, b"B"), (&first, b"C")] {
        sides.close(sub)?;
        sides.expect(&xpub, &notice(0, topic))?;
    }
    Ok(())
}

fn verbose(sides: &mut Sides) -> Step {
    let xpub = sides.socket_with(B, "XPUB", json!({"XPUB_VERBOSE": 1}))?;
    for _ in 0..2 {
        let sub = sides.socket(A, "SUB")?;
        sides.subscribe(&sub, "A")?;
        sides.link(&sub, &xpub)?;
        expect_with(sides, &xpub, &sub, &notice(1, b"A"))?;
    }
    Ok(())
}

fn welcome(sides: &mut Sides) -> Step {
    let xpub = sides.socket_with(B, "XPUB", json!({"XPUB_WELCOME_MSG": {"text": "Welcome"}}))?;
    for n in 0..2 {
        let sub = sides.socket(A, "SUB")?;
        sides.subscribe(&sub, "W")?;
        sides.link(&sub, &xpub)?;
        // Publishing is the call in which a bound XPUB welcomes.
        let mut got = None;
        sides.until("no welcome came", |sides, ms| {
            sides.send(&xpub, &message(["for nobody"]))?;
            got = sides.try_recv(&sub, ms)?;
            Ok(got.is_some())
        })?;
        same(&message(["Welcome"]), &got.expect("until it came"))?;
        if n == 0 {
            sides.expect(&xpub, &notice(1, b"W"))?;
        }
        let line = PubSub::of(xpub.clone(), sub, "XPUB");
        line.subscribe(sides, format!("own {n}").as_bytes())?;
        // Once only.
        let next = format!("own {n} next");
        line.publish(sides, &[&next])?;
        line.gets(sides, &[&next])?;
    }
    Ok(())
}

fn xsub(sides: &mut Sides) -> Step {
    let (xsub, xpub) = sides.pair("XSUB", "XPUB")?;
    for topic in [&b"A"[..], b""] {
        sides.send(&xsub, &notice(1, topic))?;
        expect_with(sides, &xpub, &xsub, &notice(1, topic))?;
        if !topic.is_empty() {
            sides.send(&xpub, &message(["B", "not for an A"]))?;
        }
        for body in ["A", "AB"] {
            sides.pass(&xpub, &xsub, &message([body, "body"]))?;
        }
        sides.pass(&xsub, &xpub, &notice(0, topic))?;
        sides.send(&xpub, &message(["A", "too late"]))?;
        sides.settle(B)?;
    }
    // The sentinel.
    sides.pass(&xsub, &xpub, &notice(1, b"last"))?;
    sides.pass(&xpub, &xsub, &message(["last"]))
}

fn proxy(sides: &mut Sides) -> Step {
    let (publisher, sub) = (sides.socket(A, "PUB")?, sides.socket(A, "SUB")?);
    let (xsub, xpub) = (sides.socket(B, "XSUB")?, sides.socket(B, "XPUB")?);
    for (connects, binds) in [(&publisher, &xsub), (&sub, &xpub)] {
        let endpoint = sides.bind(binds)?;
        sides.connect(connects, &endpoint)?;
    }
    sides.post(B, json!({"op": "proxy", "frontend": xsub.name, "backend": xpub.name}))?;
    let mut line = PubSub::of(publisher.clone(), sub, "PUB");
    line.subscribe(sides, b"A")?;
    line.publish(sides, &["B", "", "A", "AB", "A last"])?;
    line.gets(sides, &["A", "AB", "A last"])?;
    line.unsubscribe(sides, b"A", true)?;
    line.publish(sides, &["A no more"])?;
    synchronize(sides, &publisher, &line.sub, b"marker 1")
}
