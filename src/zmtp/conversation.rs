//! What was said on one connection, and the questions that a judge asks of it: which requests were
//! answered by what, and what went one way.

use std::time::Instant;

use super::command::Command;
use super::greeting::Greeting;
use super::{Side, Violation};
use crate::digest::D;

/// A conversation keeps this many frames and commands; what comes later is only counted.
pub const ENTRIES_LIMIT: usize = 10_000;

/// A whole multipart message: all its frames, "or none of them" (RFC 23 "Messages").
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its frames, in order.
    pub frames: Vec<D>,
    /// Frames beyond [`ENTRIES_LIMIT`], which are only counted.
    pub frames_dropped: u64,
}

/// One thing that one side said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// How it introduced itself.
    Greeting(Greeting),
    /// A command (ZMTP 3).
    Command(Command),
    /// A message.
    Message(Message),
    /// A frame that only the two peers can read (RFC 26, MESSAGE).
    Opaque(D),
    /// It broke the protocol. Nothing that it sent after is read.
    Violation(Violation),
    /// It sends no more. `unfinished`: what it was in the middle of.
    Closed { reset: bool, unfinished: Option<String> },
}

/// An item, who said it, and when its last byte passed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub at: Instant,
    pub from: Side,
    pub item: Item,
}

/// All that was said on one connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conversation {
    /// When the connector came.
    pub opened: Instant,
    /// When both sides had ended.
    pub closed: Option<Instant>,
    /// Nobody listened where the connector wanted to go.
    pub upstream_refused: bool,
    /// How many bytes the connector and the binder have sent, whether they could be read or not.
    pub sent: [u64; 2],
    /// What was said, oldest first.
    pub entries: Vec<Entry>,
    /// Entries that were not kept, because there were more than [`ENTRIES_LIMIT`] frames.
    pub dropped: u64,
    room: usize,
}

impl Conversation {
    /// A conversation that begins now.
    pub fn new(opened: Instant) -> Conversation {
        Conversation {
            opened,
            closed: None,
            upstream_refused: false,
            sent: [0; 2],
            entries: Vec::new(),
            dropped: 0,
            room: ENTRIES_LIMIT,
        }
    }

    /// Keeps an entry while there is room.
    pub fn record(&mut self, entry: Entry) {
        let weight = match &entry.item {
            Item::Message(message) => message.frames.len(),
            _ => 1,
        };
        // Nothing after the first that does not fit: what is kept has no holes.
        match self.room.checked_sub(weight) {
            Some(room) if self.dropped == 0 => {
                self.room = room;
                self.entries.push(entry);
            }
            _ => self.dropped += 1,
        }
    }

    /// What `side` said it is: from its metadata (RFC 23) or greeting (RFC 15). ZMTP 1.0 never says.
    pub fn socket_type(&self, side: Side) -> Option<String> {
        self.said_by(side).find_map(|entry| entry.item.socket_type())
    }

    /// Has the connector ended the connection?
    pub fn is_left_by_connector(&self) -> bool {
        self.said_by(Side::Connector).any(|entry| matches!(entry.item, Item::Closed { .. }))
    }

    /// The first breach of the protocol by `side`.
    pub fn violation(&self, side: Side) -> Option<&Violation> {
        self.said_by(side).find_map(|entry| match &entry.item {
            Item::Violation(violation) => Some(violation),
            _ => None,
        })
    }

    /// All messages of `side`, for a link on which nobody answers (RFC 29, RFC 30).
    pub fn one_way(&self, side: Side) -> Vec<Vec<D>> {
        self.messages(side).map(|(message, _)| message.frames.clone()).collect()
    }

    fn said_by(&self, side: Side) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(move |entry| entry.from == side)
    }

    fn messages(&self, side: Side) -> impl Iterator<Item = (&Message, Instant)> {
        self.said_by(side).filter_map(|entry| match &entry.item {
            Item::Message(message) => Some((message, entry.at)),
            _ => None,
        })
    }
}

impl Item {
    /// What a side says it is: in its metadata (RFC 23), or its greeting (RFC 15).
    pub fn socket_type(&self) -> Option<String> {
        match self {
            Item::Greeting(greeting) => greeting.socket_type.clone(),
            Item::Command(command) => {
                let value = command.metadata()?.get("Socket-Type")?;
                Some(String::from_utf8_lossy(value).into_owned())
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_counted() {
        let mut c = Conversation::new(Instant::now());
        for _ in 0..ENTRIES_LIMIT / 2 + 3 {
            let frames = [b"a", b"b"].map(|body| D::of(body)).to_vec();
            let item = Item::Message(Message { frames, frames_dropped: 0 });
            c.record(Entry { at: Instant::now(), from: Side::Connector, item });
        }
        assert_eq!((c.entries.len(), c.dropped), (ENTRIES_LIMIT / 2, 3));
    }
}
