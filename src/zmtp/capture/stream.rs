//! The segments of one connection, joined: in their order, each octet once.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Instant;

use super::segment::Segment;
use crate::zmtp::Side;
use crate::zmtp::decoder::Decoder;
use crate::zmtp::tap::{Event, Heard};

/// So many octets may wait for what comes before them; more means that it was lost.
const WAITING: usize = 4 << 20;

/// So many octets of a connection are kept before it is known what it speaks.
const EARLY: usize = 1 << 20;

/// The size of a signature, by which a connection is known to be one of ZMTP.
const SIGNATURE: usize = 10;

/// A connection.
pub struct Stream {
    connector: SocketAddr,
    halves: [Half; 2],
    decoder: Decoder,
    /// Its number, once it is known to be of ZMTP.
    link: Option<u64>,
    /// It is, whatever it begins with.
    named: bool,
    /// What came before that was known.
    early: Vec<(Instant, Side, Vec<u8>)>,
    opened: Option<Instant>,
    last: Option<Instant>,
    told_closed: bool,
}

/// What one side says.
#[derive(Default)]
struct Half {
    /// The number of the octet that comes next.
    next: Option<u32>,
    /// What came too early, by how much.
    waiting: BTreeMap<u32, Vec<u8>>,
    /// All that came in order, as far as it is kept: the beginning.
    begun: Vec<u8>,
    sent: u64,
    /// It sends no more.
    ended: bool,
    /// Octets are missing: what follows can't be read.
    lost: bool,
}

impl Stream {
    /// The connection of which this is the first segment.
    pub fn new(segment: &Segment, named: bool) -> Stream {
        // Without its beginning: who listens has the lower port, most often.
        let connector = match (segment.syn, segment.ack) {
            (true, false) => segment.from,
            (true, true) => segment.to,
            _ if segment.from.port() > segment.to.port() => segment.from,
            _ => segment.to,
        };
        Stream {
            connector,
            halves: Default::default(),
            decoder: Decoder::default(),
            link: None,
            named,
            early: vec![],
            opened: None,
            last: None,
            told_closed: false,
        }
    }

    /// Is it known to be of ZMTP?
    pub fn is_of_zmtp(&self) -> bool {
        self.link.is_some()
    }

    /// Its number, if it has one.
    pub fn link(&self) -> Option<u64> {
        self.link
    }

    /// When something of it was captured last.
    pub fn last(&self) -> Instant {
        self.last.expect("it has a segment")
    }

    /// Have both sides ended?
    pub fn is_over(&self) -> bool {
        self.halves.iter().all(|half| half.ended)
    }

    /// Takes the next segment, and tells what it completes; `number` gives the connection its number.
    pub fn take(
        &mut self,
        segment: Segment,
        at: Instant,
        number: impl FnOnce() -> u64,
    ) -> Vec<Heard> {
        self.opened.get_or_insert(at);
        self.last = Some(at);
        let side = if segment.from == self.connector { Side::Connector } else { Side::Binder };
        let half = &mut self.halves[side as usize];
        let first = segment.number.wrapping_add(u32::from(segment.syn));
        half.next.get_or_insert(first);
        let pieces = half.join(first, segment.octets);
        let (ends, reset) = (segment.fin || segment.rst, segment.rst);
        for piece in pieces {
            self.early.push((at, side, piece));
        }
        let mut heard = vec![];
        if self.link.is_none() && (self.named || self.halves.iter().any(Half::begins_as_zmtp)) {
            let link = number();
            self.link = Some(link);
            let opened = self.opened.unwrap_or(at);
            heard.push(Heard {
                link,
                at: opened,
                event: Event::Opened(self.connector.to_string()),
            });
        }
        let Some(link) = self.link else {
            self.halves[side as usize].ended |= ends;
            let known = self.halves.iter().all(|half| half.begun.len() == SIGNATURE);
            let kept: usize = self.early.iter().map(|(_, _, octets)| octets.len()).sum();
            if known || kept > EARLY {
                self.early.clear();
            }
            return heard;
        };
        for (at, side, octets) in std::mem::take(&mut self.early) {
            let said = self.decoder.feed(side, &octets, at);
            heard.extend(said.into_iter().map(|entry| Heard {
                link,
                at: entry.at,
                event: Event::Said(entry),
            }));
        }
        let half = &mut self.halves[side as usize];
        if half.overflows() {
            heard.extend(half.lose(side).map(|event| Heard { link, at, event }));
        }
        if ends && !half.ended {
            half.ended = true;
            heard.extend(half.lose(side).map(|event| Heard { link, at, event }));
            let entry = self.decoder.close(side, reset, at);
            heard.push(Heard { link, at, event: Event::Said(entry) });
            // A reset ends both.
            self.halves[side.other() as usize].ended |= reset;
        }
        if self.is_over() {
            heard.extend(self.closed(at));
        }
        heard
    }

