//! What two sockets of a legal pair of types say to each other, for cases in which any conversation
//! will do, and strangers: sockets that must not be served.

use serde_json::Value;

use super::sides::{Sides, Sock, Tapped, Until, breach, parts, same};
use super::step::{A, B, Cause, End, Failure, Side, Step};
use super::value::{Frame, message};
use crate::digest::D;

/// What a stranger says.
const STRANGE: &str = "from a stranger";

/// How a send may be refused on a connection that the other end did not want.
pub const THROWN_OUT: &[&str] = &["EAGAIN", "EHOSTUNREACH", "other"];

/// So many exchanges pass, so that what a stranger sent would have come by then.
const ROUNDS: usize = 10;

/// After the two were linked: subscribes, and waits until the subscription holds.
pub fn subscribe_if_needed(sides: &mut Sides, first: &Sock, second: &Sock) -> Step {
    match (first.kind.as_str(), second.kind.as_str()) {
        ("XPUB", "SUB" | "XSUB") => {
            subscribe_by_type(sides, second, "")?;
            notified(sides, first, second, &[1])
        }
        ("PUB", "SUB" | "XSUB") => {
            subscribe_by_type(sides, second, "")?;
            publish_until_received(sides, first, second, "")
        }
        ("SUB" | "XSUB", "PUB" | "XPUB") => subscribe_if_needed(sides, second, first),
        _ => Ok(()),
    }
}

/// Says something each way that the types of the two allow.
pub fn exchange(sides: &mut Sides, first: &Sock, second: &Sock) -> Step {
    match (first.kind.as_str(), second.kind.as_str()) {
        ("PUSH", "PULL") | ("PUB" | "XPUB", "SUB" | "XSUB") => {
            sides.pass(first, second, &message(["one", "way"]))
        }
        ("PAIR", "PAIR") | ("DEALER", "DEALER") => {
            sides.pass(first, second, &message(["there"]))?;
            sides.pass(second, first, &message(["and", "back"]))
        }
        ("REQ" | "DEALER", "REP" | "ROUTER") => request_and_reply(sides, first, second),
        ("ROUTER", "ROUTER") => exchange_by_routing_id(sides, first, second),
        ("PULL", "PUSH")
        | ("SUB" | "XSUB", "PUB" | "XPUB")
        | ("REP" | "ROUTER", "REQ" | "DEALER") => exchange(sides, second, first),
        (a, b) => Err(End::Broken(format!("a {a} can't talk to a {b}: the case is wrong"))),
    }
}

/// A request and its reply.
pub fn request_and_reply(sides: &mut Sides, client: &Sock, server: &Sock) -> Step {
    // A REQ writes the delimiter itself, and a REP takes it off; the others leave that to us.
    let delimiter = if server.kind == "REP" { vec![Frame::from("")] } else { vec![] };
    let ours = if client.kind == "DEALER" { delimiter } else { vec![] };
    let say = |body: &str| [ours.clone(), vec![body.into()]].concat();
    sides.send(client, &say("question"))?;
    let mut got = sides.recv(server)?;
    let envelope = match server.kind.as_str() {
        "ROUTER" => got.drain(..got.len().saturating_sub(1)).collect(),
        _ => vec![],
    };
    same(&message(["question"]), &got)?;
    let mut reply = envelope.iter().map(Frame::again).collect::<Step<Vec<_>>>()?;
    reply.push("answer".into());
    sides.send(server, &reply)?;
    sides.expect(client, &say("answer"))
}

/// Two ROUTERs that were given the routing ids `first` and `second`; the first is mandatory.
fn exchange_by_routing_id(sides: &mut Sides, first: &Sock, second: &Sock) -> Step {
    sides.until("a ROUTER never knew the ROUTER at the other end", |sides, ms| {
        sides.is_taken(first, &message(["second", "there"]), ms, &["EAGAIN", "EHOSTUNREACH"])
    })?;
    sides.expect(second, &message(["first", "there"]))?;
    sides.send(second, &message(["first", "back"]))?;
    sides.expect(first, &message(["second", "back"]))
}

/// Subscribes a SUB, or an XSUB, which has no other way than to say so.
pub fn subscribe_by_type(sides: &mut Sides, subscriber: &Sock, topic: &str) -> Step {
    match subscriber.kind.as_str() {
        "XSUB" => sides.send(subscriber, &[[&[1], topic.as_bytes()].concat().into()]),
        _ => sides.subscribe(subscriber, topic),
    }
}

/// The XPUB `publisher` is told of a subscription. libzmq works for a socket only while it is used, so
/// a subscriber that nobody asks for messages may not even send what it subscribed to.
pub fn notified(sides: &mut Sides, publisher: &Sock, subscriber: &Sock, what: &[u8]) -> Step {
    let mut told = None;
    sides.until("an XPUB is not told of a subscription", |sides, ms| {
        silent(sides, subscriber)?;
        told = sides.try_recv(publisher, ms)?;
        Ok(told.is_some())
    })?;
    same(&[what.into()], &told.expect("until it was told"))
}

