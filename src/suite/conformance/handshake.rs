//! The handshake: every legal pair of socket types understands each other, and whoever does not
//! belong (another mechanism, an illegal pair) is not heard and disturbs nobody.

use serde_json::json;

use super::case::{Binds, Case};
use super::exchange::{exchange, only_client_is_served, stranger, subscribe_if_needed};
use super::needs::Needs;
use super::sides::{Sides, Until};
use super::step::{A, B, Step};
use super::value::message;
use crate::outcome::Cause::*;
use crate::suite::mutant::{Blame::*, Mutant, mutant};

/// The legal pairs, in either order.
const LEGAL: [[&str; 2]; 12] = [
    ["REQ", "REP"],
    ["REQ", "ROUTER"],
    ["DEALER", "REP"],
    ["DEALER", "ROUTER"],
    ["DEALER", "DEALER"],
    ["ROUTER", "ROUTER"],
    ["PUB", "SUB"],
    ["PUB", "XSUB"],
    ["XPUB", "SUB"],
    ["XPUB", "XSUB"],
    ["PUSH", "PULL"],
    ["PAIR", "PAIR"],
];

/// A socket of this type is of another one, which goes with none that go with it.
const LEGAL_MUTANTS: &[Mutant] = &[
    mutant("other-type", "/liar-rust", Timeout, Either),
    mutant("other-type", "+flip/liar-rust", Timeout, Either),
];

const fn legal(name: &'static str, needs: [Needs; 2], play: fn(&mut Sides) -> Step) -> Case {
    Case {
        name,
        requirement: "after greeting and READY a legal pair of socket types exchanges messages",
        source: "RFC 23, Socket Type Property; RFC 28, 29, 30, 31",
        needs,
        binds: Binds::Either,
        mutants: LEGAL_MUTANTS,
        play,
    }
}

const fn illegal(
    name: &'static str,
    needs: [Needs; 2],
    mutants: &'static [Mutant],
    play: fn(&mut Sides) -> Step,
) -> Case {
    Case {
        name,
        requirement: "a peer of a type that is no valid combination is dropped, and nobody else is",
        source: "RFC 23, Socket Type Property; libzmq#3072",
        needs,
        binds: Binds::Second,
        mutants,
        play,
    }
}

macro_rules! legal {
    ($name:literal, $a:literal, $b:literal) => {
        legal($name, [Needs::types(&[$a]), Needs::types(&[$b])], |sides| null(sides, $a, $b))
    };
}

macro_rules! illegal {
    ($name:literal, $server:literal, $client:literal, $mutants:expr) => {
        illegal(
            $name,
            [Needs::types(&[$client]).witness(), Needs::types(&[$server])],
            $mutants,
            |sides| mismatch(sides, $server, $client),
        )
    };
}

