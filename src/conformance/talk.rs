//! What two sockets of a legal pair of types say to each other, for cases in which any conversation
//! will do, and strangers that must not be heard.

use serde_json::{Value, json};

use super::bench::{Bench, Sock, same, wrong};
use super::value::{Frame, message};
use crate::run::failure::{Cause, End, Failure, Step};

/// What a stranger says.
const STRANGE: &str = "from a stranger";

/// How often a friend speaks while strangers have their chance.
const ROUNDS: usize = 10;

/// After the two were linked: subscribes, and waits until the subscription holds.
pub fn meet(bench: &mut Bench, first: &Sock, second: &Sock) -> Step {
    match (first.kind.as_str(), second.kind.as_str()) {
        ("XPUB", "SUB" | "XSUB") => {
            follow(bench, second, "")?;
            notified(bench, first, second, &[1])
        }
        ("PUB", "SUB" | "XSUB") => {
            follow(bench, second, "")?;
            reach(bench, first, second, "")
        }
        ("SUB" | "XSUB", "PUB" | "XPUB") => meet(bench, second, first),
        _ => Ok(()),
    }
}

/// Says something each way that the types of the two allow.
pub fn talk(bench: &mut Bench, first: &Sock, second: &Sock) -> Step {
    match (first.kind.as_str(), second.kind.as_str()) {
        ("PUSH", "PULL") | ("PUB" | "XPUB", "SUB" | "XSUB") => {
            bench.pass(first, second, &message(["one", "way"]))
        }
        ("PAIR", "PAIR") | ("DEALER", "DEALER") => {
            bench.pass(first, second, &message(["there"]))?;
            bench.pass(second, first, &message(["and", "back"]))
        }
        ("REQ" | "DEALER", "REP" | "ROUTER") => ask(bench, first, second),
        ("ROUTER", "ROUTER") => call(bench, first, second),
        ("PULL", "PUSH")
        | ("SUB" | "XSUB", "PUB" | "XPUB")
        | ("REP" | "ROUTER", "REQ" | "DEALER") => talk(bench, second, first),
        (a, b) => Err(End::Broken(format!("a {a} can't talk to a {b}: the case is wrong"))),
    }
}

/// A request and its reply.
pub fn ask(bench: &mut Bench, client: &Sock, server: &Sock) -> Step {
    // A REQ writes the delimiter itself, and a REP takes it off; the others leave that to us.
    let delimiter = if server.kind == "REP" { vec![Frame::from("")] } else { vec![] };
    let ours = if client.kind == "DEALER" { delimiter } else { vec![] };
    let say = |body: &str| [ours.clone(), vec![body.into()]].concat();
    bench.send(client, &say("question"))?;
    let mut got = bench.recv(server)?;
    let envelope = match server.kind.as_str() {
        "ROUTER" => got.drain(..got.len().saturating_sub(1)).collect(),
        _ => vec![],
    };
    same(&message(["question"]), &got)?;
    let reply: Vec<_> = envelope.iter().map(Frame::from).chain(["answer".into()]).collect();
    bench.send(server, &reply)?;
    bench.expect(client, &say("answer"))
}

/// Two ROUTERs that were given the routing ids `first` and `second`; the first is mandatory.
fn call(bench: &mut Bench, first: &Sock, second: &Sock) -> Step {
    bench.until("a ROUTER never knew the ROUTER at the other end", |bench, ms| {
        Ok(bench.try_send(first, &message(["second", "there"]), 1, ms)?.is_ok())
    })?;
    bench.expect(second, &message(["first", "there"]))?;
    bench.send(second, &message(["first", "back"]))?;
    bench.expect(first, &message(["second", "back"]))
}

/// Subscribes a SUB, or an XSUB, which has no other way than to say so.
pub fn follow(bench: &mut Bench, subscriber: &Sock, topic: &str) -> Step {
    match subscriber.kind.as_str() {
        "XSUB" => bench.send(subscriber, &[[&[1], topic.as_bytes()].concat().into()]),
        _ => bench.subscribe(subscriber, topic),
    }
}

/// The XPUB `publisher` is told of a subscription. libzmq works for a socket only while it is used, so
/// a subscriber that nobody asks for messages may not even send what it subscribed to.
pub fn notified(bench: &mut Bench, publisher: &Sock, subscriber: &Sock, what: &[u8]) -> Step {
    let mut told = vec![];
    bench.until("an XPUB is not told of a subscription", |bench, ms| {
        silent(bench, subscriber)?;
        told = bench.try_recv(publisher, ms)?.unwrap_or_default();
        Ok(!told.is_empty())
    })?;
    same(&[what.into()], &told)
}

/// A PUB can't tell when a subscription reached it: sends until the first message on `topic` comes
/// through, and then drains what else was sent.
pub fn reach(bench: &mut Bench, publisher: &Sock, subscriber: &Sock, topic: &str) -> Step {
    let early = [format!("{topic} early").as_str().into()];
    let last = [format!("{topic} last").as_str().into()];
    bench.until("a subscriber gets nothing of what is published", |bench, ms| {
        bench.send(publisher, &early)?;
        Ok(bench.try_recv(subscriber, ms)?.is_ok())
    })?;
    bench.send(publisher, &last)?;
    loop {
        let got = bench.recv(subscriber)?;
        match same(&last, &got) {
            Ok(()) => return Ok(()),
            Err(_) => same(&early, &got)?,
        }
    }
}

/// A socket that tries to connect to `endpoint` and to be heard there, though it should not be: how
/// it learns that it failed is its own affair.
pub fn stranger(
    bench: &mut Bench,
    side: usize,
    kind: &str,
    options: Value,
    endpoint: &str,
) -> Step<Sock> {
    let sock = bench.socket_with(side, kind, options)?;
    if kind == "SUB" {
        bench.subscribe(&sock, "")?;
    }
    let connect = json!({"op": "connect", "socket": sock.name, "endpoint": endpoint});
    let _refused = bench.ask(side, connect)?;
    if !matches!(kind, "SUB" | "PULL" | "REP") {
        let _refused = bench.try_send(&sock, &message([STRANGE]), 1, 0)?;
    }
    Ok(sock)
}

/// `friend` and `server` talk undisturbed: nothing of any stranger comes between.
pub fn undisturbed(bench: &mut Bench, friend: &Sock, server: &Sock) -> Step {
    meet(bench, friend, server)?;
    for _ in 0..ROUNDS {
        talk(bench, friend, server)?;
    }
    silent(bench, server)
}

/// Nothing is there to be received.
pub fn silent(bench: &mut Bench, sock: &Sock) -> Step {
    silent_for(bench, sock, 0)
}

/// Nothing comes for so long.
pub fn silent_for(bench: &mut Bench, sock: &Sock, ms: u64) -> Step {
    if matches!(sock.kind.as_str(), "PUSH" | "PUB") {
        return Ok(());
    }
    match bench.try_recv(sock, ms)? {
        Err(_) => Ok(()),
        Ok(got) => {
            let what = format!("a {} received what was not for it", sock.kind);
            let failure = Failure::new(Cause::WrongAnswer, [0, 1], what);
            Err(failure.compared("nothing", super::bench::parts(&got)).into())
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
