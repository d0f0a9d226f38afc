//! What outlives what: peers that come late, go, come back on the same port, or are killed.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::case::{Binds, Case};
use super::exchange::{
    exchange, publish_until_received, request_and_reply, silent, subscribe_by_type,
};
use super::leaving::{lost, watch};
use super::needs::Needs;
use super::sides::{Sides, Sock, parts, same, wrong};
use super::step::{A, B};
use super::step::{Cause, Failure, Step};
use super::topic::notice;
use super::value::{Frame, message};
use crate::digest::D;
use crate::outcome::Cause::*;
use crate::suite::mutant::{Blame::*, mutant};

/// Topics of `life-many-subs`.
const TOPICS: usize = 5000;

/// Topics of `life-many-subs-hwm`: more than the default marks of both ends, 1000 each, let wait.
const BEYOND_HWM: usize = 2500;

/// So many notices are asked for at a time, of which each is described in an answer.
const TOGETHER: usize = 500;

/// See the module.
pub const CASES: &[Case] = &[
    Case {
        name: "life-pub-restart",
        requirement: "a SUB whose PUB comes back on its port is subscribed again and receives",
        source: "RFC 29, The SUB Socket Type; zmq.rs#143",
        needs: [Needs::types(&["SUB"]), Needs::types(&["PUB"])],
        binds: Binds::Second,
        mutants: &[
            mutant("no-return", "/liar-rust", Timeout, Either),
            mutant("ignore:close", "/rust-liar", Timeout, Either),
        ],
        play: pub_restart,
    },
    Case {
        name: "life-many-subs",
        requirement: "5000 subscriptions are all restored when the publisher comes back on its port",
        source: "RFC 29, The SUB Socket Type; libzmq#4057, #4063, #4064",
        needs: [Needs::types(&["SUB"]), Needs::types(&["XPUB"])],
        binds: Binds::Second,
        mutants: &[
            mutant("other-topics", "/rust-liar", WrongAnswer, Either),
            mutant("hang:subscribe", "/liar-rust", Timeout, Surely),
        ],
        play: |sides| many_subs(sides, TOPICS, true),
    },
    Case {
        name: "life-many-subs-hwm",
        requirement: "subscriptions are no messages: the default high-water marks do not drop any",
        source: "RFC 29, The SUB Socket Type; libzmq#4057",
        needs: [Needs::types(&["SUB"]), Needs::types(&["XPUB"])],
        binds: Binds::Second,
        mutants: &[mutant("few-topics:1000", "/liar-zmqrs", WrongAnswer, Either)],
        play: |sides| many_subs(sides, BEYOND_HWM, false),
    },
    Case {
        name: "life-rep-restart",
        requirement: "what a DEALER was told to send while its REP was away is sent when it is back",
        source: "RFC 28, The DEALER Socket Type: queue per peer; zmq_tcp(7), reconnection",
        needs: [Needs::types(&["DEALER"]).features(&["monitor"]), Needs::types(&["REP"])],
        binds: Binds::Second,
        mutants: &[
            mutant("no-return", "/liar-rust", Timeout, Either),
            mutant("stops:1", "/liar-rust", Timeout, Either),
            mutant("ignore:close", "/rust-liar", Timeout, Surely),
            mutant("lost-event:DISCONNECTED", "/liar-rust", Timeout, Surely),
        ],
        play: rep_restart,
    },
    Case {
        name: "life-connect-first",
        requirement: "a peer may connect, and send, before anybody binds: all is delivered",
        source: "RFC 30, The PUSH Socket Type: a queue for each outgoing connection; zmq_connect(3)",
        needs: [Needs::types(&["PUSH"]), Needs::types(&["PULL"])],
        binds: Binds::Second,
        mutants: &[mutant("force:IMMEDIATE=1", "/liar-rust", Timeout, Either)],
        play: |sides| connect_first(sides, "PUSH", "PULL"),
    },
    Case {
        name: "life-kill-mid",
        requirement: "of a peer that is killed while it sends nothing partial is delivered",
        source: "RFC 23, Framing: messages are atomic; jeromq#334",
        needs: [Needs::types(&["PULL"]), Needs::types(&["PUSH"])],
        binds: Binds::Second,
        mutants: &[mutant("partial", "/liar-rust", WrongAnswer, Either)],
        play: kill_mid,
    },
    Case {
        name: "life-immediate",
        requirement: "with IMMEDIATE nothing is queued for a peer that is not there",
        source: "zmq_setsockopt(3), ZMQ_IMMEDIATE; libzmq tests/test_immediate.cpp",
        needs: [Needs::types(&["PUSH"]).options(&["IMMEDIATE"]), Needs::types(&["PULL"])],
        binds: Binds::Second,
        mutants: &[
            mutant("not-first", "/liar-rust", Timeout, Either),
            mutant("other-code:send", "/liar-rust", Contract, Surely),
            mutant("claim-sent", "/liar-rust", WrongAnswer, Surely),
            mutant("forget:IMMEDIATE", "/liar-rust", WrongAnswer, Surely),
        ],
        play: immediate,
    },
];

