//! Lengths that lie: what a length says is not to be believed before it came, and nobody may be hurt by one.

use super::case::{Case, announced, breaches};
use super::dialogue::{Dialogue, WRONG};
use super::grade::{Allowed, Grade};

/// Who waits for more is right where more may come: nothing else is wrong with it yet.
const HARMLESS: Allowed = Allowed::of(&[Grade::Rejected, Grade::Closed, Grade::Hung], &[]);

/// Lengths of eight octets: small ones, and those at which a sign or a width ends.
const LENGTHS: [u64; 11] = [
    1000,
    65_536,
    (1 << 31) - 1,
    1 << 31,
    (1 << 32) - 1,
    1 << 32,
    1 << 62,
    (1 << 63) - 1,
    1 << 63,
    (1 << 63) + 1,
    u64::MAX,
];

pub const CASES: &[Case] = &[
    breaches(
        "mal-oversize",
        "RFC 23 \"Framing\"",
        "a frame has as many octets as its length says, of which there are up to 2^63-1",
        HARMLESS,
        |right| {
            LENGTHS
                .into_iter()
                .map(|length| (format!("a frame of {length} octets"), long(right, 2, length)))
                .collect()
        },
    ),
    breaches(
        "mal-oversize-more",
        "RFC 23 \"Framing\"",
        "the same of the first frame of a message",
        HARMLESS,
        |right| {
            LENGTHS
                .into_iter()
                .map(|length| (format!("a frame of {length} octets"), long(right, 3, length)))
                .collect()
        },
    ),
    breaches(
        "mal-oversize-cmd",
        "RFC 23 \"Framing\"",
        "the same of a command",
        HARMLESS,
        |right| {
            LENGTHS
                .into_iter()
                .map(|length| (format!("a command of {length} octets"), long(right, 6, length)))
                .collect()
        },
    ),
    breaches(
        "mal-oversize-ready",
        "RFC 23 \"Framing\"",
        "the same of a READY, before anybody is known",
        HARMLESS,
        |right| {
            let said = |length: u64| {
                let body = right.handshake[2..].to_vec();
                let handshake = [&[6][..], &length.to_be_bytes(), &body].concat();
                (
                    format!("a READY of {length} octets"),
                    Dialogue { handshake, traffic: vec![], ..right.clone() },
                )
            };
            LENGTHS.into_iter().map(said).collect()
        },
    ),
    breaches(
        "mal-short-length",
        "RFC 23 \"Framing\"",
        "a length that is one too large takes the first octet of what follows, and one that is too small leaves one",
        Allowed::of(
            &[Grade::Rejected, Grade::Closed, Grade::Hung, Grade::Accepted, Grade::Ignored],
            &[],
        ),
        |right| {
            let of = |by: i16| {
                let mut dialogue = right.clone();
                let mut frame = dialogue.wrong_message();
                frame[1] = (i16::from(frame[1]) + by) as u8;
                dialogue.first(&frame);
                (format!("a length that is {by} off"), dialogue)
            };
            vec![of(-1), of(1), of(200)]
        },
    ),
    announced(
        "mal-memory",
        "RFC 23 \"Security\": a peer that allocates before it knows the other can be made to allocate all",
        "memory is not taken on the word of a length",
        announces,
    ),
];

/// A gigabyte, which is there to be taken.
const ANNOUNCED: u64 = 1 << 30;

fn announces(right: &Dialogue) -> Vec<(String, Dialogue)> {
    let handshake = [&[6][..], &ANNOUNCED.to_be_bytes(), &right.handshake[2..]].concat();
    let ready = Dialogue { handshake, traffic: vec![], ..right.clone() };
    let of = |(what, flags): (&str, u8)| (what.to_owned(), long(right, flags, ANNOUNCED));
    let frames = [("a frame", 2), ("a frame with MORE", 3), ("a command", 6)].map(of);
    [("a READY".to_owned(), ready)].into_iter().chain(frames).collect()
}

/// A frame with these flags that says it has `length` octets, of which a few come.
fn long(right: &Dialogue, flags: u8, length: u64) -> Dialogue {
    Dialogue { traffic: [&[flags][..], &length.to_be_bytes(), WRONG].concat(), ..right.clone() }
}
