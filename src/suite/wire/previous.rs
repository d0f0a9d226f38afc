//! Older versions: 3.0 (RFC 23), 2.0 (RFC 15), 1.0 (RFC 13). Who can't speak the two last closes (23-VER-12).

use std::time::Instant;

use serde_json::json;

use super::case::{Case, breach, breaches, look};
use super::dialogue::{Dialogue, WRONG, wrong_types};
use super::exam::{Exam, Looked, REACTS};
use super::failure::wrong;
use super::grade::{Allowed, Grade, TAKEN};
use crate::outcome::Cause;
use crate::suite::mutant::Blame::Surely;
use crate::suite::mutant::mutant;
use crate::zmtp::frame;
use crate::zmtp::greeting::{Version, encode_v2};
use crate::zmtp::raw::Raw;

/// It is spoken, or not.
const SPOKEN: Allowed = Allowed::of(&[Grade::Accepted, Grade::Closed, Grade::Rejected], &[]);

pub const CASES: &[Case] = &[
    breach("hs-v3-0", "RFC 23", "a peer of 3.0 is served", TAKEN, |_| {}).version(Version::V3_0),
    breach("hs-v2", "RFC 15", "a peer of 2.0 is served, or closed", SPOKEN, |_| {})
        .version(Version::V2_0),
    breach("hs-v1-push", "RFC 13", "a peer of 1.0 is served, or closed", SPOKEN, |_| {})
        .version(Version::V1_0),
    look(
        "hs-v1-greeting",
        "RFC 13 \"Formal Grammar\"",
        "who speaks 1.0 begins by a frame, its identity, whose flags should be 0 and may be those of a newer signature",
        "PULL",
        "PUSH",
        &[mutant("flip:0", "/liar", Cause::WrongAnswer, Surely)],
        greets,
    )
    .by_wire(),
    look(
        "frame-v2-octets",
        "RFC 15 \"Framing\"",
        "frames of 2.0 have no other flags than MORE and LONG",
        "PUSH",
        "PULL",
        &[mutant("flip:14", "/liar", Cause::WrongAnswer, Surely)],
        octets,
    ),
    breach(
        "hs-v2-type",
        "RFC 15 \"The Socket Type\"",
        "a peer of 2.0 whose type does not go with one's own is disconnected",
        Allowed::of(&[Grade::Closed, Grade::Rejected], &[Grade::Accepted]),
        |dialogue| {
            let wrong = wrong_types(dialogue.subject).next();
            dialogue.greeting = encode_v2(wrong.expect("no type goes with all"));
        },
    )
    .version(Version::V2_0),
    breaches(
        "hs-v1-identity",
        "RFC 13 \"Formal Grammar\"",
        "an identity of 1.0 has up to 255 octets",
        TAKEN.or(&[Grade::Closed, Grade::Rejected]),
        |right| {
            let named = |size: usize| {
                let handshake = frame::encode(Version::V1_0, false, &vec![b'i'; size]);
                (format!("an identity of {size} octets"), Dialogue { handshake, ..right.clone() })
            };
            let mut all: Vec<_> = [1, 253, 254, 255].map(named).into();
            // "Not validate the flags": libzmq's own are 7F.
            for flags in [0x7F, 0xFE] {
                let handshake = vec![2, flags, b'i'];
                all.push((format!("flags {flags:02x}"), Dialogue { handshake, ..right.clone() }));
            }
            all
        },
    )
    .version(Version::V1_0),
    breaches(
        "frame-v1-long",
        "RFC 13 \"Formal Grammar\"",
        "a frame of 255 octets and more has the long form, which may carry a small one, too",
        TAKEN,
        |right| {
            let long = |body: &[u8]| {
                let mut dialogue = right.clone();
                let length = body.len() as u64 + 1;
                dialogue.first(&[&[0xFF][..], &length.to_be_bytes(), &[0], body].concat());
                (format!("a frame of {length} octets"), dialogue)
            };
            vec![long(WRONG), long(&[b'l'; 254]), long(&[b'l'; 70_000])]
        },
    )
    .version(Version::V1_0),
    breach(
        "mal-v1-zero",
        "RFC 13 \"Formal Grammar\"",
        "a frame of length 0 is dropped",
        Allowed::of(&[Grade::Ignored], &[Grade::Closed, Grade::Rejected]),
        |dialogue| dialogue.first(&[0]),
    )
    .version(Version::V1_0),
    breaches(
        "mal-v1-oversize",
        "RFC 13 \"Formal Grammar\"",
        "a length of eight octets that lies hurts nobody",
        Allowed::of(&[Grade::Closed, Grade::Rejected, Grade::Hung], &[]),
        |right| {
            let said = |length: u64| {
                let traffic = [&[0xFF][..], &length.to_be_bytes(), &[0], WRONG].concat();
                (format!("a frame of {length} octets"), Dialogue { traffic, ..right.clone() })
            };
            [1 << 31, 1 << 62, 1 << 63, u64::MAX].map(said).into()
        },
    )
    .version(Version::V1_0),
];

/// A 1.0 peer, to which a newer one falls back.
fn greets(exam: &mut Exam) -> Looked {
    let mut raw = exam.connect()?;
    exam.say(&mut raw, &Dialogue::new(Version::V1_0, exam.comes_as, exam.subject));
    let deadline = Instant::now() + exam.patience(REACTS);
    // `hs-v1-push` says whether it may be silent, or go on in another version.
    match raw.hear(deadline, |raw| raw.greeting().is_some()) {
        false if !raw.came().is_empty() => Err(wrong(&raw, "a frame, and it is none")),
        _ => Ok(()),
    }
}

fn octets(exam: &mut Exam) -> Looked {
    let mut raw = exam.connect()?;
    exam.say(
        &mut raw,
        &Dialogue { traffic: vec![], ..Dialogue::new(Version::V2_0, "PULL", "PUSH") },
    );
    let deadline = Instant::now() + exam.patience(REACTS);
    let is_2_0 =
        |raw: &Raw| raw.greeting().is_some_and(|greeting| greeting.version == Version::V2_0);
    if !raw.hear(deadline, is_2_0) {
        // It does not speak it; `hs-v2` says whether it closed.
        return Ok(());
    }
    let mut expected = vec![];
    for size in [0, 255, 256] {
        let (frame, body) = Exam::filled(size);
        let frames = json!([frame, {"text": "end"}]);
        exam.ask(json!({"op": "send", "socket": "s", "frames": frames, "timeout_ms": 1000}))?;
        expected.extend(frame::encode(Version::V2_0, true, &body));
        expected.extend(frame::encode(Version::V2_0, false, b"end"));
    }
    exam.ask(
        json!({"op": "send", "socket": "s", "frames": [{"text": "alone"}], "timeout_ms": 1000}),
    )?;
    expected.extend(frame::encode(Version::V2_0, false, b"alone"));
    exam.hears(&mut raw, 4)?;
    match raw.came().ends_with(&expected) {
        true => Ok(()),
        false => Err(wrong(&raw, "frames of 2.0")),
    }
}
