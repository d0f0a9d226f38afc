//! What a tap hears, as Wireshark reads it: a pcapng file in which each connection is one of TCP, whatever it was.

use std::collections::HashMap;
use std::io::{self, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::{Instant, SystemTime};

use etherparse::PacketBuilder;
use pcap_file::pcapng::PcapNgWriter;
use pcap_file::pcapng::blocks::enhanced_packet::EnhancedPacketBlock;
use pcap_file::pcapng::blocks::interface_description::{
    InterfaceDescriptionBlock, InterfaceDescriptionOption,
};
use pcap_file::{DataLink, PcapError};

use crate::zmtp::Side;
use crate::zmtp::conversation::Item;
use crate::zmtp::tap::{Event, Heard};

/// So many octets fit into a packet.
const PIECE: usize = 60_000;

/// Where who came over IPC is said to have come from, with the connection as its port.
const NOWHERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// Writes packets; it needs the octets of what is heard.
pub struct Writer<W: Write> {
    out: PcapNgWriter<W>,
    /// What time it was at an instant.
    begun: (Instant, SystemTime),
    /// Where the tap listens.
    listens: SocketAddr,
    links: HashMap<u64, Link>,
}

struct Link {
    connector: SocketAddr,
    /// The numbers of the octets that come next.
    next: [u32; 2],
}

/// What a packet is besides its octets.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Flag {
    Syn,
    SynAck,
    Ack,
    Fin,
    Reset,
}

impl<W: Write> Writer<W> {
    /// Begins the file. A tap that listens elsewhere than on TCP is said to listen on port 0.
    pub fn new(out: W, listens: Option<SocketAddr>) -> io::Result<Writer<W>> {
        let mut out = PcapNgWriter::new(out).map_err(failed)?;
        let interface = InterfaceDescriptionBlock {
            linktype: DataLink::RAW,
            snaplen: 0,
            // Nanoseconds.
            options: vec![InterfaceDescriptionOption::IfTsResol(9)],
        };
        out.write_pcapng_block(interface).map_err(failed)?;
        let begun = (Instant::now(), SystemTime::now());
        Ok(Writer {
            out,
            begun,
            listens: listens.unwrap_or((NOWHERE, 0).into()),
            links: HashMap::new(),
        })
    }

    /// Writes what is heard.
    pub fn take(&mut self, heard: &Heard) -> io::Result<()> {
        use Side::{Binder, Connector};
        let (link, at) = (heard.link, heard.at);
        match &heard.event {
            Event::Opened(from) => {
                let connector = from.parse().unwrap_or((NOWHERE, link as u16).into());
                self.links.insert(link, Link { connector, next: [0, 0] });
                self.packet(link, at, Connector, Flag::Syn, &[])?;
                self.packet(link, at, Binder, Flag::SynAck, &[])?;
                self.packet(link, at, Connector, Flag::Ack, &[])
            }
            Event::Octets(side, octets) => {
                let mut pieces = octets.chunks(PIECE);
                pieces.try_for_each(|piece| self.packet(link, at, *side, Flag::Ack, piece))
            }
            Event::Refused => self.packet(link, at, Binder, Flag::Reset, &[]),
            Event::Said(entry) => match entry.item {
                Item::Closed { reset: true, .. } => {
                    self.packet(link, at, entry.from, Flag::Reset, &[])
                }
                Item::Closed { reset: false, .. } => {
                    self.packet(link, at, entry.from, Flag::Fin, &[])
                }
                _ => Ok(()),
            },
            Event::Closed(_) => {
                self.links.remove(&link);
                Ok(())
            }
            Event::Lost(..) => Ok(()),
        }
    }

    fn packet(
        &mut self,
        link: u64,
        at: Instant,
        side: Side,
        flag: Flag,
        octets: &[u8],
    ) -> io::Result<()> {
        let Some(Link { connector, next }) = self.links.get_mut(&link) else { return Ok(()) };
        let ends = [*connector, self.listens];
        let (from, to) = (ends[side as usize], ends[side.other() as usize]);
        let (number, seen) = (next[side as usize], next[side.other() as usize]);
        let counted =
            octets.len() as u32 + u32::from(matches!(flag, Flag::Syn | Flag::SynAck | Flag::Fin));
        next[side as usize] = number.wrapping_add(counted);
        let ip = match (from.ip(), to.ip()) {
            (IpAddr::V4(from), IpAddr::V4(to)) => {
                PacketBuilder::ipv4(from.octets(), to.octets(), 64)
            }
            (from, to) => PacketBuilder::ipv6(mapped(from).octets(), mapped(to).octets(), 64),
        };
        let tcp = ip.tcp(from.port(), to.port(), number, u16::MAX);
        let tcp = match flag {
            Flag::Syn => tcp.syn(),
            Flag::SynAck => tcp.syn().ack(seen),
            Flag::Ack => tcp.psh().ack(seen),
            Flag::Fin => tcp.fin().ack(seen),
            Flag::Reset => tcp.rst().ack(seen),
        };
        let mut data = Vec::with_capacity(tcp.size(octets.len()));
        tcp.write(&mut data, octets).map_err(io::Error::other)?;
        let (begun, time) = self.begun;
        let time = time + at.saturating_duration_since(begun);
        let packet = EnhancedPacketBlock {
            interface_id: 0,
            timestamp: time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default(),
            original_len: data.len() as u32,
            data: data.into(),
            options: vec![],
        };
        self.out.write_pcapng_block(packet).map_err(failed)?;
        Ok(())
    }

    /// Writes what waits to be written.
    pub fn flush(&mut self) -> io::Result<()> {
        self.out.get_mut().flush()
    }
}

fn mapped(ip: IpAddr) -> Ipv6Addr {
    match ip {
        IpAddr::V4(ip) => ip.to_ipv6_mapped(),
        IpAddr::V6(ip) => ip,
    }
}

fn failed(error: PcapError) -> io::Error {
    match error {
        PcapError::IoError(error) => error,
        error => io::Error::other(error),
    }
}
