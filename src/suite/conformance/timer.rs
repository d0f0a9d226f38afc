//! Timers of a connection: when it is tried again, given up, or watched. That nothing is done too early is seen
//! exactly; that it is done at all, with patience.

use std::time::{Duration, Instant};

use serde_json::json;

use super::case::{Binds, Case};
use super::exchange::exchange;
use super::needs::Needs;
use super::sides::{COMES, GRANULARITY, Sides, Sock, Tapped};
use super::step::{A, B, Cause, Failure, Side, Step};
use crate::outcome::Cause::*;
use crate::suite::mutant::{Blame::*, mutant};
use crate::zmtp::command::Command;
use crate::zmtp::conversation::{Entry, Item};

/// Times in ms. An attempt to connect is repeated after this, and up to twice that; by default after 100 to 200.
const RECONNECT_MS: u64 = 250;

/// From this on attempts become rarer, so that in [`RARER_MS`] there are about five; without that more than 15.
const OFTEN_MS: u64 = 20;
const RARER_MS: u64 = 600;

/// By default a handshake may take 30 s.
const HANDSHAKE_MS: u64 = 300;

/// Heartbeats, and how many are awaited: JeroMQ sends few to who does not answer.
const HEARTBEAT_MS: u64 = 100;
const HEARTBEATS: usize = 2;

/// A silence that ends a connection that is watched every [`QUICK_MS`]; by default one such interval does.
const SILENCE_MS: u64 = 600;
const QUICK_MS: u64 = 50;

/// Of a silence so much may have passed before it is seen to begin: a PONG that was late.
const BEFORE_MS: u64 = 200;

/// Longer than anything here takes.
const PATIENT_MS: u64 = 10_000;

/// What is announced to the peer, in ms and as PING has it, in tenths of a second.
const TTL_MS: u64 = 700;
const TTL: u16 = 7;

const DEALER: Needs = Needs::types(&["DEALER"]);

/// See the module.
pub const CASES: &[Case] = &[
    Case {
        name: "reconnect-ivl",
        requirement: "after a connection was lost the next attempt comes RECONNECT_IVL later, not before",
        source: "zmq_setsockopt(3), ZMQ_RECONNECT_IVL",
        needs: [Needs::types(&["PUSH"]).options(&["RECONNECT_IVL"]).between(), Needs::types(&[])],
        binds: Binds::Second,
        mutants: &[
            mutant("forget:RECONNECT_IVL", "/liar-rust", WrongAnswer, Surely),
            mutant("third:RECONNECT_IVL", "/liar-rust", WrongAnswer, Surely),
        ],
        play: reconnect,
    },
    Case {
        name: "reconnect-ivl-max",
        requirement: "up to RECONNECT_IVL_MAX each attempt to connect comes after twice the time of the last",
        source: "zmq_setsockopt(3), ZMQ_RECONNECT_IVL_MAX",
        needs: [
            Needs::types(&["PUSH"])
                .options(&["RECONNECT_IVL", "RECONNECT_IVL_MAX"])
                .features(&["monitor"]),
            Needs::types(&[]),
        ],
        binds: Binds::Second,
        mutants: &[mutant("forget:RECONNECT_IVL_MAX", "/liar-rust", WrongAnswer, Surely)],
        play: reconnect_max,
    },
    Case {
        name: "handshake-ivl",
        requirement: "a peer that does not shake hands is left when HANDSHAKE_IVL is over",
        source: "zmq_setsockopt(3), ZMQ_HANDSHAKE_IVL",
        needs: [DEALER.options(&["HANDSHAKE_IVL"]).between(), DEALER],
        binds: Binds::Either,
        mutants: &[
            mutant("forget:HANDSHAKE_IVL", "/liar-rust", Timeout, Surely),
            mutant("third:HANDSHAKE_IVL", "/liar-rust", WrongAnswer, Surely),
            mutant("thrice:HANDSHAKE_IVL", "+flip/liar-rust", Timeout, Surely),
        ],
        play: handshake,
    },
    Case {
        name: "hb-ivl",
        requirement: "a PING is sent every HEARTBEAT_IVL",
        source: "zmq_setsockopt(3), ZMQ_HEARTBEAT_IVL; RFC 37, Connection Heartbeating",
        needs: [DEALER.options(&["HEARTBEAT_IVL", "HEARTBEAT_TIMEOUT"]).between(), DEALER],
        binds: Binds::Either,
        mutants: &[
            mutant("forget:HEARTBEAT_IVL", "/liar-rust", Timeout, Surely),
            mutant("third:HEARTBEAT_IVL", "/liar-rust", WrongAnswer, Surely),
            mutant("thrice:HEARTBEAT_IVL", "+flip/liar-rust", Timeout, Surely),
        ],
        play: pings,
    },
    Case {
        name: "hb-ttl-told",
        requirement: "a PING tells HEARTBEAT_TTL, in tenths of a second",
        source: "zmq_setsockopt(3), ZMQ_HEARTBEAT_TTL; RFC 37, Connection Heartbeating",
        needs: [
            DEALER.options(&["HEARTBEAT_IVL", "HEARTBEAT_TTL", "HEARTBEAT_TIMEOUT"]).between(),
            DEALER,
        ],
        binds: Binds::Either,
        mutants: &[
            mutant("forget:HEARTBEAT_TTL", "/liar-rust", WrongAnswer, Surely),
            mutant("double:HEARTBEAT_TTL", "+flip/liar-rust", WrongAnswer, Surely),
        ],
        play: ttl,
    },
    Case {
        name: "hb-silence",
        requirement: "a peer that does not answer a PING is left when HEARTBEAT_TIMEOUT is over",
        source: "zmq_setsockopt(3), ZMQ_HEARTBEAT_TIMEOUT",
        needs: [DEALER.options(&["HEARTBEAT_IVL", "HEARTBEAT_TIMEOUT"]).between(), DEALER],
        binds: Binds::Either,
        mutants: &[
            mutant("forget:HEARTBEAT_TIMEOUT", "/liar-rust", WrongAnswer, Surely),
            mutant("third:HEARTBEAT_TIMEOUT", "+flip/liar-rust", WrongAnswer, Surely),
            mutant("thrice:HEARTBEAT_TIMEOUT", "/liar-rust", Timeout, Surely),
        ],
        play: silence,
    },
];

