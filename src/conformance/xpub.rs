//! XPUB and XSUB: what the application is told of subscriptions, and what it may say itself.

use serde_json::json;

use super::awake::expect_with;
use super::bench::{A, B, Bench, same};
use super::needs::Needs;
use super::topic::{Line, heard, notice};
use super::value::message;
use super::{Binds, Case};
use crate::run::failure::Step;

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
        play: notify,
    },
    Case {
        name: "xpub-verbose",
        requirement: "a verbose XPUB is told of every subscription, also of a topic that it has",
        source: "zmq_setsockopt(3), ZMQ_XPUB_VERBOSE",
        needs: [SUB, XPUB.options(&["XPUB_VERBOSE"])],
        binds: Binds::Either,
        play: verbose,
    },
    Case {
        name: "xpub-welcome",
        requirement: "an XPUB's welcome message comes to each new subscriber, before anything else",
        source: "zmq_setsockopt(3), ZMQ_XPUB_WELCOME_MSG; libzmq tests/test_xpub_welcome_msg.cpp",
        needs: [SUB, XPUB.options(&["XPUB_WELCOME_MSG"])],
        binds: Binds::Either,
        play: welcome,
    },
    Case {
        name: "xsub-send",
        requirement: "an XSUB subscribes and cancels by sending a frame that begins with 1 or 0",
        source: "zmq_socket(3), ZMQ_XSUB; RFC 29, The XSUB Socket Type",
        needs: [Needs::types(&["XSUB"]), XPUB],
        binds: Binds::Either,
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
        play: proxy,
    },
];

fn notify(bench: &mut Bench) -> Step {
    let xpub = bench.socket(B, "XPUB")?;
    let endpoint = bench.bind(&xpub)?;
    let (first, second) = (bench.socket(A, "SUB")?, bench.socket(A, "SUB")?);
    bench.connect(&first, &endpoint)?;
    bench.connect(&second, &endpoint)?;
    bench.subscribe(&first, "A")?;
    bench.expect(&xpub, &notice(1, b"A"))?;
    // The second says nothing new of A: the next that is told is B.
    bench.subscribe(&second, "A")?;
    bench.subscribe(&second, "B")?;
    bench.expect(&xpub, &notice(1, b"B"))?;
    // A has a subscriber yet: the next is C.
    bench.unsubscribe(&first, "A")?;
    bench.subscribe(&first, "C")?;
    bench.expect(&xpub, &notice(1, b"C"))?;
    bench.unsubscribe(&second, "A")?;
    bench.expect(&xpub, &notice(0, b"A"))?;
    for (sub, topic) in [(&second, b"B"), (&first, b"C")] {
        bench.close(sub)?;
        bench.expect(&xpub, &notice(0, topic))?;
    }
    Ok(())
}

fn verbose(bench: &mut Bench) -> Step {
    let xpub = bench.socket_with(B, "XPUB", json!({"XPUB_VERBOSE": 1}))?;
    for _ in 0..2 {
        let sub = bench.socket(A, "SUB")?;
        bench.subscribe(&sub, "A")?;
        bench.link(&sub, &xpub)?;
        expect_with(bench, &xpub, &sub, &notice(1, b"A"))?;
    }
    Ok(())
}

fn welcome(bench: &mut Bench) -> Step {
    let xpub = bench.socket_with(B, "XPUB", json!({"XPUB_WELCOME_MSG": {"text": "Welcome"}}))?;
    for n in 0..2 {
        let sub = bench.socket(A, "SUB")?;
        bench.subscribe(&sub, "W")?;
        bench.link(&sub, &xpub)?;
        // Publishing is the call in which a bound XPUB welcomes.
        let mut got = None;
        bench.until("no welcome came", |bench, ms| {
            bench.send(&xpub, &message(["for nobody"]))?;
            got = bench.try_recv(&sub, ms)?.ok();
            Ok(got.is_some())
        })?;
        same(&message(["Welcome"]), &got.expect("until it came"))?;
        if n == 0 {
            bench.expect(&xpub, &notice(1, b"W"))?;
        }
        let line = Line::of(xpub.clone(), sub, "XPUB");
        line.subscribe(bench, format!("own {n}").as_bytes())?;
        // Once only.
        let next = format!("own {n} next");
        line.publish(bench, &[&next])?;
        line.gets(bench, &[&next])?;
    }
    Ok(())
}

fn xsub(bench: &mut Bench) -> Step {
    let (xsub, xpub) = bench.pair("XSUB", "XPUB")?;
    for topic in [&b"A"[..], b""] {
        bench.send(&xsub, &notice(1, topic))?;
        expect_with(bench, &xpub, &xsub, &notice(1, topic))?;
        if !topic.is_empty() {
            bench.send(&xpub, &message(["B", "not for an A"]))?;
        }
        for body in ["A", "AB"] {
            bench.pass(&xpub, &xsub, &message([body, "body"]))?;
        }
        bench.pass(&xsub, &xpub, &notice(0, topic))?;
        bench.send(&xpub, &message(["A", "too late"]))?;
        bench.settle(B)?;
    }
    // The sentinel.
    bench.pass(&xsub, &xpub, &notice(1, b"last"))?;
    bench.pass(&xpub, &xsub, &message(["last"]))
}

fn proxy(bench: &mut Bench) -> Step {
    let (publisher, sub) = (bench.socket(A, "PUB")?, bench.socket(A, "SUB")?);
    let (xsub, xpub) = (bench.socket(B, "XSUB")?, bench.socket(B, "XPUB")?);
    for (connects, binds) in [(&publisher, &xsub), (&sub, &xpub)] {
        let endpoint = bench.bind(binds)?;
        bench.connect(connects, &endpoint)?;
    }
    bench.post(B, json!({"op": "proxy", "frontend": xsub.name, "backend": xpub.name}))?;
    let mut line = Line::of(publisher.clone(), sub, "PUB");
    line.subscribe(bench, b"A")?;
    line.publish(bench, &["B", "", "A", "AB", "A last"])?;
    line.gets(bench, &["A", "AB", "A last"])?;
    line.unsubscribe(bench, b"A", true)?;
    line.publish(bench, &["A no more"])?;
    heard(bench, &publisher, &line.sub, b"fence 1")
}
