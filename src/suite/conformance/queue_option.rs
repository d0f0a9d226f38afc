//! What waits at each end of a connection: no more than its own marks and buffers say. The harness stands between
//! the two, and sees what has left one end and what the other has not taken.

use std::time::{Duration, Instant};

use serde_json::json;

use super::case::{Binds, Case};
use super::exchange::{exchange, subscribe_if_needed};
use super::lifetime::reconnecting;
use super::needs::Needs;
use super::sides::{COMES, Sides, Sock, Tapped, parts, same};
use super::step::{A, B, Cause, Failure, Step};
use super::value::{Frame, message};
use crate::digest::D;
use crate::outcome::Cause::*;
use crate::suite::mutant::{Blame::*, mutant};

/// A mark, in messages, and so many messages that twice the mark is exceeded.
const MARK: u64 = 20;
const FLOOD: u64 = 3 * MARK;

/// Octets of a message beside which what a narrow way and small buffers hold is about one more of them.
const BODY: usize = 16 << 10;

/// Octets that a buffer is asked to have; Linux gives twice as many.
const BUFFER: u64 = 8 << 10;

/// Octets of a message of which even the smallest buffer holds several, how many are sent, and how many octets a
/// reader with that buffer may have: it, as much on the narrow way, and what a library reads at a time.
const SMALL: usize = 1 << 10;
const MANY: u64 = 200;
const HELD: u64 = 44 << 10;

/// So long a reader that does not read has the chance to take more than it should.
const CHANCE: Duration = Duration::from_millis(250);

/// The largest message of `max-size`.
const LARGEST: usize = 1000;

/// How many messages are sent where only the last counts, and how many come at most, as a reader may be quicker.
const CONFLATED: usize = 20;
const QUICKER: usize = 3;

const PUSH: Needs = Needs::types(&["PUSH"]);
const PULL: Needs = Needs::types(&["PULL"]);

const LAST_ALONE: &str = "of messages that wait, a socket with CONFLATE keeps the last alone";
const CONFLATE: &str = "zmq_setsockopt(3), ZMQ_CONFLATE; libzmq tests/test_conflate.cpp";

