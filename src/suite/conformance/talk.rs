//! What two sockets of a legal pair of types say to each other, for cases in which any conversation
//! will do, and strangers that must not be heard.

use serde_json::{Value, json};

use super::sides::{Sides, Sock, same, wrong};
use super::step::{A, B, Cause, End, Failure, Side, Step};
use super::value::{Frame, message};

/// What a stranger says.
const STRANGE: &str = "from a stranger";

/// How often a friend speaks while strangers have their chance.
const ROUNDS: usize = 10;

/// After the two were linked: subscribes, and waits until the subscription holds.
pub fn meet(sides: &mut Sides, first: &Sock, second: &Sock) -> Step {
    match (first.kind.as_str(), second.kind.as_str()) {
        ("XPUB", "SUB" | "XSUB") => {
            follow(sides, second, "")?;
            notified(sides, first, second, &[1])
        }
        ("PUB", "SUB" | "XSUB") => {
            follow(sides, second, "")?;
            reach(sides, first, second, "")
        }
        ("SUB" | "XSUB", "PUB" | "XPUB") => meet(sides, second, first),
        _ => Ok(()),
    }
}

/// Says something each way that the types of the two allow.
pub fn talk(sides: &mut Sides, first: &Sock, second: &Sock) -> Step {
    match (first.kind.as_str(), second.kind.as_str()) {
        ("PUSH", "PULL") | ("PUB" | "XPUB", "SUB" | "XSUB") => {
            sides.pass(first, second, &message(["one", "way"]))
        }
        ("PAIR", "PAIR") | ("DEALER", "DEALER") => {
            sides.pass(first, second, &message(["there"]))?;
            sides.pass(second, first, &message(["and", "back"]))
        }
        ("REQ" | "DEALER", "REP" | "ROUTER") => ask(sides, first, second),
        ("ROUTER", "ROUTER") => call(sides, first, second),
        ("PULL", "PUSH")
        | ("SUB" | "XSUB", "PUB" | "XPUB")
        | ("REP" | "ROUTER", "REQ" | "DEALER") => talk(sides, second, first),
        (a, b) => Err(End::Broken(format!("a {a} can't talk to a {b}: the case is wrong"))),
    }
}

/// A request and its reply.
pub fn ask(sides: &mut Sides, client: &Sock, server: &Sock) -> Step {
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
    let reply: Vec<_> = envelope.iter().map(Frame::from).chain(["answer".into()]).collect();
    sides.send(server, &reply)?;
    sides.expect(client, &say("answer"))
}

/// Two ROUTERs that were given the routing ids `first` and `second`; the first is mandatory.
fn call(sides: &mut Sides, first: &Sock, second: &Sock) -> Step {
    sides.until("a ROUTER never knew the ROUTER at the other end", |sides, ms| {
        Ok(sides.try_send(first, &message(["second", "there"]), 1, ms)?.is_ok())
    })?;
    sides.expect(second, &message(["first", "there"]))?;
    sides.send(second, &message(["first", "back"]))?;
    sides.expect(first, &message(["second", "back"]))
}

/// Subscribes a SUB, or an XSUB, which has no other way than to say so.
pub fn follow(sides: &mut Sides, subscriber: &Sock, topic: &str) -> Step {
    match subscriber.kind.as_str() {
        "XSUB" => sides.send(subscriber, &[[&[1], topic.as_bytes()].concat().into()]),
        _ => sides.subscribe(subscriber, topic),
    }
}

/// The XPUB `publisher` is told of a subscription. libzmq works for a socket only while it is used, so
/// a subscriber that nobody asks for messages may not even send what it subscribed to.
pub fn notified(sides: &mut Sides, publisher: &Sock, subscriber: &Sock, what: &[u8]) -> Step {
    let mut told = vec![];
    sides.until("an XPUB is not told of a subscription", |sides, ms| {
        silent(sides, subscriber)?;
        told = sides.try_recv(publisher, ms)?.unwrap_or_default();
        Ok(!told.is_empty())
    })?;
    same(&[what.into()], &told)
}

/// A PUB can't tell when a subscription reached it: sends until the first message on `topic` comes
/// through, and then drains what else was sent.
pub fn reach(sides: &mut Sides, publisher: &Sock, subscriber: &Sock, topic: &str) -> Step {
    let early = [format!("{topic} early").as_str().into()];
    let last = [format!("{topic} last").as_str().into()];
    sides.until("a subscriber gets nothing of what is published", |sides, ms| {
        sides.send(publisher, &early)?;
        Ok(sides.try_recv(subscriber, ms)?.is_ok())
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

/// A socket that tries to connect to `endpoint` and to be heard there, though it should not be: how
/// it learns that it failed is its own affair.
pub fn stranger(
    sides: &mut Sides,
    side: Side,
    kind: &str,
    options: Value,
    endpoint: &str,
) -> Step<Sock> {
    let sock = sides.socket_with(side, kind, options)?;
    if kind == "SUB" {
        sides.subscribe(&sock, "")?;
    }
    let connect = json!({"op": "connect", "socket": sock.name, "endpoint": endpoint});
    let _refused = sides.ask(side, connect)?;
    if !matches!(kind, "SUB" | "PULL" | "REP") {
        let _refused = sides.try_send(&sock, &message([STRANGE]), 1, 0)?;
    }
    Ok(sock)
}

/// `friend` and `server` talk undisturbed: nothing of any stranger comes between.
pub fn undisturbed(sides: &mut Sides, friend: &Sock, server: &Sock) -> Step {
    meet(sides, friend, server)?;
    for _ in 0..ROUNDS {
        talk(sides, friend, server)?;
    }
    silent(sides, server)
}

/// Nothing is there to be received.
pub fn silent(sides: &mut Sides, sock: &Sock) -> Step {
    silent_for(sides, sock, 0)
}

/// Nothing comes for so long.
pub fn silent_for(sides: &mut Sides, sock: &Sock, ms: u64) -> Step {
    if matches!(sock.kind.as_str(), "PUSH" | "PUB") {
        return Ok(());
    }
    match sides.try_recv(sock, ms)? {
        Err(_) => Ok(()),
        Ok(got) => {
            let what = format!("a {} received what was not for it", sock.kind);
            let failure = Failure::new(Cause::WrongAnswer, [A, B], what);
            Err(failure.compared("nothing", super::sides::parts(&got)).into())
        }
    }
}

/// A text that an answer must have.
pub fn text(fields: &serde_json::Map<String, Value>, name: &str) -> Step<String> {
    match fields.get(name).and_then(Value::as_str) {
        Some(text) => Ok(text.to_owned()),
        None => Err(wrong(format!("an answer has no {name}"))),
    }
}
