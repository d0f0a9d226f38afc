//! What tcpdump or Wireshark has captured, as a tap would have heard it: pcap and pcapng, on any link that carries IP.

mod segment;
mod stream;
mod write;

use std::collections::HashMap;
use std::io::{self, BufRead, BufReader, ErrorKind, Read};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use pcap_file::pcap::PcapReader;
use pcap_file::pcapng::blocks::interface_description::InterfaceDescriptionOption;
use pcap_file::pcapng::{Block, PcapNgReader};
use pcap_file::{DataLink, PcapError};

use super::tap::Heard;
use segment::Segment;
use stream::Stream;

pub use write::Writer;

/// The first four octets of a pcapng file.
const PCAPNG: [u8; 4] = [0x0A, 0x0D, 0x0D, 0x0A];

/// What was found in a capture.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Packets.
    pub packets: u64,
    /// TCP connections that speak ZMTP.
    pub connections: u64,
    /// Those that do not, or whose beginning was not captured.
    pub others: u64,
    /// When the first packet was captured, since 1970.
    pub first: Option<Duration>,
}

/// Is told when the first packet was captured, since 1970, and what was heard.
type Tell<'a> = dyn FnMut(Duration, Heard) -> io::Result<()> + 'a;

/// Reads a capture to its end, and tells what was said on its connections. The first packet is told to have come at
/// `begin`. Connections to or from one of `ports` are of ZMTP; all others are if they begin so. Who returns an error from
/// `tell` wants no more.
pub fn read<'a>(
    capture: impl Read,
    ports: &'a [u16],
    begin: Instant,
    tell: &'a mut Tell<'a>,
) -> io::Result<Found> {
    let mut joined =
        Joined { ports, begin, streams: HashMap::new(), links: 0, found: Found::default(), tell };
    let mut capture = BufReader::new(capture);
    let broken = |error: PcapError| match error {
        PcapError::IoError(error) if error.kind() != ErrorKind::UnexpectedEof => error,
        error => {
            io::Error::new(ErrorKind::InvalidData, format!("it is no capture, or broken: {error}"))
        }
    };
    if capture.fill_buf()?.starts_with(&PCAPNG) {
        let mut reader = PcapNgReader::new(capture).map_err(broken)?;
        let mut links = vec![];
        while let Some(block) = reader.next_block() {
            let block = match block {
                // It was cut off while it was written.
                Err(PcapError::IncompleteBuffer) => break,
                block => block.map_err(broken)?,
            };
            match block {
                Block::InterfaceDescription(interface) => {
                    let unit = interface.options.iter().find_map(|option| match option {
                        InterfaceDescriptionOption::IfTsResol(unit) => Some(*unit),
                        _ => None,
                    });
                    links.push((interface.linktype, unit.unwrap_or(6)));
                }
                Block::EnhancedPacket(packet) => {
                    let Some((link, unit)) = links.get(packet.interface_id as usize) else {
                        continue;
                    };
                    joined.packet(*link, scaled(packet.timestamp, *unit), &packet.data)?;
                }
                _ => {}
            }
        }
    } else {
        let mut reader = PcapReader::new(capture).map_err(broken)?;
        let link = reader.header().datalink;
        while let Some(packet) = reader.next_packet() {
            let packet = match packet {
                Err(PcapError::IncompleteBuffer) => break,
                packet => packet.map_err(broken)?,
            };
            joined.packet(link, packet.timestamp, &packet.data)?;
        }
    }
    joined.end()
}

/// A time that was counted in negative powers of ten of a second, and taken for nanoseconds.
fn scaled(counted: Duration, unit: u8) -> Duration {
    let digits = u32::from(unit.min(9));
    let nanos = counted.as_nanos() * 10_u128.pow(9 - digits);
    Duration::from_nanos(nanos.try_into().unwrap_or(u64::MAX))
}

/// The connections of a capture.
struct Joined<'a> {
    ports: &'a [u16],
    begin: Instant,
    streams: HashMap<[SocketAddr; 2], Stream>,
    links: u64,
    found: Found,
    tell: &'a mut Tell<'a>,
}

impl Joined<'_> {
    fn packet(&mut self, link: DataLink, at: Duration, octets: &[u8]) -> io::Result<()> {
        self.found.packets += 1;
        let first = *self.found.first.get_or_insert(at);
        let at = self.begin + at.saturating_sub(first);
        let Some(segment) = Segment::of(link, octets) else { return Ok(()) };
        let mut ends = [segment.from, segment.to];
        ends.sort_unstable();
        // A port may be used again.
        if segment.begins() && self.streams.get(&ends).is_some_and(Stream::is_over) {
            self.finish(ends, at)?;
        }
        let stream = self.streams.entry(ends).or_insert_with(|| {
            let named = ends.iter().any(|end| self.ports.contains(&end.port()));
            Stream::new(&segment, named)
        });
        let (links, found) = (&mut self.links, &mut self.found);
        let number = || {
            *links += 1;
            found.connections += 1;
            *links
        };
        let heard = stream.take(segment, at, number);
        heard.into_iter().try_for_each(|heard| (self.tell)(first, heard))
    }

    fn finish(&mut self, ends: [SocketAddr; 2], at: Instant) -> io::Result<()> {
        let Some(mut stream) = self.streams.remove(&ends) else { return Ok(()) };
        self.found.others += u64::from(!stream.is_of_zmtp());
        let first = self.found.first.unwrap_or_default();
        stream.finish(at).into_iter().try_for_each(|heard| (self.tell)(first, heard))
    }

    fn end(mut self) -> io::Result<Found> {
        let mut ends: Vec<_> =
            self.streams.iter().map(|(ends, stream)| (stream.link(), *ends)).collect();
        ends.sort_unstable();
        for (_, ends) in ends {
            let last = self.streams[&ends].last();
            self.finish(ends, last)?;
        }
        Ok(self.found)
    }
}
