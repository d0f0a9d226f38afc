//! What was said on one connection, and the questions that a judge asks of it: which requests were
//! answered by what, and what went one way.

use std::time::Instant;

use super::command::Command;
use super::exchange::{Pairing, Part};
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

/// A request, and the reply to it if there was one (RFC 28).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// The frames before the empty delimiter: routing ids, REQ_CORRELATE's number.
    pub envelope: Vec<D>,
    /// The frames after the delimiter.
    pub request: Vec<D>,
    pub asked_at: Instant,
    /// The frames after the reply's delimiter, and when it passed.
    pub reply: Option<(Vec<D>, Instant)>,
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

    /// The side that asks: by the socket types, else (ZMTP 1.0) the one that spoke first.
    pub fn asker(&self) -> Option<Side> {
        let mut pairing = Pairing::default();
        for entry in &self.entries {
            pairing.take(entry, || ());
        }
        pairing.asker()
    }

    /// Every request with its reply, in the order of the requests. A reply answers the oldest open
    /// request that has its envelope.
    pub fn exchanges(&self) -> Vec<Exchange> {
        self.pair_up().0
    }

    /// Messages of the answering side that answer nothing: no delimiter, or an envelope that no open
    /// request has. A server that answers twice, or the wrong client, is found here.
    pub fn strays(&self) -> Vec<Message> {
        self.pair_up().1
    }

    fn pair_up(&self) -> (Vec<Exchange>, Vec<Message>) {
        let (mut exchanges, mut strays) = (Vec::<Exchange>::new(), Vec::new());
        let mut pairing = Pairing::default();
        for entry in &self.entries {
            match pairing.take(entry, || exchanges.len()) {
                Some(Part::Request(envelope, body)) => exchanges.push(Exchange {
                    envelope: envelope.to_vec(),
                    request: body.to_vec(),
                    asked_at: entry.at,
                    reply: None,
                }),
                Some(Part::Reply(request, body)) => {
                    exchanges[request].reply = Some((body.to_vec(), entry.at));
                }
                // What the asking side sends without a delimiter asks nothing.
                Some(Part::Stray(message)) if pairing.asker() != Some(entry.from) => {
                    strays.push(message.clone());
                }
                Some(Part::Stray(_)) | None => {}
            }
        }
        (exchanges, strays)
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
    use crate::zmtp::command::Metadata;

    fn said(conversation: &mut Conversation, from: Side, item: Item) {
        conversation.record(Entry { at: Instant::now(), from, item });
    }

    fn ready(conversation: &mut Conversation, from: Side, socket_type: &str) {
        let metadata = Metadata(vec![("socket-type".into(), socket_type.into())]);
        said(conversation, from, Item::Command(Command::Ready(metadata)));
    }

    fn message(conversation: &mut Conversation, from: Side, frames: &[&str]) {
        let frames = frames.iter().map(|frame| D::of(frame.as_bytes())).collect();
        said(conversation, from, Item::Message(Message { frames, frames_dropped: 0 }));
    }

    fn bodies(exchanges: &[Exchange]) -> Vec<(String, Option<String>)> {
        let text = |frames: &[D]| String::from_utf8(frames[0].bytes().unwrap()).unwrap();
        let reply = |e: &Exchange| e.reply.as_ref().map(|(frames, _)| text(frames));
        exchanges.iter().map(|e| (text(&e.request), reply(e))).collect()
    }

    #[test]
    fn rfc28_replies_find_their_requests_by_envelope() {
        let mut c = Conversation::new(Instant::now());
        let (client, server) = (Side::Connector, Side::Binder);
        ready(&mut c, client, "REQ");
        ready(&mut c, server, "ROUTER");
        message(&mut c, client, &["0001", "", "one"]);
        message(&mut c, client, &["0002", "", "two"]);
        message(&mut c, server, &["0002", "", "TWO"]);
        message(&mut c, server, &["0002", "", "TWO again"]);
        message(&mut c, server, &["no delimiter"]);
        let answered = ("two".to_string(), Some("TWO".to_string()));
        assert_eq!(bodies(&c.exchanges()), [("one".to_string(), None), answered]);
        assert_eq!(c.exchanges()[1].envelope, [D::of(b"0002")]);
        assert_eq!(c.strays().len(), 2);
    }

    #[test]
    fn rfc28_on_a_workers_link_the_binder_asks() {
        let mut c = Conversation::new(Instant::now());
        ready(&mut c, Side::Connector, "REP");
        ready(&mut c, Side::Binder, "DEALER");
        assert_eq!(c.asker(), Some(Side::Binder));
        message(&mut c, Side::Binder, &["client A", "0001", "", "a"]);
        message(&mut c, Side::Binder, &["client B", "0001", "", "b"]);
        message(&mut c, Side::Connector, &["client A", "0001", "", "A"]);
        message(&mut c, Side::Connector, &["client B", "0001", "", "B"]);
        let pair = |s: &str| (s.to_string(), Some(s.to_uppercase()));
        assert_eq!(bodies(&c.exchanges()), [pair("a"), pair("b")]);
    }

    #[test]
    fn without_socket_types_who_speaks_first_asks() {
        let mut c = Conversation::new(Instant::now());
        assert_eq!(c.asker(), None);
        message(&mut c, Side::Binder, &["", "q"]);
        message(&mut c, Side::Connector, &["", "r"]);
        assert_eq!(bodies(&c.exchanges()), [("q".to_string(), Some("r".to_string()))]);
    }

    #[test]
    fn what_does_not_fit_is_counted() {
        let mut c = Conversation::new(Instant::now());
        for _ in 0..ENTRIES_LIMIT / 2 + 3 {
            message(&mut c, Side::Connector, &["a", "b"]);
        }
        assert_eq!((c.entries.len(), c.dropped), (ENTRIES_LIMIT / 2, 3));
    }
}
