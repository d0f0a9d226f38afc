//! What outlives what: peers that come late, go, come back on the same port, or are killed.

use serde_json::{Value, json};

use super::bench::{A, B, Bench, Sock, same, wrong};
use super::needs::Needs;
use super::talk::{ask, follow, reach, silent_for, talk};
use super::value::{Frame, message};
use super::{Binds, Case};
use crate::run::failure::{Cause, Failure, Step};

/// Topics of `life-many-subs`.
const TOPICS: usize = 5000;

/// Topics of `life-many-subs-hwm`: more than the default marks of both ends, 1000 each, let wait.
const BEYOND_HWM: usize = 2500;

/// See the module.
pub const CASES: &[Case] = &[
    Case {
        name: "life-pub-restart",
        requirement: "a SUB whose PUB comes back on its port is subscribed again and receives",
        source: "RFC 29, The SUB Socket Type; zmq.rs#143",
        needs: [Needs::types(&["SUB"]), Needs::types(&["PUB"])],
        binds: Binds::Second,
        play: pub_restart,
    },
    Case {
        name: "life-many-subs",
        requirement: "5000 subscriptions are all restored when the publisher comes back on its port",
        source: "RFC 29, The SUB Socket Type; libzmq#4057, #4063, #4064",
        needs: [Needs::types(&["SUB"]), Needs::types(&["XPUB"])],
        binds: Binds::Second,
        play: |bench| many_subs(bench, TOPICS, true),
    },
    Case {
        name: "life-many-subs-hwm",
        requirement: "subscriptions are no messages: the default high-water marks do not drop any",
        source: "RFC 29, The SUB Socket Type; libzmq#4057",
        needs: [Needs::types(&["SUB"]), Needs::types(&["XPUB"])],
        binds: Binds::Second,
        play: |bench| many_subs(bench, BEYOND_HWM, false),
    },
    Case {
        name: "life-rep-restart",
        requirement: "what a DEALER was told to send while its REP was away is sent when it is back",
        source: "RFC 28, The DEALER Socket Type: queue per peer; zmq_tcp(7), reconnection",
        needs: [Needs::types(&["DEALER"]).features(&["monitor"]), Needs::types(&["REP"])],
        binds: Binds::Second,
        play: rep_restart,
    },
    Case {
        name: "life-connect-first",
        requirement: "a peer may connect, and send, before anybody binds: all is delivered",
        source: "RFC 30, The PUSH Socket Type: a queue for each outgoing connection; zmq_connect(3)",
        needs: [Needs::types(&["PUSH"]), Needs::types(&["PULL"])],
        binds: Binds::Second,
        play: connect_first,
    },
    Case {
        name: "life-kill-mid",
        requirement: "of a peer that is killed while it sends nothing partial is delivered",
        source: "RFC 23, Framing: messages are atomic; jeromq#334",
        needs: [Needs::types(&["PULL"]), Needs::types(&["PUSH"])],
        binds: Binds::Second,
        play: kill_mid,
    },
    Case {
        name: "life-immediate",
        requirement: "with IMMEDIATE nothing is queued for a peer that is not there",
        source: "zmq_setsockopt(3), ZMQ_IMMEDIATE; libzmq tests/test_immediate.cpp",
        needs: [Needs::types(&["PUSH"]).options(&["IMMEDIATE"]), Needs::types(&["PULL"])],
        binds: Binds::Second,
        play: immediate,
    },
];

/// A socket on A that soon tries again, if that can be said.
pub fn patient(bench: &mut Bench, kind: &str, mut options: Value) -> Step<Sock> {
    let soon = bench.if_had(A, kind, json!({"RECONNECT_IVL": 20}))?;
    if let (Some(all), Some(soon)) = (options.as_object_mut(), soon.as_object()) {
        all.extend(soon.clone());
    }
    bench.socket_with(A, kind, options)
}

/// Closes a server on B and opens another one at the same endpoint.
fn restart(bench: &mut Bench, server: &Sock, options: Value, endpoint: &str) -> Step<Sock> {
    bench.close(server)?;
    let again = bench.socket_with(B, &server.kind, options)?;
    bench.rebind(&again, endpoint)?;
    Ok(again)
}

fn pub_restart(bench: &mut Bench) -> Step {
    let endpoint = bench.keep_endpoint()?;
    let mut publisher = bench.socket(B, "PUB")?;
    bench.bind_at(&publisher, &endpoint)?;
    let sub = patient(bench, "SUB", json!({}))?;
    follow(bench, &sub, "A")?;
    bench.connect(&sub, &endpoint)?;
    reach(bench, &publisher, &sub, "A")?;
    for round in ["A: once", "A: twice"] {
        publisher = restart(bench, &publisher, json!({}), &endpoint)?;
        reach(bench, &publisher, &sub, round)?;
        bench.send(&publisher, &["B".into()])?;
        bench.pass(&publisher, &sub, &["A".into()])?;
    }
    Ok(())
}

fn many_subs(bench: &mut Bench, topics: usize, unlimited: bool) -> Step {
    let endpoint = bench.keep_endpoint()?;
    let (sends, receives) = match unlimited {
        true => (
            bench.if_had(A, "SUB", json!({"SNDHWM": 0}))?,
            bench.if_had(B, "XPUB", json!({"RCVHWM": 0}))?,
        ),
        false => (json!({}), json!({})),
    };
    let publisher = bench.socket_with(B, "XPUB", receives.clone())?;
    bench.bind_at(&publisher, &endpoint)?;
    let sub = patient(bench, "SUB", sends)?;
    bench.connect(&sub, &endpoint)?;
    let topic = |n: usize| format!("topic {n:04}.");
    for n in 0..topics {
        bench.subscribe(&sub, topic(n).as_str())?;
    }
    all_subscribed(bench, topics, &publisher, &sub)?;
    let again = restart(bench, &publisher, receives, &endpoint)?;
    all_subscribed(bench, topics, &again, &sub)?;
    for n in [0, topics / 2, topics - 1] {
        bench.pass(&again, &sub, &[topic(n).as_str().into()])?;
    }
    Ok(())
}

