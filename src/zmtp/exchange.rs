//! Who asks on a connection, and which reply answers which request (RFC 28), entry by entry.

use std::collections::{HashMap, VecDeque};
use std::time::Instant;

use super::Side;
use super::conversation::{Conversation, Entry, Item, Message};
use crate::digest::D;

/// Reads the entries of a connection in their order; `T` is what is remembered of a request until it is answered.
#[derive(Debug)]
pub struct Pairing<T> {
    /// What the connector and the binder say they are.
    types: [Option<String>; 2],
    /// Who sent the first message.
    first: Option<Side>,
    open: HashMap<Vec<D>, VecDeque<T>>,
}

/// What a message is in the exchanges of its connection.
#[derive(Debug, PartialEq, Eq)]
pub enum Part<'a, T> {
    /// A request: the frames before its empty delimiter, and those after.
    Request(&'a [D], &'a [D]),
    /// The reply to the oldest open request with its envelope: what is remembered of that, and the frames after the
    /// delimiter.
    Reply(T, &'a [D]),
    /// It has no place in an exchange.
    Stray(&'a Message),
}

impl<T> Default for Pairing<T> {
    fn default() -> Pairing<T> {
        Pairing { types: [None, None], first: None, open: HashMap::new() }
    }
}

impl<T> Pairing<T> {
    /// Takes the next entry. `request` makes what is to be remembered, if it is a request.
    pub fn take<'a>(
        &mut self,
        entry: &'a Entry,
        request: impl FnOnce() -> T,
    ) -> Option<Part<'a, T>> {
        let Item::Message(message) = &entry.item else {
            if let Some(kind) = entry.item.socket_type() {
                self.types[entry.from as usize].get_or_insert(kind);
            }
            return None;
        };
        self.first.get_or_insert(entry.from);
        let parts = split_envelope(&message.frames);
        if self.asker() == Some(entry.from) {
            return Some(match parts {
                Some((envelope, body)) => {
                    self.open.entry(envelope.to_vec()).or_default().push_back(request());
                    Part::Request(envelope, body)
                }
                None => Part::Stray(message),
            });
        }
        let answered = parts.and_then(|(envelope, body)| {
            let open = self.open.get_mut(envelope)?;
            let asked = open.pop_front()?;
            // Envelopes may be as many as requests.
            if open.is_empty() {
                self.open.remove(envelope);
            }
            Some((asked, body))
        });
        Some(match answered {
            Some((asked, body)) => Part::Reply(asked, body),
            None => Part::Stray(message),
        })
    }

    /// The side that asks: by the socket types, else (ZMTP 1.0) the one that sent the first message.
    pub fn asker(&self) -> Option<Side> {
        let side_of = |wanted: &str| {
            let is = |side: &Side| self.types[*side as usize].as_deref() == Some(wanted);
            [Side::Connector, Side::Binder].into_iter().find(is)
        };
        side_of("REQ")
            .or_else(|| side_of("REP").map(Side::other))
            .or_else(|| side_of("DEALER").filter(|_| side_of("ROUTER").is_some()))
            .or(self.first)
    }

    /// Are these socket types that exchange requests and replies, or unknown?
    pub fn is_of_requests(&self) -> bool {
        self.types.iter().all(|kind| {
            kind.as_deref().is_none_or(|kind| matches!(kind, "REQ" | "REP" | "DEALER" | "ROUTER"))
        })
    }
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
}

/// Frames before and after the empty delimiter (RFC 28 "The Request-Reply Pattern").
fn split_envelope(frames: &[D]) -> Option<(&[D], &[D])> {
    let delimiter = frames.iter().position(|frame| frame.size == 0)?;
    Some((&frames[..delimiter], &frames[delimiter + 1..]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::zmtp::command::{Command, Metadata};

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
}
