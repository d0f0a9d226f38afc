//! PUSH and PULL: sharing, waiting, and whole messages; PAIR: both ways, and one peer only.

use serde_json::json;

use super::case::{Binds, Case};
use super::exchange::{THROWN_OUT, subscribe_if_needed};
use super::needs::Needs;
use super::sharing;
use super::sides::{Sides, Sock, Until, parts};
use super::step::{A, B, Each};
use super::step::{Cause, Failure, Step};
use super::value::{Frame, message};
use crate::outcome::Cause::*;
use crate::peer::agent::Refusal;
use crate::suite::mutant::{Blame::*, mutant};

/// See the module.
pub const CASES: &[Case] = &[
    Case {
        name: "push-rr",
        requirement: "a PUSH sends to its available peers in turn",
        source: "RFC 30, The PUSH Socket Type: round-robin",
        needs: [Needs::types(&["PUSH"]), Needs::types(&["PULL"])],
        binds: Binds::Either,
        mutants: &[
            mutant("one-peer", "/liar-rust", WrongAnswer, Either),
            mutant("favourite", "/liar-rust", WrongAnswer, Surely),
            mutant("lose-fourth", "/rust-liar", WrongAnswer, Either),
            mutant("favourite:30", "/liar-rust", WrongAnswer, Surely),
        ],
        play: |sides| {
            let (push, pulls) = sharing::one_to_three(sides, "PUSH", "PULL")?;
            sharing::in_turn(sides, &push, &pulls)
        },
    },
    Case {
        name: "pull-fq",
        requirement: "a PULL takes messages from its peers in turn, and starves none",
        source: "RFC 30, The PULL Socket Type: fair-queuing",
        needs: [Needs::types(&["PULL"]), Needs::types(&["PUSH"])],
        binds: Binds::Either,
        mutants: &[
            mutant("starve", "/liar-rust", WrongAnswer, Surely),
            mutant("empty-handed", "/liar-rust", Contract, Surely),
            mutant("no-number", "/rust-liar", Contract, Surely),
            mutant("contradict", "/liar-rust", Contract, Surely),
            mutant("lose-fourth", "/liar-rust", WrongAnswer, Either),
        ],
        play: |sides| {
            let (pull, pushes) = sharing::one_to_three(sides, "PULL", "PUSH")?;
            sharing::fairly(sides, &pull, &pushes)
        },
    },
    Case {
        name: "push-block",
        requirement: "a PUSH without a peer blocks or says EAGAIN, and sends as soon as there is one",
        source: "RFC 30, The PUSH Socket Type: no available peers",
        needs: [Needs::types(&["PUSH"]), Needs::types(&["PULL"])],
        binds: Binds::Second,
        mutants: &[mutant("claim-sent", "/liar-rust", WrongAnswer, Surely)],
        play: |sides| without_a_peer(sides, "PUSH", "PULL"),
    },
    Case {
        name: "push-hwm",
        requirement: "a PUSH that connects queues up to its limit before the peer is there, and loses none",
        source: "RFC 30, The PUSH Socket Type: a queue whether or not the connection is established",
        needs: [Needs::types(&["PUSH"]).options(&["SNDHWM"]), Needs::types(&["PULL"])],
        binds: Binds::Second,
        mutants: &[
            mutant("other-code:send", "/liar-rust", Contract, Surely),
            mutant("claim-sent", "/liar-rust", WrongAnswer, Surely),
            mutant("forget:SNDHWM", "/liar-rust", WrongAnswer, Surely),
            mutant("double:SNDHWM", "/liar-rust", WrongAnswer, Surely),
        ],
        play: high_water,
    },
    Case {
        name: "push-atomic",
        requirement: "at the high-water mark a multipart message is sent whole or not at all",
        source: "RFC 23, Framing: MORE; zmq_send(3): all parts or none",
        needs: [
            Needs::types(&["PUSH"]).options(&["SNDHWM", "SNDBUF"]),
            Needs::types(&["PULL"]).options(&["RCVHWM", "RCVBUF"]),
        ],
        binds: Binds::Either,
        mutants: &[mutant("stray-part", "/liar-rust", WrongAnswer, Either)],
        play: atomic,
    },
    Case {
        name: "one-way",
        requirement: "a PUSH and a PUB only send, a PULL and a SUB only receive: the other is refused",
        source: "RFC 30 and RFC 29, the socket types: for sending only, for receiving only",
        needs: [Needs::types(&["PUSH", "PUB"]), Needs::types(&["PULL", "SUB"])],
        binds: Binds::Second,
        mutants: &[
            mutant("always-eagain:recv", "/liar-rust", WrongAnswer, Surely),
            mutant("always-eagain:send", "/rust-liar", WrongAnswer, Surely),
            mutant("ignore:send", "/rust-liar", WrongAnswer, Surely),
        ],
        play: one_way,
    },
    Case {
        name: "pair-block",
        requirement: "a PAIR without a peer blocks or says EAGAIN, and sends as soon as there is one",
        source: "RFC 31: no available peer",
        needs: [Needs::types(&["PAIR"]), Needs::types(&["PAIR"])],
        binds: Binds::Second,
        mutants: &[mutant("claim-sent", "/liar-rust", WrongAnswer, Surely)],
        play: |sides| without_a_peer(sides, "PAIR", "PAIR"),
    },
    Case {
        name: "pair-duplex",
        requirement: "two PAIRs send to each other independently, in order, nothing lost",
        source: "RFC 31",
        needs: [Needs::types(&["PAIR"]), Needs::types(&["PAIR"])],
        binds: Binds::Either,
        mutants: &[
            mutant("out-of-order", "/liar-rust", WrongAnswer, Either),
            mutant("lose-fourth", "/liar-rust", WrongAnswer, Either),
        ],
        play: duplex,
    },
    Case {
        name: "pair-exclusive",
        requirement: "a PAIR has one peer: a second is neither heard nor sent to",
        source: "RFC 31: at most one peer",
        needs: [Needs::types(&["PAIR"]).witness(), Needs::types(&["PAIR"])],
        binds: Binds::Second,
        mutants: &[mutant("no-second", "/liar-rust", Timeout, Surely)],
        play: exclusive,
    },
];

