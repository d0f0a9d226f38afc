//! REQ and REP when something is missing or wrong: nobody to ask, a peer that leaves, a malformed reply,
//! a client that does not read.

use serde_json::json;

use super::case::{Binds, Case};
use super::exchange::{THROWN_OUT, nothing};
use super::needs::Needs;
use super::pipeline::without_a_peer;
use super::sharing;
use super::sides::{Sides, refused};
use super::step::{A, B, Cause, Failure, Step};
use super::value::{Frame, message};
use crate::outcome::Cause::*;
use crate::suite::mutant::{Blame::*, mutant};

/// Replies to a client that does not read, of 256 KiB each: more than the buffers of a system take.
const REPLIES: usize = 100;
const REPLY: usize = 256 << 10;

/// So often somebody who was not asked replies, and so long each reply has to come, in ms. Before the
/// first ones the REQ may not know yet that the peer that it asked is gone.
const REPEATED: usize = 10;
const CHANCE_MS: u64 = 15;

/// See the module.
pub const CASES: &[Case] = &[
    Case {
        name: "req-block",
        requirement: "a REQ without a peer blocks or says EAGAIN, and discards nothing: it asks its first peer",
        source: "RFC 28, The REQ Socket Type: no connected peers",
        needs: [Needs::types(&["REQ"]), Needs::types(&["REP"])],
        binds: Binds::Second,
        mutants: &[mutant("claim-sent", "/liar-rust", WrongAnswer, Surely)],
        play: |sides| without_a_peer(sides, "REQ", "REP"),
    },
    Case {
        name: "req-peer-gone",
        requirement: "a REQ whose peer left before it replied accepts no reply from another one",
        source: "RFC 28, The REQ Socket Type: only from the last peer to which it sent a request",
        needs: [Needs::types(&["REQ"]), Needs::types(&["ROUTER"])],
        binds: Binds::Either,
        mutants: &[mutant("lenient", "/liar-rust", WrongAnswer, Either)],
        play: peer_gone,
    },
    Case {
        name: "req-malformed",
        requirement: "a REQ discards a malformed message of a peer that it did not ask, and accepts the right reply",
        source: "RFC 28, The REQ Socket Type: discards silently what comes from other peers",
        needs: [Needs::types(&["REQ"]), Needs::types(&["ROUTER"])],
        binds: Binds::Either,
        mutants: &[mutant("lenient", "/liar-rust", WrongAnswer, Either)],
        play: malformed,
    },
    Case {
        name: "rep-slow",
        requirement: "a REP does not wait for a client that does not read: it serves the others",
        source: "RFC 28, The REP Socket Type: SHALL NOT block on sending",
        needs: [Needs::types(&["DEALER", "REQ"]), Needs::types(&["REP"])],
        binds: Binds::Either,
        mutants: &[mutant("block", "/rust-liar", WrongAnswer, Surely)],
        play: slow_client,
    },
    Case {
        name: "rep-fq",
        requirement: "a REP takes requests from its clients in turn, and starves none",
        source: "RFC 28, The REP Socket Type: fair-queuing",
        needs: [Needs::types(&["REP"]), Needs::types(&["DEALER"])],
        binds: Binds::Either,
        mutants: &[mutant("starve", "/liar-rust", WrongAnswer, Surely)],
        play: |sides| {
            let (rep, dealers) = sharing::one_to_three(sides, "REP", "DEALER")?;
            sharing::fairly(sides, &rep, &dealers)
        },
    },
];

fn peer_gone(sides: &mut Sides) -> Step {
    let req = sides.socket(A, "REQ")?;
    let mut routers = vec![sides.socket(B, "ROUTER")?, sides.socket(B, "ROUTER")?];
    let mut ways = vec![];
    for router in &routers {
        ways.push(sides.link_tapped(&req, router)?);
    }
    let mut ids = sharing::known_to_all(sides, &req, &routers)?;
    sides.send(&req, &message(["question"]))?;
    let (asked, _) = sharing::first_to_get(sides, &routers)?;
    let (gone, way) = (routers.remove(asked), ways.remove(asked));
    ids.remove(asked);
    sides.close(&gone)?;
    sides.wait_closed(&gone, &way)?;
    let (other, id) = (routers.remove(0), ids.remove(0));
    for _ in 0..REPEATED {
        sides.send(&other, &[id.clone(), "".into(), "nobody asked me".into()])?;
        sides.settle(B)?;
        // It may refuse to receive, having lost its peer.
        match sides.recv_or_refusal(&req, CHANCE_MS)? {
            Ok(got) => nothing(&req, Some(got))?,
            Err(refusal) if matches!(refusal.code.as_str(), "unsupported" | "bad-request") => {
                return Err(refused(A, "recv", "EAGAIN or EFSM", &refusal));
            }
            Err(_) => {}
        }
    }
    Ok(())
}

fn malformed(sides: &mut Sides) -> Step {
    let req = sides.socket(A, "REQ")?;
    let routers = [sides.socket(B, "ROUTER")?, sides.socket(B, "ROUTER")?];
    let ways = [sides.link_tapped(&req, &routers[0])?, sides.link_tapped(&req, &routers[1])?];
    let ids = sharing::known_to_all(sides, &req, &routers)?;
    for round in ["first", "second"] {
        sides.send(&req, &message([round]))?;
        let (asked, request) = sharing::first_to_get(sides, &routers)?;
        let other = 1 - asked;
        let malformed = [ids[other].clone(), "no delimiter".into()];
        sides.is_taken(&routers[other], &malformed, 0, THROWN_OUT)?;
        let ended = sides.has_ended(&ways[other]);
        let right = [Frame::again(&request[0])?, "".into(), round.into()];
        sides.send(&routers[asked], &right)?;
        sides.expect(&req, &message([round]))?;
        // Then nothing is left that could be taken for the next reply.
        if ended {
            break;
        }
    }
    Ok(())
}

fn slow_client(sides: &mut Sides) -> Step {
    let narrow = sides.if_had(A, "DEALER", json!({"RCVHWM": 10, "RCVBUF": 8192}))?;
    let slow = sides.socket_with(A, "DEALER", narrow)?;
    let narrow = sides.if_had(B, "REP", json!({"SNDHWM": 10}))?;
    let rep = sides.socket_with(B, "REP", narrow)?;
    let other = sides.socket(A, "REQ")?;
    sides.link(&slow, &rep)?;
    sides.link(&other, &rep)?;
    for n in 0..REPLIES {
        let request = format!("request {n}");
        sides.send(&slow, &["".into(), request.as_str().into()])?;
        sides.expect(&rep, &[request.as_str().into()])?;
        if let Err(refusal) =
            sides.try_send(&rep, &[Frame::Fill { size: REPLY, seed: n }], 1, 500)?
        {
            let what = format!("a REP whose client does not read did not send reply {n}");
            let failure = Failure::new(Cause::WrongAnswer, [B], what);
            return Err(failure.compared("ok", refusal.code).into());
        }
    }
    sides.pass(&other, &rep, &message(["and me?"]))?;
    sides.pass(&rep, &other, &message(["you, too"]))?;
    // What there was room for came whole.
    sides.expect(&slow, &["".into(), Frame::Fill { size: REPLY, seed: 0 }])
}
