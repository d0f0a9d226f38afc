//! The greeting: signature, version, mechanism (RFC 23 and 37, "Version Negotiation", "Topology", "Mechanism").

use std::time::Instant;

use super::case::{Case, breach, breaches, look};
use super::dialogue::Dialogue;
use super::exam::{COMES, Exam, Looked, REACTS};
use super::failure::{late, wrong};
use super::grade::{Grade, OPEN, REFUSED, TAKEN, UNFINISHED};
use crate::outcome::Cause;
use crate::suite::mutant::Blame::Surely;
use crate::suite::mutant::mutant;
use crate::zmtp::greeting::{V3_SIZE, encode_v3, signature};
use crate::zmtp::raw::Raw;

const SECTION: &str = "RFC 37 \"Version Negotiation\"";
const MECHANISM: &str = "RFC 23 \"Mechanism\"";

pub const CASES: &[Case] = &[
    look(
        "hs-greeting",
        "RFC 37 \"Formal Grammar\"",
        "a greeting is a signature, a version, a mechanism padded by zeros, no server under NULL, and zeros",
        "PULL",
        "PUSH",
        &[
            mutant("flip:0", "/liar", Cause::WrongAnswer, Surely),
            mutant("flip:12", "/liar", Cause::WrongAnswer, Surely),
            mutant("flip:32", "/liar", Cause::WrongAnswer, Surely),
            mutant("flip:40", "/liar", Cause::WrongAnswer, Surely),
        ],
        greets,
    )
    .by_wire(),
    look(
        "hs-partial",
        SECTION,
        "who has the first 11 octets sends its own, and then takes the rest",
        "PULL",
        "PUSH",
        &[mutant("withhold", "/liar", Cause::Timeout, Surely)],
        partial,
    )
    .by_wire(),
    look(
        "hs-silent",
        SECTION,
        "who says something before the other does sends a signature, and 1 for no identity as older versions read it",
        "PULL",
        "PUSH",
        &[mutant("flip:0", "/liar", Cause::WrongAnswer, Surely)],
        silent,
    )
    .by_wire(),
    breaches(
        "hs-padding",
        SECTION,
        "the padding of the signature is not looked at",
        TAKEN,
        |right| {
            let padded = |padding: [u8; 8]| {
                let mut dialogue = right.clone();
                dialogue.greeting[1..9].copy_from_slice(&padding);
                (format!("padding {padding:02x?}"), dialogue)
            };
            vec![padded([0; 8]), padded([0xA5; 8]), padded([0, 0, 0, 0, 0, 0, 1, 0])]
        },
    ),
    breaches("hs-higher", SECTION, "a higher version is taken", TAKEN, |right| {
        let version = |major, minor| {
            let dialogue = Dialogue {
                greeting: encode_v3(major, minor, "NULL", false).to_vec(),
                ..right.clone()
            };
            (format!("version {major}.{minor}"), dialogue)
        };
        vec![version(3, 2), version(3, 255), version(4, 0), version(255, 255)]
    }),
    breach("hs-version-0", SECTION, "there is no version 0", UNFINISHED, |dialogue| {
        dialogue.greeting[10] = 0;
    }),
    breaches(
        "mal-signature",
        SECTION,
        "a signature is FF, eight octets and 7F; what begins otherwise is of another protocol or of ZMTP 1.0",
        // 1.0 is told by the last bit of 7F alone (RFC 23 "Detecting ZMTP 1.0 and 2.0 Peers").
        UNFINISHED.or(&[Grade::Ignored, Grade::Accepted]),
        |right| {
            let changed = |at: usize, octet: u8| {
                let mut dialogue = right.clone();
                dialogue.greeting[at] = octet;
                (format!("octet {at} is {octet:02x}"), dialogue)
            };
            let mut all = vec![changed(9, 0x7D), changed(9, 0xFF), changed(0, 0xFE), changed(0, 0)];
            let http = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".to_vec();
            all.push(("HTTP".into(), Dialogue { greeting: http, ..right.clone() }));
            all
        },
    ),
    breaches(
        "mal-unknown-mech",
        MECHANISM,
        "who has another mechanism is closed",
        REFUSED,
        |right| {
            let named = |name: &str| {
                let greeting = encode_v3(3, 1, name, false).to_vec();
                (format!("mechanism {name:?}"), Dialogue { greeting, ..right.clone() })
            };
            vec![
                named("NOSUCH"),
                named("null"),
                named("NUL"),
                named("NULLX"),
                named("PLAIN"),
                named(""),
            ]
        },
    ),
    breach(
        "hs-mech-padding",
        MECHANISM,
        "a mechanism's name is padded by zeros",
        REFUSED.or(&[Grade::Accepted]),
        |dialogue| dialogue.greeting[31] = b'X',
    ),
    breach(
        "hs-as-server",
        "RFC 23 \"Topology\"",
        "under NULL, which has no server, it means nothing that the other calls itself one",
        TAKEN.or(&[Grade::Closed, Grade::Rejected]),
        |dialogue| dialogue.greeting[32] = 1,
    ),
    breach(
        "hs-filler",
        "RFC 23 \"Formal Grammar\"",
        "the filler is zeros; the RFC does not say what becomes of another",
        OPEN,
        |dialogue| dialogue.greeting[33..].fill(0x55),
    ),
];