/// See the module.
pub const CASES: &[Case] = &[
    Case {
        name: "hs-each",
        requirement: "of many that connect one after the other each is greeted, and what it sends is delivered",
        source: "RFC 23, Greeting; RFC 30, The PUSH Socket Type; jeromq#1022",
        needs: [Needs::types(&["PUSH"]), Needs::types(&["PULL"])],
        binds: Binds::Second,
        mutants: &[mutant("no-second", "/liar-rust", Timeout, Either)],
        play: each,
    },
    legal!("hs-null-req-rep", "REQ", "REP"),
    legal!("hs-null-req-router", "REQ", "ROUTER"),
    legal!("hs-null-dealer-rep", "DEALER", "REP"),
    legal!("hs-null-dealer-router", "DEALER", "ROUTER"),
    legal!("hs-null-dealer-dealer", "DEALER", "DEALER"),
    legal(
        "hs-null-router-router",
        [
            Needs::types(&["ROUTER"]).options(&["ROUTING_ID", "ROUTER_MANDATORY"]),
            Needs::types(&["ROUTER"]).options(&["ROUTING_ID"]),
        ],
        routers,
    ),
    legal!("hs-null-pub-sub", "PUB", "SUB"),
    legal!("hs-null-pub-xsub", "PUB", "XSUB"),
    legal!("hs-null-xpub-sub", "XPUB", "SUB"),
    legal!("hs-null-xpub-xsub", "XPUB", "XSUB"),
    legal!("hs-null-push-pull", "PUSH", "PULL"),
    legal!("hs-null-pair-pair", "PAIR", "PAIR"),
    Case {
        name: "hs-mech-mismatch",
        requirement: "a client whose mechanism is not the server's is disconnected: NULL to PLAIN",
        source: "RFC 23, Security Mechanism Negotiation",
        needs: [
            Needs::types(&["PUSH"])
                .mechanisms(&["PLAIN"])
                .options(&["PLAIN_USERNAME", "PLAIN_PASSWORD"])
                .witness(),
            Needs::types(&["PULL"])
                .mechanisms(&["PLAIN"])
                .options(&["PLAIN_SERVER"])
                .features(&["zap"]),
        ],
        binds: Binds::Second,
        mutants: &[mutant("forget:PLAIN_SERVER", "/rust-liar", WrongAnswer, Either)],
        play: null_to_plain,
    },
    Case {
        name: "hs-mech-mismatch-plain",
        requirement: "a client whose mechanism is not the server's is disconnected: PLAIN to NULL",
        source: "RFC 23, Security Mechanism Negotiation",
        needs: [
            Needs::types(&["PUSH"])
                .mechanisms(&["PLAIN"])
                .options(&["PLAIN_USERNAME", "PLAIN_PASSWORD"])
                .witness(),
            Needs::types(&["PULL"]),
        ],
        binds: Binds::Second,
        mutants: &[mutant("force:PLAIN_SERVER=1", "/rust-liar", Timeout, Either)],
        play: plain_to_null,
    },
    illegal!(
        "hs-type-mismatch-req",
        "REQ",
        "REP",
        &[mutant("any-type", "/rust-liar", Timeout, Either)]
    ),
    illegal!(
        "hs-type-mismatch-rep",
        "REP",
        "REQ",
        &[mutant("connects-only:REQ", "/liar-rust", Timeout, Surely)]
    ),
    illegal!(
        "hs-type-mismatch-dealer",
        "DEALER",
        "DEALER",
        &[mutant("any-type", "/rust-liar", WrongAnswer, Either)]
    ),
    illegal!(
        "hs-type-mismatch-router",
        "ROUTER",
        "DEALER",
        &[mutant("any-type", "/rust-liar", WrongAnswer, Either)]
    ),
    illegal!(
        "hs-type-mismatch-pub",
        "PUB",
        "SUB",
        &[mutant("connects-only:SUB", "/liar-rust", Timeout, Surely),]
    ),
    illegal!(
        "hs-type-mismatch-sub",
        "SUB",
        "PUB",
        &[mutant("any-type", "/rust-liar", WrongAnswer, Either)]
    ),
    illegal!(
        "hs-type-mismatch-xpub",
        "XPUB",
        "SUB",
        &[mutant("any-type", "/rust-liar", WrongAnswer, Either)]
    ),
    illegal!(
        "hs-type-mismatch-xsub",
        "XSUB",
        "PUB",
        &[mutant("any-type", "/rust-liar", WrongAnswer, Either)]
    ),
    illegal!(
        "hs-type-mismatch-push",
        "PUSH",
        "PULL",
        &[mutant("any-type", "/rust-liar", Timeout, Either)]
    ),
    illegal!(
        "hs-type-mismatch-pull",
        "PULL",
        "PUSH",
        &[
            mutant("connects-only:PUSH", "/liar-rust", Timeout, Surely),
            mutant("other-code:recv", "/rust-liar", Contract, Surely),
            mutant("any-type", "/rust-liar", WrongAnswer, Either)
        ]
    ),
    illegal!(
        "hs-type-mismatch-pair",
        "PAIR",
        "PAIR",
        &[mutant("any-type", "/rust-liar", WrongAnswer, Either)]
    ),
];

