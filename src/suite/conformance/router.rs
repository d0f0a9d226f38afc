//! ROUTER and DEALER: routing ids, whom they reach, and how a DEALER shares.

use serde_json::json;

use super::case::{Binds, Case};
use super::exchange::THROWN_OUT;
use super::idle_socket::expect_with;
use super::needs::Needs;
use super::pipeline::without_a_peer;
use super::routed::{heard, id_of, told};
use super::sharing;
use super::sides::{Sides, Until, parts, same};
use super::step::{A, B};
use super::step::{Cause, Failure, Step};
use super::value::{Frame, message};
use crate::outcome::Cause::*;
use crate::suite::mutant::{Blame::*, mutant};

const DEALER: Needs = Needs::types(&["DEALER"]);
const NAMED: Needs = DEALER.options(&["ROUTING_ID"]);
const ROUTER: Needs = Needs::types(&["ROUTER"]);

/// See the module.
pub const CASES: &[Case] = &[
    Case {
        name: "rtr-empty-id",
        requirement: "a ROUTER gives each anonymous peer a unique id, and replies to it reach that peer",
        source: "RFC 28, The ROUTER Socket Type: unique identity; go-zeromq#140",
        needs: [DEALER, ROUTER],
        binds: Binds::Either,
        mutants: &[mutant("wrong-client", "/rust-liar", WrongAnswer, Either)],
        play: anonymous,
    },
    Case {
        name: "rtr-id-sizes",
        requirement: "a peer specifies its id: 1 to 255 octets, any octets but a leading zero",
        source: "RFC 28, The ROUTER Socket Type; RFC 23, Identity; jeromq#906",
        needs: [NAMED, ROUTER],
        binds: Binds::Either,
        mutants: &[
            mutant("bare", "/liar-rust", WrongAnswer, Either),
            mutant("forget:ROUTING_ID", "/liar-rust", WrongAnswer, Either),
        ],
        play: id_sizes,
    },
    Case {
        name: "rtr-unknown",
        requirement: "a ROUTER drops or refuses a message to an id that it does not know, and does not block",
        source: "RFC 28, The ROUTER Socket Type: silently drop, or return an error",
        needs: [DEALER, ROUTER],
        binds: Binds::Either,
        mutants: &[mutant("misroute", "/rust-liar", WrongAnswer, Either)],
        play: unknown,
    },
    Case {
        name: "rtr-mandatory",
        requirement: "a mandatory ROUTER says EHOSTUNREACH for an id that it does not know",
        source: "zmq_setsockopt(3), ZMQ_ROUTER_MANDATORY; libzmq tests/test_router_mandatory.cpp",
        needs: [DEALER, ROUTER.options(&["ROUTER_MANDATORY"])],
        binds: Binds::Either,
        mutants: &[mutant("forget:ROUTER_MANDATORY", "/rust-liar", WrongAnswer, Surely)],
        play: unknown_is_refused,
    },
    Case {
        name: "rtr-handover",
        requirement: "with handover, an id that comes again belongs to the new connection",
        source: "zmq_setsockopt(3), ZMQ_ROUTER_HANDOVER; libzmq tests/test_router_handover.cpp",
        needs: [NAMED, ROUTER.options(&["ROUTER_HANDOVER"])],
        binds: Binds::Second,
        mutants: &[mutant("forget:ROUTER_HANDOVER", "/rust-liar", Timeout, Either)],
        play: handover,
    },
    Case {
        name: "rtr-no-handover",
        requirement: "without handover, an id that comes again stays with the old connection",
        source: "zmq_setsockopt(3), ZMQ_ROUTER_HANDOVER: by default the new peer is rejected",
        needs: [NAMED.witness(), ROUTER],
        binds: Binds::Second,
        mutants: &[
            mutant("no-second", "/liar-rust", Timeout, Surely),
            mutant("force:ROUTER_HANDOVER=1", "/rust-liar", WrongAnswer, Either),
        ],
        play: no_handover,
    },
    Case {
        name: "rtr-probe",
        requirement: "a DEALER that probes sends an empty message as soon as it is connected",
        source: "zmq_setsockopt(3), ZMQ_PROBE_ROUTER; libzmq tests/test_probe_router.cpp",
        needs: [DEALER.options(&["ROUTING_ID", "PROBE_ROUTER"]), ROUTER],
        binds: Binds::Either,
        mutants: &[mutant("forget:PROBE_ROUTER", "/liar-rust", Timeout, Either)],
        play: |sides| probe(sides, "DEALER"),
    },
    Case {
        name: "rtr-probe-router",
        requirement: "a ROUTER that probes makes itself known: the other can send to it first",
        source: "zmq_setsockopt(3), ZMQ_PROBE_ROUTER; libzmq tests/test_probe_router.cpp",
        needs: [ROUTER.options(&["ROUTING_ID", "PROBE_ROUTER"]), ROUTER],
        binds: Binds::Either,
        mutants: &[mutant("forget:PROBE_ROUTER", "/liar-rust", Timeout, Either)],
        play: |sides| probe(sides, "ROUTER"),
    },
    Case {
        name: "rtr-router",
        requirement: "a ROUTER names the peer to which it connects, and sends first",
        source: "zmq_setsockopt(3), ZMQ_CONNECT_ROUTING_ID; libzmq tests/test_connect_rid.cpp",
        needs: [ROUTER.options(&["ROUTING_ID", "CONNECT_ROUTING_ID"]), ROUTER],
        binds: Binds::Second,
        mutants: &[mutant("forget:CONNECT_ROUTING_ID", "/liar-python", Timeout, Either)],
        play: routers,
    },
    Case {
        name: "dealer-rr",
        requirement: "a DEALER sends to its available peers in turn",
        source: "RFC 28, The DEALER Socket Type: round-robin",
        needs: [DEALER, DEALER],
        binds: Binds::Either,
        mutants: &[
            mutant("one-peer", "/liar-rust", WrongAnswer, Either),
            mutant("lose-fourth", "/rust-liar", WrongAnswer, Either),
        ],
        play: |sides| {
            let (one, many) = sharing::one_to_three(sides, "DEALER", "DEALER")?;
            sharing::in_turn(sides, &one, &many)
        },
    },
    Case {
        name: "dealer-fq",
        requirement: "a DEALER takes messages from its peers in turn, and starves none",
        source: "RFC 28, The DEALER Socket Type: fair-queuing",
        needs: [DEALER, DEALER],
        binds: Binds::Either,
        mutants: &[mutant("starve", "/liar-rust", WrongAnswer, Surely)],
        play: |sides| {
            let (one, many) = sharing::one_to_three(sides, "DEALER", "DEALER")?;
            sharing::fairly(sides, &one, &many)
        },
    },
    Case {
        name: "dealer-block",
        requirement: "a DEALER without a peer blocks or says EAGAIN, and sends as soon as there is one",
        source: "RFC 28, The DEALER Socket Type: no available peers",
        needs: [DEALER, DEALER],
        binds: Binds::Second,
        mutants: &[
            mutant("other-code:send", "/liar-rust", Contract, Surely),
            mutant("claim-sent", "/liar-rust", WrongAnswer, Surely),
        ],
        play: |sides| without_a_peer(sides, "DEALER", "DEALER"),
    },
];

