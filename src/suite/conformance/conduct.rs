//! How an agent does what it is told: for how long it waits, where it acts, what it tells of events, and how it
//! ends. What a case sees of a library rests on that.

use serde_json::{Value, json};

use super::agent_check::{self, Wrong};
use super::case::{Binds, Case};
use super::claim::{a_type, has};
use super::needs::Needs;
use super::sides::{COMES, Sides, Sock, breach, broken, refused, same};
use super::step::{A, Step};
use super::value::message;
use crate::outcome::Cause::*;
use crate::peer::agent::op_of;
use crate::suite::mutant::{Blame::*, Mutant, mutant};

const SOURCE: &str = "docs/agent-contract.md";

const fn case(
    name: &'static str,
    requirement: &'static str,
    features: &'static [&'static str],
    mutants: &'static [Mutant],
    play: fn(&mut Sides) -> Step,
) -> Case {
    let needs = [Needs::types(&[]).transports(&["tcp"]).features(features); 2];
    Case { name, requirement, source: SOURCE, needs, binds: Binds::Alone, mutants, play }
}

/// See the module.
pub const CASES: &[Case] = &[
    case(
        "agent-waits",
        "an op waits as long as it is told, not shorter and not much longer",
        &[],
        &[
            mutant("thrice:recv", "/liar", Timeout, Surely),
            mutant("thrice:poll", "/liar", Timeout, Surely),
            mutant("thrice:events", "/liar", Timeout, Surely),
            mutant("third:recv", "/liar", Contract, Surely),
        ],
        waits,
    ),
    case(
        "agent-contract",
        "requests that make no sense are refused, and data is told as the contract says",
        &[],
        &[
            mutant("forgive", "/liar", Contract, Surely),
            mutant("no-hex", "/liar", Contract, Surely),
        ],
        contract,
    ),
    case(
        "agent-late",
        "a receive that timed out swallows nothing",
        &[],
        &[mutant("swallow", "/liar", Timeout, Surely)],
        late,
    ),
    case(
        "agent-poll",
        "poll tells whether a message can be sent, or is there",
        &["poll"],
        &[
            mutant("blind:out", "/liar", Contract, Surely),
            mutant("blind:in", "/liar", Contract, Surely),
        ],
        poll,
    ),
    case(
        "agent-disconnect",
        "disconnect acts on the endpoint that it names, and on no other",
        &["disconnect"],
        &[mutant("other-endpoint:disconnect", "/liar", Timeout, Surely)],
        disconnect,
    ),
    case(
        "agent-unbind",
        "unbind acts on the endpoint that it names, and on no other",
        &["unbind"],
        &[mutant("other-endpoint:unbind", "/liar", Timeout, Surely)],
        unbind,
    ),
    case(
        "agent-events",
        "a monitor tells what happened, in order, once, and nothing else",
        &["monitor"],
        &[
            mutant("lost-event:CONNECTED", "/liar", Contract, Surely),
            mutant("lost-event:LISTENING", "/liar", Contract, Surely),
            mutant("lost-event:ACCEPTED", "/liar", Contract, Surely),
            mutant("lost-event:DISCONNECTED", "/liar", Contract, Surely),
            mutant("made-up-event:CONNECTED", "/liar", Contract, Surely),
            mutant("made-up-event:DISCONNECTED", "/liar", Contract, Surely),
        ],
        events,
    ),
    case(
        "agent-exit",
        "after exit an agent ends with status 0",
        &[],
        &[
            mutant("exit-three", "/liar", Crash, Surely),
            mutant("ignore:exit", "/liar", Contract, Surely),
        ],
        |sides| sides.leave(A),
    ),
];

/// The types of a socket that sends and of one that receives.
fn types(sides: &mut Sides) -> Step<[&'static str; 2]> {
    let hello = sides.hello(A)?;
    Ok(match a_type(&hello.socket_types, &["DEALER", "PULL"]) {
        Some("DEALER") => ["DEALER", "DEALER"],
        _ => ["PUSH", "PULL"],
    })
}