    /// The capture ends, or the next connection between the same two begins.
    pub fn finish(&mut self, at: Instant) -> Vec<Heard> {
        let Some(link) = self.link else { return vec![] };
        let mut heard = vec![];
        for side in [Side::Connector, Side::Binder] {
            let lost = self.halves[side as usize].lose(side);
            heard.extend(lost.map(|event| Heard { link, at, event }));
        }
        heard.extend(self.closed(at));
        heard
    }

    fn closed(&mut self, at: Instant) -> Option<Heard> {
        let link = self.link.filter(|_| !self.told_closed)?;
        self.told_closed = true;
        let sent = [self.halves[0].sent, self.halves[1].sent];
        Some(Heard { link, at, event: Event::Closed(sent) })
    }
}

impl Half {
    /// What comes in order now; what comes too early is kept, and what came before is dropped.
    fn join(&mut self, number: u32, octets: Vec<u8>) -> Vec<Vec<u8>> {
        if octets.is_empty() || self.lost {
            return vec![];
        }
        self.waiting.entry(number).or_insert(octets);
        let mut pieces = vec![];
        while let Some(piece) = self.pop() {
            self.sent += piece.len() as u64;
            let room = SIGNATURE.saturating_sub(self.begun.len()).min(piece.len());
            self.begun.extend_from_slice(&piece[..room]);
            pieces.push(piece);
        }
        pieces
    }

    /// The piece that continues what came, if it is here.
    fn pop(&mut self) -> Option<Vec<u8>> {
        let next = self.next?;
        let behind = |number: u32| next.wrapping_sub(number);
        // Half of all numbers are behind the next one (RFC 9293).
        let number = *self.waiting.keys().find(|number| behind(**number) < 1 << 31)?;
        let octets = self.waiting.remove(&number)?;
        let known = behind(number) as usize;
        if known >= octets.len() {
            return self.pop();
        }
        self.next = Some(next.wrapping_add((octets.len() - known) as u32));
        Some(octets[known..].to_vec())
    }

    fn begins_as_zmtp(&self) -> bool {
        self.begun.len() == SIGNATURE && self.begun[0] == 0xFF && self.begun[SIGNATURE - 1] & 1 == 1
    }

    fn overflows(&self) -> bool {
        self.waiting.values().map(Vec::len).sum::<usize>() > WAITING
    }

    /// Gives up on what is missing before that which waits.
    fn lose(&mut self, side: Side) -> Option<Event> {
        let next = self.next?;
        let gap = self.waiting.keys().map(|number| number.wrapping_sub(next)).min()?;
        self.waiting.clear();
        self.lost = true;
        Some(Event::Lost(side, gap.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(segments: &[(u32, &[u8])]) -> (Vec<u8>, Option<u64>) {
        let mut half = Half { next: Some(u32::MAX - 1), ..Half::default() };
        let mut all = vec![];
        for (number, octets) in segments {
            all.extend(half.join(number.wrapping_sub(2), octets.to_vec()).concat());
        }
        let lost = half.lose(Side::Binder).map(|event| match event {
            Event::Lost(_, octets) => octets,
            other => panic!("{other:?}"),
        });
        (all, lost)
    }

    #[test]
    fn each_octet_comes_once_and_in_order_also_where_numbers_begin_again() {
        let whole = (b"abcdef".to_vec(), None);
        assert_eq!(joined(&[(0, b"ab"), (2, b"cd"), (4, b"ef")]), whole);
        assert_eq!(joined(&[(4, b"ef"), (2, b"cd"), (0, b"ab")]), whole);
        assert_eq!(joined(&[(0, b"abc"), (0, b"abc"), (2, b"cdef")]), whole);
        assert_eq!(joined(&[(0, b"abcd"), (1, b"bc"), (3, b"def")]), whole);
    }

    #[test]
    fn what_is_missing_is_said() {
        assert_eq!(joined(&[(0, b"ab"), (5, b"f")]), (b"ab".to_vec(), Some(3)));
    }
}