fn greets(exam: &mut Exam) -> Looked {
    let mut raw = exam.connect()?;
    raw.say(&encode_v3(3, 1, "NULL", false));
    let deadline = Instant::now() + exam.patience(COMES);
    if !raw.hear(deadline, |raw| raw.came().len() >= V3_SIZE) {
        return Err(late(&raw, format!("64 octets, and {} came", raw.came().len())));
    }
    let came = &raw.came()[..V3_SIZE];
    let mut mechanism = [0; 20];
    mechanism[..4].copy_from_slice(b"NULL");
    let rules = [
        (came[0] == 0xFF && came[9] == 0x7F, "FF and 7F around the padding"),
        (came[10] == 3, "the major version 3"),
        (came[12..32] == mechanism, "the mechanism NULL and zeros"),
        (came[32] == 0, "as-server 0"),
        (came[33..].iter().all(|octet| *octet == 0), "a filler of zeros"),
    ];
    match rules.iter().find(|(holds, _)| !holds) {
        Some((_, rule)) => Err(wrong(&raw, format!("{rule}, and there was {came:02x?}"))),
        None => Ok(()),
    }
}

fn partial(exam: &mut Exam) -> Looked {
    let mut raw = exam.connect()?;
    let greeting = encode_v3(3, 1, "NULL", false);
    raw.say(&greeting[..11]);
    let deadline = Instant::now() + exam.patience(COMES);
    if !raw.hear(deadline, |raw| raw.came().len() >= 11) {
        return Err(late(&raw, format!("at least 11 octets, and {} came", raw.came().len())));
    }
    raw.say(&greeting[11..]);
    let deadline = Instant::now() + exam.patience(COMES);
    match raw.hear(deadline, |raw| raw.came().len() >= V3_SIZE) {
        true => Ok(()),
        false => Err(late(&raw, format!("64 octets, and {} came", raw.came().len()))),
    }
}

fn silent(exam: &mut Exam) -> Looked {
    let mut raw = exam.connect()?;
    let deadline = Instant::now() + exam.patience(REACTS);
    raw.hear(deadline, |raw: &Raw| raw.came().len() >= V3_SIZE);
    let came = &raw.came()[..raw.came().len().min(V3_SIZE)];
    // Who wants no older peers may zero the padding, and may say all at once.
    let zeros = [&[0xFF][..], &[0; 8], &[0x7F]].concat();
    let begins = |octets: &[u8]| came.starts_with(octets);
    match came.len() {
        // It waits for the other to speak first: no rule says who begins.
        0 => Ok(()),
        10 | 11 if begins(&signature(0)) => Ok(()),
        V3_SIZE if begins(&signature(0)) || begins(&zeros) => Ok(()),
        _ => Err(wrong(
            &raw,
            format!(
                "a signature of 10, 11 octets with the version, or 64, and there was {came:02x?}"
            ),
        )),
    }
}
