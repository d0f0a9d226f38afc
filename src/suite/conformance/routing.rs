//! What a ROUTER owes to each of its peers, whatever the others do: a share, queues of its own, an id.

use serde_json::{Value, json};

use super::case::{Binds, Case};
use super::exchange::{THROWN_OUT, silent};
use super::flood::{BODY, FLOOD, all_there, fill_up};
use super::needs::Needs;
use super::routed::{heard, id_of, told};
use super::sharing;
use super::sides::{Sides, Sock, Until, parts, refused, same};
use super::step::{A, B, Cause, Failure, Step};
use super::value::{Frame, message};
use crate::outcome::Cause::*;
use crate::suite::mutant::{Blame::*, mutant};

const BOTH_WAYS: &[&str] = &["SNDHWM", "RCVHWM", "RCVBUF"];

/// So many messages pass one way while the other is full: all together fewer than a queue holds, since a
/// libzmq ROUTER may learn late that they were read, and drops what it takes to be too many.
const ROUNDS: usize = 3;

/// How long a peer that comes back has to be heard, in ms, before it tries again.
const HEARD_MS: u64 = 250;

/// See the module.
pub const CASES: &[Case] = &[
    Case {
        name: "rtr-fq",
        requirement: "a ROUTER takes messages from its peers in turn, and starves none",
        source: "RFC 28, The ROUTER Socket Type: fair-queuing",
        needs: [Needs::types(&["ROUTER"]), Needs::types(&["DEALER"])],
        binds: Binds::Either,
        mutants: &[mutant("starve", "/liar-rust", WrongAnswer, Surely)],
        play: |sides| {
            let (router, dealers) = sharing::one_to_three(sides, "ROUTER", "DEALER")?;
            sharing::fairly(sides, &router, &dealers)
        },
    },
    Case {
        name: "rtr-duplex",
        requirement: "a ROUTER's queues from and to each peer are apart: where one is full, the others are free",
        source: "RFC 28, The ROUTER Socket Type: an incoming and an outgoing queue for each peer",
        needs: [
            Needs::types(&["ROUTER"]).options(BOTH_WAYS),
            Needs::types(&["DEALER"]).options(BOTH_WAYS),
        ],
        binds: Binds::Either,
        mutants: &[
            mutant("force:ROUTER_MANDATORY=1", "/liar-rust", WrongAnswer, Surely),
            mutant("held-up:recv", "/rust-liar", Timeout, Either),
        ],
        play: duplex,
    },
    Case {
        name: "rtr-peer-gone",
        requirement: "what a ROUTER had for a peer that left does not reach the next peer of the same id",
        source: "RFC 28, The ROUTER Socket Type: destroys the queues when the peer disconnects",
        needs: [Needs::types(&["ROUTER"]), Needs::types(&["DEALER"]).options(&["ROUTING_ID"])],
        binds: Binds::Second,
        mutants: &[mutant("replay:1", "/liar-rust", WrongAnswer, Either)],
        play: peer_gone,
    },
    Case {
        name: "rtr-id-zero",
        requirement: "a peer that announces an id of the kind that a ROUTER makes up does not harm an anonymous one",
        source: "RFC 37, Identity: shall not begin with a zero octet; RFC 28, The ROUTER Socket Type: unique identity",
        needs: [
            Needs::types(&["DEALER"]).options(&["ROUTING_ID"]).witness(),
            Needs::types(&["ROUTER"]),
        ],
        binds: Binds::Second,
        // A ROUTER of libzmq is no honest one here.
        mutants: &[mutant("wrong-client", "/zmqrs-liar", Timeout, Either)],
        play: id_zero,
    },
];

fn duplex(sides: &mut Sides) -> Step {
    let narrow = json!({"SNDHWM": 10, "RCVHWM": 10, "RCVBUF": 8192});
    let router = sides.socket_with(A, "ROUTER", narrow.clone())?;
    let mut dealers = vec![];
    for _ in 0..2 {
        let dealer = sides.socket_with(B, "DEALER", narrow.clone())?;
        sides.link(&dealer, &router)?;
        let id = id_of(sides, &dealer, &router, "it is me")?;
        dealers.push((dealer, id));
    }
    let [(stalled, its_id), (other, id)] = &dealers[..] else { unreachable!("they are two") };
    // To one it is full: from that, and from and to another, it is free.
    let body = Frame::Fill { size: BODY, seed: 1 };
    match sides.try_send(&router, &[its_id.clone(), body.clone()], FLOOD, 2000)? {
        Ok(_) => {}
        Err(refusal) => {
            let failure = Failure::new(Cause::WrongAnswer, [A], "a ROUTER waits for one slow peer");
            return Err(failure.compared("all taken", refusal.to_string()).into());
        }
    }
    for _ in 0..ROUNDS {
        heard(sides, stalled, &router, its_id, "still heard")?;
        heard(sides, other, &router, id, "heard as well")?;
        told(sides, &router, other, id, "told as well")?;
    }
    // From one it is full: to that it is free.
    let taken = fill_up(sides, other, std::slice::from_ref(&body))?;
    for _ in 0..ROUNDS {
        told(sides, &router, other, id, "still told")?;
    }
    all_there(sides, &router, taken, &[id.clone(), body])?;
    heard(sides, other, &router, id, "last")
}

