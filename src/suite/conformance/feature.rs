//! The features and mechanisms that an agent lists: each is used, and seen to have worked; what it does
//! not list is refused.

use serde_json::{Value, json};

use super::claim::{a_type, has, refused};
use super::sides::{COMES, Sides, Sock};
use super::step::A;
use super::step::{Cause, Failure, Step};
use super::value::message;

/// Two sockets of the agent, one connected to the other.
struct On {
    client: Sock,
    server: Sock,
    endpoint: String,
}

/// A feature: the requests that are its own, and the proof that it works.
type Feature = (&'static str, fn(&On) -> Vec<Value>, fn(&mut Sides, &On) -> Step);

const FEATURES: &[Feature] = &[
    (
        "poll",
        |on| vec![json!({"op": "poll", "socket": on.server.name, "events": "in", "timeout_ms": 0})],
        poll,
    ),
    (
        "count",
        |on| vec![json!({"op": "recv", "socket": on.server.name, "count": 2, "timeout_ms": 0})],
        |sides, on| sides.recv_many(&on.server, 2, 0).map(drop),
    ),
    ("monitor", |on| vec![json!({"op": "monitor", "socket": on.client.name})], monitor),
    (
        "disconnect",
        |on| {
            let (client, endpoint) = (&on.client.name, &on.endpoint);
            vec![json!({"op": "disconnect", "socket": client, "endpoint": endpoint})]
        },
        disconnect,
    ),
    (
        "unbind",
        |on| {
            let (server, endpoint) = (&on.server.name, &on.endpoint);
            vec![json!({"op": "unbind", "socket": server, "endpoint": endpoint})]
        },
        unbind,
    ),
    ("zap", |_| vec![json!({"op": "zap", "allow": {}}), json!({"op": "zap_log"})], zap),
    (
        "proxy",
        |on| {
            let (frontend, backend) = (&on.client.name, &on.server.name);
            vec![json!({"op": "proxy", "frontend": frontend, "backend": backend})]
        },
        proxy,
    ),
];

/// The case.
pub fn features(sides: &mut Sides) -> Step {
    let hello = sides.hello(A)?;
    let [sends, takes] = match a_type(&hello, &["DEALER", "PULL"]) {
        Some("DEALER") => ["DEALER", "DEALER"],
        _ => ["PUSH", "PULL"],
    };
    for (feature, requests, proof) in FEATURES {
        let (client, server) = (sides.socket(A, sends)?, sides.socket(A, takes)?);
        let endpoint = sides.bind(&server)?;
        sides.connect(&client, &endpoint)?;
        let on = On { client, server, endpoint };
        match has(&hello.features, feature) {
            true => proof(sides, &on)?,
            false => requests(&on).into_iter().try_for_each(|request| refused(sides, request))?,
        }
    }
    keys(sides, has(&hello.mechanisms, "CURVE"))
}

/// The contract is broken: an answer is other than it must be.
fn unlike(what: &str, expected: &str, got: impl ToString) -> Step {
    Err(Failure::new(Cause::Contract, [A], what).compared(expected, got.to_string()).into())
}

fn poll(sides: &mut Sides, on: &On) -> Step {
    let waiting = message(["waiting"]);
    for there in [false, true] {
        let ms = if there { COMES.as_millis() as u64 } else { 0 };
        let server = &on.server.name;
        let poll = json!({"op": "poll", "socket": server, "events": "in", "timeout_ms": ms});
        let got = Value::from(sides.do_it(A, poll)?);
        if got["ready"] != json!(there) {
            return unlike("a poll is wrong", &json!({"ready": there}).to_string(), got);
        }
        match there {
            false => sides.send(&on.client, &waiting)?,
            true => sides.expect(&on.server, &waiting)?,
        }
    }
    Ok(())
}

fn monitor(sides: &mut Sides, on: &On) -> Step {
    let client = sides.socket(A, &on.client.kind)?;
    sides.post(A, json!({"op": "monitor", "socket": client.name}))?;
    sides.connect(&client, &on.endpoint)?;
    let ms = COMES.as_millis() as u64;
    let wanted = "CONNECTED";
    let events = json!({"op": "events", "socket": client.name, "until": wanted, "timeout_ms": ms});
    let got = Value::from(sides.do_it(A, events)?);
    match got["events"].as_array().is_some_and(|events| events.contains(&wanted.into())) {
        true => Ok(()),
        false => unlike("a monitor does not see a connection", wanted, got),
    }
}

fn disconnect(sides: &mut Sides, on: &On) -> Step {
    sides.pass(&on.client, &on.server, &message(["connected"]))?;
    let (client, endpoint) = (&on.client.name, &on.endpoint);
    sides.post(A, json!({"op": "disconnect", "socket": client, "endpoint": endpoint}))?;
    sides.until("a socket that has no peer any more can send", |sides, _| {
        let sent = sides.try_send(&on.client, &message(["to nobody"]), 1, 0)?;
        // It must not be the high-water mark that it meets.
        let _ = sides.try_recv(&on.server, 10)?;
        Ok(sent.is_err())
    })
}

fn unbind(sides: &mut Sides, on: &On) -> Step {
    let [first, second] = [sides.socket(A, &on.server.kind)?, sides.socket(A, &on.server.kind)?];
    let endpoint = sides.bind(&first)?;
    sides.post(A, json!({"op": "unbind", "socket": first.name, "endpoint": endpoint}))?;
    sides.rebind(&second, &endpoint)
}

fn zap(sides: &mut Sides, _: &On) -> Step {
    sides.post(A, json!({"op": "zap", "allow": {}}))?;
    let got = Value::from(sides.do_it(A, json!({"op": "zap_log"}))?);
    match got["requests"].is_array() {
        true => Ok(()),
        false => unlike("zap_log without requests", "{\"requests\":[]}", got),
    }
}

fn proxy(sides: &mut Sides, on: &On) -> Step {
    // Some libraries start a proxy only between sockets that are in use.
    let [first, second] = [sides.socket(A, &on.server.kind)?, sides.socket(A, &on.server.kind)?];
    sides.bind(&first)?;
    sides.bind(&second)?;
    let (frontend, backend) = (first.name, second.name);
    sides.post(A, json!({"op": "proxy", "frontend": frontend, "backend": backend}))?;
    sides.settle(A)
}

fn keys(sides: &mut Sides, listed: bool) -> Step {
    let request = json!({"op": "curve_keypair"});
    if !listed {
        return refused(sides, request);
    }
    let made = sides.do_it(A, request)?;
    let size = |name: &str| made.get(name).and_then(Value::as_str).map_or(0, str::len);
    match [size("public"), size("secret")] {
        [40, 40] => Ok(()),
        other => unlike("keys are 40 characters of Z85", "[40, 40]", format!("{other:?}")),
    }
}