/// See the module.
pub const CASES: &[Case] = &[
    Case {
        name: "hwm-snd",
        requirement: "what waits at a sender is bounded by SNDHWM and SNDBUF, and is sent when it can be",
        source: "zmq_setsockopt(3), ZMQ_SNDHWM, ZMQ_SNDBUF; RFC 30, The PUSH Socket Type",
        needs: [PUSH.options(&["SNDHWM", "SNDBUF"]).between().kernel(), PULL],
        binds: Binds::Either,
        mutants: &[
            mutant("forget:SNDHWM", "/liar-rust", WrongAnswer, Surely),
            mutant("double:SNDHWM", "+flip/liar-rust", WrongAnswer, Surely),
            mutant("forget:SNDBUF", "/liar-rust", WrongAnswer, Surely),
        ],
        play: at_the_sender,
    },
    Case {
        name: "hwm-rcv",
        requirement: "what waits at a receiver is bounded by RCVHWM, and is received in the end",
        source: "zmq_setsockopt(3), ZMQ_RCVHWM; RFC 30, The PULL Socket Type",
        needs: [PULL.options(&["RCVHWM", "RCVBUF"]).between(), PUSH],
        binds: Binds::Either,
        mutants: &[
            mutant("forget:RCVHWM", "/liar-rust", WrongAnswer, Surely),
            mutant("double:RCVHWM", "+flip/liar-rust", WrongAnswer, Surely),
        ],
        play: |sides| at_the_receiver(sides, MARK, BODY, FLOOD, MARK * 3 / 2 * BODY as u64),
    },
    Case {
        name: "buf-rcv",
        requirement: "what the system keeps for a receiver is bounded by RCVBUF",
        source: "zmq_setsockopt(3), ZMQ_RCVBUF",
        needs: [PULL.options(&["RCVHWM", "RCVBUF"]).between().kernel(), PUSH],
        binds: Binds::Either,
        mutants: &[mutant("forget:RCVBUF", "/liar-rust", WrongAnswer, Surely)],
        play: |sides| at_the_receiver(sides, 1, SMALL, MANY, HELD),
    },
    Case {
        name: "max-size",
        requirement: "a message as large as MAXMSGSIZE is received; the peer that sends a larger one is left",
        source: "zmq_setsockopt(3), ZMQ_MAXMSGSIZE",
        needs: [PULL.options(&["MAXMSGSIZE"]).between(), PUSH],
        binds: Binds::Either,
        mutants: &[
            mutant("forget:MAXMSGSIZE", "/liar-rust", WrongAnswer, Surely),
            mutant("double:MAXMSGSIZE", "+flip/liar-rust", WrongAnswer, Surely),
            mutant("third:MAXMSGSIZE", "/liar-rust", Timeout, Either),
        ],
        play: largest,
    },
    Case {
        name: "conflate",
        requirement: LAST_ALONE,
        source: CONFLATE,
        needs: [Needs::types(&["SUB"]).options(&["CONFLATE"]).between(), Needs::types(&["PUB"])],
        binds: Binds::Either,
        mutants: &[
            mutant("forget:CONFLATE", "/liar-rust", WrongAnswer, Surely),
            mutant("forget:CONFLATE", "+flip/liar-rust", WrongAnswer, Surely),
        ],
        play: |sides| last_is_received(sides, "SUB", "PUB"),
    },
    Case {
        name: "conflate-pull",
        requirement: LAST_ALONE,
        source: CONFLATE,
        needs: [PULL.options(&["CONFLATE"]).between(), PUSH],
        binds: Binds::Either,
        mutants: &[mutant("forget:CONFLATE", "/liar-rust", WrongAnswer, Surely)],
        play: |sides| last_is_received(sides, "PULL", "PUSH"),
    },
    Case {
        name: "conflate-push",
        requirement: LAST_ALONE,
        source: CONFLATE,
        needs: [PUSH.options(&["CONFLATE"]).between(), PULL],
        binds: Binds::Second,
        mutants: &[mutant("forget:CONFLATE", "/liar-rust", WrongAnswer, Surely)],
        play: last_is_sent,
    },
];

fn exceeded(what: &str, most: u64, got: u64) -> Step {
    let failure = Failure::new(Cause::WrongAnswer, [A], what);
    Err(failure.compared(format!("at most {most}"), got.to_string()).into())
}

fn at_the_sender(sides: &mut Sides) -> Step {
    let push = sides.socket_with(A, "PUSH", json!({"SNDHWM": MARK, "SNDBUF": BUFFER}))?;
    let pull = sides.socket(B, "PULL")?;
    let way = sides.link_narrow(&push, &pull)?;
    exchange(sides, &push, &pull)?;
    sides.hold(&way, A);
    let body = [Frame::Fill { size: BODY, seed: 1 }];
    let taken = sides.send_until_full(&push, &body, FLOOD)?;
    let most = MARK * 3 / 2;
    if taken > most {
        return exceeded("more waits at a sender than SNDHWM and SNDBUF say", most, taken);
    }
    sides.release(&way, A);
    for _ in 0..taken {
        sides.expect(&pull, &body)?;
    }
    sides.pass(&push, &pull, &message(["last"]))
}

/// A reads nothing, and meanwhile takes no more than `most` octets of `count` messages; in the end it receives all.
fn at_the_receiver(sides: &mut Sides, mark: u64, size: usize, count: u64, most: u64) -> Step {
    let pull = sides.socket_with(A, "PULL", json!({"RCVHWM": mark, "RCVBUF": BUFFER}))?;
    let push = sides.socket(B, "PUSH")?;
    let way = sides.link_narrow(&pull, &push)?;
    exchange(sides, &pull, &push)?;
    sides.settle(A)?;
    let before = sides.octets_of(&way, B);
    let body = [Frame::Fill { size, seed: 1 }];
    for _ in 0..count {
        sides.send(&push, &body)?;
    }
    sides.begin(B)?;
    let taken = |sides: &Sides| sides.octets_of(&way, B) - before;
    if sides.is_seen(&way, CHANCE, |sides| taken(sides) > most) {
        return exceeded(
            "octets that a receiver took are more than it may keep",
            most,
            taken(sides),
        );
    }
    for _ in 0..count {
        sides.expect(&pull, &body)?;
    }
    sides.pass(&push, &pull, &message(["last"]))
}