fn peer_gone(sides: &mut Sides) -> Step {
    let narrow = sides.if_had(A, "ROUTER", json!({"SNDHWM": 10}))?;
    let router = sides.socket_with(A, "ROUTER", narrow)?;
    let endpoint = sides.bind(&router)?;
    let id = Frame::from("same");
    let mut named = sides.if_had(B, "DEALER", json!({"RCVHWM": 10, "RCVBUF": 8192}))?;
    named["ROUTING_ID"] = id.request();
    let gone = sides.socket_with(B, "DEALER", named.clone())?;
    let way = sides.tap(A, &endpoint)?;
    sides.connect(&gone, &way.endpoint)?;
    heard(sides, &gone, &router, &id, "I am the old one")?;
    told(sides, &router, &gone, &id, "for the old one")?;
    // What there is no room for is dropped, or refused.
    let body = [id.clone(), Frame::Fill { size: BODY, seed: 1 }];
    if let Err(refusal) = sides.try_send(&router, &body, FLOOD, 300)?
        && !matches!(refusal.code.as_str(), "EAGAIN" | "EHOSTUNREACH")
    {
        return Err(refused(A, "send", "ok, or EAGAIN when it is full", &refusal));
    }
    sides.close(&gone)?;
    sides.wait_closed(&gone, &way)?;
    silent(sides, &router)?;
    let next = comes_back(sides, &router, &endpoint, &id, &named)?;
    sides.send(&router, &[id.clone(), "for the new one".into()])?;
    sides.send(&router, &[id, "last".into()])?;
    sides.expect(&next, &message(["for the new one"]))?;
    sides.expect(&next, &message(["last"]))
}

/// A peer of the same id. As long as the ROUTER does not know that the old one is gone it may refuse the
/// new one, which then tries again.
fn comes_back(
    sides: &mut Sides,
    router: &Sock,
    endpoint: &str,
    id: &Frame,
    named: &Value,
) -> Step<Sock> {
    let mut heard = None;
    sides.until("a ROUTER does not hear of a peer that came back", |sides, _| {
        let next = sides.socket_with(B, "DEALER", named.clone())?;
        sides.connect(&next, endpoint)?;
        sides.send(&next, &message(["I am the new one"]))?;
        match sides.try_recv(router, HEARD_MS)? {
            None => sides.close(&next)?,
            Some(got) => {
                same(&[id.clone(), "I am the new one".into()], &got)?;
                heard = Some(next);
            }
        }
        Ok(heard.is_some())
    })?;
    Ok(heard.expect("until it was heard"))
}

fn id_zero(sides: &mut Sides) -> Step {
    let router = sides.socket(B, "ROUTER")?;
    let endpoint = sides.bind(&router)?;
    let first = sides.socket(A, "DEALER")?;
    sides.connect(&first, &endpoint)?;
    let made_up = id_of(sides, &first, &router, "it is me")?;
    // Whoever does not count its ids up is safe.
    let guess = successor(&made_up);
    let open = json!({"op": "socket", "socket": "named", "type": "DEALER", "options": {"ROUTING_ID": guess.request()}});
    if let Err(refusal) = sides.ask(A, open)? {
        return match refusal.code.as_str() {
            // That is right, too.
            "EINVAL" | "unsupported" => Ok(()),
            _ => Err(refused(A, "an id that begins with a zero octet", "ok or EINVAL", &refusal)),
        };
    }
    let named = Sock { side: A, name: "named".into(), kind: "DEALER".into() };
    let way = sides.tap(B, &endpoint)?;
    sides.try_connect(&named, &way)?;
    sides.wait_until(&named, &way, Until::Command("READY"))?;
    // It may be served or not.
    sides.is_taken(&named, &message(["I have a made-up id"]), HEARD_MS, THROWN_OUT)?;
    sides.try_recv(&router, HEARD_MS)?;
    let last = sides.socket(A, "DEALER")?;
    sides.connect(&last, &endpoint)?;
    let id = id_of(sides, &last, &router, "it is me")?;
    if id == guess || id == made_up {
        let failure = Failure::new(Cause::WrongAnswer, [B], "two peers have the same id");
        let got = parts(&[made_up.seen(), guess.seen(), id.seen()]);
        return Err(failure.compared("three different ids", got).into());
    }
    told(sides, &router, &last, &id, "for the last")?;
    told(sides, &router, &first, &made_up, "for the first")
}

/// The id after this one, if they are counted up after a zero octet.
fn successor(id: &Frame) -> Frame {
    let Frame::Bytes(bytes) = id else { unreachable!("it came") };
    match bytes[..] {
        [0, a, b, c, d] => {
            let next = u32::from_be_bytes([a, b, c, d]).wrapping_add(1);
            [&[0], &next.to_be_bytes()[..]].concat().into()
        }
        _ => vec![0, 1, 2, 3, 4].into(),
    }
}
