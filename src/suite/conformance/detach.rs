//! A socket that lets an endpoint go while a message waits in it: `disconnect` and `unbind`. The message comes
//! whole or not at all, what is sent afterwards does not come, and a new endpoint is as good as the first.

use serde_json::json;

use super::case::{Binds, Case};
use super::exchange::{silent, subscribe_if_needed};
use super::leaving::{sees_it_leave, watch};
use super::needs::Needs;
use super::sides::{COMES, Sides, Sock, Tapped, parts, refused, same};
use super::step::{A, B, Cause, Failure, Step};
use super::value::{Frame, message};
use crate::digest::D;
use crate::outcome::Cause::*;
use crate::suite::mutant::{Blame::*, Mutant, mutant};
use crate::zmtp::conversation::Conversation;

/// How the receiver lets go of its endpoint.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Detach {
    /// It connected.
    Disconnect,
    /// It bound.
    Unbind,
}

macro_rules! detach {
    ($name:literal, $how:ident, $feature:literal, [$takes:literal, $sends:literal], $parts:expr, $mutants:expr) => {
        Case {
            name: $name,
            requirement: concat!(
                $feature,
                " with a message waiting: it comes whole or not at all, and a new endpoint serves"
            ),
            source: "zmq_disconnect(3), zmq_unbind(3); zmq_recv(3): all parts or none; libzmq#2163, #3485",
            needs: [Needs::types(&[$takes]).features(&["poll", $feature]), Needs::types(&[$sends])],
            binds: Binds::Second,
            mutants: $mutants,
            play: |sides| {
                let parts: &[usize] = $parts;
                parts.iter().try_for_each(|parts| detach(sides, Detach::$how, [$takes, $sends], *parts))
            },
        }
    };
}

macro_rules! disconnect {
    ($name:literal, $kinds:tt, $parts:literal, $mutants:expr) => {
        detach!($name, Disconnect, "disconnect", $kinds, &[$parts], $mutants)
    };
}

macro_rules! unbind {
    ($name:literal, $kinds:tt, $mutants:expr) => {
        detach!($name, Unbind, "unbind", $kinds, &[1, 3], $mutants)
    };
}

const PART: Mutant = mutant("part-left", "/liar-rust", WrongAnswer, Either);
const ONE_PEER: Mutant = mutant("one-peer", "/liar-rust", Timeout, Either);
/// It still hears its peer.
const HEARS: Mutant = mutant("ignore:disconnect", "/liar-rust", WrongAnswer, Either);
/// It has nothing to hear, and is still connected.
const STAYS: Mutant = mutant("ignore:disconnect", "/liar-rust", Timeout, Either);
const ONE: &[Mutant] = &[PART, ONE_PEER, HEARS];
const THREE: &[Mutant] = &[PART, HEARS];
const UNBIND: &[Mutant] = &[PART, mutant("ignore:unbind", "/liar-rust", Timeout, Either)];