fn null(sides: &mut Sides, a: &str, b: &str) -> Step {
    let (a, b) = sides.pair(a, b)?;
    subscribe_if_needed(sides, &a, &b)?;
    for _ in 0..3 {
        exchange(sides, &a, &b)?;
    }
    Ok(())
}

fn routers(sides: &mut Sides) -> Step {
    let options = json!({"ROUTING_ID": {"text": "first"}, "ROUTER_MANDATORY": 1});
    let first = sides.socket_with(A, "ROUTER", options)?;
    let second = sides.socket_with(B, "ROUTER", json!({"ROUTING_ID": {"text": "second"}}))?;
    sides.link(&first, &second)?;
    for _ in 0..3 {
        exchange(sides, &first, &second)?;
    }
    Ok(())
}

fn null_to_plain(sides: &mut Sides) -> Step {
    sides.post(B, json!({"op": "zap", "allow": {"plain": {"admin": "secret"}, "null": true}}))?;
    let server = sides.socket_with(B, "PULL", json!({"PLAIN_SERVER": 1}))?;
    let endpoint = sides.bind(&server)?;
    let stranger = stranger(sides, "PUSH", json!({}), &endpoint, Until::Greeting)?;
    let credentials = json!({"PLAIN_USERNAME": "admin", "PLAIN_PASSWORD": "secret"});
    let client = sides.socket_with(A, "PUSH", credentials)?;
    only_client_is_served(sides, &[stranger], [&client, &server], &endpoint)
}

fn plain_to_null(sides: &mut Sides) -> Step {
    let server = sides.socket(B, "PULL")?;
    let endpoint = sides.bind(&server)?;
    let credentials = json!({"PLAIN_USERNAME": "admin", "PLAIN_PASSWORD": "secret"});
    let stranger = stranger(sides, "PUSH", credentials, &endpoint, Until::Greeting)?;
    let client = sides.socket(A, "PUSH")?;
    only_client_is_served(sides, &[stranger], [&client, &server], &endpoint)
}

/// Sockets of all the types that A has and that may not talk to `server` try to, all at once.
fn mismatch(sides: &mut Sides, server: &str, client: &str) -> Step {
    let types = sides.hello(A)?.socket_types;
    let known = LEGAL.as_flattened();
    let may = |kind: &str| {
        let pair =
            |[a, b]: &[&str; 2]| (*a == kind && *b == server) || (*b == kind && *a == server);
        LEGAL.iter().any(pair)
    };
    let server = sides.socket(B, server)?;
    let endpoint = sides.bind(&server)?;
    let mut strangers = vec![];
    for kind in types.iter().filter(|kind| known.contains(&kind.as_str()) && !may(kind)) {
        strangers.push(stranger(sides, kind, json!({}), &endpoint, Until::Command("READY"))?);
    }
    let client = sides.socket(A, client)?;
    only_client_is_served(sides, &strangers, [&client, &server], &endpoint)
}

/// So many connect one after the other.
const MANY: usize = 50;

/// Each connects, sends and leaves. None gives up a connection that stays silent, and tries another: that would
/// hide it.
fn each(sides: &mut Sides) -> Step {
    let never = json!({"HANDSHAKE_IVL": 0});
    let options =
        [(A, "PUSH"), (B, "PULL")].map(|(side, kind)| sides.if_had(side, kind, never.clone()));
    let [push, pull] = options;
    let (push, pull) = (push?, pull?);
    let pull = sides.socket_with(B, "PULL", pull)?;
    let endpoint = sides.bind(&pull)?;
    // Straight: a tap between them is slower to answer, and hides most of it.
    for n in 0..MANY {
        let push = sides.socket_with(A, "PUSH", push.clone())?;
        sides.connect(&push, &endpoint)?;
        sides.pass(&push, &pull, &message([n.to_string().as_str()]))?;
        sides.close(&push)?;
    }
    Ok(())
}
