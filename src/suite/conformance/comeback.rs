//! Who leaves and comes back: a peer of a ROUTER under its own id or another one, whether the ROUTER works
//! meanwhile or not, and the ROUTER itself. Whoever is back is heard, and reached under the id that it has now.

use serde_json::{Value, json};

use super::case::{Binds, Case};
use super::leaving::{is_back, sees_it_leave, time_passes, watch};
use super::lifetime::reconnecting;
use super::needs::Needs;
use super::routed::{heard, told};
use super::sides::{Sides, Sock, same};
use super::step::{B, Step};
use super::value::{Frame, message};
use crate::outcome::Cause::*;
use crate::suite::mutant::{Blame::*, Mutant, mutant};

const ROUTER: Needs = Needs::types(&["ROUTER", "PUSH", "PULL"]);
const MANDATORY: Needs = ROUTER.options(&["ROUTER_MANDATORY"]);

const fn named(types: &'static [&'static str]) -> Needs {
    Needs::types(types).options(&["ROUTING_ID"])
}

const fn case(
    name: &'static str,
    requirement: &'static str,
    needs: [Needs; 2],
    binds: Binds,
    mutants: &'static [Mutant],
    play: fn(&mut Sides) -> Step,
) -> Case {
    let source = "RFC 28, The ROUTER Socket Type: the queue goes when the peer disconnects; libzmq#2892, #2019";
    Case { name, requirement, source, needs, binds, mutants, play }
}

const BARE: Mutant = mutant("bare", "/liar-rust", WrongAnswer, Either);
const STAYS: Mutant = mutant("ignore:close", "+flip/liar-rust", Timeout, Surely);
const ROUTER_STAYS: Mutant = mutant("ignore:close", "/rust-liar", Timeout, Surely);
/// The ROUTER does not look for the one that is back.
const ROUTER_NO_RETURN: Mutant = mutant("no-return", "+flip/rust-liar", Timeout, Surely);
/// The peer does not look for its ROUTER.
const NO_RETURN: Mutant = mutant("no-return", "/liar-rust", Timeout, Either);
const NO_SECOND: Mutant = mutant("no-second:DEALER", "/liar-rust", Timeout, Surely);

/// See the module.
pub const CASES: &[Case] = &[
    case(
        "rtr-id-back",
        "a DEALER that leaves and comes back under its id, while the ROUTER does not work, is heard and reached",
        [named(&["DEALER", "PUSH", "PULL"]), ROUTER],
        Binds::Either,
        &[
            mutant("no-second:DEALER", "/liar-go", Timeout, Surely),
            ROUTER_NO_RETURN,
            STAYS,
            BARE,
            mutant("bare", "+flip/liar-rust", WrongAnswer, Either),
        ],
        |sides| comes_back(sides, "DEALER", json!({}), "D"),
    ),
    case(
        "rtr-id-back-req",
        "a REQ that leaves and comes back under its id, while the ROUTER does not work, is heard and reached",
        [named(&["REQ", "PUSH", "PULL"]), ROUTER],
        Binds::Either,
        &[
            mutant("no-second:REQ", "/liar-go", Timeout, Surely),
            ROUTER_NO_RETURN,
            STAYS,
            BARE,
            mutant("bare", "+flip/liar-rust", WrongAnswer, Either),
        ],
        |sides| comes_back(sides, "REQ", json!({}), "D"),
    ),
    case(
        "rtr-id-back-mandatory",
        "a DEALER that comes back under its id, while a mandatory ROUTER does not work, is heard and reached",
        [named(&["DEALER", "PUSH", "PULL"]), MANDATORY],
        Binds::Either,
        &[ROUTER_NO_RETURN, STAYS, BARE],
        |sides| comes_back(sides, "DEALER", json!({"ROUTER_MANDATORY": 1}), "D"),
    ),
    case(
        "rtr-id-back-router",
        "a ROUTER that leaves and comes back under its id, while the other does not work, is heard and reached",
        [
            ROUTER.options(&["ROUTING_ID", "ROUTER_MANDATORY"]),
            ROUTER.options(&["ROUTING_ID", "ROUTER_MANDATORY"]),
        ],
        Binds::Either,
        &[ROUTER_NO_RETURN, STAYS, mutant("bare", "+flip/rust-liar", Timeout, Either)],
        |sides| {
            let options = json!({"ROUTER_MANDATORY": 1, "ROUTING_ID": {"text": "R"}});
            comes_back(sides, "ROUTER", options, "D")
        },
    ),
    case(
        "rtr-id-back-handover",
        "with handover, a DEALER that leaves and comes back under its id is heard and reached",
        [named(&["DEALER", "PUSH", "PULL"]), ROUTER.options(&["ROUTER_HANDOVER"])],
        Binds::Either,
        &[STAYS, BARE, NO_SECOND],
        |sides| comes_back(sides, "DEALER", json!({"ROUTER_HANDOVER": 1}), "D"),
    ),
    case(
        "rtr-id-back-read",
        "a ROUTER that works refuses what is for a DEALER that left; back under its id, it is heard and reached",
        [named(&["DEALER", "PUSH", "PULL"]), MANDATORY],
        Binds::Second,
        &[BARE, mutant("no-second:DEALER", "/liar-rust", Timeout, Either)],
        back_while_read,
    ),
    case(
        "rtr-id-other",
        "a DEALER that leaves and comes back under another id is known by that one",
        [named(&["DEALER", "PUSH", "PULL"]), ROUTER],
        Binds::Either,
        &[STAYS, BARE, NO_SECOND],
        |sides| comes_back(sides, "DEALER", json!({}), "E"),
    ),
    case(
        "rtr-back",
        "a DEALER whose ROUTER leaves and comes back is heard, and reached under its id",
        [named(&["DEALER", "PUSH", "PULL"]), ROUTER],
        Binds::Either,
        &[
            NO_RETURN,
            ROUTER_STAYS,
            BARE,
            mutant("no-second:ROUTER", "+flip/rust-liar", Timeout, Either),
        ],
        |sides| router_comes_back(sides, "DEALER"),
    ),
    case(
        "rtr-back-req",
        "a REQ whose ROUTER leaves and comes back is heard, and reached under its id",
        [named(&["REQ", "PUSH", "PULL"]), ROUTER],
        Binds::Either,
        &[
            NO_RETURN,
            ROUTER_STAYS,
            BARE,
            mutant("no-second:ROUTER", "+flip/rust-liar", Timeout, Either),
        ],
        |sides| router_comes_back(sides, "REQ"),
    ),
];