/// A socket that is bound and has no peer sends nothing within a time, and keeps nothing of that; a send
/// that may wait for its first peer goes there.
pub fn without_a_peer(sides: &mut Sides, sends: &str, takes: &str) -> Step {
    let (first, second) = (sides.socket(A, sends)?, sides.socket(B, takes)?);
    let endpoint = sides.bind(&first)?;
    for ms in [0, 30] {
        if sides.is_taken(&first, &message(["to nobody"]), ms, &["EAGAIN"])? {
            let what = format!("a {sends} without a peer could send");
            return Err(Failure::new(Cause::WrongAnswer, [A], what)
                .compared("EAGAIN", "ok")
                .into());
        }
    }
    // This one waits.
    sides.send(&first, &message(["to somebody"]))?;
    sides.connect(&second, &endpoint)?;
    sides.expect(&second, &message(["to somebody"]))
}

fn high_water(sides: &mut Sides) -> Step {
    let limit = 10;
    let push = sides.socket_with(A, "PUSH", json!({"SNDHWM": limit}))?;
    let pull = sides.socket(B, "PULL")?;
    let endpoint = sides.keep_endpoint()?;
    sides.connect(&push, &endpoint)?;
    let sent = sides.send_until_full(&push, &message(["queued"]), 10 * limit)?;
    // How exactly the limit is counted differs from library to library, but by less than half.
    let most = limit * 3 / 2;
    if !(1..=most).contains(&sent) {
        let what =
            format!("a PUSH with SNDHWM {limit} to a peer that is not there yet queued {sent}");
        let expected = format!("1 to {most}, then EAGAIN");
        return Err(Failure::new(Cause::WrongAnswer, [A], what)
            .compared(expected, sent.to_string())
            .into());
    }
    sides.bind_at(&pull, &endpoint)?;
    for _ in 0..sent {
        sides.expect(&pull, &message(["queued"]))?;
    }
    sides.pass(&push, &pull, &message(["the next"]))
}

