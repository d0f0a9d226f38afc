//! Metadata under mechanisms: identities and socket types mean the same as without one, and who was refused does
//! not ask again.

use std::time::Instant;

use serde_json::{Value, json};

use super::case::{Binds, Case};
use super::exchange::{only_client_is_served, silent, silent_for, stranger};
use super::lifetime::reconnecting;
use super::security::{Keys, curve_client, curve_server, plain_client, plain_server};
use super::sides::{COMES, Sides, Tapped, Until};
use super::step::{A, B, Cause, Failure, Side, Step};
use super::value::{Frame, fill, message};
use super::zap::asked;
use crate::outcome::Cause::*;
use crate::suite::mutant::{Blame::*, mutant};
use crate::zmtp::command::Command;
use crate::zmtp::conversation::Item;

/// See the module.
pub const CASES: &[Case] = &[
    Case {
        name: "plain-identity",
        requirement: "a routing id of any size reaches a ROUTER under PLAIN as without it",
        source: "RFC 23, Connection Metadata: every mechanism; RFC 24, INITIATE",
        needs: [
            plain_client(&["DEALER"]).options(&["PLAIN_USERNAME", "PLAIN_PASSWORD", "ROUTING_ID"]),
            plain_server(&["ROUTER"]),
        ],
        binds: Binds::Either,
        mutants: &[
            mutant("forget:ROUTING_ID", "/liar-rust", WrongAnswer, Either),
            mutant("forget:ROUTING_ID", "+flip/liar-rust", WrongAnswer, Either),
        ],
        play: |sides| {
            sides.post(B, json!({"op": "zap", "allow": {"plain": {"admin": "secret"}}}))?;
            let ours = json!({"PLAIN_USERNAME": "admin", "PLAIN_PASSWORD": "secret"});
            identities(sides, &ours, json!({"PLAIN_SERVER": 1}))
        },
    },
    Case {
        name: "curve-identity",
        requirement: "a routing id of any size reaches a ROUTER under CURVE as without it",
        source: "RFC 23, Connection Metadata: every mechanism; RFC 26, INITIATE",
        needs: [
            curve_client(&["DEALER"]).options(&[
                "CURVE_PUBLICKEY",
                "CURVE_SECRETKEY",
                "CURVE_SERVERKEY",
                "ROUTING_ID",
            ]),
            curve_server(&["ROUTER"]),
        ],
        binds: Binds::Either,
        mutants: &[
            mutant("forget:ROUTING_ID", "/liar-python", WrongAnswer, Either),
            mutant("forget:ROUTING_ID", "+flip/liar-python", WrongAnswer, Either),
        ],
        play: |sides| {
            let (ours, theirs) = (Keys::new(sides, A)?, Keys::new(sides, B)?);
            identities(sides, &ours.client(&theirs), theirs.server())
        },
    },
    Case {
        name: "curve-type-mismatch",
        requirement: "under CURVE a peer of a type that is no valid combination is dropped, and nobody else is",
        source: "RFC 26, INITIATE and READY: metadata; RFC 23, Socket Type Property",
        needs: [curve_client(&["PUSH"]).witness(), curve_server(&["PULL"])],
        binds: Binds::Second,
        mutants: &[
            mutant("connects-only:PUSH", "/liar-python", Timeout, Surely),
            mutant("one-type:DEALER", "/python-liar", WrongAnswer, Either),
        ],
        play: type_mismatch,
    },
    Case {
        name: "curve-no-retry",
        requirement: "a client that is told by ERROR that it was refused does not come again with the same key",
        source: "RFC 26, General: SHALL NOT reconnect with the same credentials",
        needs: [curve_client(&["PUSH"]).between(), curve_server(&["PULL"]).features(&["zap"])],
        binds: Binds::Second,
        mutants: &[mutant("comes-again", "/liar-python", WrongAnswer, Surely)],
        play: no_retry,
    },
];