/// A socket on A that soon tries again, if that can be said.
pub fn reconnecting(sides: &mut Sides, kind: &str, mut options: Value) -> Step<Sock> {
    let soon = sides.if_had(A, kind, json!({"RECONNECT_IVL": 20}))?;
    if let (Some(all), Some(soon)) = (options.as_object_mut(), soon.as_object()) {
        all.extend(soon.clone());
    }
    sides.socket_with(A, kind, options)
}

/// Closes a server on B and opens another one at the same endpoint.
pub fn restart(sides: &mut Sides, server: &Sock, options: Value, endpoint: &str) -> Step<Sock> {
    sides.close(server)?;
    let again = sides.socket_with(B, &server.kind, options)?;
    sides.rebind(&again, endpoint)?;
    Ok(again)
}

fn pub_restart(sides: &mut Sides) -> Step {
    let endpoint = sides.keep_endpoint()?;
    let mut publisher = sides.socket(B, "PUB")?;
    sides.bind_at(&publisher, &endpoint)?;
    let sub = reconnecting(sides, "SUB", json!({}))?;
    subscribe_by_type(sides, &sub, "A")?;
    sides.connect(&sub, &endpoint)?;
    publish_until_received(sides, &publisher, &sub, "A")?;
    for round in ["A: once", "A: twice"] {
        publisher = restart(sides, &publisher, json!({}), &endpoint)?;
        publish_until_received(sides, &publisher, &sub, round)?;
        sides.send(&publisher, &["B".into()])?;
        sides.pass(&publisher, &sub, &["A".into()])?;
    }
    Ok(())
}

fn many_subs(sides: &mut Sides, topics: usize, unlimited: bool) -> Step {
    let endpoint = sides.keep_endpoint()?;
    let (sends, receives) = match unlimited {
        true => (
            sides.if_had(A, "SUB", json!({"SNDHWM": 0}))?,
            sides.if_had(B, "XPUB", json!({"RCVHWM": 0}))?,
        ),
        false => (json!({}), json!({})),
    };
    let publisher = sides.socket_with(B, "XPUB", receives.clone())?;
    sides.bind_at(&publisher, &endpoint)?;
    let sub = reconnecting(sides, "SUB", sends)?;
    sides.connect(&sub, &endpoint)?;
    for n in 0..topics {
        sides.subscribe(&sub, topic(n).as_str())?;
    }
    all_subscribed(sides, topics, &publisher, &sub)?;
    let again = restart(sides, &publisher, receives, &endpoint)?;
    all_subscribed(sides, topics, &again, &sub)?;
    for n in [0, topics / 2, topics - 1] {
        sides.pass(&again, &sub, &[topic(n).as_str().into()])?;
    }
    silent(sides, &again)
}

/// An XPUB is told of each topic once, in whatever order, and of nothing else.
fn all_subscribed(sides: &mut Sides, topics: usize, publisher: &Sock, sub: &Sock) -> Step {
    let mut missing: HashMap<D, usize> =
        (0..topics).map(|n| (notice(1, topic(n).as_bytes())[0].seen(), n)).collect();
    let mut empty = 0;
    while !missing.is_empty() && empty < 20 {
        // libzmq works for a socket only while it is used.
        silent(sides, sub)?;
        let came = sides.recv_many(publisher, TOGETHER, 100)?;
        empty = if came.is_empty() { empty + 1 } else { 0 };
        for notice in came {
            let known = notice.len() == 1 && missing.remove(&notice[0]).is_some();
            if !known {
                let what = "an XPUB is told of what is no new topic of its subscriber";
                let failure = Failure::new(Cause::WrongAnswer, [A, B], what);
                let expected = "each topic once, after the octet 01";
                return Err(failure.compared(expected, parts(&notice)).into());
            }
        }
    }
    if missing.is_empty() {
        return Ok(());
    }
    let failure = Failure::new(Cause::WrongAnswer, [A, B], "subscriptions are lost");
    let first = missing.values().min().map(|n| topic(*n)).unwrap_or_default();
    let got = format!("{}, not '{first}'", topics - missing.len());
    Err(failure.compared(topics.to_string(), got).into())
}

