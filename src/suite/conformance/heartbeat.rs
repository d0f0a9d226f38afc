//! Heartbeats: a connection that is watched stays alive while its peer answers, whatever else it does.
//! That it was the same connection all the time shows in the reply: one that was lost takes it along. That
//! it was watched shows on the wire.

use serde_json::{Value, json};

use super::case::{Binds, Case};
use super::exchange::{request_and_reply, silent_for};
use super::needs::Needs;
use super::security::{Keys, curve_client, curve_server};
use super::sides::{Sides, Sock, Tapped};
use super::step::{A, B, Cause, Failure, Step};
use super::value::{Frame, message};
use crate::outcome::Cause::*;
use crate::suite::mutant::{Blame::*, mutant};
use crate::zmtp;
use crate::zmtp::command::Command;
use crate::zmtp::conversation::Item;

/// A PING every 50 ms; a peer that is busy may take its time to answer, but less than [`IDLE_MS`].
const HEARTBEAT: &[&str] = &["HEARTBEAT_IVL", "HEARTBEAT_TIMEOUT"];
const IVL_MS: u64 = 50;
const TIMEOUT_MS: u64 = 600;

/// Longer than any large message takes on a busy machine.
const PATIENT_MS: u64 = 10_000;

/// So often megabytes pass each way until there were heartbeats: each takes a tenth of a second or so.
const ROUNDS: usize = 20;

/// How long a request is left unanswered: a peer that never answers a PING is gone before that.
const IDLE_MS: u64 = 900;

/// See the module.
pub const CASES: &[Case] = &[
    Case {
        name: "hb-reqrep",
        requirement: "a peer answers PING with PONG, and a REQ in the middle of a request lives on",
        source: "RFC 37, Heartbeating; libzmq#3060, jeromq#551",
        needs: [Needs::types(&["REQ"]).options(HEARTBEAT), Needs::types(&["REP"])],
        binds: Binds::Either,
        mutants: &[
            mutant("other-code:recv", "/liar-rust", Contract, Surely),
            mutant("third:recv", "/liar-rust", Contract, Surely),
            mutant("bare", "/liar-rust", WrongAnswer, Surely),
            mutant("forget:HEARTBEAT_IVL", "/liar-rust", WrongAnswer, Surely),
        ],
        play: |sides| pending(sides, json!({}), json!({})),
    },
    Case {
        name: "curve-hb",
        requirement: "PING and PONG pass an encrypted connection, which lives on",
        source: "RFC 37, Heartbeating; RFC 26; jeromq#696, clrzmq4#179",
        needs: [
            curve_client(&["REQ"]).options(&[
                "HEARTBEAT_IVL",
                "HEARTBEAT_TIMEOUT",
                "CURVE_PUBLICKEY",
                "CURVE_SECRETKEY",
                "CURVE_SERVERKEY",
            ]),
            curve_server(&["REP"]),
        ],
        binds: Binds::Either,
        mutants: &[mutant("forget:HEARTBEAT_IVL", "/liar-python", WrongAnswer, Surely)],
        play: |sides| {
            let (ours, theirs) = (Keys::new(sides, A)?, Keys::new(sides, B)?);
            pending(sides, ours.client(&theirs), theirs.server())
        },
    },
    Case {
        name: "hb-large",
        requirement: "heartbeats and messages of megabytes share a connection",
        source: "RFC 37, Heartbeating; libzmq#2709",
        needs: [
            Needs::types(&["REQ"]).options(&["HEARTBEAT_IVL", "HEARTBEAT_TIMEOUT", "RCVBUF"]),
            Needs::types(&["REP"]),
        ],
        binds: Binds::Either,
        mutants: &[
            mutant("ping-inside:1000000", "/liar-rust", WrongAnswer, Either),
            mutant("forget:HEARTBEAT_IVL", "/liar-rust", WrongAnswer, Surely),
        ],
        play: large,
    },
];

/// A REQ that watches its connection, a REP, and the way between them.
fn watched(
    sides: &mut Sides,
    timeout: u64,
    mut ours: Value,
    theirs: Value,
) -> Step<(Sock, Sock, Tapped)> {
    ours["HEARTBEAT_IVL"] = IVL_MS.into();
    ours["HEARTBEAT_TIMEOUT"] = timeout.into();
    let client = sides.socket_with(A, "REQ", ours)?;
    let server = sides.socket_with(B, "REP", theirs)?;
    let way = sides.link_tapped(&client, &server)?;
    Ok((client, server, way))
}

fn pending(sides: &mut Sides, ours: Value, theirs: Value) -> Step {
    let (client, server, way) = watched(sides, TIMEOUT_MS, ours, theirs)?;
    request_and_reply(sides, &client, &server)?;
    sides.pass(&client, &server, &message(["take your time"]))?;
    let before = spoken(sides, &way);
    silent_for(sides, &client, IDLE_MS)?;
    kept_alive(before, spoken(sides, &way))?;
    sides.pass(&server, &client, &message(["here it is"]))?;
    request_and_reply(sides, &client, &server)
}

/// How many heartbeats, or frames that only the two can read, each side has sent so far, A first.
fn spoken(sides: &Sides, way: &Tapped) -> Option<[usize; 2]> {
    let said = sides.conversations(way)?;
    let by = |who| {
        let entries = said.iter().flat_map(|conversation| &conversation.entries);
        let watches = |item: &Item| {
            matches!(item, Item::Command(Command::Ping { .. } | Command::Pong { .. }))
                || matches!(item, Item::Opaque(_))
        };
        entries.filter(|entry| entry.from == who && watches(&entry.item)).count()
    };
    let [connector, binder] = [by(zmtp::Side::Connector), by(zmtp::Side::Binder)];
    Some(if sides.flip { [binder, connector] } else { [connector, binder] })
}

/// While no message passed, A has sent its PINGs, and B its PONGs.
fn kept_alive(before: Option<[usize; 2]>, after: Option<[usize; 2]>) -> Step {
    let (Some(before), Some(after)) = (before, after) else { return Ok(()) };
    for (side, name) in [(A, "PING"), (B, "PONG")] {
        if after[side as usize] == before[side as usize] {
            let what = format!("a connection that is watched was idle, and {side} sent no {name}");
            return Err(Failure::new(Cause::WrongAnswer, [side], what).into());
        }
    }
    Ok(())
}

fn large(sides: &mut Sides) -> Step {
    // A small buffer, so that the message passes in many pieces. It may still be quicker than any
    // heartbeat, or slower than any sharp timeout: so some pass until there were heartbeats, too.
    let small = json!({"RCVBUF": 16384});
    let theirs = sides.if_had(B, "REP", small.clone())?;
    let (client, server, way) = watched(sides, PATIENT_MS, small, theirs)?;
    let body = |seed| [Frame::Fill { size: 8 << 20, seed }];
    for round in 0..ROUNDS {
        sides.pass(&client, &server, &body(round))?;
        sides.pass(&server, &client, &body(round + 1))?;
        if spoken(sides, &way).is_none_or(|spoken| !spoken.contains(&0)) {
            return Ok(());
        }
    }
    kept_alive(Some([0, 0]), spoken(sides, &way))
}
