//! A second connect to the same endpoint, which is ignored for the socket types that zmq_connect(3) names.

use super::case::{Binds, Case};
use super::exchange::{notified, publish_until_received, silent, subscribe_if_needed};
use super::needs::Needs;
use super::routed::{id_of, told};
use super::sides::{Sides, Sock, parts, same};
use super::step::{A, B, Cause, Failure, Step};
use super::value::{Frame, message};
use crate::outcome::Cause::*;
use crate::suite::mutant::{Blame::*, Mutant, mutant};

/// So many messages follow each other: were there two connections, some would take the second.
const ALL: usize = 10;

macro_rules! twice {
    ($name:literal, [$connects:literal, $binds:literal], $requirement:literal, $play:ident) => {
        Case {
            name: $name,
            requirement: $requirement,
            source: "zmq_connect(3): ignored for DEALER, SUB, PUB and REQ; libzmq#788, zmq.rs#291",
            needs: [Needs::types(&[$connects]), Needs::types(&[$binds])],
            binds: Binds::Second,
            mutants: MUTANTS,
            play: |sides| $play(sides, $connects, $binds),
        }
    };
}

const MUTANTS: &[Mutant] = &[mutant("twice", "/liar-rust", WrongAnswer, Either)];

/// See the module.
pub const CASES: &[Case] = &[
    twice!(
        "connect-twice-sub",
        ["SUB", "PUB"],
        "a SUB that connects twice to an endpoint gets each message once",
        subscriber
    ),
    twice!(
        "connect-twice-sub-xpub",
        ["SUB", "XPUB"],
        "a SUB that connects twice to an endpoint gets each message once",
        subscriber
    ),
    twice!(
        "connect-twice-pub",
        ["PUB", "SUB"],
        "a PUB that connects twice to an endpoint sends each message there once",
        publisher
    ),
    twice!(
        "connect-twice-pub-xsub",
        ["PUB", "XSUB"],
        "a PUB that connects twice to an endpoint sends each message there once",
        publisher
    ),
    twice!(
        "connect-twice-dealer",
        ["DEALER", "ROUTER"],
        "a DEALER that connects twice to an endpoint is one peer there",
        client
    ),
    twice!(
        "connect-twice-req",
        ["REQ", "ROUTER"],
        "a REQ that connects twice to an endpoint is one peer there",
        client
    ),
];

/// Connects a socket twice, and then another one of its type once. When the last is served, the second
/// connection of the first would have been there, too.
fn connected(sides: &mut Sides, kind: &str, endpoint: &str) -> Step<[Sock; 2]> {
    let [twice, later] = [sides.socket(A, kind)?, sides.socket(A, kind)?];
    for sock in [&twice, &twice, &later] {
        sides.connect(sock, endpoint)?;
    }
    Ok([twice, later])
}

fn subscriber(sides: &mut Sides, connects: &str, binds: &str) -> Step {
    let publisher = sides.socket(B, binds)?;
    let endpoint = sides.bind(&publisher)?;
    let [twice, later] = connected(sides, connects, &endpoint)?;
    sides.subscribe(&twice, "")?;
    subscribed(sides, &publisher, &twice, "")?;
    sides.subscribe(&later, "later")?;
    subscribed(sides, &publisher, &later, "later")?;
    if publisher.kind == "PUB" {
        // What was published for the later one came to the first as well.
        let [early, last] = [[Frame::from("later early")], [Frame::from("later last")]];
        loop {
            let got = sides.recv(&twice)?;
            if same(&last, &got).is_ok() {
                break;
            }
            same(&early, &got)?;
        }
    }
    each_once(sides, &publisher, &twice)
}

/// The publisher knows of a subscription: an XPUB is told, with a PUB only messages tell.
fn subscribed(sides: &mut Sides, publisher: &Sock, sub: &Sock, topic: &str) -> Step {
    match publisher.kind.as_str() {
        "XPUB" => notified(sides, publisher, sub, &[&[1], topic.as_bytes()].concat()),
        _ => publish_until_received(sides, publisher, sub, topic),
    }
}

fn publisher(sides: &mut Sides, connects: &str, binds: &str) -> Step {
    let sub = sides.socket(B, binds)?;
    let endpoint = sides.bind(&sub)?;
    let publishers = connected(sides, connects, &endpoint)?;
    for publisher in &publishers {
        subscribe_if_needed(sides, publisher, &sub)?;
    }
    each_once(sides, &publishers[0], &sub)
}

fn each_once(sides: &mut Sides, publisher: &Sock, sub: &Sock) -> Step {
    for n in 0..ALL {
        sides.pass(publisher, sub, &message([format!("once {n}").as_str()]))?;
    }
    silent(sides, sub)
}

fn client(sides: &mut Sides, connects: &str, binds: &str) -> Step {
    let router = sides.socket(B, binds)?;
    let endpoint = sides.bind(&router)?;
    let [twice, later] = connected(sides, connects, &endpoint)?;
    asked(sides, &later, &router, "later")?;
    let id = asked(sides, &twice, &router, "first")?;
    for n in 0..ALL {
        let again = asked(sides, &twice, &router, &format!("again {n}"))?;
        if again != id {
            let what = format!("a {connects} that connected twice to an endpoint is two peers");
            let failure = Failure::new(Cause::WrongAnswer, [A, B], what);
            return Err(failure.compared(parts(&[id.seen()]), parts(&[again.seen()])).into());
        }
    }
    Ok(())
}

/// `client` asks and is answered; the id under which it asked.
fn asked(sides: &mut Sides, client: &Sock, router: &Sock, body: &str) -> Step<Frame> {
    let id = id_of(sides, client, router, body)?;
    told(sides, router, client, &id, "answer")?;
    Ok(id)
}
