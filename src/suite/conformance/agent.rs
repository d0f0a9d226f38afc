//! An agent's word: what its hello lists works, and what it does not list is refused with
//! `unsupported`. On this rests that a case which a peer can't do is unsupported and not a failure.

use serde_json::{Value, json};

use super::case::{Binds, Case};
use super::claim::{a_type, has, refused};
use super::feature::features;
use super::needs::Needs;
use super::option_value::{read_back, read_only};
use super::sides::{Sides, wrong};
use super::step::A;
use super::step::{Cause, Failure, Step};
use crate::outcome::Cause::*;
use crate::suite::mutant::{Blame::*, Mutant, mutant};

const TYPES: [&str; 11] =
    ["REQ", "REP", "DEALER", "ROUTER", "PUB", "SUB", "XPUB", "XSUB", "PUSH", "PULL", "PAIR"];

/// Any socket type will do.
const ANY: &[&str] = &TYPES;

const KEY: &str = "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7";

/// An option, socket types that should have it, and a value that does no harm.
pub type Harmless = (&'static str, &'static [&'static str], fn() -> Value);

/// The options of the contract that can be set.
pub const OPTIONS: &[Harmless] = &[
    ("LINGER", ANY, || json!(0)),
    ("SNDHWM", &["PUSH", "DEALER", "ROUTER", "PUB"], || json!(100)),
    ("RCVHWM", &["PULL", "DEALER", "ROUTER", "SUB"], || json!(100)),
    ("SNDTIMEO", &["PUSH", "DEALER"], || json!(100)),
    ("RCVTIMEO", &["PULL", "DEALER"], || json!(100)),
    ("SNDBUF", ANY, || json!(65536)),
    ("RCVBUF", ANY, || json!(65536)),
    ("ROUTING_ID", &["DEALER", "REQ", "ROUTER"], || json!({"text": "me"})),
    ("ROUTER_MANDATORY", &["ROUTER"], || json!(1)),
    ("ROUTER_HANDOVER", &["ROUTER"], || json!(1)),
    ("PROBE_ROUTER", &["DEALER", "REQ", "ROUTER"], || json!(1)),
    ("CONNECT_ROUTING_ID", &["ROUTER"], || json!({"text": "you"})),
    ("REQ_RELAXED", &["REQ"], || json!(1)),
    ("REQ_CORRELATE", &["REQ"], || json!(1)),
    ("IMMEDIATE", &["PUSH", "DEALER"], || json!(1)),
    ("CONFLATE", &["PULL", "PUSH", "SUB"], || json!(1)),
    ("RECONNECT_IVL", ANY, || json!(50)),
    ("RECONNECT_IVL_MAX", ANY, || json!(100)),
    ("HANDSHAKE_IVL", ANY, || json!(1000)),
    ("HEARTBEAT_IVL", ANY, || json!(1000)),
    ("HEARTBEAT_TTL", ANY, || json!(1000)),
    ("HEARTBEAT_TIMEOUT", ANY, || json!(1000)),
    ("MAXMSGSIZE", ANY, || json!(1_000_000)),
    ("IPV6", ANY, || json!(1)),
    ("TCP_KEEPALIVE", ANY, || json!(1)),
    ("XPUB_VERBOSE", &["XPUB"], || json!(1)),
    ("XPUB_VERBOSER", &["XPUB"], || json!(1)),
    ("XPUB_MANUAL", &["XPUB"], || json!(1)),
    ("XPUB_WELCOME_MSG", &["XPUB"], || json!({"text": "welcome"})),
    ("XPUB_NODROP", &["XPUB", "PUB"], || json!(1)),
    ("INVERT_MATCHING", &["XPUB", "PUB"], || json!(1)),
    ("PLAIN_SERVER", ANY, || json!(1)),
    ("PLAIN_USERNAME", ANY, || json!("admin")),
    ("PLAIN_PASSWORD", ANY, || json!("secret")),
    ("CURVE_SERVER", ANY, || json!(1)),
    ("CURVE_PUBLICKEY", ANY, || json!(KEY)),
    ("CURVE_SECRETKEY", ANY, || json!(KEY)),
    ("CURVE_SERVERKEY", ANY, || json!(KEY)),
    ("ZAP_DOMAIN", ANY, || json!("domain")),
];

/// Options that can only be read.
const READ_ONLY: [&str; 4] = ["LAST_ENDPOINT", "TYPE", "MECHANISM", "EVENTS"];

const SOURCE: &str = "docs/agent-contract.md";

const fn case(
    name: &'static str,
    requirement: &'static str,
    mutants: &'static [Mutant],
    play: fn(&mut Sides) -> Step,
) -> Case {
    let needs = [Needs::types(&[]).transports(&[]); 2];
    Case { name, requirement, source: SOURCE, needs, binds: Binds::Alone, mutants, play }
}

/// See the module.
pub const CASES: &[Case] = &[
    case(
        "agent-unknown-op",
        "an op that does not exist is refused with unsupported",
        &[
            mutant("wrong-id:levitate", "/liar", Contract, Surely),
            mutant("ignore:levitate", "/liar", Contract, Surely),
        ],
        |sides| refused(sides, json!({"op": "levitate", "socket": "s0"})),
    ),
    case(
        "agent-types",
        "a listed socket type works; another is refused",
        &[
            mutant("boast:socket_types=STREAM", "/liar", Contract, Surely),
            mutant("deny:socket_types=PAIR", "/liar", Contract, Surely),
            mutant("wrong-value:TYPE", "/liar", Contract, Surely),
            mutant("ignore:socket", "/liar", Contract, Surely),
            mutant("ignore:bind", "/liar", Contract, Surely),
        ],
        types,
    ),
    case(
        "agent-options",
        "a listed option can be set; another is refused",
        &[
            mutant("bare", "/liar", Contract, Surely),
            mutant("wrong-value:ROUTING_ID", "/liar", Contract, Surely),
            mutant("wrong-value:PLAIN_USERNAME", "/liar", Contract, Surely),
            mutant("wrong-value:SNDBUF", "/liar", Contract, Surely),
            mutant("wrong-value:RCVBUF", "/liar", Contract, Surely),
            mutant("wrong-value:LAST_ENDPOINT", "/liar", Contract, Surely),
            mutant("wrong-value:TYPE", "/liar", Contract, Surely),
            mutant("wrong-value:EVENTS", "/liar", Contract, Surely),
            mutant("ignore:set", "/liar", Contract, Surely),
            mutant("ignore:get", "/liar", Contract, Surely),
        ],
        options,
    ),
    case(
        "agent-transports",
        "a listed transport can be bound; another is refused",
        &[
            mutant("boast:transports=ws", "/liar", Contract, Surely),
            mutant("deny:transports=ipc", "/liar", Contract, Surely),
        ],
        transports,
    ),
    case(
        "agent-features",
        "a listed feature or mechanism works; another is refused",
        &[
            mutant("empty-handed", "/liar", Contract, Surely),
            mutant("ignore:unbind", "/liar", Timeout, Surely),
            mutant("ignore:disconnect", "/liar", Timeout, Surely),
            mutant("ignore:poll", "/liar", Contract, Surely),
            mutant("ignore:monitor", "/liar", Contract, Surely),
            mutant("ignore:events", "/liar", Contract, Surely),
            mutant("ignore:proxy", "/liar", Timeout, Surely),
            mutant("ignore:zap", "/liar", Timeout, Surely),
            mutant("let-in", "/liar", Timeout, Surely),
            mutant("ignore:zap_router", "/liar", Timeout, Surely),
            mutant("rep-handler", "/liar", Contract, Surely),
            mutant("ignore:recv_property", "/liar", Contract, Surely),
            mutant("wrong-value:User-Id", "/liar", Contract, Surely),
            mutant("ignore:curve_keypair", "/liar", Contract, Surely),
            mutant("deny:features=poll", "/liar", Contract, Surely),
            mutant("boast:mechanisms=CURVE", "/liar", Contract, Surely),
        ],
        features,
    ),
    case(
        "agent-reset",
        "after a reset nothing is there of what was before",
        &[
            mutant("ignore:reset", "/liar", Contract, Surely),
            mutant("flood-answers:reset", "/liar", Contract, Surely),
        ],
        reset,
    ),
];

fn types(sides: &mut Sides) -> Step {
    let hello = sides.hello(A)?;
    let listed = hello.socket_types;
    if listed.is_empty() {
        return Err(wrong("hello lists no socket type"));
    }
    for kind in &listed {
        let sock = sides.socket(A, kind)?;
        let endpoint = sides.bind(&sock)?;
        if has(&hello.options, "TYPE") {
            let get = json!({"op": "get", "socket": sock.name, "option": "TYPE"});
            let got = sides.do_it(A, get)?.remove("value").unwrap_or_default();
            read_only(&sock, &endpoint, "TYPE", &got)?;
        }
        sides.close(&sock)?;
    }
    for kind in TYPES.into_iter().chain(["TELEPATH"]) {
        if !has(&listed, kind) {
            refused(sides, json!({"op": "socket", "socket": "unlisted", "type": kind}))?;
        }
    }
    Ok(())
}

fn options(sides: &mut Sides) -> Step {
    let hello = sides.hello(A)?;
    for (option, kinds, value) in OPTIONS {
        for kind in kinds.iter().filter(|kind| has(&hello.socket_types, kind)) {
            let there = hello.only.get(*option).is_none_or(|types| has(types, kind));
            match has(&hello.options, option) && there {
                true => settable(sides, kind, option, value())?,
                false => unsettable(sides, kind, option, value())?,
            }
        }
    }
    let sock = sides.socket(A, a_type(&hello.socket_types, ANY).unwrap_or("REQ"))?;
    refused(sides, json!({"op": "set", "socket": sock.name, "option": "MOOD", "value": 1}))?;
    let endpoint = sides.bind(&sock)?;
    for option in READ_ONLY {
        let get = json!({"op": "get", "socket": sock.name, "option": option});
        match has(&hello.options, option) {
            true => {
                let got = sides.do_it(A, get)?.remove("value").unwrap_or_default();
                read_only(&sock, &endpoint, option, &got)?;
            }
            false => refused(sides, get)?,
        }
    }
    Ok(())
}

fn settable(sides: &mut Sides, kind: &str, option: &str, value: Value) -> Step {
    let early = sides.socket_with(A, kind, json!({option: value}))?;
    let later = sides.socket(A, kind)?;
    sides.set(&later, option, value.clone())?;
    for sock in [early, later] {
        read_back(sides, &sock.name, option, &value)?;
        sides.close(&sock)?;
    }
    Ok(())
}

fn unsettable(sides: &mut Sides, kind: &str, option: &str, value: Value) -> Step {
    let options = json!({option: value});
    refused(sides, json!({"op": "socket", "socket": "no", "type": kind, "options": options}))?;
    let sock = sides.socket(A, kind)?;
    let set = json!({"op": "set", "socket": sock.name, "option": option, "value": value});
    refused(sides, set)?;
    sides.close(&sock)
}

fn transports(sides: &mut Sides) -> Step {
    let hello = sides.hello(A)?;
    let kind = a_type(&hello.socket_types, &["PULL", "REP", "DEALER"]).unwrap_or("PULL");
    let path = sides.scratch.join(format!("agent-{}", sides.agents[A].pid()));
    let endpoints = [
        ("tcp", "tcp://127.0.0.1:*".to_owned()),
        ("ipc", format!("ipc://{}", path.display())),
        ("inproc", "inproc://agent".to_owned()),
        ("ws", "ws://127.0.0.1:*".to_owned()),
        ("pigeon", "pigeon://roof".to_owned()),
    ];
    for (transport, endpoint) in endpoints {
        let sock = sides.socket(A, kind)?;
        if has(&hello.transports, transport) {
            sides.bind_at(&sock, &endpoint)?;
        } else {
            refused(sides, json!({"op": "bind", "socket": sock.name, "endpoint": endpoint}))?;
            refused(sides, json!({"op": "connect", "socket": sock.name, "endpoint": endpoint}))?;
        }
        sides.close(&sock)?;
    }
    Ok(())
}

fn reset(sides: &mut Sides) -> Step {
    let hello = sides.hello(A)?;
    let sock = sides.socket(A, a_type(&hello.socket_types, ANY).unwrap_or("REQ"))?;
    let endpoint = sides.bind(&sock)?;
    sides.do_it(A, json!({"op": "reset"}))?;
    match sides.recv_or_refusal(&sock, 0)? {
        Err(refusal) if refusal.code == "bad-request" => {}
        other => {
            let got = other.map_or_else(|refusal| refusal.to_string(), |_| "ok".into());
            let failure = Failure::new(Cause::Contract, [A], "a socket is there after a reset");
            return Err(failure.compared("bad-request", got).into());
        }
    }
    // Its name is free, and so is its endpoint.
    sides.post(A, json!({"op": "socket", "socket": sock.name, "type": sock.kind}))?;
    sides.rebind(&sock, &endpoint)
}
