//! What passes between two sockets, for cases that rest on it ([`Needs::between`]).
//!
//! [`Needs::between`]: crate::suite::conformance::needs::Needs::between

use std::time::{Duration, Instant};

use super::{Sides, Sock, Tapped};
use crate::digest::D;
use crate::suite::conformance::step::{A, Failure, Side, Step};
use crate::zmtp;
use crate::zmtp::command::Command;
use crate::zmtp::conversation::{Conversation, Entry, Item};
use crate::zmtp::tap::{Tap, Width};

impl Sides {
    /// Which end of a way `side` is.
    pub fn end_of(&self, side: Side) -> zmtp::Side {
        if (side == A) == self.flip { zmtp::Side::Binder } else { zmtp::Side::Connector }
    }

    /// Binds the second and connects the first, or the other way round where the cell flips, through a narrow way.
    pub fn link_narrow(&mut self, first: &Sock, second: &Sock) -> Step<Tapped> {
        let (connects, way) = self.way_between(Width::Narrow, first, second)?;
        self.connect(&connects, &way.endpoint)?;
        Ok(way)
    }

    /// The same where nothing that `silent` says is passed on, not even its greeting.
    pub fn link_silent(&mut self, first: &Sock, second: &Sock, silent: Side) -> Step<Tapped> {
        let (connects, way) = self.way_between(Width::Wide, first, second)?;
        self.hold(&way, silent);
        self.connect(&connects, &way.endpoint)?;
        Ok(way)
    }

    /// The one of the two that is to connect, and the way to the other.
    fn way_between(&mut self, width: Width, first: &Sock, second: &Sock) -> Step<(Sock, Tapped)> {
        let (connects, binds) = if self.flip { (second, first) } else { (first, second) };
        let endpoint = self.bind(binds)?;
        Ok((connects.clone(), self.tap_of(width, binds.side, &endpoint)?))
    }

    /// What was posted to `side` begins, though nobody waits for it yet.
    pub fn begin(&mut self, side: Side) -> Step {
        self.flush(side)
    }

    fn tap_on(&self, way: &Tapped) -> &Tap {
        &self.taps[way.tap.expect("the plan has the case played only where we stand between")]
    }

    /// Passes nothing on of what `side` says from now on.
    pub fn hold(&self, way: &Tapped, side: Side) {
        self.tap_on(way).hold(self.end_of(side));
    }

    /// Passes on what was held.
    pub fn release(&self, way: &Tapped, side: Side) {
        self.tap_on(way).release(self.end_of(side));
    }

    /// Waits until `check` holds of what passed; false if it does not, though `usual` is over, or longer on a slow
    /// machine.
    pub fn is_seen(&self, way: &Tapped, usual: Duration, check: impl Fn(&Sides) -> bool) -> bool {
        self.tap_on(way).wait_until(self.patience(usual), || check(self))
    }

    /// When each connection was opened, and when both ends had left it.
    pub fn connections(&self, way: &Tapped) -> Vec<(Instant, Option<Instant>)> {
        self.tap_on(way).each(|one| (one.opened, one.closed))
    }

    /// A failure with what was said last on the way.
    pub fn shown(&self, way: &Tapped, mut failure: Failure) -> Failure {
        let said = self.tap_on(way).each(Conversation::to_string).pop().unwrap_or_default();
        failure.evidence.extend(said.lines().map(|line| line.trim().to_owned()));
        failure
    }

    /// All that `side` has said so far.
    pub fn said(&self, way: &Tapped, side: Side) -> Vec<Entry> {
        let end = self.end_of(side);
        let of_it = |one: &Conversation| -> Vec<Entry> {
            one.entries.iter().filter(|entry| entry.from == end).cloned().collect()
        };
        self.tap_on(way).each(of_it).concat()
    }

    /// The messages that `side` has sent so far.
    pub fn messages_of(&self, way: &Tapped, side: Side) -> Vec<Vec<D>> {
        let messages = self.said(way, side).into_iter().filter_map(|entry| match entry.item {
            Item::Message(message) => Some(message.frames),
            _ => None,
        });
        messages.collect()
    }

    /// How many octets `side` has sent so far.
    pub fn octets_of(&self, way: &Tapped, side: Side) -> u64 {
        let end = self.end_of(side) as usize;
        self.tap_on(way).each(|one| one.sent[end]).iter().sum()
    }

    /// When `side` ended a connection first since then, if it did.
    pub fn end_by(&self, way: &Tapped, side: Side, since: Instant) -> Option<Instant> {
        let closed = |entry: &Entry| matches!(entry.item, Item::Closed { .. }) && entry.at >= since;
        self.said(way, side).iter().find(|entry| closed(entry)).map(|entry| entry.at)
    }

    /// Has `side` ended a connection?
    pub fn has_left(&self, way: &Tapped, side: Side) -> bool {
        self.said(way, side).iter().any(|entry| matches!(entry.item, Item::Closed { .. }))
    }

    /// Has `side` said on the wire that it subscribes to (1) or cancels (0) this topic, in whatever form?
    pub fn has_said(&self, way: &Tapped, side: Side, what: u8, topic: &[u8]) -> bool {
        let (body, notice) = (D::of(topic), D::of(&[&[what], topic].concat()));
        self.said(way, side).iter().any(|entry| match &entry.item {
            Item::Command(Command::Subscribe(said)) => what == 1 && *said == body,
            Item::Command(Command::Cancel(said)) => what == 0 && *said == body,
            Item::Message(message) => message.frames == [notice.clone()],
            _ => false,
        })
    }
}