fn identities(sides: &mut Sides, ours: &Value, theirs: Value) -> Step {
    let router = sides.socket_with(B, "ROUTER", theirs)?;
    let endpoint = if sides.flip { None } else { Some(sides.bind(&router)?) };
    for (seed, size) in [1, 2, 16, 254, 255].into_iter().enumerate() {
        // No routing id of an application begins with 00.
        let id = Frame::Bytes(fill(size, seed + 1));
        let mut options = ours.clone();
        options["ROUTING_ID"] = id.request();
        let dealer = sides.socket_with(A, "DEALER", options)?;
        match &endpoint {
            Some(endpoint) => sides.connect(&dealer, endpoint)?,
            None => drop(sides.link(&dealer, &router)?),
        }
        sides.send(&dealer, &message(["request"]))?;
        sides.expect(&router, &[id.clone(), "request".into()])?;
        sides.send(&router, &[id, "reply".into()])?;
        sides.expect(&dealer, &message(["reply"]))?;
    }
    Ok(())
}

fn type_mismatch(sides: &mut Sides) -> Step {
    let (ours, theirs) = (Keys::new(sides, A)?, Keys::new(sides, B)?);
    let server = sides.socket_with(B, "PULL", theirs.server())?;
    let endpoint = sides.bind(&server)?;
    let types = sides.hello(A)?.socket_types;
    let mut strangers = vec![];
    for kind in ["DEALER", "PAIR", "PUB", "PULL", "REQ"] {
        if types.iter().any(|had| had == kind) {
            let options = ours.client(&theirs);
            strangers.push(stranger(sides, kind, options, &endpoint, Until::Command("INITIATE"))?);
        }
    }
    strangers.iter().try_for_each(|stranger| stranger.wait(sides))?;
    strangers.iter().for_each(|stranger| sides.wait_for_chance(&stranger.way));
    silent(sides, &server)?;
    let client = sides.socket_with(A, "PUSH", ours.client(&theirs))?;
    only_client_is_served(sides, &strangers, [&client, &server], &endpoint)
}

/// So often another socket of the same library has tried, before it is said that this one does not.
const ATTEMPTS: usize = 5;

fn no_retry(sides: &mut Sides) -> Step {
    let (ours, theirs) = (Keys::new(sides, A)?, Keys::new(sides, B)?);
    sides.post(B, json!({"op": "zap", "allow": {}}))?;
    let server = sides.socket_with(B, "PULL", theirs.server())?;
    let endpoint = sides.bind(&server)?;
    let way = sides.tap(B, &endpoint)?;
    let refused = reconnecting(sides, "PUSH", ours.client(&theirs))?;
    sides.connect(&refused, &way.endpoint)?;
    asked(sides, &server, 0)?;
    let told = told_by_error(sides, &way)?;
    // One that finds nobody, and tries again and again.
    let nowhere = sides.keep_endpoint()?;
    let vain = sides.tap(B, &nowhere)?;
    let pace = reconnecting(sides, "PUSH", json!({}))?;
    sides.try_connect(&pace, &vain)?;
    sides.until("a socket that finds nobody does not try again", |sides, ms| {
        silent_for(sides, &server, ms)?;
        Ok(sides.connections(&vain).len() > ATTEMPTS)
    })?;
    match sides.connections(&way).iter().filter(|(opened, _)| *opened > told).count() {
        0 => Ok(()),
        times => {
            let what = "a client that was refused comes again with the same key";
            let failure = Failure::new(Cause::WrongAnswer, [A], what);
            let failure = failure.compared("no connection after ERROR", times.to_string());
            Err(sides.shown(&way, failure).into())
        }
    }
}

/// When B refused who came this way. Whom nobody tells by ERROR may come again.
fn told_by_error(sides: &Sides, way: &Tapped) -> Step<Instant> {
    let error = |sides: &Sides| {
        let said = sides.said(way, B).into_iter();
        let mut errors =
            said.filter(|entry| matches!(entry.item, Item::Command(Command::Error { .. })));
        errors.next().map(|entry| entry.at)
    };
    sides.is_seen(way, COMES, |sides| error(sides).is_some());
    error(sides).ok_or_else(|| {
        let what = "a client that was refused is not told so";
        // Who left can't be told.
        let suspects: &[Side] = if sides.has_left(way, A) { &Side::BOTH } else { &[B] };
        let failure =
            Failure::new(Cause::Timeout, suspects, what).compared("ERROR", "nothing of it");
        sides.shown(way, failure).into()
    })
}
