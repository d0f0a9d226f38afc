//! Joins both directions of a connection: neither can be read alone, because what a side's bytes mean
//! depends on the version that the other announces (RFC 15 and 23, "Backwards Interoperability").

use std::time::Instant;

use super::conversation::{Entry, Item};
use super::greeting::{Announced, Greeting, Version};
use super::traffic::Traffic;
use super::{Side, Violation};

/// How much a side may send before the other says what it speaks.
pub const PENDING_LIMIT: usize = 256 * 1024;

/// Decodes a connection, from bytes as they come to entries.
#[derive(Debug, Default)]
pub struct Decoder {
    /// Connector, binder.
    sides: [Stream; 2],
}

#[derive(Debug, Default)]
struct Stream {
    announced: Option<Announced>,
    phase: Phase,
}

#[derive(Debug)]
enum Phase {
    /// The first bytes, until both sides have said enough to agree on a version.
    Greeting(Vec<u8>),
    Traffic(Box<Traffic>),
    /// It broke the protocol.
    Stopped,
}

impl Default for Phase {
    fn default() -> Phase {
        Phase::Greeting(Vec::new())
    }
}

impl Decoder {
    /// Takes the next bytes of a side and gives what they complete.
    pub fn feed(&mut self, from: Side, bytes: &[u8], at: Instant) -> Vec<Entry> {
        let mut said = Vec::new();
        let mut say = |from, item| said.push(Entry { at, from, item });
        let in_greeting = matches!(self.sides[from as usize].phase, Phase::Greeting(_));
        self.sides[from as usize].feed(bytes, &mut |item| say(from, item));
        if in_greeting {
            let [connector, binder] = &self.sides;
            if let Some(version) = Announced::agree(connector.announced, binder.announced) {
                for side in [Side::Connector, Side::Binder] {
                    self.sides[side as usize].greet(version, &mut |item| say(side, item));
                }
            }
            let blame = !matches!(self.sides[from.other() as usize].phase, Phase::Stopped);
            self.sides[from as usize].give_up(blame, &mut |item| say(from, item));
        }
        said
    }

    /// A side sends no more.
    pub fn close(&mut self, from: Side, reset: bool, at: Instant) -> Entry {
        let unfinished = match &self.sides[from as usize].phase {
            Phase::Greeting(begun) => Some(format!("its greeting, after {} bytes", begun.len())),
            Phase::Traffic(traffic) => traffic.unfinished(),
            Phase::Stopped => None,
        };
        Entry { at, from, item: Item::Closed { reset, unfinished } }
    }
}

impl Stream {
    fn feed(&mut self, bytes: &[u8], say: &mut impl FnMut(Item)) {
        let result = match &mut self.phase {
            Phase::Stopped => Ok(()),
            Phase::Traffic(traffic) => traffic.feed(bytes, say),
            Phase::Greeting(begun) => {
                begun.extend_from_slice(bytes);
                Announced::read(begun)
                    .map(|announced| self.announced = announced)
                    .map_err(|what| Violation { offset: 0, what })
            }
        };
        self.stop_at(result, say);
    }

    /// Leaves the greeting, if all of it is here.
    fn greet(&mut self, version: Version, say: &mut impl FnMut(Item)) {
        let (Phase::Greeting(begun), Some(announced)) = (&mut self.phase, self.announced) else {
            return;
        };
        let result = match Greeting::read(version, announced, begun) {
            Err(what) => Err(Violation { offset: 0, what }),
            Ok(None) => Ok(()),
            Ok(Some((greeting, size))) => {
                let rest = begun.split_off(size);
                let mut traffic = Traffic::new(greeting, size as u64, say);
                let result = traffic.feed(&rest, say);
                self.phase = Phase::Traffic(Box::new(traffic));
                result
            }
        };
        self.stop_at(result, say);
    }

    /// Stops a side that sent too much to keep before the other said what it speaks; `blame`: that is
    /// its own fault.
    fn give_up(&mut self, blame: bool, say: &mut impl FnMut(Item)) {
        let Phase::Greeting(begun) = &self.phase else { return };
        if begun.len() > PENDING_LIMIT {
            let what = "does not wait for the other side's greeting (RFC 23)".into();
            self.phase = Phase::Stopped;
            if blame {
                say(Item::Violation(Violation { offset: 0, what }));
            }
        }
    }

    fn stop_at(&mut self, result: Result<(), Violation>, say: &mut impl FnMut(Item)) {
        if let Err(violation) = result {
            self.phase = Phase::Stopped;
            say(Item::Violation(violation));
        }
    }
}

#[cfg(test)]
mod tests;
