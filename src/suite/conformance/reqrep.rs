//! REQ and REP: the envelope, the strict order, and what relaxes it.

use serde_json::json;

use super::case::{Binds, Case};
use super::needs::Needs;
use super::sharing;
use super::sides::{Sides, Sock, parts};
use super::step::{A, B};
use super::step::{Cause, Failure, Step};
use super::value::{Frame, message};
use crate::digest::D;
use crate::outcome::Cause::*;
use crate::suite::mutant::{Blame::*, mutant};

/// Round trips of `req-basic`.
const ROUNDS: usize = 100;

/// See the module.
pub const CASES: &[Case] = &[
    Case {
        name: "req-basic",
        requirement: "a REQ sends, then receives; a REP receives, then sends; each reply to its request",
        source: "RFC 28",
        needs: [Needs::types(&["REQ"]), Needs::types(&["REP"])],
        binds: Binds::Either,
        mutants: &[
            mutant("wrong-id:recv", "/liar-rust", Contract, Surely),
            mutant("both:recv", "/rust-liar", Contract, Surely),
            mutant("not-json:recv", "/rust-liar", Contract, Surely),
            mutant("ignore:connect", "/liar-rust", Timeout, Either),
            mutant("ignore:send", "/rust-liar", Timeout, Either),
            mutant("ignore:recv", "/rust-liar", Contract, Surely),
            mutant("hang:recv", "/liar-rust", Timeout, Surely),
            mutant("hang:reset", "/liar-rust", Timeout, Surely),
            mutant("die:recv", "/liar-rust", Crash, Surely),
            mutant("die:recv", "/rust-liar", Crash, Surely),
            mutant("die:reset", "/rust-liar", Crash, Surely),
            mutant("flood-line:recv", "/liar-rust", Contract, Surely),
            mutant("flood-lines:recv", "/rust-liar", Contract, Surely),
            mutant("flood-answers:recv", "/liar-rust", Contract, Surely),
        ],
        play: basic,
    },
    Case {
        name: "req-router",
        requirement: "a REQ puts an empty delimiter before the body, and takes it off the reply",
        source: "RFC 28, The Request-Reply Envelope",
        needs: [Needs::types(&["REQ"]), Needs::types(&["ROUTER"])],
        binds: Binds::Either,
        mutants: &[mutant("no-delimiter", "/liar-rust", WrongAnswer, Either)],
        play: router,
    },
    Case {
        name: "rep-envelope",
        requirement: "a REP returns the envelope as it came, whatever the number of brokers between",
        source: "RFC 28, The REP Socket Type",
        needs: [
            Needs::types(&["REQ", "REP"]),
            Needs::types(&["ROUTER", "DEALER"]).features(&["proxy"]),
        ],
        binds: Binds::Second,
        mutants: &[
            mutant("forget-envelope", "/liar-rust", Timeout, Either),
            mutant("ignore:proxy", "/rust-liar", Timeout, Either),
        ],
        play: envelope,
    },
    Case {
        name: "rep-parts",
        requirement: "a REP takes and returns a body of several parts, empty ones among them",
        source: "RFC 28; zmq.rs#132",
        needs: [Needs::types(&["REQ"]), Needs::types(&["REP"])],
        binds: Binds::Either,
        mutants: &[mutant("drop-empty", "/rust-liar", WrongAnswer, Either)],
        play: several_parts,
    },
    Case {
        name: "req-strict",
        requirement: "a REQ that has not been answered does not send again, and a REP does not send first",
        source: "RFC 28; libzmq tests/test_reqrep_tcp.cpp: EFSM",
        needs: [Needs::types(&["REQ"]), Needs::types(&["REP"])],
        binds: Binds::Either,
        mutants: &[
            mutant("lenient", "/liar-rust", WrongAnswer, Surely),
            mutant("lenient", "/rust-liar", WrongAnswer, Surely),
        ],
        play: strict,
    },
    Case {
        name: "req-relaxed",
        requirement: "a REQ that is relaxed and correlated drops the reply to an earlier request",
        source: "zmq_setsockopt(3), ZMQ_REQ_CORRELATE; libzmq tests/test_req_relaxed.cpp",
        needs: [
            Needs::types(&["REQ"]).options(&["REQ_RELAXED", "REQ_CORRELATE"]),
            Needs::types(&["ROUTER"]),
        ],
        binds: Binds::Either,
        mutants: &[
            mutant("forget:REQ_RELAXED", "/liar-rust", WrongAnswer, Surely),
            mutant("forget:REQ_CORRELATE", "/liar-rust", WrongAnswer, Surely),
        ],
        play: relaxed,
    },
    Case {
        name: "req-last-peer",
        requirement: "a REQ accepts a reply only from the last peer to which it sent a request",
        source: "RFC 28, The REQ Socket Type",
        needs: [Needs::types(&["REQ"]), Needs::types(&["ROUTER"])],
        binds: Binds::Second,
        mutants: &[
            mutant("no-frames", "/rust-liar", Contract, Surely),
            mutant("lenient", "/liar-rust", WrongAnswer, Either),
        ],
        play: last_peer,
    },
    Case {
        name: "req-rr",
        requirement: "a REQ sends its requests to its peers in turn",
        source: "RFC 28, The REQ Socket Type: round-robin",
        needs: [Needs::types(&["REQ"]), Needs::types(&["REP"])],
        binds: Binds::Second,
        mutants: &[mutant("one-peer", "/liar-rust", WrongAnswer, Surely)],
        play: sharing::requests_in_turn,
    },
    Case {
        name: "rep-clients",
        requirement: "a REP delivers its reply to the client whose request it took, whoever else waits",
        source: "RFC 28, The REP Socket Type: back to the originating peer",
        needs: [Needs::types(&["REQ"]), Needs::types(&["REP"])],
        binds: Binds::Either,
        mutants: &[mutant("wrong-client", "/rust-liar", Timeout, Either)],
        play: clients,
    },
    Case {
        name: "rep-gone",
        requirement: "a REP whose client is gone discards the reply, never blocks, and serves the next",
        source: "RFC 28, The REP Socket Type",
        needs: [Needs::types(&["REQ"]), Needs::types(&["REP"])],
        binds: Binds::Second,
        mutants: &[mutant("ignore:close", "/liar-rust", Timeout, Surely)],
        play: gone,
    },
];