/// A did something at a time that should be `ms` or more after `since`.
fn early(what: &str, since: Instant, at: Instant, ms: u64) -> Option<Failure> {
    let after = at.saturating_duration_since(since);
    if after + GRANULARITY >= Duration::from_millis(ms) {
        return None;
    }
    let failure = Failure::new(Cause::WrongAnswer, [A], format!("{what} too early"));
    let got = format!("after {} ms", after.as_millis());
    Some(failure.compared(format!("after {ms} ms"), got))
}

fn unless(failure: Option<Failure>) -> Step {
    failure.map_or(Ok(()), |failure| Err(failure.into()))
}

/// What did not happen in time is the fault of these.
fn late(what: &str, suspects: &[Side], ms: u64) -> Failure {
    let failure = Failure::new(Cause::Timeout, suspects, what);
    failure.compared(format!("within about {ms} ms"), "not, in twice that time")
}

fn reconnect(sides: &mut Sides) -> Step {
    let push = sides.socket_with(A, "PUSH", json!({"RECONNECT_IVL": RECONNECT_MS}))?;
    // Whoever connects to the tap is disconnected at once.
    let nowhere = sides.keep_endpoint()?;
    let way = sides.tap(B, &nowhere)?;
    sides.connect(&push, &way.endpoint)?;
    sides.settle(A)?;
    sides.is_seen(&way, COMES, |sides| sides.connections(&way).len() > 1);
    match sides.connections(&way).as_slice() {
        [(_, Some(ended)), (again, _), ..] => {
            unless(early("a PUSH tried to connect again", *ended, *again, RECONNECT_MS))
        }
        _ => Err(late("a PUSH does not try to connect again", &[A], 2 * RECONNECT_MS).into()),
    }
}

fn reconnect_max(sides: &mut Sides) -> Step {
    let options = json!({"RECONNECT_IVL": OFTEN_MS, "RECONNECT_IVL_MAX": PATIENT_MS});
    let push = sides.socket_with(A, "PUSH", options)?;
    sides.post(A, json!({"op": "monitor", "socket": push.name}))?;
    let nowhere = sides.keep_endpoint()?;
    sides.settle(A)?;
    let begun = Instant::now();
    sides.connect(&push, &nowhere)?;
    let events = sides.events(&push, "CONNECTED", Duration::from_millis(RARER_MS))?;
    let (ms, retried) = (begun.elapsed().as_millis() as u64, "CONNECT_RETRIED");
    let came = events.iter().filter(|event| *event == retried).count() as u32;
    // The n-th comes no earlier than OFTEN_MS * (1 + 2 + 4 + ...); one more for a timer that is early.
    let most = (ms / OFTEN_MS + 1).ilog2() + 2;
    let said = format!("{retried} {came} times in {ms} ms");
    match came {
        0..=1 => Err(late("a PUSH does not try to connect again", &[A], RARER_MS).into()),
        _ if came <= most => Ok(()),
        _ => {
            let what = "the time between two attempts to connect does not grow";
            let failure = Failure::new(Cause::WrongAnswer, [A], what);
            Err(failure.compared(format!("at most {most} times"), said).into())
        }
    }
}

/// From `begun` on B says nothing that comes to A: A ends the connection `least` ms later or more, and within twice
/// `ms` from now.
fn is_left(sides: &Sides, way: &Tapped, begun: Instant, least: u64, ms: u64) -> Step {
    let left = |sides: &Sides| sides.end_by(way, A, begun);
    sides.is_seen(way, 2 * Duration::from_millis(ms), |sides| left(sides).is_some());
    let judged = match left(sides) {
        Some(at) => early("a peer that says nothing was left", begun, at, least),
        None => {
            // Of whom nothing was seen, the other may not have come.
            let seen = sides.octets_of(way, A) > 0;
            let suspects: &[Side] = if seen { &[A] } else { &Side::BOTH };
            Some(late("a peer that says nothing is not left", suspects, ms))
        }
    };
    unless(judged.map(|failure| sides.shown(way, failure)))
}

