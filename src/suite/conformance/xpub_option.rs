//! Options of an XPUB that change what it is told, whom it sends what, and whether it may drop it. The wire shows
//! what its subscribers said, and what it sent.

use serde_json::json;

use super::case::{Binds, Case};
use super::idle_socket::expect_with;
use super::needs::Needs;
use super::sides::{COMES, Sides, Sock, Tapped, parts};
use super::step::{A, B, Cause, Failure, Side, Step};
use super::topic::notice;
use super::value::{Frame, message};
use crate::digest::D;
use crate::outcome::Cause::*;
use crate::suite::mutant::{Blame::*, mutant};

const XPUB: Needs = Needs::types(&["XPUB"]);
const SUB: Needs = Needs::types(&["SUB"]).between();

/// A mark, and how many messages of which size are more than fits, whatever the system's buffers hold.
const MARK: u64 = 10;
const FLOOD: u64 = 1000;
const BODY: usize = 64 << 10;

/// See the module.
pub const CASES: &[Case] = &[
    Case {
        name: "xpub-verboser",
        requirement: "a verboser XPUB is told of every subscription and of every cancellation",
        source: "zmq_setsockopt(3), ZMQ_XPUB_VERBOSER; libzmq tests/test_xpub_verbose.cpp",
        needs: [SUB, XPUB.options(&["XPUB_VERBOSER"])],
        binds: Binds::Second,
        mutants: &[mutant("forget:XPUB_VERBOSER", "/python-liar", WrongAnswer, Surely)],
        play: verboser,
    },
    Case {
        name: "xpub-manual",
        requirement: "a manual XPUB sends a subscriber what its application subscribed it to, and nothing else",
        source: "zmq_setsockopt(3), ZMQ_XPUB_MANUAL; libzmq tests/test_xpub_manual.cpp",
        needs: [Needs::types(&["XSUB"]).between(), XPUB.options(&["XPUB_MANUAL"])],
        binds: Binds::Either,
        mutants: &[mutant("forget:XPUB_MANUAL", "/python-liar", WrongAnswer, Surely)],
        play: manual,
    },
    Case {
        name: "xpub-nodrop",
        requirement: "with XPUB_NODROP a full queue refuses with EAGAIN; all that was taken comes",
        source: "zmq_setsockopt(3), ZMQ_XPUB_NODROP; libzmq tests/test_xpub_nodrop.cpp",
        needs: [SUB.options(&["RCVHWM", "RCVBUF"]), XPUB.options(&["XPUB_NODROP", "SNDHWM"])],
        binds: Binds::Either,
        mutants: &[
            mutant("forget:XPUB_NODROP", "/python-liar", WrongAnswer, Surely),
            mutant("forget:SNDHWM", "/python-liar", WrongAnswer, Surely),
        ],
        play: no_drop,
    },
    Case {
        name: "sub-invert",
        requirement: "where both ends invert the match, all comes but what begins with the topic",
        source: "zmq_setsockopt(3), ZMQ_INVERT_MATCHING; libzmq tests/test_sub_invert_matching.cpp",
        needs: [SUB.options(&["INVERT_MATCHING"]), XPUB.options(&["INVERT_MATCHING"])],
        binds: Binds::Either,
        mutants: &[
            mutant("forget:INVERT_MATCHING", "/liar-python", Timeout, Surely),
            mutant("forget:INVERT_MATCHING", "/python-liar", WrongAnswer, Surely),
        ],
        play: inverted,
    },
];

/// The XPUB `publisher` is told this next. Where what comes in its place was on the wire after it, the one that did not
/// tell is `publisher`.
fn is_told(sides: &mut Sides, publisher: &Sock, way: &Tapped, what: u8, topic: &str) -> Step {
    let expected = notice(what, topic.as_bytes()).map(|frame| frame.seen());
    let got = sides.try_recv(publisher, COMES.as_millis() as u64)?;
    if got.as_deref() == Some(&expected) {
        return Ok(());
    }
    let all_said = sides.has_said(way, A, what, topic.as_bytes());
    let suspects: &[Side] = if all_said { &[B] } else { &Side::BOTH };
    let (cause, got) = match &got {
        Some(got) => (Cause::WrongAnswer, parts(got)),
        None => (Cause::Timeout, "EAGAIN".to_owned()),
    };
    let failure = Failure::new(cause, suspects, "an XPUB is told otherwise of its subscribers");
    Err(failure.compared(parts(&expected), got).into())
}

fn verboser(sides: &mut Sides) -> Step {
    let xpub = sides.socket_with(B, "XPUB", json!({"XPUB_VERBOSER": 1}))?;
    let endpoint = sides.bind(&xpub)?;
    let mut subs = vec![];
    for own in ["first", "second"] {
        let (sub, way) = (sides.socket(A, "SUB")?, sides.tap(B, &endpoint)?);
        sides.connect(&sub, &way.endpoint)?;
        sides.subscribe(&sub, own)?;
        expect_with(sides, &xpub, &sub, &notice(1, own.as_bytes()))?;
        subs.push((sub, way, own));
    }
    // What each says after it shows that it was said.
    for (sub, way, own) in &subs {
        let after = format!("{own} has T");
        sides.subscribe(sub, "T")?;
        sides.subscribe(sub, after.as_str())?;
        is_told(sides, &xpub, way, 1, "T")?;
        is_told(sides, &xpub, way, 1, &after)?;
    }
    for (sub, way, own) in &subs {
        sides.unsubscribe(sub, "T")?;
        sides.unsubscribe(sub, *own)?;
        is_told(sides, &xpub, way, 0, "T")?;
        is_told(sides, &xpub, way, 0, own)?;
    }
    Ok(())
}

