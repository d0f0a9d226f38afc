//! Frames and messages (RFC 23 and 37, "Framing", "Formal Grammar").

use serde_json::json;

use super::case::{Case, breach, breaches, look};
use super::dialogue::{WRONG, command};
use super::exam::{Exam, Looked};
use super::failure::wrong;
use super::grade::{Allowed, Grade, OPEN, REFUSED, TAKEN};
use crate::outcome::Cause;
use crate::suite::mutant::Blame::Surely;
use crate::suite::mutant::mutant;
use crate::zmtp::frame;
use crate::zmtp::greeting::Version;

const SECTION: &str = "RFC 23 \"Framing\"";

pub const CASES: &[Case] = &[
    look(
        "frame-octets",
        SECTION,
        "frames have no other flags than MORE, LONG and COMMAND, and are long from 256 octets on",
        "PUSH",
        "PULL",
        &[
            mutant("flip:92", "/liar", Cause::WrongAnswer, Surely),
            mutant("garble:end", "/liar", Cause::WrongAnswer, Surely),
        ],
        octets,
    ),
    breach(
        "frame-long-small",
        SECTION,
        "a small message may come in a long frame",
        TAKEN,
        |dialogue| dialogue.first(&[&[2][..], &(WRONG.len() as u64).to_be_bytes(), WRONG].concat()),
    ),
    breaches(
        "frame-reserved",
        SECTION,
        "flags that are reserved are 0",
        REFUSED.or(&[Grade::Accepted, Grade::Ignored]),
        |right| {
            let flagged = |bit: u8| {
                let mut dialogue = right.clone();
                let mut frame = dialogue.wrong_message();
                frame[0] |= 1 << bit;
                dialogue.first(&frame);
                (format!("flags {:02x}", 1 << bit), dialogue)
            };
            (3..8).map(flagged).collect()
        },
    ),
    breach(
        "frame-more-cmd",
        SECTION,
        "a command has not the flag MORE",
        REFUSED.or(&[Grade::Ignored]),
        |dialogue| {
            let mut frame = command("PING", b"\0\0");
            frame[0] |= 1;
            dialogue.first(&frame);
        },
    ),
    breach(
        "cmd-unknown",
        "RFC 23 \"Formal Grammar\"",
        "a command that one doesn't know, after the handshake: the RFC does not say what becomes of it",
        OPEN,
        |dialogue| dialogue.first(&command("FROBNICATE", b"data")),
    ),
    breach(
        "mal-truncated",
        "RFC 23 \"Messages\"",
        "of a message whose last frame does not come nothing is delivered",
        Allowed::of(&[Grade::Rejected, Grade::Closed, Grade::Hung], &[]),
        |dialogue| {
            dialogue.traffic = frame::encode(Version::V3_1, true, WRONG);
            dialogue.ends = true;
        },
    ),
    breach(
        "mal-cut-frame",
        "RFC 23 \"Messages\"",
        "of a frame that does not come whole nothing is delivered",
        Allowed::of(&[Grade::Rejected, Grade::Closed, Grade::Hung], &[]),
        |dialogue| {
            dialogue.traffic = dialogue.wrong_message();
            dialogue.traffic.pop();
            dialogue.ends = true;
        },
    ),
];

fn octets(exam: &mut Exam) -> Looked {
    let mut raw = exam.greeted("PULL")?;
    let before = raw.came().len();
    let sizes = [0, 1, 255, 256, 65_536];
    let mut expected = vec![];
    for size in sizes {
        let (frame, body) = Exam::filled(size);
        let frames = json!([frame, {"text": "end"}]);
        exam.ask(json!({"op": "send", "socket": "s", "frames": frames, "timeout_ms": 1000}))?;
        expected.extend(frame::encode(Version::V3_1, true, &body));
        expected.extend(frame::encode(Version::V3_1, false, b"end"));
    }
    exam.hears(&mut raw, sizes.len())?;
    let came = &raw.came()[before..];
    match came.starts_with(&expected) {
        true => Ok(()),
        false => {
            let at = came.iter().zip(&expected).take_while(|(came, wanted)| came == wanted).count();
            let (came, wanted) = (came.get(at), expected.get(at));
            Err(wrong(
                &raw,
                format!("{wanted:02x?} at octet {at} of its frames, and there was {came:02x?}"),
            ))
        }
    }
}
