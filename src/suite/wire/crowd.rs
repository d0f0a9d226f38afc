//! Who comes a thousand times, or says a thousand things: others are served meanwhile (RFC 23 "Security": a peer may be
//! made to wait for handshakes that never end).

use std::time::Instant;

use super::case::{Case, look};
use super::exam::{COMES, Exam, Looked};
use super::failure::{fail, late};
use super::pattern::{publish, until_heard};
use crate::outcome::Cause;
use crate::suite::mutant::Blame::Surely;
use crate::suite::mutant::mutant;
use crate::zmtp::frame;
use crate::zmtp::greeting::{V3_SIZE, Version, encode_v3};

const SECTION: &str = "RFC 23 \"Security\"";

/// So many connections never finish their greeting.
const HALF_OPEN: usize = 500;

/// So many messages of no octets come at once: more than any queue's mark.
const EMPTY: usize = 50_000;

/// So many topics are subscribed to.
const TOPICS: usize = 5_000;

pub const CASES: &[Case] = &[
    look(
        "mal-idle",
        SECTION,
        "a connection on which nothing is said hinders nobody",
        "PULL",
        "PUSH",
        &[mutant("one-at-a-time", "/liar", Cause::Timeout, Surely)],
        |exam| half_open(exam, 1),
    )
    .by_wire(),
    look(
        "mal-half-open",
        SECTION,
        "500 connections that stop in the middle of their greeting hinder nobody",
        "PULL",
        "PUSH",
        &[mutant("one-at-a-time", "/liar", Cause::Timeout, Surely)],
        |exam| half_open(exam, HALF_OPEN),
    )
    .by_wire(),
    look(
        "mal-firehose",
        SECTION,
        "who sends without end hinders nobody",
        "PULL",
        "PUSH",
        &[mutant("one-at-a-time", "/liar", Cause::Timeout, Surely)],
        firehose,
    ),
    look(
        "sub-storm",
        SECTION,
        "who subscribes to thousands of topics hinders nobody",
        "PUB",
        "SUB",
        &[mutant("one-at-a-time", "/liar", Cause::Timeout, Surely)],
        storm,
    ),
];

/// Each stops at another octet of its greeting.
fn half_open(exam: &mut Exam, count: usize) -> Looked {
    let greeting = encode_v3(3, 1, "NULL", false);
    let mut idle = vec![];
    for n in 0..count {
        let mut raw = exam.connect()?;
        raw.say(&greeting[..n % V3_SIZE]);
        idle.push(raw);
    }
    served(exam, &format!("{count} connections whose greeting never ends"))
}

fn firehose(exam: &mut Exam) -> Looked {
    let mut raw = exam.greeted("PUSH")?;
    // What it does not read stays here: that is no fault.
    raw.say(&frame::encode(Version::V3_1, false, b"").repeat(EMPTY));
    served(exam, &format!("a peer that sent {EMPTY} messages"))
}

fn served(exam: &mut Exam, beside: &str) -> Looked {
    let good = exam.good();
    match exam.serves(&good)? {
        true => Ok(()),
        false => Err(fail(Cause::Timeout, format!("it served nobody else beside {beside}"))),
    }
}

fn storm(exam: &mut Exam) -> Looked {
    let mut many = exam.greeted("SUB")?;
    let topics = (0..TOPICS)
        .map(|n| frame::encode(Version::V3_0, false, format!("\x01topic {n}").as_bytes()));
    many.say(&topics.collect::<Vec<_>>().concat());
    let mut one = exam.greeted("SUB")?;
    one.say(&frame::encode(Version::V3_0, false, b"\x01mine"));
    until_heard(exam, &mut one, "mine")?;
    // And the last of the thousands is served as well.
    let last = format!("topic {}", TOPICS - 1);
    let deadline = Instant::now() + exam.patience(COMES);
    let heard = |raw: &crate::zmtp::raw::Raw| !Exam::messages(raw).is_empty();
    while !many.hear(Instant::now() + COMES / 40, heard) && Instant::now() < deadline {
        publish(exam, &last)?;
    }
    match heard(&many) {
        true => Ok(()),
        false => Err(late(&many, format!("{last:?}, which is subscribed to, and it did not come"))),
    }
}