fn basic(sides: &mut Sides) -> Step {
    let (req, rep) = sides.pair("REQ", "REP")?;
    for n in 0..ROUNDS {
        sides.pass(&req, &rep, &[format!("request {n}").as_str().into()])?;
        sides.pass(&rep, &req, &[format!("reply {n}").as_str().into()])?;
    }
    Ok(())
}

fn router(sides: &mut Sides) -> Step {
    let (req, router) = sides.pair("REQ", "ROUTER")?;
    sides.send(&req, &message(["question"]))?;
    let got = sides.recv(&router)?;
    let [id, delimiter, body] = got.as_slice() else {
        let failure =
            Failure::new(Cause::WrongAnswer, [A, B], "a request has not three frames at a ROUTER");
        return Err(failure.compared("[routing id, '', 'question']", parts(&got)).into());
    };
    super::sides::same(&message(["", "question"]), &[delimiter.clone(), body.clone()])?;
    sides.send(&router, &[Frame::again(id)?, "".into(), "answer".into()])?;
    sides.expect(&req, &message(["answer"]))
}

fn envelope(sides: &mut Sides) -> Step {
    // REQ → ROUTER/DEALER → ROUTER/DEALER → REP
    let (req, rep) = (sides.socket(A, "REQ")?, sides.socket(A, "REP")?);
    let brokers = [(); 2].map(|()| (sides.socket(B, "ROUTER"), sides.socket(B, "DEALER")));
    let [(front, back), (second_front, second_back)] = brokers;
    let (front, back, second_front, second_back) = (front?, back?, second_front?, second_back?);
    for (connects, binds) in [(&req, &front), (&back, &second_front), (&rep, &second_back)] {
        let endpoint = sides.bind(binds)?;
        sides.connect(connects, &endpoint)?;
    }
    for (frontend, backend) in [(&front, &back), (&second_front, &second_back)] {
        let proxy = json!({"op": "proxy", "frontend": frontend.name, "backend": backend.name});
        sides.post(B, proxy)?;
    }
    for n in 0..3 {
        sides.pass(&req, &rep, &[format!("request {n}").as_str().into()])?;
        sides.pass(&rep, &req, &[format!("reply {n}").as_str().into()])?;
    }
    Ok(())
}

fn several_parts(sides: &mut Sides) -> Step {
    let (req, rep) = sides.pair("REQ", "REP")?;
    for body in [&["a", "b"][..], &["", "a"], &["a", "", "b"], &[""]] {
        sides.pass(&req, &rep, &message(body.iter().copied()))?;
        sides.pass(&rep, &req, &message(body.iter().rev().copied()))?;
    }
    Ok(())
}

