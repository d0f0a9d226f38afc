//! The handshake of NULL: READY and its metadata (RFC 23 and 37, "The NULL Security Mechanism").

use std::time::Instant;

use super::case::{Case, breach, breaches, look};
use super::dialogue::{Dialogue, LAST, command, ready, wrong_types};
use super::exam::{COMES, Exam, Looked};
use super::failure::{late, wrong};
use super::grade::{Allowed, Grade, OPEN, REFUSED, TAKEN, UNFINISHED};
use crate::outcome::Cause;
use crate::suite::mutant::Blame::Surely;
use crate::suite::mutant::mutant;
use crate::zmtp::command as body;
use crate::zmtp::conversation::Item;
use crate::zmtp::frame::encode_command;
use crate::zmtp::greeting::{V3_SIZE, Version, encode_v3};

const SECTION: &str = "RFC 23 \"The NULL Security Mechanism\"";
const TYPES: &str = "RFC 23 \"The Socket Type Property\"";

pub const CASES: &[Case] = &[
    look(
        "hs-ready",
        SECTION,
        "READY is a short command that names the socket's type among properties of legal names",
        "PULL",
        "PUSH",
        &[
            mutant("flip:64", "/liar", Cause::Timeout, Surely),
            mutant("garble:PULL", "/liar", Cause::WrongAnswer, Surely),
        ],
        readies,
    )
    .by_wire(),
    breach(
        "hs-one-segment",
        SECTION,
        "messages may follow one's own READY at once (RFC 37 wants the other's first)",
        TAKEN.or(&[Grade::Closed, Grade::Rejected]),
        |dialogue| dialogue.at_once = true,
    ),
    breach("hs-dribble", "RFC 23", "octets may come one by one", TAKEN, |dialogue| {
        dialogue.piece = 1;
    }),
    breach(
        "hs-meta-case",
        SECTION,
        "the names of properties may be in upper or lower case",
        TAKEN,
        |dialogue| {
            dialogue.properties(&[("sOCKET-tYPE", dialogue.kind.as_bytes()), ("IDENTITY", b"")])
        },
    ),
    breach(
        "hs-meta-unknown",
        SECTION,
        "properties that one doesn't know are no obstacle, nor are empty values",
        TAKEN,
        |dialogue| {
            dialogue.properties(&[
                ("Socket-Type", dialogue.kind.as_bytes()),
                ("X-a", b""),
                ("Resource", b"/a"),
                ("Y", &[0; 300]),
            ]);
        },
    ),
    breach(
        "hs-no-type",
        TYPES,
        "a peer should say its type; the RFC does not say what becomes of one that doesn't",
        OPEN,
        |dialogue| dialogue.properties(&[("Identity", b"")]),
    ),
    breach("hs-bad-type", TYPES, "a type is one of those that there are", REFUSED, |dialogue| {
        dialogue.properties(&[("Socket-Type", b"FROB")]);
    }),
    breaches(
        "hs-type-error",
        TYPES,
        "a type that does not go with one's own is refused",
        // RFC 23 wants an ERROR; RFC 15 wants silence.
        Allowed::of(&[Grade::Rejected], &[Grade::Closed]),
        |right| {
            let typed = |kind: &str| {
                let mut dialogue = right.clone();
                dialogue.properties(&[("Socket-Type", kind.as_bytes()), ("Identity", b"")]);
                (format!("Socket-Type={kind}"), dialogue)
            };
            wrong_types(right.subject).map(typed).collect()
        },
    ),
    breach(
        "hs-id-long",
        "RFC 23 \"The Identity Property\"",
        "an identity has at most 255 octets",
        REFUSED.or(&[Grade::Accepted]),
        |dialogue| {
            dialogue.properties(&[
                ("Socket-Type", dialogue.kind.as_bytes()),
                ("Identity", &[b'i'; 256]),
            ])
        },
    ),
    breach(
        "hs-ready-long",
        "RFC 23 \"Formal Grammar\"",
        "a command of up to 255 octets should be short, and a long one is a command all the same",
        TAKEN.or(&[Grade::Closed, Grade::Rejected]),
        |dialogue| {
            let body = dialogue.handshake.split_off(2);
            dialogue.handshake = [&[6][..], &(body.len() as u64).to_be_bytes(), &body].concat();
        },
    ),
    breach(
        "hs-error-cmd",
        "RFC 23 \"Error Handling\"",
        "who is told an ERROR closes",
        REFUSED,
        |dialogue| dialogue.handshake = command("ERROR", b"\x04oops"),
    ),
    breaches(
        "mal-ready",
        SECTION,
        "metadata that can't be read are refused",
        // "Each may close if READY is invalid", so none must.
        Allowed::of(&[Grade::Rejected, Grade::Closed, Grade::Ignored, Grade::Accepted], &[]),
        |right| {
            let of = |name: &str, data: &[u8]| {
                let socket_type = body::encode_metadata(&[("Socket-Type", right.kind.as_bytes())]);
                let handshake = command("READY", &[&socket_type[..], data].concat());
                (name.to_owned(), Dialogue { handshake, ..right.clone() })
            };
            vec![
                of("a name of no octets", b"\0\0\0\0\0"),
                of("a name with a blank", b"\x03a b\0\0\0\0"),
                of("a name that is cut short", b"\x09abc"),
                of("a size that is cut short", b"\x01a\0\0"),
                of("a value that is cut short", b"\x01a\0\0\0\x09abc"),
                of("a value of 2^32-1 octets", b"\x01a\xff\xff\xff\xff"),
                of("a value of 2^31 octets", b"\x01a\x80\0\0\0"),
            ]
        },
    ),
    breaches(
        "mal-command-name",
        "RFC 23 \"Formal Grammar\"",
        "what stands in place of READY and is none is refused",
        REFUSED,
        |right| {
            let of = |name: &str, body: &[u8]| {
                let handshake = encode_command(body);
                (name.to_owned(), Dialogue { handshake, ..right.clone() })
            };
            let data = &ready(right.kind)[8..];
            vec![
                of("a command of no octets", b""),
                of("a name of no octets", b"\0"),
                of("a name that is longer than the command", b"\x09READY"),
                of("a name of 255 octets", &[255]),
                of("another name", &[b"\x05REODY", data].concat()),
                of("a name in lower case", &[b"\x05ready", data].concat()),
                of("HELLO of another mechanism", b"\x05HELLO\x01a\x01b"),
            ]
        },
    ),
    breach(
        "mal-message-first",
        "RFC 23 \"Formal Grammar\"",
        "no message comes before the handshake",
        REFUSED,
        |dialogue| dialogue.handshake = dialogue.wrong_message(),
    ),
    breach(
        "mal-ready-twice",
        "RFC 23 \"Formal Grammar\"",
        "the handshake comes once; the RFC does not say what becomes of a second",
        OPEN,
        |dialogue| dialogue.first(&ready(dialogue.kind)),
    ),
    breaches(
        "mal-half-handshake",
        "RFC 23",
        "who stops in the middle of a handshake hinders nobody",
        UNFINISHED,
        |right| {
            let whole = [&right.greeting[..], &right.handshake].concat();
            let cut = |size: usize| {
                let (greeting, handshake) = whole[..size].split_at(size.min(V3_SIZE));
                let (greeting, handshake) = (greeting.to_vec(), handshake.to_vec());
                let dialogue = Dialogue {
                    greeting,
                    handshake,
                    traffic: vec![],
                    at_once: true,
                    ends: true,
                    ..right.clone()
                };
                (format!("{size} octets and the end"), dialogue)
            };
            (1..whole.len()).map(cut).collect()
        },
    ),
    look(
        "hs-id-case",
        "RFC 23 \"The Identity Property\"",
        "a ROUTER knows its peer by the identity that it announces, whatever the case of the property's name",
        "ROUTER",
        "DEALER",
        &[],
        identity,
    ),
];

