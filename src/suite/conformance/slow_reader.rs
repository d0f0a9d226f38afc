//! A reader that is slower than its sender, so that its queue is at its high-water mark again and again,
//! under each mechanism: what does not fit waits, and every message comes whole, once, and in order. That there is a
//! mark shows where the sender is refused.

use serde_json::{Value, json};

use super::case::{Binds, Case};
use super::exchange::subscribe_if_needed;
use super::flood::{self, READER, all_there, fill_up};
use super::mechanism::Mechanism::{self, Curve, Null, Plain};
use super::needs::Needs;
use super::routed::id_of;
use super::sides::{COMES, Sides, Sock, same, wrong};
use super::step::{A, B, Cause, Failure, Step};
use super::value::{Frame, message};
use crate::outcome::Cause::*;
use crate::suite::mutant::{Blame::*, Mutant, mutant};

/// The mark of both ends.
const MARK: usize = 10;

/// So many messages are sent, first of one part, then of three; so many are on their way at most, and so many
/// are taken at a time.
const ALL: usize = 120;
const AHEAD: usize = 6 * MARK;
const TAKEN: usize = 7;

/// How long the longest part is, in octets. The lies know it.
const BODY: usize = 2000;

/// Frames of that size are changed; a message is sent after the next; an empty frame gets lost.
const BOUNDARY: Mutant = mutant("boundary:2000", "/liar-rust", WrongAnswer, Either);
const ORDER: Mutant = mutant("out-of-order", "+flip/liar-rust", WrongAnswer, Either);
const EMPTY: Mutant = mutant("drop-empty", "/rust-liar", WrongAnswer, Either);
const MUTANTS: &[Mutant] = &[
    BOUNDARY,
    ORDER,
    EMPTY,
    mutant("forget:RCVHWM", "/rust-liar", WrongAnswer, Either),
    mutant("forget:RCVHWM", "+flip/rust-liar", WrongAnswer, Either),
    mutant("forget:SNDHWM", "/liar-rust", WrongAnswer, Either),
];
/// A PUB is never full.
const PUB: &[Mutant] = &[BOUNDARY, ORDER, EMPTY];
const CURVE_BOUNDARY: Mutant = mutant("boundary:2000", "/liar-python", WrongAnswer, Either);
const CURVE_ORDER: Mutant = mutant("out-of-order", "+flip/liar-python", WrongAnswer, Either);
const CURVE_EMPTY: Mutant = mutant("drop-empty", "/python-liar", WrongAnswer, Either);
const CURVE_MUTANTS: &[Mutant] = &[
    CURVE_BOUNDARY,
    CURVE_ORDER,
    CURVE_EMPTY,
    mutant("forget:RCVHWM", "/python-liar", WrongAnswer, Either),
    mutant("forget:RCVHWM", "+flip/python-liar", WrongAnswer, Either),
];
const CURVE_PUB: &[Mutant] = &[CURVE_BOUNDARY, CURVE_ORDER, CURVE_EMPTY];

macro_rules! slow_reader {
    ($name:literal, $mechanism:expr, [$sends:literal, $takes:literal], $options:expr, $mutants:expr) => {
        Case {
            name: $name,
            requirement: "a reader whose queue is full again and again gets each message, whole and in order",
            source: "zmq_setsockopt(3), ZMQ_RCVHWM; RFC 23, Framing; jeromq#1009",
            needs: [
                $mechanism.needs(Needs::types(&[$sends]).options($options)),
                $mechanism.needs(Needs::types(&[$takes]).options(READER)),
            ],
            binds: Binds::Either,
            mutants: $mutants,
            play: |sides| play(sides, $mechanism, $sends, $takes),
        }
    };
}

/// See the module.
pub const CASES: &[Case] = &[
    slow_reader!("null-hwm-push", Null, ["PUSH", "PULL"], &[], MUTANTS),
    slow_reader!("null-hwm-dealer", Null, ["DEALER", "ROUTER"], &[], MUTANTS),
    slow_reader!("null-hwm-router", Null, ["ROUTER", "DEALER"], &["ROUTER_MANDATORY"], MUTANTS),
    slow_reader!("null-hwm-pub", Null, ["PUB", "SUB"], &["SNDHWM"], PUB),
    slow_reader!("null-hwm-pair", Null, ["PAIR", "PAIR"], &[], MUTANTS),
    slow_reader!("plain-hwm-push", Plain, ["PUSH", "PULL"], &[], MUTANTS),
    slow_reader!("plain-hwm-dealer", Plain, ["DEALER", "ROUTER"], &[], MUTANTS),
    slow_reader!("plain-hwm-router", Plain, ["ROUTER", "DEALER"], &["ROUTER_MANDATORY"], MUTANTS),
    slow_reader!("plain-hwm-pub", Plain, ["PUB", "SUB"], &["SNDHWM"], PUB),
    slow_reader!("plain-hwm-pair", Plain, ["PAIR", "PAIR"], &[], MUTANTS),
    slow_reader!("curve-hwm-push", Curve, ["PUSH", "PULL"], &[], CURVE_MUTANTS),
    slow_reader!("curve-hwm-dealer", Curve, ["DEALER", "ROUTER"], &[], CURVE_MUTANTS),
    slow_reader!(
        "curve-hwm-router",
        Curve,
        ["ROUTER", "DEALER"],
        &["ROUTER_MANDATORY"],
        CURVE_MUTANTS
    ),
    slow_reader!("curve-hwm-pub", Curve, ["PUB", "SUB"], &["SNDHWM"], CURVE_PUB),
    slow_reader!("curve-hwm-pair", Curve, ["PAIR", "PAIR"], &[], CURVE_MUTANTS),
];

