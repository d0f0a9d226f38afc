//! Who asks on a connection, and which reply answers which request (RFC 28), entry by entry.

use std::collections::{HashMap, VecDeque};

use super::Side;
use super::conversation::{Entry, Item, Message};
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

/// Frames before and after the empty delimiter (RFC 28 "The Request-Reply Pattern").
fn split_envelope(frames: &[D]) -> Option<(&[D], &[D])> {
    let delimiter = frames.iter().position(|frame| frame.size == 0)?;
    Some((&frames[..delimiter], &frames[delimiter + 1..]))
}
