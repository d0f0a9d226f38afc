//! What a tap says at its end.

use std::collections::HashMap;
use std::fmt::{Display, Formatter, Result};
use std::time::{Duration, Instant};

use crate::zmtp::Side;
use crate::zmtp::conversation::{Entry, Item};
use crate::zmtp::exchange::{Pairing, Part};
use crate::zmtp::tap::{Event, Heard};

/// Counts over all connections. Pairs are of who connected, and who listens.
#[derive(Debug, Default)]
pub struct Summary {
    pub connections: u64,
    /// Connections for which nobody listened.
    pub refused: u64,
    pub messages: [u64; 2],
    /// All that was passed on, in bytes.
    pub bytes: [u64; 2],
    /// Requests, and how many of them were answered (RFC 28).
    pub requests: u64,
    pub answered: u64,
    /// The slowest answer, and its connection.
    pub slowest: Option<(Duration, u64)>,
    pub violations: u64,
    /// Sides of which octets were not captured.
    pub lost: u64,
    open: HashMap<u64, Pairing<Instant>>,
}

impl Summary {
    pub fn take(&mut self, heard: &Heard) {
        match &heard.event {
            Event::Opened(_) => {
                self.connections += 1;
                self.open.insert(heard.link, Pairing::default());
            }
            Event::Refused => self.refused += 1,
            Event::Octets(..) => {}
            Event::Lost(..) => self.lost += 1,
            Event::Said(entry) => self.said(heard.link, entry),
            Event::Closed(bytes) => {
                self.open.remove(&heard.link);
                self.bytes[0] += bytes[0];
                self.bytes[1] += bytes[1];
            }
        }
    }

    fn said(&mut self, link: u64, entry: &Entry) {
        match &entry.item {
            Item::Message(_) | Item::Opaque(_) => self.messages[entry.from as usize] += 1,
            Item::Violation(_) => self.violations += 1,
            _ => {}
        }
        let Some(pairing) = self.open.get_mut(&link) else { return };
        let part = pairing.take(entry, || entry.at);
        if !pairing.is_of_requests() {
            return;
        }
        match part {
            Some(Part::Request(..)) => self.requests += 1,
            Some(Part::Reply(asked, _)) => {
                self.answered += 1;
                let took = entry.at.saturating_duration_since(asked);
                if self.slowest.is_none_or(|(slowest, _)| took > slowest) {
                    self.slowest = Some((took, link));
                }
            }
            Some(Part::Stray(_)) | None => {}
        }
    }
}

impl Display for Summary {
    fn fmt(&self, f: &mut Formatter) -> Result {
        let [connector, binder] = [Side::Connector as usize, Side::Binder as usize];
        write!(f, "{}", counted(self.connections, "connection"))?;
        if self.refused > 0 {
            write!(f, " ({} found nobody upstream)", self.refused)?;
        }
        let messages = self.messages.iter().sum();
        write!(f, ", {}", counted(messages, "message"))?;
        write!(f, " (→ {}, ← {})", self.messages[connector], self.messages[binder])?;
        write!(f, ", {}", counted(self.bytes.iter().sum(), "byte"))?;
        write!(f, " (→ {}, ← {})", self.bytes[connector], self.bytes[binder])?;
        if self.requests > 0 {
            write!(f, "; {} of {} answered", self.answered, counted(self.requests, "request"))?;
        }
        if let Some((slowest, link)) = self.slowest {
            write!(f, ", the slowest after {:.1} ms (#{link})", slowest.as_secs_f64() * 1e3)?;
        }
        if self.violations > 0 {
            write!(f, "; {}", counted(self.violations, "protocol error"))?;
        }
        if self.lost > 0 {
            write!(f, "; octets are missing of {}", counted(self.lost, "side"))?;
        }
        Ok(())
    }
}

fn counted(n: u64, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}