/// See the module.
pub const CASES: &[Case] = &[
    disconnect!("life-disconnect-sub", ["SUB", "PUB"], 1, ONE),
    disconnect!("life-disconnect-sub-parts", ["SUB", "PUB"], 3, THREE),
    disconnect!("life-disconnect-xsub", ["XSUB", "PUB"], 1, ONE),
    disconnect!("life-disconnect-xsub-parts", ["XSUB", "PUB"], 3, THREE),
    disconnect!("life-disconnect-router", ["ROUTER", "DEALER"], 1, ONE),
    disconnect!("life-disconnect-router-parts", ["ROUTER", "DEALER"], 3, THREE),
    disconnect!("life-disconnect-dealer", ["DEALER", "DEALER"], 1, ONE),
    disconnect!("life-disconnect-dealer-parts", ["DEALER", "DEALER"], 3, THREE),
    disconnect!("life-disconnect-pull", ["PULL", "PUSH"], 1, ONE),
    disconnect!("life-disconnect-pull-parts", ["PULL", "PUSH"], 3, THREE),
    disconnect!("life-disconnect-pair", ["PAIR", "PAIR"], 1, ONE),
    disconnect!("life-disconnect-pair-parts", ["PAIR", "PAIR"], 3, THREE),
    disconnect!("life-disconnect-rep", ["REP", "REQ"], 1, &[PART, STAYS]),
    disconnect!("life-disconnect-rep-parts", ["REP", "REQ"], 3, &[PART, STAYS]),
    disconnect!("life-disconnect-req", ["REQ", "REP"], 1, &[PART, ONE_PEER, STAYS]),
    disconnect!("life-disconnect-req-parts", ["REQ", "REP"], 3, &[PART, STAYS]),
    unbind!("life-unbind-sub", ["SUB", "PUB"], UNBIND),
    unbind!("life-unbind-xsub", ["XSUB", "PUB"], UNBIND),
    unbind!("life-unbind-router", ["ROUTER", "DEALER"], UNBIND),
    unbind!("life-unbind-dealer", ["DEALER", "DEALER"], UNBIND),
    unbind!("life-unbind-pull", ["PULL", "PUSH"], UNBIND),
    unbind!("life-unbind-pair", ["PAIR", "PAIR"], UNBIND),
    unbind!("life-unbind-rep", ["REP", "REQ"], UNBIND),
    unbind!("life-unbind-req", ["REQ", "REP"], UNBIND),
];

/// A message of so many parts.
fn body(word: &str, parts: usize) -> Vec<Frame> {
    let rest = (1..parts).map(|n| format!("{word}, part {n}"));
    message([word.to_owned()].into_iter().chain(rest).map(|text| Frame::from(text.as_str())))
}

/// The receiver, and where it is linked to a sender.
struct Line {
    receiver: Sock,
    how: Detach,
    /// Where the receiver connected, or is bound.
    endpoint: String,
    way: Tapped,
}

impl Line {
    /// Links the receiver to a sender.
    fn new(sides: &mut Sides, how: Detach, receiver: &Sock, sender: &Sock) -> Step<Line> {
        let (connects, binds) = match how {
            Detach::Disconnect => (receiver, sender),
            Detach::Unbind => (sender, receiver),
        };
        let bound = sides.bind(binds)?;
        let way = sides.tap(binds.side, &bound)?;
        sides.connect(connects, &way.endpoint)?;
        let endpoint = if how == Detach::Disconnect { way.endpoint.clone() } else { bound };
        Ok(Line { receiver: receiver.clone(), how, endpoint, way })
    }

    fn let_go(&self, sides: &mut Sides) -> Step {
        let op = if self.how == Detach::Disconnect { "disconnect" } else { "unbind" };
        let request = json!({"op": op, "socket": self.receiver.name, "endpoint": self.endpoint});
        sides.do_it(A, request).map(drop)
    }

    /// The endpoint was let go: nobody is connected through it, or somebody else can bind to it.
    fn is_free(&self, sides: &mut Sides) -> Step {
        match self.how {
            Detach::Disconnect => sides.until("who disconnected did not leave", |sides, ms| {
                // Some libraries do what they were told only while they are called.
                match sides.recv_or_refusal(&self.receiver, ms)? {
                    Err(refusal) if matches!(refusal.code.as_str(), "EAGAIN" | "EFSM") => {}
                    Err(refusal) => return Err(refused(A, "recv", "EAGAIN or EFSM", &refusal)),
                    Ok(got) => same(&[], &got)?,
                }
                let all = sides.conversations(&self.way);
                Ok(all.is_none_or(|all| all.iter().all(Conversation::is_left_by_connector)))
            }),
            Detach::Unbind => {
                let other = sides.socket(A, &self.receiver.kind)?;
                sides.rebind(&other, &self.endpoint)?;
                sides.close(&other)
            }
        }
    }

    /// Sends the receiver what it must get; a REQ has to ask for it.
    fn send(&self, sides: &mut Sides, sender: &Sock, message: &[Frame]) -> Step {
        if self.receiver.kind == "REQ" {
            sides.pass(&self.receiver, sender, &[Frame::from("question")])?;
        }
        sides.send(sender, message)
    }

