//! The features and mechanisms that an agent lists: each is used, and seen to have worked; what it does
//! not list is refused.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::claim::{a_type, has, refused};
use super::exchange::text;
use super::sides::{COMES, Sides, Sock, same};
use super::step::A;
use super::step::{Cause, Failure, Step};
use super::value::{Z85, message};

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
        count,
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
    ("zap-reply", |_| vec![json!({"op": "zap", "reply": [null]})], zap_reply),
    ("zap-router", |_| vec![json!({"op": "zap_router", "allow": {}})], zap_router),
    (
        "property",
        |on| {
            let (op, socket) = ("recv_property", &on.server.name);
            vec![json!({"op": op, "socket": socket, "property": "X", "timeout_ms": 0})]
        },
        property,
    ),
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
    let [sends, takes] = match a_type(&hello.socket_types, &["DEALER", "PULL"]) {
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

/// A message is sent as often as is said, and as many are received at once as are there.
fn count(sides: &mut Sides, on: &On) -> Step {
    let body = message(["one of three"]);
    let ms = COMES.as_millis() as u64;
    if let Err(refusal) = sides.try_send(&on.client, &body, 3, ms)? {
        return unlike("a message can't be sent three times", "ok", refusal);
    }
    for count in [2, 1] {
        let got = sides.recv_many(&on.server, count, ms)?;
        if got.len() != count {
            return unlike("not all messages came", &count.to_string(), got.len());
        }
        got.iter().try_for_each(|got| same(&body, got))?;
    }
    match sides.recv_many(&on.server, 2, 0)?.len() {
        0 => Ok(()),
        more => unlike("more messages came than were sent", "3", 3 + more),
    }
}

fn disconnect(sides: &mut Sides, on: &On) -> Step {
    sides.pass(&on.client, &on.server, &message(["connected"]))?;
    let (client, endpoint) = (&on.client.name, &on.endpoint);
    sides.post(A, json!({"op": "disconnect", "socket": client, "endpoint": endpoint}))?;
    let last = message(["to nobody"]);
    sides.until("a socket that has no peer any more can send", |sides, _| {
        let sent = sides.is_taken(&on.client, &last, 0, &["EAGAIN"])?;
        // What was sent before is taken away: it must not be the high-water mark that it meets.
        if let Some(got) = sides.try_recv(&on.server, 10)? {
            same(&last, &got)?;
        }
        Ok(!sent)
    })
}

fn unbind(sides: &mut Sides, on: &On) -> Step {
    let [first, second] = [sides.socket(A, &on.server.kind)?, sides.socket(A, &on.server.kind)?];
    let endpoint = sides.bind(&first)?;
    sides.post(A, json!({"op": "unbind", "socket": first.name, "endpoint": endpoint}))?;
    sides.rebind(&second, &endpoint)
}

/// What the handler was asked.
fn log(sides: &mut Sides) -> Step<Value> {
    Ok(sides.do_it(A, json!({"op": "zap_log"}))?["requests"].take())
}

/// A PLAIN client called admin and its server, who let it in; nothing where there is no PLAIN.
fn admitted(sides: &mut Sides, on: &On) -> Step<Option<[Sock; 2]>> {
    if !has(&sides.hello(A)?.mechanisms, "PLAIN") {
        return Ok(None);
    }
    let server = sides.socket_with(A, &on.server.kind, json!({"PLAIN_SERVER": 1}))?;
    let admin = json!({"PLAIN_USERNAME": "admin", "PLAIN_PASSWORD": "secret"});
    let client = sides.socket_with(A, &on.client.kind, admin)?;
    let endpoint = sides.bind(&server)?;
    sides.connect(&client, &endpoint)?;
    sides.pass(&client, &server, &message(["let in"]))?;
    Ok(Some([client, server]))
}

fn zap(sides: &mut Sides, on: &On) -> Step {
    sides.post(A, json!({"op": "zap", "allow": {"plain": {"admin": "secret"}}}))?;
    let got = log(sides)?;
    if got != json!([]) {
        return unlike("a handler that was asked nothing has a log", "[]", got);
    }
    if admitted(sides, on)?.is_none() {
        return Ok(());
    }
    let got = log(sides)?;
    match got.as_array().map(Vec::len) {
        Some(1) => Ok(()),
        _ => unlike("one client was let in", "one request in the log", got),
    }
}

/// Frames are given of which only some are the handler's own: whom the rules refuse, one of them lets in.
fn zap_reply(sides: &mut Sides, on: &On) -> Step {
    let reply = json!([null, null, {"text": "200"}, null, null, null]);
    sides.do_it(A, json!({"op": "zap", "allow": {}, "reply": reply}))?;
    admitted(sides, on).map(drop)
}

/// The handler is another one for this once, so it starts where none has been.
fn zap_router(sides: &mut Sides, on: &On) -> Step {
    sides.do_it(A, json!({"op": "reset"}))?;
    sides.do_it(A, json!({"op": "zap_router", "allow": {"plain": {"admin": "secret"}}}))?;
    if admitted(sides, on)?.is_none() {
        return Ok(());
    }
    let got = log(sides)?;
    let [id, delimiter] = [0, 1].map(|at| got[0][at]["size"].as_u64());
    match (id, delimiter) {
        (Some(1..), Some(0)) => Ok(()),
        _ => unlike("a ROUTER gets another envelope", "a routing id, an empty frame, …", got),
    }
}

/// Of a connection the library may know nothing of some name; the message comes all the same. It knows who was let in.
fn property(sides: &mut Sides, on: &On) -> Step {
    let body = message(["with a property"]);
    sides.send(&on.client, &body)?;
    let (got, _) = sides.recv_property(&on.server, "Socket-Type")?;
    same(&body, &got)?;
    if !has(&sides.hello(A)?.features, "zap") {
        return Ok(());
    }
    sides.post(A, json!({"op": "zap", "allow": {"plain": {"admin": "secret"}}}))?;
    let Some([client, server]) = admitted(sides, on)? else { return Ok(()) };
    sides.send(&client, &body)?;
    let (got, user) = sides.recv_property(&server, "User-Id")?;
    same(&body, &got)?;
    match user.as_deref() {
        Some("admin") => Ok(()),
        _ => unlike("a message has another user id", "admin", format!("{user:?}")),
    }
}

/// A message passes from a socket that is connected to the one to one that is connected to the other.
fn proxy(sides: &mut Sides, on: &On) -> Step {
    // Some libraries start a proxy only between sockets that are in use.
    let [frontend, backend] = [&on.server.kind, &on.client.kind].map(|kind| sides.socket(A, kind));
    let (frontend, backend) = (frontend?, backend?);
    let [front, back] = [sides.bind(&frontend)?, sides.bind(&backend)?];
    let request = json!({"op": "proxy", "frontend": frontend.name, "backend": backend.name});
    sides.do_it(A, request)?;
    let [sends, takes] = [&on.client.kind, &on.server.kind].map(|kind| sides.socket(A, kind));
    let (sends, takes) = (sends?, takes?);
    sides.connect(&takes, &back)?;
    sides.connect(&sends, &front)?;
    sides.pass(&sends, &takes, &message(["through the proxy"]))
}

fn keys(sides: &mut Sides, listed: bool) -> Step {
    let request = json!({"op": "curve_keypair"});
    if !listed {
        return refused(sides, request);
    }
    let mut keys = HashSet::new();
    for _ in 0..2 {
        let made = sides.do_it(A, request.clone())?;
        for name in ["public", "secret"] {
            let key = text(A, &made, name)?;
            if key.len() != 40 || !key.chars().all(|c| Z85.contains(c)) {
                return unlike("a key is no text of Z85", "40 of its characters", key);
            }
            keys.insert(key);
        }
    }
    match keys.len() {
        4 => Ok(()),
        other => unlike("keys that were made are not new ones", "4 different ones", other),
    }
}