/// A socket that is connected to another one, and its endpoint.
fn linked(sides: &mut Sides) -> Step<(Sock, Sock, String)> {
    let [sends, takes] = types(sides)?;
    let (client, server) = (sides.socket(A, sends)?, sides.socket(A, takes)?);
    let endpoint = sides.bind(&server)?;
    sides.connect(&client, &endpoint)?;
    Ok((client, server, endpoint))
}

/// How long an op is given here for what does not happen, in ms.
const GIVEN: u64 = 250;

fn waits(sides: &mut Sides) -> Step {
    let (_, server, _) = linked(sides)?;
    let features = sides.hello(A)?.features;
    let name = &server.name;
    // Who is not told how long waits for a second.
    sides.gives_up(&server, json!({"op": "recv", "socket": name}), 1000)?;
    let mut requests = vec![];
    if has(&features, "count") {
        requests.push(json!({"op": "recv", "socket": name, "count": 2}));
    }
    if has(&features, "poll") {
        requests.push(json!({"op": "poll", "socket": name, "events": "in"}));
    }
    if has(&features, "monitor") {
        sides.post(A, json!({"op": "monitor", "socket": name}))?;
        requests.push(json!({"op": "events", "socket": name, "until": "BIND_FAILED"}));
    }
    for mut request in requests {
        request["timeout_ms"] = GIVEN.into();
        let op = op_of(&request).to_owned();
        if let Err(refusal) = sides.in_vain(A, request, GIVEN)? {
            return Err(refused(A, &op, "ok", &refusal));
        }
    }
    Ok(())
}

fn contract(sides: &mut Sides) -> Step {
    let hello = sides.hello(A)?;
    agent_check::quick(&mut sides.agents[A], &hello).map_err(|(step, wrong)| match wrong {
        Wrong::Broken(error) => broken(A, &error),
        Wrong::Answer(text) => breach(A, format!("{step}: {text}")).into(),
    })
}

/// What comes right after a receive that timed out is received by the next.
fn late(sides: &mut Sides) -> Step {
    let (client, server, _) = linked(sides)?;
    sides.pass(&client, &server, &message(["connected"]))?;
    for n in 0..5 {
        if let Some(got) = sides.try_recv(&server, 10)? {
            same(&[], &got)?;
        }
        sides.pass(&client, &server, &[format!("late {n}").as_str().into()])?;
    }
    Ok(())
}

fn ready(sides: &mut Sides, sock: &Sock, events: &str, ms: u64) -> Step<bool> {
    let poll = json!({"op": "poll", "socket": sock.name, "events": events, "timeout_ms": ms});
    match sides.do_it(A, poll)?.get("ready") {
        Some(Value::Bool(ready)) => Ok(*ready),
        other => {
            let got = other.map_or("nothing".into(), Value::to_string);
            Err(breach(A, "poll was answered without ready").compared("a boolean", got).into())
        }
    }
}

fn poll(sides: &mut Sides) -> Step {
    let [sends, takes] = types(sides)?;
    let (client, server) = (sides.socket(A, sends)?, sides.socket(A, takes)?);
    let endpoint = sides.bind(&client)?;
    let come = COMES.as_millis() as u64;
    let check = |sides: &mut Sides, sock: &Sock, events: &str, there: bool| {
        let ms = if there { come } else { 0 };
        match ready(sides, sock, events, ms)? == there {
            true => Ok(()),
            false => {
                let what = format!("a poll for \"{events}\" is wrong");
                let failure = breach(A, what).compared(there.to_string(), (!there).to_string());
                Err(failure.into())
            }
        }
    };
    check(sides, &client, "out", false)?;
    check(sides, &server, "in", false)?;
    sides.connect(&server, &endpoint)?;
    check(sides, &client, "out", true)?;
    sides.send(&client, &message(["there"]))?;
    check(sides, &server, "in", true)?;
    sides.expect(&server, &message(["there"]))?;
    check(sides, &server, "in", false)
}

