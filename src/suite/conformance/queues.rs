//! The queue that a socket has for each peer: bounded, skipped where it is full, apart from the one for
//! what comes, and gone with the peer.

use serde_json::json;

use super::case::{Binds, Case};
use super::exchange::{THROWN_OUT, exchange, silent};
use super::flood::{
    BODY, FLOOD, READER, SENDER, all_there, blocks_when_full, fill_up, with_small_buffers,
};
use super::needs::Needs;
use super::sharing;
use super::sides::{Sides, Sock, refused, same};
use super::step::{A, B, Step};
use super::value::{Frame, message};
use crate::outcome::Cause::*;
use crate::suite::mutant::{Blame::*, mutant};

/// So many messages pass to one peer, or one way, while the other is full.
const ROUNDS: usize = 20;

/// How long somebody that comes has to be served, in ms, before the sender tries again.
const HEARD_MS: u64 = 150;

/// See the module.
pub const CASES: &[Case] = &[
    Case {
        name: "hwm-dealer",
        requirement: "a DEALER whose peers do not read blocks at its limit, loses nothing, and goes on with one that reads",
        source: "RFC 28, The DEALER Socket Type; zmq_setsockopt(3), ZMQ_SNDHWM",
        needs: [
            Needs::types(&["DEALER"]).options(SENDER),
            Needs::types(&["DEALER"]).options(READER),
        ],
        binds: Binds::Either,
        mutants: &[
            mutant("force:SNDHWM=0", "/liar-rust", WrongAnswer, Either),
            mutant("claim-sent", "/liar-rust", WrongAnswer, Either),
        ],
        play: |sides| {
            blocks_when_full(sides, ["DEALER", "DEALER"])?;
            skip_full(sides, ["DEALER", "DEALER"])
        },
    },
    Case {
        name: "hwm-pair",
        requirement: "a PAIR whose peer does not read blocks at its limit, and loses nothing",
        source: "RFC 31; zmq_setsockopt(3), ZMQ_SNDHWM",
        needs: [Needs::types(&["PAIR"]).options(SENDER), Needs::types(&["PAIR"]).options(READER)],
        binds: Binds::Either,
        mutants: &[
            mutant("force:SNDHWM=0", "/liar-rust", WrongAnswer, Either),
            mutant("claim-sent", "/liar-rust", WrongAnswer, Either),
        ],
        play: |sides| blocks_when_full(sides, ["PAIR", "PAIR"]),
    },
    Case {
        name: "push-skip-full",
        requirement: "a PUSH passes over a peer that has no room, and sends to the one that has",
        source: "RFC 30, The PUSH Socket Type: a peer is available if its queue is not full",
        needs: [Needs::types(&["PUSH"]).options(SENDER), Needs::types(&["PULL"]).options(READER)],
        binds: Binds::Either,
        mutants: &[
            mutant("held-up:send", "/liar-rust", Timeout, Either),
            mutant("claim-sent", "/liar-rust", WrongAnswer, Either),
        ],
        play: |sides| skip_full(sides, ["PUSH", "PULL"]),
    },
    Case {
        name: "dealer-duplex",
        requirement: "a DEALER's queues from and to a peer are apart: where one is full, the other is free",
        source: "RFC 28, The DEALER Socket Type: an incoming and an outgoing queue for each peer",
        needs: [
            Needs::types(&["DEALER"]).options(SENDER),
            Needs::types(&["DEALER"]).options(READER),
        ],
        binds: Binds::Either,
        mutants: &[mutant("held-up:recv", "/liar-rust", Timeout, Either)],
        play: duplex,
    },
    Case {
        name: "dealer-peer-gone",
        requirement: "what a DEALER had for a peer that left does not reach the next, nor one of the same id",
        source: "RFC 28, The DEALER Socket Type: destroys the queue when the peer disconnects",
        needs: [Needs::types(&["DEALER"]), Needs::types(&["DEALER"])],
        binds: Binds::Second,
        mutants: &[mutant("stray-part", "/liar-rust", WrongAnswer, Either)],
        play: |sides| peer_gone(sides, "DEALER", "DEALER"),
    },
    Case {
        name: "push-peer-gone",
        requirement: "what a PUSH had for a peer that left does not reach the next",
        source: "RFC 30, The PUSH Socket Type: destroys the queue when the peer disconnects",
        needs: [Needs::types(&["PUSH"]), Needs::types(&["PULL"])],
        binds: Binds::Second,
        mutants: &[mutant("stray-part", "/liar-rust", WrongAnswer, Either)],
        play: |sides| peer_gone(sides, "PUSH", "PULL"),
    },
    Case {
        name: "pair-peer-gone",
        requirement: "what a PAIR had for a peer that left does not reach the next",
        source: "RFC 31: destroys the queues when the peer disconnects",
        needs: [Needs::types(&["PAIR"]), Needs::types(&["PAIR"])],
        binds: Binds::Second,
        mutants: &[mutant("stray-part", "/liar-rust", WrongAnswer, Either)],
        play: |sides| peer_gone(sides, "PAIR", "PAIR"),
    },
    Case {
        name: "pair-next",
        requirement: "a PAIR whose peer left has the next one for its peer, also if it only sends",
        source: "RFC 31: destroys the queues when the peer disconnects; creates them when one connects",
        needs: [Needs::types(&["PAIR"]), Needs::types(&["PAIR"])],
        binds: Binds::Second,
        // A PAIR of libzmq is no honest one here.
        mutants: &[mutant("stops:1", "/liar-go", Timeout, Either)],
        play: pair_next,
    },
];

