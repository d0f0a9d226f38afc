//! The harness as a witness between two sockets: that somebody came, how far its handshake went, and
//! that it left, must not rest on the word of the agent that was told to do so.

use std::fmt;
use std::io;
use std::time::Duration;

use serde_json::{Value, json};

use super::{COMES, Sides, Sock, breach};
use crate::suite::conformance::step::{A, B, Cause, End, Failure, Side, Step};
use crate::zmtp;
use crate::zmtp::conversation::{Conversation, Item};
use crate::zmtp::endpoint::Endpoint;
use crate::zmtp::greeting::V3_SIZE;
use crate::zmtp::tap::{Tap, Width};

/// A way to an endpoint that is watched.
#[derive(Clone, Debug)]
pub struct Tapped {
    /// Where to connect instead.
    pub endpoint: String,
    /// Which of the cell's taps it is; `None` where the harness can't stand between the two.
    pub(super) tap: Option<usize>,
    /// Whose socket is bound there.
    pub(super) binder: Side,
}

impl Tapped {
    /// A way that nobody watches.
    pub(super) fn straight(endpoint: &str, binder: Side) -> Tapped {
        Tapped { endpoint: endpoint.to_owned(), tap: None, binder }
    }

    /// Does the harness stand on it?
    pub fn is_seen(&self) -> bool {
        self.tap.is_some()
    }
}

/// How far somebody must have come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// It has sent its greeting, or as much of it as the other wanted to know.
    Greeting,
    /// It has sent this command of the handshake, or seen that it is of no use.
    Command(&'static str),
    /// It has ended the connection.
    Closed,
}

/// The signature, which each side sends at once; the rest of its greeting may wait for the other's. (JeroMQ
/// may read a whole greeting of another mechanism, and close, before it has sent even that.)
const SIGNATURE: u64 = 10;

impl Until {
    /// Has `who` come so far? Who reads first what the other is ends the handshake, on either side, and
    /// then the rest of it is not sent.
    fn is_reached(self, who: zmtp::Side, conversation: &Conversation) -> bool {
        let said = |who: zmtp::Side, check: &dyn Fn(&Item) -> bool| {
            conversation.entries.iter().any(|entry| entry.from == who && check(&entry.item))
        };
        let [connector, binder] = [zmtp::Side::Connector, zmtp::Side::Binder];
        let closed = |item: &Item| matches!(item, Item::Closed { .. });
        let command = |item: &Item| match (item, self) {
            (Item::Command(command), Until::Command(name)) => command.name() == name,
            _ => false,
        };
        let greeting = |item: &Item| matches!(item, Item::Greeting(_));
        let sent = conversation.sent;
        let ended = sent.iter().any(|sent| *sent >= V3_SIZE as u64)
            && (said(connector, &closed) || said(binder, &closed));
        let both = sent.iter().all(|sent| *sent >= SIGNATURE);
        match self {
            Until::Greeting => said(who, &greeting) || ended,
            Until::Command(_) => said(who, &command) || ended && both,
            Until::Closed => said(who, &closed),
        }
    }
}

impl fmt::Display for Until {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Until::Greeting => f.write_str("a greeting"),
            Until::Command(name) => write!(f, "the command {name}"),
            Until::Closed => f.write_str("the end of the connection"),
        }
    }
}

/// So long somebody who must not be served has the chance to be served all the same, where the connection
/// stays open.
const CHANCE: Duration = Duration::from_millis(250);

impl Sides {
    /// A watched way to `endpoint`, to which a socket of `binder` is bound. Where we can't stand between the two, since
    /// the one that connects does not reach us, or we don't reach the other, it is the endpoint itself.
    pub fn tap(&mut self, binder: Side, endpoint: &str) -> Step<Tapped> {
        self.tap_of(Width::Wide, binder, endpoint)
    }

    /// The same, as wide as that.
    pub fn tap_of(&mut self, width: Width, binder: Side, endpoint: &str) -> Step<Tapped> {
        if !self.stands_before(binder) {
            return Ok(Tapped::straight(endpoint, binder));
        }
        let tap = Tap::start_on(&self.reach.host, endpoint, width);
        self.tapped(tap, binder, endpoint)
    }

    /// Can the harness stand between a socket of `binder` and the other side?
    pub(super) fn stands_before(&self, binder: Side) -> bool {
        self.reach.stands_between(&self.peers[binder.other()], &self.peers[binder])
    }

    /// A watched way from `place`, where nobody listens, to `endpoint`.
    pub(super) fn tap_at(&mut self, place: &str, binder: Side, endpoint: &str) -> Step<Tapped> {
        let start = |[place, endpoint]: [io::Result<Endpoint>; 2]| {
            Tap::start_at(&place?, endpoint?, Width::Wide, None)
        };
        self.tapped(start([place, endpoint].map(Endpoint::new)), binder, endpoint)
    }

    fn tapped(&mut self, tap: io::Result<Tap>, binder: Side, endpoint: &str) -> Step<Tapped> {
        let tap = tap.map_err(|e| End::Broken(format!("no tap before {endpoint}: {e}")))?;
        // It lives as long as the sockets do: its port must not become somebody else's before.
        self.taps.push(tap);
        Ok(Tapped {
            endpoint: self.taps[self.taps.len() - 1].endpoint(),
            tap: Some(self.taps.len() - 1),
            binder,
        })
    }