/// One of many topics, of which none begins with another.
fn topic(n: usize) -> String {
    format!("topic {n:04}.")
}

fn rep_restart(sides: &mut Sides) -> Step {
    let rep = sides.socket(B, "REP")?;
    let dealer = reconnecting(sides, "DEALER", json!({}))?;
    watch(sides, &dealer)?;
    let way = sides.link_place(&rep, &dealer, true)?;
    request_and_reply(sides, &dealer, &rep)?;
    lost(sides, &rep, &way, &dealer)?;
    for n in 0..5 {
        sides.send(&dealer, &["".into(), format!("request {n}").as_str().into()])?;
    }
    let rep = sides.socket(B, "REP")?;
    sides.take_place(&rep, &way)?;
    for n in 0..5 {
        sides.expect(&rep, &[format!("request {n}").as_str().into()])?;
        sides.send(&rep, &[format!("reply {n}").as_str().into()])?;
        sides.expect(&dealer, &["".into(), format!("reply {n}").as_str().into()])?;
    }
    Ok(())
}

/// A socket connects, and sends, before the other is there.
pub fn connect_first(sides: &mut Sides, sends: &str, takes: &str) -> Step {
    let endpoint = sides.keep_endpoint()?;
    let push = reconnecting(sides, sends, json!({}))?;
    sides.connect(&push, &endpoint)?;
    for n in 0..3 {
        sides.send(&push, &[format!("early {n}").as_str().into()])?;
    }
    sides.settle(A)?;
    let pull = sides.socket(B, takes)?;
    sides.rebind(&pull, &endpoint)?;
    for n in 0..3 {
        sides.expect(&pull, &[format!("early {n}").as_str().into()])?;
    }
    exchange(sides, &push, &pull)
}

fn kill_mid(sides: &mut Sides) -> Step {
    let parts = [Frame::Fill { size: 4 << 20, seed: 1 }, Frame::Fill { size: 4 << 20, seed: 2 }];
    let narrow = sides.if_had(A, "PULL", json!({"RCVHWM": 1}))?;
    let pull = sides.socket_with(A, "PULL", narrow)?;
    let endpoint = sides.bind(&pull)?;
    let narrow = sides.if_had(B, "PUSH", json!({"SNDHWM": 1}))?;
    let victim = sides.socket_with(B, "PUSH", narrow)?;
    sides.connect(&victim, &endpoint)?;
    for _ in 0..10 {
        sides.send(&victim, &parts)?;
    }
    sides.expect(&pull, &parts)?;
    sides.kill(B)?;
    let fresh = sides.socket(B, "PUSH")?;
    sides.connect(&fresh, &endpoint)?;
    let last = message(["last"]);
    sides.send(&fresh, &last)?;
    // What was whole when the sender died may still come, before the fresh one or after it.
    let mut whole = 1;
    loop {
        let got = sides.recv(&pull)?;
        if same(&last, &got).is_ok() {
            break;
        }
        same(&parts, &got)?;
        whole += 1;
        if whole > 10 {
            return Err(wrong("more messages came than were sent"));
        }
    }
    Ok(())
}

fn immediate(sides: &mut Sides) -> Step {
    let nowhere = sides.keep_endpoint()?;
    let push = reconnecting(sides, "PUSH", json!({"IMMEDIATE": 1}))?;
    sides.connect(&push, &nowhere)?;
    if sides.is_taken(&push, &message(["to nobody"]), 50, &["EAGAIN"])? {
        let what = "a PUSH with IMMEDIATE queued a message for a peer that is not there";
        return Err(Failure::new(Cause::WrongAnswer, [A], what).compared("EAGAIN", "ok").into());
    }
    // Beside a peer that is there, nothing is queued for the one that is not.
    let pull = sides.socket(B, "PULL")?;
    let endpoint = sides.bind(&pull)?;
    sides.connect(&push, &endpoint)?;
    for n in 0..10 {
        sides.pass(&push, &pull, &[format!("message {n}").as_str().into()])?;
    }
    // Somebody who comes there gets a share: the socket did try to connect all the time.
    let late = sides.socket(B, "PULL")?;
    sides.rebind(&late, &nowhere)?;
    let shared = message(["for either"]);
    sides.until("a peer that came late gets no share", |sides, ms| {
        sides.send(&push, &shared)?;
        let at_once = sides.try_recv(&pull, 0)?;
        let late = sides.try_recv(&late, ms)?;
        at_once.iter().chain(&late).try_for_each(|got| same(&shared, got))?;
        Ok(late.is_some())
    })
}