/// `reader` gets exactly this next. Where something else comes, or nothing, the wire tells who is to blame: B, if it
/// did not send this next.
fn gets(sides: &mut Sides, reader: &Sock, way: &Tapped, sent: &mut usize, body: &str) -> Step {
    let expected = [Frame::from(body).seen()];
    let got = sides.try_recv(reader, COMES.as_millis() as u64)?;
    let on_wire = sides.messages_of(way, B);
    let right = on_wire.get(*sent).is_some_and(|message| *message == expected);
    *sent += 1;
    if got.as_deref() == Some(&expected) && right {
        return Ok(());
    }
    let suspects: &[Side] = match right {
        true => &[A],
        // Who left can't be sent anything.
        false if sides.has_left(way, A) => &Side::BOTH,
        false => &[B],
    };
    let shown = |message: Option<&Vec<D>>| message.map_or("nothing".into(), |got| parts(got));
    let cause = if got.is_none() && right { Cause::Timeout } else { Cause::WrongAnswer };
    let what = "a subscriber does not get what it should next";
    let got = format!("{}; on the wire: {}", shown(got.as_ref()), shown(on_wire.get(*sent - 1)));
    Err(Failure::new(cause, suspects, what).compared(parts(&expected), got).into())
}

fn manual(sides: &mut Sides) -> Step {
    let xsub = sides.socket(A, "XSUB")?;
    let xpub = sides.socket_with(B, "XPUB", json!({"XPUB_MANUAL": 1}))?;
    let way = sides.link_tapped(&xsub, &xpub)?;
    let mut sent = 0;
    sides.send(&xsub, &notice(1, b"A"))?;
    expect_with(sides, &xpub, &xsub, &notice(1, b"A"))?;
    sides.subscribe(&xpub, "B")?;
    for body in ["A: not subscribed to", "B: the first"] {
        sides.send(&xpub, &message([body]))?;
    }
    sides.settle(B)?;
    gets(sides, &xsub, &way, &mut sent, "B: the first")?;
    sides.send(&xsub, &notice(1, b"C"))?;
    expect_with(sides, &xpub, &xsub, &notice(1, b"C"))?;
    sides.unsubscribe(&xpub, "B")?;
    sides.subscribe(&xpub, "D")?;
    for body in ["B: the last", "C: not subscribed to", "D: in its place"] {
        sides.send(&xpub, &message([body]))?;
    }
    sides.settle(B)?;
    gets(sides, &xsub, &way, &mut sent, "D: in its place")
}

fn inverted(sides: &mut Sides) -> Step {
    let sub = sides.socket_with(A, "SUB", json!({"INVERT_MATCHING": 1}))?;
    let xpub = sides.socket_with(B, "XPUB", json!({"INVERT_MATCHING": 1}))?;
    let way = sides.link_tapped(&sub, &xpub)?;
    sides.subscribe(&sub, "A")?;
    expect_with(sides, &xpub, &sub, &notice(1, b"A"))?;
    for body in ["A1", "B1", "A", "", "last"] {
        sides.send(&xpub, &message([body]))?;
    }
    sides.settle(B)?;
    let mut sent = 0;
    ["B1", "", "last"].iter().try_for_each(|body| gets(sides, &sub, &way, &mut sent, body))
}

fn no_drop(sides: &mut Sides) -> Step {
    let sub = sides.socket_with(A, "SUB", json!({"RCVHWM": MARK, "RCVBUF": 8192}))?;
    let xpub = sides.socket_with(B, "XPUB", json!({"XPUB_NODROP": 1, "SNDHWM": MARK}))?;
    let way = sides.link_narrow(&sub, &xpub)?;
    sides.subscribe(&sub, "")?;
    expect_with(sides, &xpub, &sub, &notice(1, b""))?;
    let body = [Frame::Fill { size: BODY, seed: 1 }];
    let taken = sides.send_until_full(&xpub, &body, FLOOD)?;
    if taken == FLOOD {
        let left = sides.messages_of(&way, B).len() as u64;
        // What A took has left B; what has not, B took beyond its mark, or dropped.
        let suspect = if left + 2 * MARK >= FLOOD { A } else { B };
        let what = "of what an XPUB with XPUB_NODROP took more waits than it may keep";
        let failure = Failure::new(Cause::WrongAnswer, [suspect], what);
        let got = format!("all {FLOOD} taken, {left} sent");
        return Err(failure.compared("EAGAIN at the limit", got).into());
    }
    for _ in 0..taken {
        sides.expect(&sub, &body)?;
    }
    sides.pass(&xpub, &sub, &message(["last"]))
}