    /// Connects `sock` to `tapped`, where it may be refused. Some libraries say so at once, others never.
    pub fn try_connect(&mut self, sock: &Sock, tapped: &Tapped) -> Step {
        if tapped.tap.is_none() {
            self.post(sock.side, json!({"op": "monitor", "socket": sock.name}))?;
        }
        let connect = json!({"op": "connect", "socket": sock.name, "endpoint": tapped.endpoint});
        match self.ask(sock.side, connect)? {
            Err(refusal) if matches!(refusal.code.as_str(), "unsupported" | "bad-request") => {
                Err(super::refused(sock.side, "connect", "ok, or why it failed", &refusal))
            }
            _ => Ok(()),
        }
    }

    /// Waits until `sock` has come so far on its way through `tapped`.
    pub fn wait_until(&mut self, sock: &Sock, tapped: &Tapped, until: Until) -> Step {
        let Some(tap) = tapped.tap else { return self.wait_for_its_monitor(sock) };
        let who = match sock.side == tapped.binder {
            true => zmtp::Side::Binder,
            false => zmtp::Side::Connector,
        };
        let reached = |one: &Conversation, _: bool| until.is_reached(who, one);
        let all = self.taps[tap].wait_for(self.patience(COMES), reached);
        let Err(all) = all else { return Ok(()) };
        if self.left().is_zero() {
            return Err(self.too_long(&Side::BOTH));
        }
        let first = all.iter().find_map(first_command);
        // After a HELLO the other end may be to blame that no more came.
        if let (Until::Command(wanted), Some(got)) = (until, first.filter(|name| name != "HELLO")) {
            let what = format!("the handshake of a {} does not begin as it should", sock.kind);
            let failure = Failure::new(Cause::WrongAnswer, [sock.side], what);
            return Err(failure.compared(wanted, got).into());
        }
        self.settle(sock.side)?;
        let (kind, side) = (&sock.kind, sock.side);
        let [came, answered] = [0, 1].map(|who| all.iter().any(|one| one.sent[who] > 0));
        let (suspects, what) = match all.last() {
            None => (vec![side], format!("a {kind} never connected where it was told to")),
            Some(last) if last.upstream_refused => {
                (vec![side.other()], "nobody listens at an endpoint that was bound".to_owned())
            }
            Some(_) if until == Until::Closed => {
                (vec![side], format!("a {kind} that was told to go did not leave"))
            }
            Some(_) if answered && !came => {
                (vec![side], format!("a {kind} connected and said nothing"))
            }
            Some(_) if came && !answered => (
                vec![side.other()],
                format!("a {kind} connected, and nobody answered its greeting"),
            ),
            Some(_) => (vec![A, B], format!("a {kind} connected, and its handshake did not go on")),
        };
        let mut failure = Failure::new(Cause::Timeout, suspects, what);
        let said = all.last().map(Conversation::to_string).unwrap_or_default();
        failure.evidence = said.lines().map(|line| line.trim().to_owned()).collect();
        Err(failure.compared(until.to_string(), "nothing of it").into())
    }

    /// Waits until nothing more can come through `tapped`: the connection has ended, or had its chance.
    pub fn wait_for_chance(&mut self, tapped: &Tapped) {
        if let Some(tap) = tapped.tap {
            let ended = |one: &Conversation, is_last: bool| is_last && one.closed.is_some();
            let _had_its_chance = self.taps[tap].wait_for(CHANCE, ended);
        }
    }

    /// Has a connection on the way through `tapped` ended, or does it while it has the chance?
    pub fn has_ended(&mut self, tapped: &Tapped) -> bool {
        let Some(tap) = tapped.tap else { return false };
        self.taps[tap].wait_for(CHANCE, |one, _| one.closed.is_some()).is_ok()
    }

    /// Waits until `sock`, which was closed, has left the way between it and the other.
    pub fn wait_closed(&mut self, sock: &Sock, tapped: &Tapped) -> Step {
        match tapped.tap {
            Some(_) => self.wait_until(sock, tapped, Until::Closed),
            // Who can't be seen was at least told to go.
            None => Ok(()),
        }
    }

    /// The same where only the library's own monitor can tell.
    fn wait_for_its_monitor(&mut self, sock: &Sock) -> Step {
        let events = self.events(sock, "CONNECTED", COMES)?;
        match events.iter().any(|event| event == "CONNECTED") {
            true => Ok(()),
            false => {
                let what = format!("a {} never connected where it was told to", sock.kind);
                let failure = Failure::new(Cause::Timeout, [sock.side], what);
                Err(failure.compared("CONNECTED", format!("{events:?}")).into())
            }
        }
    }

    /// The events that the monitor of `sock` saw, until `until` is among them or for so long.
    pub fn events(&mut self, sock: &Sock, until: &str, timeout: Duration) -> Step<Vec<String>> {
        let ms = timeout.as_millis() as u64;
        let request =
            json!({"op": "events", "socket": sock.name, "until": until, "timeout_ms": ms});
        let mut fields = self.do_it(sock.side, request)?;
        let events = fields.remove("events").unwrap_or(Value::Null);
        serde_json::from_value(events).map_err(|e| {
            breach(sock.side, format!("events was answered without events: {e}")).into()
        })
    }

    /// What was said on the way through `tapped`, where the harness could hear it.
    pub fn conversations(&self, tapped: &Tapped) -> Option<Vec<Conversation>> {
        tapped.tap.map(|tap| self.taps[tap].conversations())
    }
}

/// The name of the first command of who connected.
fn first_command(conversation: &Conversation) -> Option<String> {
    conversation.entries.iter().find_map(|entry| match &entry.item {
        Item::Command(command) if entry.from == zmtp::Side::Connector => {
            Some(command.name().to_owned())
        }
        _ => None,
    })
}