/// One of two peers is left: the other gets all that is sent from then on.
fn disconnect(sides: &mut Sides) -> Step {
    let (client, first, _) = linked(sides)?;
    let second = sides.socket(A, &first.kind)?;
    let endpoint = sides.bind(&second)?;
    sides.connect(&client, &endpoint)?;
    let hello = message(["hello"]);
    for peer in [&first, &second] {
        sides.until("one of two peers gets nothing", |sides, ms| {
            sides.send(&client, &hello)?;
            Ok(sides.try_recv(peer, ms)?.is_some())
        })?;
    }
    let leave = json!({"op": "disconnect", "socket": client.name, "endpoint": endpoint});
    sides.do_it(A, leave)?;
    let after = |n: usize| message([format!("after {n}").as_str()]);
    for n in 0..4 {
        sides.send(&client, &after(n))?;
    }
    // What was sent before it still has to be taken.
    let mut got = sides.recv(&first)?;
    while same(&hello, &got).is_ok() {
        got = sides.recv(&first)?;
    }
    same(&after(0), &got)?;
    (1..4).try_for_each(|n| sides.expect(&first, &after(n)))
}

/// Of two endpoints one is left: the other still takes who connects.
fn unbind(sides: &mut Sides) -> Step {
    let [sends, takes] = types(sides)?;
    let (server, other) = (sides.socket(A, takes)?, sides.socket(A, takes)?);
    let (first, second) = (sides.bind(&server)?, sides.bind(&server)?);
    let leave = json!({"op": "unbind", "socket": server.name, "endpoint": second});
    sides.do_it(A, leave)?;
    sides.rebind(&other, &second)?;
    let client = sides.socket(A, sends)?;
    sides.connect(&client, &first)?;
    sides.pass(&client, &server, &message(["still here"]))
}

fn events(sides: &mut Sides) -> Step {
    let [sends, takes] = types(sides)?;
    let (client, server) = (sides.socket(A, sends)?, sides.socket(A, takes)?);
    for sock in [&client, &server] {
        sides.do_it(A, json!({"op": "monitor", "socket": sock.name}))?;
        told(sides, sock, &[], &[])?;
    }
    let endpoint = sides.bind(&server)?;
    told(sides, &server, &["LISTENING"], &["LISTENING"])?;
    sides.connect(&client, &endpoint)?;
    sides.pass(&client, &server, &message(["hello"]))?;
    told(sides, &client, &["CONNECTED"], &["CONNECT_DELAYED", "CONNECTED", PROTOCOL, SUCCEEDED])?;
    told(sides, &server, &["ACCEPTED"], &["ACCEPTED", PROTOCOL, SUCCEEDED])?;
    sides.pass(&client, &server, &message(["and again"]))?;
    for sock in [&client, &server] {
        told(sides, sock, &[], &[PROTOCOL, SUCCEEDED])?;
    }
    sides.close(&client)?;
    // Some libraries see that a peer is gone only while they are asked for messages.
    let nothing = sides.try_recv(&server, GIVEN)?;
    nothing.map_or(Ok(()), |got| same(&[], &got))?;
    told(sides, &server, &["DISCONNECTED"], &["DISCONNECTED"])
}

const SUCCEEDED: &str = "HANDSHAKE_SUCCEEDED";

/// JeroMQ tells the version of the protocol, too.
const PROTOCOL: &str = "HANDSHAKE_PROTOCOL";

/// The monitor of `sock` tells of all of `wanted`, each once, and of nothing that is not `possible`.
fn told(sides: &mut Sides, sock: &Sock, wanted: &[&str], possible: &[&str]) -> Step {
    let mut came = match wanted.last() {
        Some(last) => sides.events(sock, last, COMES)?,
        None => vec![],
    };
    // Without `until`: what was kept, at once.
    let now = sides.do_it(A, json!({"op": "events", "socket": sock.name, "timeout_ms": 0}))?;
    let now = now.get("events").and_then(Value::as_array).cloned().unwrap_or_default();
    came.extend(now.iter().map(|event| event.as_str().unwrap_or_default().to_owned()));
    let once = |event: &&str| came.iter().filter(|came| *came == event).count() == 1;
    let known = |event: &String| possible.contains(&event.as_str());
    let twice = possible.iter().any(|event| came.iter().filter(|came| *came == event).count() > 1);
    if wanted.iter().all(once) && came.iter().all(known) && !twice {
        return Ok(());
    }
    let what = format!("the monitor of a {} tells other events than there were", sock.kind);
    Err(breach(A, what).compared(format!("{wanted:?}"), format!("{came:?}")).into())
}
