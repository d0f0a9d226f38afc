//! The features and mechanisms that an agent lists: each is used, and seen to have worked; what it does
//! not list is refused.

use serde_json::{Value, json};

use super::agent::{a_type, has, refused};
use super::bench::{A, Bench, COMES, Sock};
use super::value::message;
use crate::run::failure::{Cause, Failure, Step};

/// Two sockets of the agent, one connected to the other.
struct On {
    client: Sock,
    server: Sock,
    endpoint: String,
}

/// A feature: the requests that are its own, and the proof that it works.
type Feature = (&'static str, fn(&On) -> Vec<Value>, fn(&mut Bench, &On) -> Step);

const FEATURES: &[Feature] = &[
    (
        "poll",
        |on| vec![json!({"op": "poll", "socket": on.server.name, "events": "in", "timeout_ms": 0})],
        poll,
    ),
    (
        "count",
        |on| vec![json!({"op": "recv", "socket": on.server.name, "count": 2, "timeout_ms": 0})],
        |bench, on| bench.recv_many(&on.server, 2, 0).map(drop),
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
pub fn features(bench: &mut Bench) -> Step {
    let hello = bench.hello(A)?;
    let [sends, takes] = match a_type(&hello, &["DEALER", "PULL"]) {
        Some("DEALER") => ["DEALER", "DEALER"],
        _ => ["PUSH", "PULL"],
    };
    for (feature, requests, proof) in FEATURES {
        let (client, server) = (bench.socket(A, sends)?, bench.socket(A, takes)?);
        let endpoint = bench.bind(&server)?;
        bench.connect(&client, &endpoint)?;
        let on = On { client, server, endpoint };
        match has(&hello.features, feature) {
            true => proof(bench, &on)?,
            false => requests(&on).into_iter().try_for_each(|request| refused(bench, request))?,
        }
    }
    keys(bench, has(&hello.mechanisms, "CURVE"))
}

/// The contract is broken: an answer is other than it must be.
fn unlike(what: &str, expected: &str, got: impl ToString) -> Step {
    Err(Failure::new(Cause::Contract, [A], what).compared(expected, got.to_string()).into())
}

fn poll(bench: &mut Bench, on: &On) -> Step {
    let waiting = message(["waiting"]);
    for there in [false, true] {
        let ms = if there { COMES.as_millis() as u64 } else { 0 };
        let server = &on.server.name;
        let poll = json!({"op": "poll", "socket": server, "events": "in", "timeout_ms": ms});
        let got = Value::from(bench.do_it(A, poll)?);
        if got["ready"] != json!(there) {
            return unlike("a poll is wrong", &json!({"ready": there}).to_string(), got);
        }
        match there {
            false => bench.send(&on.client, &waiting)?,
            true => bench.expect(&on.server, &waiting)?,
        }
    }
    Ok(())
}

fn monitor(bench: &mut Bench, on: &On) -> Step {
    let client = bench.socket(A, &on.client.kind)?;
    bench.post(A, json!({"op": "monitor", "socket": client.name}))?;
    bench.connect(&client, &on.endpoint)?;
    let ms = COMES.as_millis() as u64;
    let wanted = "CONNECTED";
    let events = json!({"op": "events", "socket": client.name, "until": wanted, "timeout_ms": ms});
    let got = Value::from(bench.do_it(A, events)?);
    match got["events"].as_array().is_some_and(|events| events.contains(&wanted.into())) {
        true => Ok(()),
        false => unlike("a monitor does not see a connection", wanted, got),
    }
}

fn disconnect(bench: &mut Bench, on: &On) -> Step {
    bench.pass(&on.client, &on.server, &message(["connected"]))?;
    let (client, endpoint) = (&on.client.name, &on.endpoint);
    bench.post(A, json!({"op": "disconnect", "socket": client, "endpoint": endpoint}))?;
    bench.until("a socket that has no peer any more can send", |bench, _| {
        let sent = bench.try_send(&on.client, &message(["to nobody"]), 1, 0)?;
        // It must not be the high-water mark that it meets.
        let _ = bench.try_recv(&on.server, 10)?;
        Ok(sent.is_err())
    })
}

fn unbind(bench: &mut Bench, on: &On) -> Step {
    let [first, second] = [bench.socket(A, &on.server.kind)?, bench.socket(A, &on.server.kind)?];
    let endpoint = bench.bind(&first)?;
    bench.post(A, json!({"op": "unbind", "socket": first.name, "endpoint": endpoint}))?;
    bench.rebind(&second, &endpoint)
}

fn zap(bench: &mut Bench, _: &On) -> Step {
    bench.post(A, json!({"op": "zap", "allow": {}}))?;
    let got = Value::from(bench.do_it(A, json!({"op": "zap_log"}))?);
    match got["requests"].is_array() {
        true => Ok(()),
        false => unlike("zap_log without requests", "{\"requests\":[]}", got),
    }
}

fn proxy(bench: &mut Bench, on: &On) -> Step {
    // Some libraries start a proxy only between sockets that are in use.
    let [first, second] = [bench.socket(A, &on.server.kind)?, bench.socket(A, &on.server.kind)?];
    bench.bind(&first)?;
    bench.bind(&second)?;
    let (frontend, backend) = (first.name, second.name);
    bench.post(A, json!({"op": "proxy", "frontend": frontend, "backend": backend}))?;
    bench.settle(A)
}

fn keys(bench: &mut Bench, listed: bool) -> Step {
    let request = json!({"op": "curve_keypair"});
    if !listed {
        return refused(bench, request);
    }
    let made = bench.do_it(A, request)?;
    let size = |name: &str| made.get(name).and_then(Value::as_str).map_or(0, str::len);
    match [size("public"), size("secret")] {
        [40, 40] => Ok(()),
        other => unlike("keys are 40 characters of Z85", "[40, 40]", format!("{other:?}")),
    }
}