fn handshake(sides: &mut Sides) -> Step {
    let watches = sides.socket_with(A, "DEALER", json!({"HANDSHAKE_IVL": HANDSHAKE_MS}))?;
    let silent = sides.socket(B, "DEALER")?;
    let begun = Instant::now();
    let way = sides.link_silent(&watches, &silent, B)?;
    Side::BOTH.into_iter().try_for_each(|side| sides.settle(side))?;
    is_left(sides, &way, begun, HANDSHAKE_MS, HANDSHAKE_MS)
}

/// A DEALER on A that watches its connection with these options, and one on B.
fn watched(sides: &mut Sides, options: serde_json::Value) -> Step<(Sock, Sock, Tapped)> {
    let watches = sides.socket_with(A, "DEALER", options)?;
    let watched = sides.socket(B, "DEALER")?;
    let way = sides.link_tapped(&watches, &watched)?;
    Side::BOTH.into_iter().try_for_each(|side| sides.settle(side))?;
    Ok((watches, watched, way))
}

/// When A sent its PINGs, and the TTL that each told.
fn pings_of(sides: &Sides, way: &Tapped) -> Vec<(Instant, u16)> {
    let pings = sides.said(way, A).into_iter().filter_map(|entry| match entry.item {
        Item::Command(Command::Ping { ttl, .. }) => Some((entry.at, ttl)),
        _ => None,
    });
    pings.collect()
}

/// Waits until the two have shaken hands, and then until A has sent so many PINGs, within twice the time that they need.
/// A peer that ends the connection at a PING has its share in that they do not come.
fn pinged(sides: &Sides, way: &Tapped, count: usize, ms: u64) -> Step<Vec<(Instant, u16)>> {
    let is_ready = |entry: &Entry| matches!(entry.item, Item::Command(Command::Ready(_)));
    let ready = |sides: &Sides, side| sides.said(way, side).iter().any(is_ready);
    if !sides.is_seen(way, COMES, |sides| Side::BOTH.iter().all(|side| ready(sides, *side))) {
        let failure = Failure::new(Cause::Timeout, Side::BOTH, "a handshake does not end");
        return Err(sides.shown(way, failure).into());
    }
    let usual = 2 * count as u32 * Duration::from_millis(ms);
    if sides.is_seen(way, usual, |sides| pings_of(sides, way).len() >= count) {
        return Ok(pings_of(sides, way));
    }
    let suspects: &[Side] = if sides.has_left(way, B) { &Side::BOTH } else { &[A] };
    let what = "a connection that is watched is not asked for life";
    Err(sides.shown(way, late(what, suspects, count as u64 * ms)).into())
}

fn pings(sides: &mut Sides) -> Step {
    let begun = Instant::now();
    let options = json!({"HEARTBEAT_IVL": HEARTBEAT_MS, "HEARTBEAT_TIMEOUT": PATIENT_MS});
    let (_, _, way) = watched(sides, options)?;
    let pings = pinged(sides, &way, HEARTBEATS, HEARTBEAT_MS)?;
    for (n, (at, _)) in (1..).zip(pings) {
        unless(early(&format!("PING {n} came"), begun, at, n * HEARTBEAT_MS))?;
    }
    Ok(())
}

fn ttl(sides: &mut Sides) -> Step {
    let options = json!({
        "HEARTBEAT_IVL": QUICK_MS, "HEARTBEAT_TTL": TTL_MS, "HEARTBEAT_TIMEOUT": PATIENT_MS
    });
    let (_, _, way) = watched(sides, options)?;
    // That it comes at all is not asked for here, and may take its time.
    let (_, told) = pinged(sides, &way, 1, COMES.as_millis() as u64)?[0];
    match told {
        TTL => Ok(()),
        _ => {
            let failure = Failure::new(Cause::WrongAnswer, [A], "a PING tells a wrong TTL");
            Err(failure.compared(TTL.to_string(), told.to_string()).into())
        }
    }
}

fn silence(sides: &mut Sides) -> Step {
    let options = json!({"HEARTBEAT_IVL": QUICK_MS, "HEARTBEAT_TIMEOUT": SILENCE_MS});
    let (watches, watched, way) = watched(sides, options)?;
    exchange(sides, &watches, &watched)?;
    pinged(sides, &way, 1, COMES.as_millis() as u64)?;
    let pong = |entry: &Entry| matches!(entry.item, Item::Command(Command::Pong { .. }));
    if !sides.is_seen(&way, COMES, |sides| sides.said(&way, B).iter().any(pong)) {
        let what = "a PING is not answered with PONG";
        return Err(sides.shown(&way, Failure::new(Cause::WrongAnswer, [B], what)).into());
    }
    sides.hold(&way, B);
    let begun = Instant::now();
    is_left(sides, &way, begun, SILENCE_MS - BEFORE_MS, SILENCE_MS + QUICK_MS)
}