/// Neither of two peers reads until both have no room; then one does.
fn skip_full(sides: &mut Sides, [kind, others]: [&str; 2]) -> Step {
    let sender = sides.socket_with(A, kind, json!({"SNDHWM": 10}))?;
    let narrow = json!({"RCVHWM": 10, "RCVBUF": 8192});
    let readers =
        [sides.socket_with(B, others, narrow.clone())?, sides.socket_with(B, others, narrow)?];
    for reader in &readers {
        sides.link(&sender, reader)?;
    }
    sharing::all_connected(sides, &sender, &readers)?;
    let body = [Frame::Fill { size: BODY, seed: 1 }];
    let mut left = fill_up(sides, &sender, &body)? as usize;
    for _ in 0..ROUNDS {
        sides.pass(&sender, &readers[1], &body)?;
    }
    sides.until("not all messages that were taken came", |sides, ms| {
        for reader in &readers {
            let got = sides.recv_many(reader, left.max(1), ms)?;
            got.iter().try_for_each(|got| same(&body, got))?;
            left = left.saturating_sub(got.len());
        }
        Ok(left == 0)
    })?;
    readers.iter().try_for_each(|reader| silent(sides, reader))
}

fn duplex(sides: &mut Sides) -> Step {
    let (dealer, peer) = with_small_buffers(sides, ["DEALER", "DEALER"], json!({}))?;
    let body = [Frame::Fill { size: BODY, seed: 1 }];
    let taken = fill_up(sides, &dealer, &body)?;
    for n in 0..ROUNDS {
        sides.pass(&peer, &dealer, &[format!("the free way {n}").as_str().into()])?;
    }
    all_there(sides, &peer, taken, &body)?;
    sides.pass(&dealer, &peer, &message(["last"]))
}

/// A socket that binds has messages for a peer that does not read, and leaves; the next one comes.
fn peer_gone(sides: &mut Sides, kind: &str, others: &str) -> Step {
    let narrow = sides.if_had(A, kind, json!({"SNDHWM": 10}))?;
    let sender = sides.socket_with(A, kind, narrow)?;
    let endpoint = sides.bind(&sender)?;
    let same_id = json!({"RCVHWM": 10, "RCVBUF": 8192, "ROUTING_ID": {"text": "same"}});
    let narrow = sides.if_had(B, others, same_id)?;
    let gone = sides.socket_with(B, others, narrow.clone())?;
    let way = sides.tap(A, &endpoint)?;
    sides.connect(&gone, &way.endpoint)?;
    exchange(sides, &sender, &gone)?;
    let old = [Frame::Fill { size: BODY, seed: 1 }];
    if let Err(refusal) = sides.try_send(&sender, &old, FLOOD, 300)?
        && refusal.code != "EAGAIN"
    {
        return Err(refused(A, "send", "ok, or EAGAIN when it is full", &refusal));
    }
    sides.close(&gone)?;
    sides.wait_closed(&gone, &way)?;
    let (fresh, last) = (message(["for the next"]), message(["last"]));
    // Before the sender knows that the old one is gone it may send to that, and a PAIR may refuse the next.
    let mut next = None;
    sides.until("a peer that came after another one gets nothing", |sides, _| {
        silent(sides, &sender)?;
        let sock = sides.socket_with(B, others, narrow.clone())?;
        sides.connect(&sock, &endpoint)?;
        match gets(sides, &sender, &sock, &fresh)? {
            true => next = Some(sock),
            false => sides.close(&sock)?,
        }
        Ok(next.is_some())
    })?;
    let next = next.expect("until it got something");
    sides.send(&sender, &last)?;
    loop {
        let got = sides.recv(&next)?;
        match same(&last, &got) {
            Ok(()) => return Ok(()),
            Err(_) => same(&fresh, &got)?,
        }
    }
}

/// `sender` says something a few times, of which some may go to those that have left; does any of it come
/// to `next`, and nothing else?
fn gets(sides: &mut Sides, sender: &Sock, next: &Sock, fresh: &[Frame]) -> Step<bool> {
    for _ in 0..3 {
        sides.is_taken(sender, fresh, HEARD_MS, THROWN_OUT)?;
        if let Some(got) = sides.try_recv(next, HEARD_MS)? {
            return same(fresh, &got).map(|()| true);
        }
    }
    Ok(false)
}

/// Nobody calls the PAIR to receive once its peer is gone: then some libraries never learn that.
fn pair_next(sides: &mut Sides) -> Step {
    let pair = sides.socket(A, "PAIR")?;
    let endpoint = sides.bind(&pair)?;
    let gone = sides.socket(B, "PAIR")?;
    let way = sides.tap(A, &endpoint)?;
    sides.connect(&gone, &way.endpoint)?;
    exchange(sides, &pair, &gone)?;
    sides.close(&gone)?;
    sides.wait_closed(&gone, &way)?;
    let fresh = message(["for the next"]);
    sides.until("a PAIR whose peer left sends nothing to those that come next", |sides, _| {
        let next = sides.socket(B, "PAIR")?;
        sides.connect(&next, &endpoint)?;
        let served = gets(sides, &pair, &next, &fresh)?;
        sides.close(&next)?;
        Ok(served)
    })
}