fn play(sides: &mut Sides, mechanism: Mechanism, sends: &str, takes: &str) -> Step {
    let [mut ours, mut theirs] = mechanism.options(sides)?;
    let fits = if sends == "PUB" { 0 } else { MARK };
    let narrow = sides.if_had(A, sends, json!({"SNDHWM": fits}))?;
    // Who has no mark to set may take all at once.
    let is_full_once = sends != "PUB" && narrow.get("SNDHWM").is_some();
    add(&mut ours, narrow);
    if sends == "ROUTER" {
        ours["ROUTER_MANDATORY"] = 1.into();
    }
    add(&mut theirs, json!({"RCVHWM": MARK, "RCVBUF": 8192}));
    let sender = sides.socket_with(A, sends, ours)?;
    let reader = sides.socket_with(B, takes, theirs)?;
    sides.link(&sender, &reader)?;
    let line = Line::met(sides, sender, reader)?;
    if is_full_once {
        line.fill(sides)?;
    }
    for parts in [1, 3] {
        line.outrun(sides, parts)?;
    }
    Ok(())
}

fn add(options: &mut Value, more: Value) {
    for (name, value) in more.as_object().into_iter().flatten() {
        options[name] = value.clone();
    }
}

/// A sender and a reader that know of each other.
struct Line {
    sender: Sock,
    reader: Sock,
    /// The id that a ROUTER writes before what it sends, or reads before what it receives.
    id: Option<Frame>,
}

impl Line {
    fn met(sides: &mut Sides, sender: Sock, reader: Sock) -> Step<Line> {
        let here = message(["here"]);
        let id = match (sender.kind.as_str(), reader.kind.as_str()) {
            ("ROUTER", _) => Some(id_of(sides, &reader, &sender, "hello")?),
            (_, "ROUTER") => Some(id_of(sides, &sender, &reader, "hello")?),
            ("PUB", _) => {
                subscribe_if_needed(sides, &sender, &reader)?;
                None
            }
            _ => {
                sides.pass(&sender, &reader, &here)?;
                None
            }
        };
        Ok(Line { sender, reader, id })
    }

    /// The marks hold: of large messages that nobody reads a few are taken and no more. All that were taken come.
    fn fill(&self, sides: &mut Sides) -> Step {
        let large = vec![Frame::Fill { size: flood::BODY, seed: 1 }];
        let taken = fill_up(sides, &self.sender, &self.with_id(&self.sender, large.clone()))?;
        all_there(sides, &self.reader, taken, &self.with_id(&self.reader, large))
    }

    /// Sends as far ahead as it may, and takes a few at a time, until all have come.
    fn outrun(&self, sides: &mut Sides, parts: usize) -> Step {
        let (mut sent, mut came) = (0, 0);
        while came < ALL {
            while sent < ALL && sent - came < AHEAD {
                // When nothing is on its way, there must be room.
                let ms = if sent == came { COMES.as_millis() as u64 } else { 0 };
                let message = self.with_id(&self.sender, body(parts, sent));
                if !sides.is_taken(&self.sender, &message, ms, &["EAGAIN"])? {
                    break;
                }
                sent += 1;
            }
            if sent == came {
                let what = format!("a {} can't send to a peer that reads", self.sender.kind);
                return Err(Failure::new(Cause::Timeout, [A, B], what).into());
            }
            let wanted = TAKEN.min(sent - came);
            let got = sides.recv_all(&self.reader, wanted)?;
            if got.len() < wanted {
                let (kind, all) = (&self.reader.kind, came + got.len());
                return Err(wrong(format!("of {sent} messages that were sent a {kind} got {all}")));
            }
            for got in got {
                same(&self.with_id(&self.reader, body(parts, came)), &got)?;
                came += 1;
            }
        }
        Ok(())
    }

    /// A message as `sock` sends or receives it: a ROUTER has an id before it.
    fn with_id(&self, sock: &Sock, body: Vec<Frame>) -> Vec<Frame> {
        let id = self.id.iter().filter(|_| sock.kind == "ROUTER");
        id.cloned().chain(body).collect()
    }
}

/// The message number `n`: none is like another.
fn body(parts: usize, n: usize) -> Vec<Frame> {
    let long = Frame::Fill { size: BODY, seed: n };
    match parts {
        1 => vec![long],
        _ => vec![format!("{n}").as_str().into(), long, "".into()],
    }
}