fn anonymous(sides: &mut Sides) -> Step {
    let router = sides.socket(B, "ROUTER")?;
    let dealers = [sides.socket(A, "DEALER")?, sides.socket(A, "DEALER")?];
    for dealer in &dealers {
        sides.link(dealer, &router)?;
    }
    let ids = [
        id_of(sides, &dealers[0], &router, "from the first")?,
        id_of(sides, &dealers[1], &router, "from the second")?,
    ];
    if ids[0] == ids[1] || ids.contains(&"".into()) {
        let failure =
            Failure::new(Cause::WrongAnswer, [B], "two anonymous peers have no ids of their own");
        let got = parts(&[ids[0].seen(), ids[1].seen()]);
        return Err(failure.compared("two distinct ids, not empty", got).into());
    }
    // The other way round than they came. Both are sent before either is awaited: whoever gets what is
    // the other's shows it.
    for (id, body) in [(&ids[1], "to the second"), (&ids[0], "to the first")] {
        sides.send(&router, &[id.clone(), body.into()])?;
    }
    sides.expect(&dealers[1], &message(["to the second"]))?;
    sides.expect(&dealers[0], &message(["to the first"]))
}

fn id_sizes(sides: &mut Sides) -> Step {
    let router = sides.socket(B, "ROUTER")?;
    let binary: Vec<u8> = (1..=255).rev().collect();
    let ids = [&b"x"[..], b"\x01\0\0", b"\xff\0\xfe", &[b'a'; 127], &[b'b'; 128], &binary];
    for id in ids.map(Frame::from) {
        let options = json!({"ROUTING_ID": id.request()});
        let dealer = sides.socket_with(A, "DEALER", options)?;
        sides.link(&dealer, &router)?;
        heard(sides, &dealer, &router, &id, "hello")?;
        told(sides, &router, &dealer, &id, "hello yourself")?;
    }
    Ok(())
}