fn readies(exam: &mut Exam) -> Looked {
    let mut raw = exam.connect()?;
    raw.say(&encode_v3(3, 1, "NULL", false));
    raw.say(&ready(exam.comes_as));
    let deadline = Instant::now() + exam.patience(COMES);
    if !raw.hear(deadline, |raw| raw.has_said("READY")) {
        return Err(late(&raw, "a READY, and none came"));
    }
    let frame = &raw.came()[V3_SIZE..];
    if frame[0] != 4 {
        return Err(wrong(
            &raw,
            format!("a short command (04), and it begins with {:02x}", frame[0]),
        ));
    }
    let kind = raw.said().find_map(Item::socket_type);
    match kind.as_deref() {
        Some(kind) if kind == exam.subject => Ok(()),
        other => Err(wrong(&raw, format!("Socket-Type {}, and it is {other:?}", exam.subject))),
    }
}

/// One peer for each way to write the name.
fn identity(exam: &mut Exam) -> Looked {
    for (name, identity) in [("Identity", "first"), ("identity", "second"), ("IDENTITY", "third")] {
        let mut raw = exam.connect()?;
        let mut dialogue = Dialogue::new(Version::V3_1, "DEALER", "ROUTER");
        dialogue.properties(&[("Socket-Type", b"DEALER"), (name, identity.as_bytes())]);
        exam.say(&mut raw, &dialogue);
        let frames = exam.receive(&mut raw)?;
        let told = frames.first().and_then(|frame| frame.bytes()).unwrap_or_default();
        if told != identity.as_bytes()
            || frames.last().and_then(|frame| frame.bytes()).as_deref() != Some(LAST)
        {
            let told = told.escape_ascii();
            return Err(wrong(
                &raw,
                format!("the routing id {identity:?} of the property {name}, and it is \"{told}\""),
            ));
        }
    }
    Ok(())
}