/// An XPUB is told of all topics, in whatever order.
fn all_subscribed(bench: &mut Bench, topics: usize, publisher: &Sock, sub: &Sock) -> Step {
    let mut told = std::collections::HashSet::new();
    let mut quiet = 0;
    while told.len() < topics && quiet < 20 {
        // libzmq works for a socket only while it is used.
        silent_for(bench, sub, 0)?;
        let came = bench.recv_many(publisher, topics, 100)?;
        quiet = if came.is_empty() { quiet + 1 } else { 0 };
        told.extend(came.into_iter().flatten().filter_map(|frame| frame.bytes()));
    }
    if told.len() == topics {
        return Ok(());
    }
    let failure = Failure::new(Cause::WrongAnswer, [A, B], "subscriptions are lost");
    Err(failure.compared(topics.to_string(), told.len().to_string()).into())
}

fn rep_restart(bench: &mut Bench) -> Step {
    let endpoint = bench.keep_endpoint()?;
    let rep = bench.socket(B, "REP")?;
    bench.bind_at(&rep, &endpoint)?;
    let dealer = patient(bench, "DEALER", json!({}))?;
    bench.post(A, json!({"op": "monitor", "socket": dealer.name}))?;
    bench.connect(&dealer, &endpoint)?;
    ask(bench, &dealer, &rep)?;
    bench.close(&rep)?;
    // What is sent before the loss is seen may be lost with the connection.
    let request =
        json!({"op": "events", "socket": dealer.name, "timeout_ms": 2000, "until": "DISCONNECTED"});
    let seen = bench.ask(A, request)?;
    if !seen.is_ok_and(|ok| ok["events"].to_string().contains("DISCONNECTED")) {
        let what = "a monitor did not see its peer go";
        return Err(Failure::new(Cause::Timeout, [A], what).into());
    }
    for n in 0..5 {
        bench.send(&dealer, &["".into(), format!("request {n}").as_str().into()])?;
    }
    let rep = bench.socket(B, "REP")?;
    bench.rebind(&rep, &endpoint)?;
    for n in 0..5 {
        bench.expect(&rep, &[format!("request {n}").as_str().into()])?;
        bench.send(&rep, &[format!("reply {n}").as_str().into()])?;
        bench.expect(&dealer, &["".into(), format!("reply {n}").as_str().into()])?;
    }
    Ok(())
}

fn connect_first(bench: &mut Bench) -> Step {
    let endpoint = bench.keep_endpoint()?;
    let push = patient(bench, "PUSH", json!({}))?;
    bench.connect(&push, &endpoint)?;
    for n in 0..3 {
        bench.send(&push, &[format!("early {n}").as_str().into()])?;
    }
    bench.settle(A)?;
    let pull = bench.socket(B, "PULL")?;
    bench.rebind(&pull, &endpoint)?;
    for n in 0..3 {
        bench.expect(&pull, &[format!("early {n}").as_str().into()])?;
    }
    talk(bench, &push, &pull)
}

fn kill_mid(bench: &mut Bench) -> Step {
    let parts = [Frame::Fill { size: 4 << 20, seed: 1 }, Frame::Fill { size: 4 << 20, seed: 2 }];
    let narrow = bench.if_had(A, "PULL", json!({"RCVHWM": 1}))?;
    let pull = bench.socket_with(A, "PULL", narrow)?;
    let endpoint = bench.bind(&pull)?;
    let narrow = bench.if_had(B, "PUSH", json!({"SNDHWM": 1}))?;
    let victim = bench.socket_with(B, "PUSH", narrow)?;
    bench.connect(&victim, &endpoint)?;
    for _ in 0..10 {
        bench.send(&victim, &parts)?;
    }
    bench.expect(&pull, &parts)?;
    bench.kill(B)?;
    let fresh = bench.socket(B, "PUSH")?;
    bench.connect(&fresh, &endpoint)?;
    let last = message(["last"]);
    bench.send(&fresh, &last)?;
    // What was whole when the sender died may still come, before the fresh one or after it.
    let mut whole = 1;
    loop {
        let got = bench.recv(&pull)?;
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

fn immediate(bench: &mut Bench) -> Step {
    let nowhere = bench.keep_endpoint()?;
    let push = patient(bench, "PUSH", json!({"IMMEDIATE": 1}))?;
    bench.connect(&push, &nowhere)?;
    if bench.try_send(&push, &message(["to nobody"]), 1, 50)?.is_ok() {
        let what = "a PUSH with IMMEDIATE queued a message for a peer that is not there";
        return Err(Failure::new(Cause::WrongAnswer, [A], what).compared("EAGAIN", "ok").into());
    }
    // Beside a peer that is there, nothing is kept for the one that is not.
    let pull = bench.socket(B, "PULL")?;
    let endpoint = bench.bind(&pull)?;
    bench.connect(&push, &endpoint)?;
    for n in 0..10 {
        bench.pass(&push, &pull, &[format!("message {n}").as_str().into()])?;
    }
    Ok(())
}