fn atomic(sides: &mut Sides) -> Step {
    // Ten is no multiple of three: who counted parts would stop in the middle of a message.
    let push = sides.socket_with(A, "PUSH", json!({"SNDHWM": 10, "SNDBUF": 16384}))?;
    let pull = sides.socket_with(B, "PULL", json!({"RCVHWM": 10, "RCVBUF": 16384}))?;
    sides.link(&push, &pull)?;
    sides.pass(&push, &pull, &message(["here"]))?;
    let parts = [Frame::from("first"), Frame::Fill { size: 8192, seed: 1 }, Frame::from("last")];
    let sent = sides.send_until_full(&push, &parts, 2000)?;
    if sent == 2000 {
        let what = "2000 messages of 8 KiB went to a peer that takes none, at SNDHWM 10";
        return Err(Failure::new(Cause::WrongAnswer, [A, B], what).into());
    }
    for _ in 0..sent {
        sides.expect(&pull, &parts)?;
    }
    sides.pass(&push, &pull, &message(["sentinel"]))
}

fn one_way(sides: &mut Sides) -> Step {
    for kinds in [["PUSH", "PULL"], ["PUB", "SUB"]] {
        let (sends, receives) = sides.pair(kinds[0], kinds[1])?;
        subscribe_if_needed(sides, &sends, &receives)?;
        for _ in 0..2 {
            sides.pass(&sends, &receives, &message(["the right way"]))?;
            let against = sides.try_send(&receives, &message(["the wrong way"]), 1, 0)?.map(drop);
            never(&receives, "send", against)?;
            let against = sides.recv_or_refusal(&sends, 0)?.map(drop);
            never(&sends, "receive", against)?;
        }
    }
    Ok(())
}

/// A socket that never does this must say so, and not that it can't do it now.
fn never(sock: &Sock, op: &str, answer: Result<(), Refusal>) -> Step {
    let got = match answer {
        Err(refusal) if refusal.code != "EAGAIN" => return Ok(()),
        Err(refusal) => refusal.code,
        Ok(()) => "ok".into(),
    };
    let what = format!("a {} may {op}", sock.kind);
    let failure = Failure::new(Cause::WrongAnswer, [sock.side], what);
    Err(failure.compared("a refusal other than EAGAIN", got).into())
}

fn duplex(sides: &mut Sides) -> Step {
    let (left, right) = sides.pair("PAIR", "PAIR")?;
    let of = |from: &Sock, n: usize| -> Vec<Frame> {
        message([format!("{} {n}", Each(["left", "right"])[from.side]).as_str(), ""])
    };
    for n in 0..100 {
        sides.send(&left, &of(&left, n))?;
        sides.send(&right, &of(&right, n))?;
    }
    for n in 0..100 {
        sides.expect(&right, &of(&left, n))?;
        sides.expect(&left, &of(&right, n))?;
    }
    Ok(())
}

fn exclusive(sides: &mut Sides) -> Step {
    let (first, second) = (sides.socket(A, "PAIR")?, sides.socket(A, "PAIR")?);
    let pair = sides.socket(B, "PAIR")?;
    let endpoint = sides.bind(&pair)?;
    sides.connect(&first, &endpoint)?;
    sides.pass(&first, &pair, &message(["I was first"]))?;
    let way = sides.tap(B, &endpoint)?;
    sides.try_connect(&second, &way)?;
    // It may send or not, but it must not be heard.
    sides.is_taken(&second, &message(["intruder"]), 0, THROWN_OUT)?;
    sides.wait_until(&second, &way, Until::Command("READY"))?;
    for n in 0..20 {
        sides.pass(&first, &pair, &[format!("ping {n}").as_str().into()])?;
        sides.pass(&pair, &first, &[format!("pong {n}").as_str().into()])?;
    }
    match sides.try_recv(&second, 0)? {
        None => Ok(()),
        Some(got) => {
            let failure = Failure::new(Cause::WrongAnswer, [B], "a PAIR sent to a second peer");
            Err(failure.compared("nothing", parts(&got)).into())
        }
    }
}