/// A socket of A with this id.
fn called(sides: &mut Sides, kind: &str, id: &str) -> Step<Sock> {
    let mut options = json!({"ROUTING_ID": {"text": id}});
    if kind == "ROUTER" {
        options["ROUTER_MANDATORY"] = 1.into();
    }
    reconnecting(sides, kind, options)
}

/// A ROUTER of B, whose connections are watched if its library can do so.
fn router(sides: &mut Sides, mut options: Value) -> Step<Sock> {
    let soon = sides.if_had(B, "ROUTER", json!({"RECONNECT_IVL": 20}))?;
    for (name, value) in soon.as_object().into_iter().flatten() {
        options[name] = value.clone();
    }
    let router = sides.socket_with(B, "ROUTER", options)?;
    watch(sides, &router)?;
    Ok(router)
}

/// `peer`, whose id is `id`, says something to the ROUTER and gets an answer.
fn talk(sides: &mut Sides, peer: &Sock, router: &Sock, id: &str, body: &str) -> Step {
    match peer.kind.as_str() {
        "ROUTER" => {
            sides.until("a mandatory ROUTER never knew another by its id", |sides, ms| {
                sides.is_taken(peer, &message(["R", body]), ms, &["EAGAIN", "EHOSTUNREACH"])
            })?;
            sides.expect(router, &message([id, body]))?;
            sides.send(router, &message([id, "yes"]))?;
            sides.expect(peer, &message(["R", "yes"]))
        }
        _ => {
            let id = Frame::from(id);
            heard(sides, peer, router, &id, body)?;
            told(sides, router, peer, &id, "yes")
        }
    }
}

/// A peer called D talks, leaves, and comes back as `back`, while nobody calls the ROUTER.
fn comes_back(sides: &mut Sides, kind: &str, options: Value, back: &str) -> Step {
    let router = router(sides, options)?;
    let first = called(sides, kind, "D")?;
    let way = sides.link_place(&first, &router, sides.flip)?;
    talk(sides, &first, &router, "D", "first")?;
    sees_it_leave(sides, &first, &way, &router)?;
    let second = called(sides, kind, back)?;
    let way = sides.take_place(&second, &way)?;
    is_back(sides, if sides.flip { &router } else { &second }, &way)?;
    time_passes(sides)?;
    talk(sides, &second, &router, back, "again")?;
    if back != "D" {
        // Nobody has that id any more.
        sides.is_taken(&router, &message(["D", "to nobody"]), 0, &["EHOSTUNREACH"])?;
        talk(sides, &second, &router, back, "once more")?;
    }
    Ok(())
}

fn back_while_read(sides: &mut Sides) -> Step {
    let router = router(sides, json!({"ROUTER_MANDATORY": 1}))?;
    let first = called(sides, "DEALER", "D")?;
    let endpoint = sides.link(&first, &router)?;
    talk(sides, &first, &router, "D", "first")?;
    sides.close(&first)?;
    sides.until("a ROUTER still sends to a peer that left", |sides, ms| {
        let got = sides.try_recv(&router, ms)?;
        got.iter().try_for_each(|got| same(&[], got))?;
        let sent = sides.try_send(&router, &message(["D", "to nobody"]), 1, 0)?;
        Ok(sent.is_err_and(|refusal| refusal.code == "EHOSTUNREACH"))
    })?;
    let second = called(sides, "DEALER", "D")?;
    sides.connect(&second, &endpoint)?;
    talk(sides, &second, &router, "D", "again")
}

/// A ROUTER talks, leaves, and another one takes its place, while nobody calls the peer.
fn router_comes_back(sides: &mut Sides, kind: &str) -> Step {
    let first = router(sides, json!({}))?;
    let peer = called(sides, kind, "D")?;
    watch(sides, &peer)?;
    let way = sides.link_place(&first, &peer, !sides.flip)?;
    talk(sides, &peer, &first, "D", "first")?;
    // What is sent before the loss is seen may be lost with the connection.
    sees_it_leave(sides, &first, &way, &peer)?;
    let second = router(sides, json!({}))?;
    sides.take_place(&second, &way)?;
    talk(sides, &peer, &second, "D", "again")
}