fn unknown(sides: &mut Sides) -> Step {
    let (dealer, router) = sides.pair("DEALER", "ROUTER")?;
    let id = id_of(sides, &dealer, &router, "hello")?;
    match sides.try_send(&router, &message(["nobody", "lost"]), 1, 0)? {
        Err(refusal) if refusal.code != "EHOSTUNREACH" => {
            let what = "a ROUTER neither drops nor refuses what is for an id that it does not know";
            Err(Failure::new(Cause::WrongAnswer, [B], what)
                .compared("ok or EHOSTUNREACH", refusal.code)
                .into())
        }
        _ => told(sides, &router, &dealer, &id, "sentinel"),
    }
}

fn unknown_is_refused(sides: &mut Sides) -> Step {
    let dealer = sides.socket(A, "DEALER")?;
    let router = sides.socket_with(B, "ROUTER", json!({"ROUTER_MANDATORY": 1}))?;
    sides.link(&dealer, &router)?;
    let id = id_of(sides, &dealer, &router, "hello")?;
    match sides.try_send(&router, &message(["nobody", "lost"]), 1, 0)? {
        Err(refusal) if refusal.code == "EHOSTUNREACH" => {}
        other => {
            let got = other.map_or_else(|refusal| refusal.code, |_| "ok".into());
            let what = "a mandatory ROUTER sends to an id that it does not know";
            return Err(Failure::new(Cause::WrongAnswer, [B], what)
                .compared("EHOSTUNREACH", got)
                .into());
        }
    }
    told(sides, &router, &dealer, &id, "sentinel")
}

fn handover(sides: &mut Sides) -> Step {
    let router = sides.socket_with(B, "ROUTER", json!({"ROUTER_HANDOVER": 1}))?;
    let endpoint = sides.bind(&router)?;
    let id = Frame::from("same");
    for body in ["I am the old one", "I am the new one"] {
        let dealer = sides.socket_with(A, "DEALER", json!({"ROUTING_ID": id.request()}))?;
        sides.connect(&dealer, &endpoint)?;
        heard(sides, &dealer, &router, &id, body)?;
        told(sides, &router, &dealer, &id, body)?;
    }
    Ok(())
}

fn no_handover(sides: &mut Sides) -> Step {
    let router = sides.socket(B, "ROUTER")?;
    let endpoint = sides.bind(&router)?;
    let id = Frame::from("same");
    let named = json!({"ROUTING_ID": id.request()});
    let old = sides.socket_with(A, "DEALER", named.clone())?;
    sides.connect(&old, &endpoint)?;
    id_of(sides, &old, &router, "I am the old one")?;
    let new = sides.socket_with(A, "DEALER", named)?;
    let way = sides.tap(B, &endpoint)?;
    sides.try_connect(&new, &way)?;
    // It can't send if it was thrown out at once.
    sides.is_taken(&new, &message(["I am the new one"]), 0, THROWN_OUT)?;
    sides.wait_until(&new, &way, Until::Command("READY"))?;
    // Who connected after it is served: then so would it have been.
    let later = sides.socket(A, "DEALER")?;
    sides.connect(&later, &endpoint)?;
    for n in 0..10 {
        id_of(sides, &later, &router, &format!("time passes {n}"))?;
    }
    heard(sides, &old, &router, &id, "still me")?;
    told(sides, &router, &old, &id, "still you")?;
    match sides.try_recv(&new, 0)? {
        None => Ok(()),
        Some(got) => {
            let what = "a peer with the id of another got a message";
            let failure = Failure::new(Cause::WrongAnswer, [B], what);
            Err(failure.compared("nothing", parts(&got)).into())
        }
    }
}

fn probe(sides: &mut Sides, kind: &str) -> Step {
    let options = json!({"ROUTING_ID": {"text": "prober"}, "PROBE_ROUTER": 1});
    let prober = sides.socket_with(A, kind, options)?;
    let router = sides.socket(B, "ROUTER")?;
    sides.link(&prober, &router)?;
    expect_with(sides, &router, &prober, &message(["prober", ""]))?;
    sides.send(&router, &message(["prober", "I know you"]))?;
    let mut got = sides.recv(&prober)?;
    if kind == "ROUTER" && !got.is_empty() {
        got.remove(0); // the id of the other
    }
    same(&message(["I know you"]), &got)
}

fn routers(sides: &mut Sides) -> Step {
    let options =
        json!({"ROUTING_ID": {"text": "first"}, "CONNECT_ROUTING_ID": {"text": "second"}});
    let first = sides.socket_with(A, "ROUTER", options)?;
    let second = sides.socket(B, "ROUTER")?;
    let endpoint = sides.bind(&second)?;
    sides.connect(&first, &endpoint)?;
    sides.send(&first, &message(["second", "hello"]))?;
    sides.expect(&second, &message(["first", "hello"]))?;
    sides.send(&second, &message(["first", "hello yourself"]))?;
    sides.expect(&first, &message(["second", "hello yourself"]))
}
