//! PING and PONG (RFC 37 "Heartbeating").

use std::time::Instant;

use super::case::{Case, breach, breaches, look};
use super::dialogue::{Dialogue, command};
use super::exam::{COMES, Exam, Looked};
use super::failure::late;
use super::grade::{Allowed, Grade, OPEN, REFUSED};
use crate::outcome::Cause;
use crate::suite::mutant::Blame::Surely;
use crate::suite::mutant::mutant;
use crate::zmtp::command::Command;
use crate::zmtp::conversation::Item;
use crate::zmtp::greeting::Version;
use crate::zmtp::raw::Raw;

const SECTION: &str = "RFC 37 \"Heartbeating\"";

pub const CASES: &[Case] = &[
    look(
        "hb-pong",
        SECTION,
        "a PING is answered by a PONG with its context",
        "PULL",
        "PUSH",
        &[
            mutant("garble:PONG", "/liar", Cause::Timeout, Surely),
            mutant("flip:98", "/liar", Cause::Timeout, Surely),
        ],
        pong,
    )
    .by_wire()
    .new_in_3_1(),
    breach(
        "hb-ping-17",
        SECTION,
        "a context has at most 16 octets; the RFC does not say what becomes of a longer one",
        OPEN,
        |dialogue| dialogue.first(&command("PING", b"\0\x010123456789abcdefg")),
    )
    .new_in_3_1(),
    breaches(
        "hb-short",
        SECTION,
        "a PING has a time to live of two octets",
        REFUSED.or(&[Grade::Ignored]),
        |right| {
            let short = |data: &[u8]| {
                let mut dialogue: Dialogue = right.clone();
                dialogue.first(&command("PING", data));
                (format!("PING with {} octets", data.len()), dialogue)
            };
            vec![short(b""), short(b"\0")]
        },
    )
    .new_in_3_1(),
    breach(
        "hb-unasked",
        SECTION,
        "a PONG that nobody asked for is no reason to stop",
        Allowed::of(&[Grade::Ignored], &[Grade::Closed, Grade::Rejected]),
        |dialogue| dialogue.first(&command("PONG", b"context")),
    )
    .new_in_3_1(),
];

fn pong(exam: &mut Exam) -> Looked {
    let mut raw = exam.connect()?;
    exam.say(&mut raw, &Dialogue::new(Version::V3_1, exam.comes_as, exam.subject));
    for size in [0, 1, 15, 16] {
        let context: Vec<u8> = (0..size).collect();
        raw.say(&command("PING", &[&[0, 100], &context[..]].concat()));
        let deadline = Instant::now() + exam.patience(COMES);
        let answered = |raw: &Raw| {
            raw.said().any(|item| matches!(item, Item::Command(Command::Pong { context: told }) if *told == context))
        };
        if !raw.hear(deadline, answered) {
            return Err(late(
                &raw,
                format!("a PONG with the context of {size} octets, and none came"),
            ));
        }
    }
    Ok(())
}
