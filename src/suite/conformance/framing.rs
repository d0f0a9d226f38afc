//! Frames and messages: sizes around the boundaries of ZMTP's length fields, many parts, empty parts,
//! all bytes.

use rand::{Rng, RngExt as _};

use super::case::{Binds, Case};
use super::needs::Needs;
use super::sides::Sides;
use super::step::Step;
use super::value::{Frame, message};
use crate::outcome::Cause::*;
use crate::suite::mutant::{Blame::*, mutant};

/// Sizes at which an encoding, a buffer or a copy strategy changes: the short frame's 255, libzmq's
/// 8192-byte batch, 64 KiB, and 8 MiB.
const SIZES: [usize; 11] = [0, 1, 254, 255, 256, 8191, 8192, 8193, 65535, 65536, 8 << 20];

/// See the module.
pub const CASES: &[Case] = &[
    Case {
        name: "frame-sizes",
        requirement: "a frame of any size arrives unchanged: short up to 255 octets, long above",
        source: "RFC 23, Framing",
        needs: [Needs::types(&["PUSH"]), Needs::types(&["PULL"])],
        binds: Binds::Either,
        mutants: &[
            mutant("boundary:1", "/liar-rust", WrongAnswer, Either),
            mutant("boundary:255", "/liar-rust", WrongAnswer, Either),
            mutant("boundary:256", "/liar-rust", WrongAnswer, Either),
            mutant("boundary:256", "+flip/liar-rust", WrongAnswer, Either),
            mutant("boundary:256", "/liar-liar", WrongAnswer, Surely),
            mutant("boundary:129", "/liar-rust", WrongAnswer, Either),
            mutant("boundary:4097", "/liar-rust", WrongAnswer, Either),
            mutant("boundary:8192", "/liar-rust", WrongAnswer, Either),
            mutant("boundary:65535", "/liar-rust", WrongAnswer, Either),
            mutant("boundary:8388608", "/liar-rust", WrongAnswer, Either),
            mutant("contradict", "/rust-liar", Contract, Surely),
        ],
        play: sizes,
    },
    Case {
        name: "frame-sizes-req",
        requirement: "a request and a reply of any size arrive unchanged",
        source: "RFC 28; RFC 23, Framing",
        needs: [Needs::types(&["REQ"]), Needs::types(&["REP"])],
        binds: Binds::Either,
        mutants: &[mutant("boundary:256", "/rust-liar", WrongAnswer, Either)],
        play: sizes_of_requests,
    },
    Case {
        name: "frame-multipart",
        requirement: "a multipart message arrives whole and in order, whatever its number of parts",
        source: "RFC 23, Framing: MORE",
        needs: [Needs::types(&["DEALER"]), Needs::types(&["ROUTER"])],
        binds: Binds::Either,
        mutants: &[mutant("reorder", "/liar-rust", WrongAnswer, Either)],
        play: multipart,
    },
    Case {
        name: "frame-empty",
        requirement: "empty frames are frames: first, last, alone or between others, none gets lost",
        source: "RFC 23, Framing; zeromq.js#492",
        needs: [Needs::types(&["PUSH"]), Needs::types(&["PULL"])],
        binds: Binds::Either,
        mutants: &[
            mutant("drop-empty", "/liar-rust", WrongAnswer, Either),
            mutant("drop-empty", "/rust-liar", WrongAnswer, Either),
        ],
        play: empty,
    },
    Case {
        name: "frame-binary",
        requirement: "a body is opaque: NULs, all 256 octets and any encoding arrive unchanged",
        source: "RFC 23, Framing; perlzmq#4, cppzmq#396",
        needs: [Needs::types(&["PUSH"]), Needs::types(&["PULL"])],
        binds: Binds::Either,
        mutants: &[mutant("nul-terminated", "/liar-rust", WrongAnswer, Either)],
        play: binary,
    },
];

fn sizes(sides: &mut Sides) -> Step {
    let (push, pull) = sides.pair("PUSH", "PULL")?;
    let drawn = drawn(&mut sides.rng);
    let sizes = SIZES.into_iter().chain(drawn);
    for (seed, size) in sizes.enumerate() {
        sides.pass(&push, &pull, &[Frame::Fill { size, seed }])?;
    }
    // And as parts of one message.
    let parts = self::drawn(&mut sides.rng);
    let parts: Vec<_> = parts.into_iter().map(|size| Frame::Fill { size, seed: size }).collect();
    sides.pass(&push, &pull, &parts)
}

/// Sizes that are on no list: around each power of two up to 128 KiB, and three between each and the next.
fn drawn(rng: &mut impl Rng) -> Vec<usize> {
    let mut sizes = vec![];
    for power in 1..=17 {
        let least = 1 << power;
        sizes.extend([least - 1, least, least + 1]);
        sizes.extend([(); 3].map(|()| rng.random_range(least..2 * least)));
    }
    sizes
}

fn sizes_of_requests(sides: &mut Sides) -> Step {
    let (req, rep) = sides.pair("REQ", "REP")?;
    for (seed, size) in SIZES.into_iter().enumerate() {
        sides.pass(&req, &rep, &[Frame::Fill { size, seed }])?;
        sides.pass(&rep, &req, &[Frame::Fill { size, seed: seed + 100 }])?;
    }
    Ok(())
}

fn multipart(sides: &mut Sides) -> Step {
    let (dealer, router) = sides.pair("DEALER", "ROUTER")?;
    for parts in [2, 3, 1000] {
        let sent: Vec<Frame> = (0..parts).map(|n| format!("part {n}").as_str().into()).collect();
        sides.send(&dealer, &sent)?;
        let mut got = sides.recv(&router)?;
        if got.is_empty() {
            return Err(super::sides::wrong("a ROUTER's message has no routing id"));
        }
        got.remove(0); // the routing id
        super::sides::same(&sent, &got)?;
    }
    Ok(())
}

fn empty(sides: &mut Sides) -> Step {
    let (push, pull) = sides.pair("PUSH", "PULL")?;
    for sent in [&[""][..], &["", "a", ""], &["", ""], &["a", "", "b"], &["", "", "", "a"]] {
        sides.pass(&push, &pull, &message(sent.iter().copied()))?;
    }
    Ok(())
}

fn binary(sides: &mut Sides) -> Step {
    let (push, pull) = sides.pair("PUSH", "PULL")?;
    let all: Vec<u8> = (0..=255).collect();
    let bodies: [&[u8]; 7] = [
        &all,
        b"\0",
        b"\0\0\0",
        b"text\0",
        b"\0text",
        "h\u{e9}llo \u{ac15}\u{b0a8} \u{1f40e}".as_bytes(),
        b"\xff\xfe\xc3(\r\n",
    ];
    for body in bodies {
        sides.pass(&push, &pull, &[body.into()])?;
    }
    // Both at once: parts keep their own bytes.
    sides.pass(&push, &pull, &message(bodies))
}