    /// What the receiver got is this; a ROUTER writes an id before it.
    fn is(&self, message: &[Frame], got: &[D]) -> Step {
        let skip = usize::from(self.receiver.kind == "ROUTER").min(got.len());
        same(message, &got[skip..])
    }
}

fn detach(sides: &mut Sides, how: Detach, [takes, sends]: [&str; 2], parts: usize) -> Step {
    // So that a REQ may ask somebody else whose answer is gone.
    let relaxed = match takes {
        "REQ" => sides.if_had(A, "REQ", json!({"REQ_RELAXED": 1}))?,
        _ => json!({}),
    };
    let receiver = sides.socket_with(A, takes, relaxed.clone())?;
    let sender = sides.socket(B, sends)?;
    let line = Line::new(sides, how, &receiver, &sender)?;
    subscribe_if_needed(sides, &sender, &receiver)?;
    let waiting = body("waiting", parts);
    line.send(sides, &sender, &waiting)?;
    waits(sides, &receiver)?;
    line.let_go(sides)?;
    let came = whole_or_nothing(sides, &line, &waiting)?;
    match (takes, came) {
        ("REP", true) => {
            // It owes an answer, which finds nobody.
            sides.is_taken(&receiver, &message(["answer"]), 0, &["EAGAIN", "EHOSTUNREACH"])?;
        }
        // It waits for an answer that is gone, and may do nothing else.
        ("REQ", false) if relaxed == json!({}) => return Ok(()),
        _ => {}
    }
    // Whoever has one peer, or asks one after the other, must know that the first left before the next comes.
    let stays = how == Detach::Unbind && matches!(takes, "PAIR" | "REQ");
    let late = body("too late", parts);
    let gone = &["EAGAIN", "EHOSTUNREACH", "other"];
    if how == Detach::Disconnect && !matches!(sends, "REP" | "REQ") {
        sides.is_taken(&sender, &late, 0, gone)?;
    }
    line.is_free(sides)?;
    match stays {
        true => {
            watch(sides, &receiver)?;
            sees_it_leave(sides, &sender, &line.way, &receiver)?;
        }
        false => sides.close(&sender)?,
    }
    let fresh = sides.socket(B, sends)?;
    let line = Line::new(sides, how, &receiver, &fresh)?;
    subscribe_if_needed(sides, &fresh, &receiver)?;
    let new = body("new", parts);
    line.send(sides, &fresh, &new)?;
    let got = sides.recv(&receiver)?;
    line.is(&new, &got)?;
    if matches!(takes, "REP" | "REQ") { Ok(()) } else { silent(sides, &receiver) }
}

/// A message waits in `sock`.
fn waits(sides: &mut Sides, sock: &Sock) -> Step {
    sides.settle(B)?;
    let ms = COMES.as_millis() as u64;
    let poll = json!({"op": "poll", "socket": sock.name, "events": "in", "timeout_ms": ms});
    match sides.do_it(sock.side, poll)?.get("ready") == Some(&json!(true)) {
        true => Ok(()),
        false => {
            let failure = Failure::new(Cause::Timeout, [A, B], "a message did not come");
            Err(failure.compared("ready", "not ready").into())
        }
    }
}

/// The receiver gets what waited for it as it was sent, or nothing of it; tells which.
fn whole_or_nothing(sides: &mut Sides, line: &Line, waiting: &[Frame]) -> Step<bool> {
    let receiver = &line.receiver;
    let mut came = false;
    loop {
        match sides.recv_or_refusal(receiver, 0)? {
            Ok(got) if came => {
                let failure = Failure::new(Cause::WrongAnswer, [A, B], "a second message came");
                return Err(failure.compared("nothing", parts(&got)).into());
            }
            Ok(got) => line.is(waiting, &got)?,
            Err(refusal) if refusal.code == "EAGAIN" => return Ok(came),
            // After its answer a REQ has to ask, after a request a REP has to answer.
            Err(refusal) if refusal.code == "EFSM" && came => return Ok(came),
            Err(refusal) => return Err(refused(A, "recv", "a message or EAGAIN", &refusal)),
        }
        came = true;
    }
}