/// A PUB can't tell when a subscription reached it: sends until the first message on `topic` comes
/// through, and then drains what else was sent.
pub fn publish_until_received(
    sides: &mut Sides,
    publisher: &Sock,
    subscriber: &Sock,
    topic: &str,
) -> Step {
    let early = [format!("{topic} early").as_str().into()];
    let last = [format!("{topic} last").as_str().into()];
    sides.until("a subscriber gets nothing of what is published", |sides, ms| {
        sides.send(publisher, &early)?;
        match sides.try_recv(subscriber, ms)? {
            Some(got) => same(&early, &got).map(|()| true),
            None => Ok(false),
        }
    })?;
    sides.send(publisher, &last)?;
    loop {
        let got = sides.recv(subscriber)?;
        match same(&last, &got) {
            Ok(()) => return Ok(()),
            Err(_) => same(&early, &got)?,
        }
    }
}

/// A socket that tries to connect where it should not be heard, and the way on which it does.
pub struct Stranger {
    /// The socket.
    pub sock: Sock,
    /// The way on which it tries.
    pub way: Tapped,
    until: Until,
}

impl Stranger {
    /// Waits until it has been there.
    pub fn wait(&self, sides: &mut Sides) -> Step {
        sides.wait_until(&self.sock, &self.way, self.until)
    }
}

/// A stranger on A, which tries to reach whoever is at `endpoint`, to which B is bound. It has been there when it
/// has come as far as `until`.
pub fn stranger(
    sides: &mut Sides,
    kind: &str,
    options: Value,
    endpoint: &str,
    until: Until,
) -> Step<Stranger> {
    let sock = sides.socket_with(A, kind, options)?;
    if kind == "SUB" {
        sides.subscribe(&sock, "")?;
    }
    let way = sides.tap(B, endpoint)?;
    sides.try_connect(&sock, &way)?;
    if !matches!(kind, "SUB" | "PULL" | "REP") {
        // Its library may take a message for nobody, or refuse it, also because it was thrown out.
        let said = if kind == "ROUTER" { message(["you", STRANGE]) } else { message([STRANGE]) };
        sides.is_taken(&sock, &said, 0, THROWN_OUT)?;
    }
    Ok(Stranger { sock, way, until })
}

/// The strangers have really been there; then `client` connects and talks to `server` undisturbed, and
/// nothing of any stranger comes between, or comes to a stranger.
pub fn only_client_is_served(
    sides: &mut Sides,
    strangers: &[Stranger],
    [client, server]: [&Sock; 2],
    endpoint: &str,
) -> Step {
    strangers.iter().try_for_each(|stranger| stranger.wait(sides))?;
    sides.connect(client, endpoint)?;
    exchange_undisturbed(sides, client, server)?;
    strangers.iter().for_each(|stranger| sides.wait_for_chance(&stranger.way));
    silent(sides, server)?;
    strangers.iter().try_for_each(|stranger| silent(sides, &stranger.sock))
}

/// `client` and `server` talk, and nothing else comes.
pub fn exchange_undisturbed(sides: &mut Sides, client: &Sock, server: &Sock) -> Step {
    subscribe_if_needed(sides, client, server)?;
    for _ in 0..ROUNDS {
        exchange(sides, client, server)?;
    }
    silent(sides, server)
}

/// Nothing is there to be received. A REQ that waits for no reply may refuse to receive at all.
pub fn silent(sides: &mut Sides, sock: &Sock) -> Step {
    let got = match sock.kind.as_str() {
        "PUSH" | "PUB" => None,
        "REQ" => match sides.recv_or_refusal(sock, 0)? {
            Ok(got) => Some(got),
            Err(refusal) if matches!(refusal.code.as_str(), "EFSM" | "EAGAIN") => None,
            Err(refusal) => {
                return Err(super::sides::refused(sock.side, "recv", "EFSM or EAGAIN", &refusal));
            }
        },
        _ => sides.try_recv(sock, 0)?,
    };
    nothing(sock, got)
}

/// Nothing comes for so long.
pub fn silent_for(sides: &mut Sides, sock: &Sock, ms: u64) -> Step {
    // What it was asked before must not count as waiting.
    sides.settle(sock.side)?;
    let got = sides.try_recv(sock, ms)?;
    nothing(sock, got)
}

/// What came to a socket to which nothing may come.
pub fn nothing(sock: &Sock, got: Option<Vec<D>>) -> Step {
    let Some(got) = got else { return Ok(()) };
    let what = format!("a {} received what was not for it", sock.kind);
    let failure = Failure::new(Cause::WrongAnswer, [A, B], what);
    Err(failure.compared("nothing", parts(&got)).into())
}

/// A text that an answer of `side` must have.
pub fn text(side: Side, fields: &serde_json::Map<String, Value>, name: &str) -> Step<String> {
    match fields.get(name).and_then(Value::as_str) {
        Some(text) => Ok(text.to_owned()),
        None => Err(breach(side, format!("an answer has no {name}")).into()),
    }
}