fn largest(sides: &mut Sides) -> Step {
    let pull = sides.socket_with(A, "PULL", json!({"MAXMSGSIZE": LARGEST}))?;
    let push = sides.socket(B, "PUSH")?;
    let way = sides.link_tapped(&pull, &push)?;
    let sized = |size| [Frame::Fill { size, seed: 1 }];
    sides.pass(&push, &pull, &sized(LARGEST))?;
    let begun = Instant::now();
    sides.send(&push, &sized(LARGEST + 1))?;
    // Whether it is connected to again nobody says: a libzmq that had connected is not.
    sides.until("a peer that sent more than MAXMSGSIZE is not left", |sides, ms| {
        match sides.try_recv(&pull, ms)? {
            None => Ok(sides.end_by(&way, A, begun).is_some()),
            Some(got) => {
                let what = "a PULL received what is larger than its MAXMSGSIZE";
                let failure = Failure::new(Cause::WrongAnswer, [A], what);
                Err(failure.compared(format!("nothing above {LARGEST}"), parts(&got)).into())
            }
        }
    })
}

fn numbered(n: usize) -> [Frame; 1] {
    [format!("m{n}").as_str().into()]
}

/// All messages have come to A before it receives the first.
fn last_is_received(sides: &mut Sides, takes: &str, sends: &str) -> Step {
    let reader = sides.socket_with(A, takes, json!({"CONFLATE": 1}))?;
    let sender = sides.socket(B, sends)?;
    let way = sides.link_tapped(&reader, &sender)?;
    subscribe_if_needed(sides, &reader, &sender)?;
    for n in 0..CONFLATED {
        sides.send(&sender, &numbered(n))?;
    }
    sides.settle(B)?;
    let last: Vec<D> = numbered(CONFLATED - 1).iter().map(Frame::seen).collect();
    if !sides.is_seen(&way, COMES, |sides| sides.messages_of(&way, B).last() == Some(&last)) {
        let what = format!("a {sends} did not send what it was told to");
        let failure = Failure::new(Cause::Timeout, [A, B], what);
        return Err(failure.compared(format!("{CONFLATED} messages"), "fewer").into());
    }
    let mut came = 0;
    while same(&numbered(CONFLATED - 1), &sides.recv(&reader)?).is_err() {
        came += 1;
        if came > QUICKER {
            return exceeded("a socket with CONFLATE keeps what was before", 1, came as u64);
        }
    }
    Ok(())
}

/// All messages are sent before there is anybody to send them to.
fn last_is_sent(sides: &mut Sides) -> Step {
    let endpoint = sides.keep_endpoint()?;
    let way: Tapped = sides.tap(B, &endpoint)?;
    let push: Sock = reconnecting(sides, "PUSH", json!({"CONFLATE": 1}))?;
    sides.connect(&push, &way.endpoint)?;
    for n in 0..CONFLATED {
        sides.send(&push, &numbered(n))?;
    }
    sides.settle(A)?;
    let pull = sides.socket(B, "PULL")?;
    sides.rebind(&pull, &endpoint)?;
    let (last, got) = (numbered(CONFLATED - 1), sides.recv(&pull)?);
    match same(&last, &got) {
        Ok(()) => sides.pass(&push, &pull, &message(["the next"])),
        // What came to B was on the wire.
        Err(_) if sides.messages_of(&way, A).contains(&got) => {
            let what = "a PUSH with CONFLATE sends what was before the last";
            let failure = Failure::new(Cause::WrongAnswer, [A], what);
            Err(failure.compared(parts(&last.map(|f| f.seen())), parts(&got)).into())
        }
        Err(other) => Err(other),
    }
}