fn strict(sides: &mut Sides) -> Step {
    let (req, rep) = sides.pair("REQ", "REP")?;
    refused(sides, &rep, "a REP that was asked nothing")?;
    sides.send(&req, &message(["first"]))?;
    refused(sides, &req, "a REQ that waits for its answer")?;
    sides.expect(&rep, &message(["first"]))?;
    sides.pass(&rep, &req, &message(["answer"]))
}

fn refused(sides: &mut Sides, sock: &Sock, who: &str) -> Step {
    match sides.try_send(sock, &message(["too early"]), 1, 0)? {
        Err(refusal) if refusal.code == "EFSM" => Ok(()),
        other => {
            let got = other.map_or_else(|refusal| refusal.code, |_| "ok".into());
            let failure =
                Failure::new(Cause::WrongAnswer, [sock.side], format!("{who} could send"));
            Err(failure.compared("EFSM", got).into())
        }
    }
}

fn relaxed(sides: &mut Sides) -> Step {
    let options = json!({"REQ_RELAXED": 1, "REQ_CORRELATE": 1});
    let req = sides.socket_with(A, "REQ", options)?;
    let router = sides.socket(B, "ROUTER")?;
    sides.link(&req, &router)?;
    sides.send(&req, &message(["first"]))?;
    let first = sides.recv(&router)?;
    sides.send(&req, &message(["second"]))?;
    let second = sides.recv(&router)?;
    let reply = |request: &[D], body: &str| -> Step<Vec<Frame>> {
        let envelope = request[..request.len().saturating_sub(1)].iter();
        envelope.map(Frame::again).chain([Ok(Frame::from(body))]).collect()
    };
    if first.len() != 4 || second.len() != 4 || first[1] == second[1] {
        let failure =
            Failure::new(Cause::WrongAnswer, [A], "correlated requests have no id of their own");
        let got = format!("{} and {}", parts(&first), parts(&second));
        return Err(failure.compared("[routing id, request id, '', body] twice", got).into());
    }
    sides.send(&router, &reply(&first, "stale")?)?;
    sides.send(&router, &reply(&second, "right")?)?;
    sides.expect(&req, &message(["right"]))
}

fn last_peer(sides: &mut Sides) -> Step {
    let req = sides.socket(A, "REQ")?;
    let routers = [sides.socket(B, "ROUTER")?, sides.socket(B, "ROUTER")?];
    for router in &routers {
        let endpoint = sides.bind(router)?;
        sides.connect(&req, &endpoint)?;
    }
    let ids = sharing::known_to_all(sides, &req, &routers)?;
    sides.send(&req, &message(["question"]))?;
    let (asked, got) = sharing::first_to_get(sides, &routers)?;
    let other = 1 - asked;
    let reply = [ids[other].clone(), "".into(), "from the wrong one".into()];
    sides.send(&routers[other], &reply)?;
    sides.settle(B)?;
    sides.send(&routers[asked], &[Frame::again(&got[0])?, "".into(), "right".into()])?;
    sides.expect(&req, &message(["right"]))
}

fn clients(sides: &mut Sides) -> Step {
    let rep = sides.socket(B, "REP")?;
    let reqs = [sides.socket(A, "REQ")?, sides.socket(A, "REQ")?, sides.socket(A, "REQ")?];
    for req in &reqs {
        sides.link(req, &rep)?;
    }
    for round in 0..10 {
        let of = |n: usize| [Frame::from(format!("round {round}, client {n}").as_str())];
        for (n, req) in reqs.iter().enumerate() {
            sides.send(req, &of(n))?;
        }
        for _ in &reqs {
            let request = sides.recv(&rep)?;
            let echo = request.iter().map(Frame::again).collect::<Step<Vec<_>>>()?;
            sides.send(&rep, &echo)?;
        }
        for (n, req) in reqs.iter().enumerate() {
            sides.expect(req, &of(n))?;
        }
    }
    Ok(())
}

fn gone(sides: &mut Sides) -> Step {
    let (first, rep) = (sides.socket(A, "REQ")?, sides.socket(B, "REP")?);
    let endpoint = sides.bind(&rep)?;
    let way = sides.tap(B, &endpoint)?;
    sides.connect(&first, &way.endpoint)?;
    sides.pass(&first, &rep, &message(["asked and gone"]))?;
    sides.close(&first)?;
    sides.wait_closed(&first, &way)?;
    sides.send(&rep, &message(["to nobody"]))?;
    let second = sides.socket(A, "REQ")?;
    sides.connect(&second, &endpoint)?;
    sides.pass(&second, &rep, &message(["still there?"]))?;
    sides.pass(&rep, &second, &message(["yes"]))
}
