//! A TCP segment of a captured packet.

use std::net::{IpAddr, SocketAddr};

use etherparse::{NetSlice, SlicedPacket, TransportSlice};
use pcap_file::DataLink;

/// What of a packet is about a connection.
#[derive(Debug, PartialEq, Eq)]
pub struct Segment {
    pub from: SocketAddr,
    pub to: SocketAddr,
    /// The number of the first octet, or of SYN.
    pub number: u32,
    pub syn: bool,
    pub ack: bool,
    pub fin: bool,
    pub rst: bool,
    pub octets: Vec<u8>,
}

impl Segment {
    /// Of a packet that was captured on such a link; `None` for all that is no TCP over IP.
    pub fn of(link: DataLink, packet: &[u8]) -> Option<Segment> {
        let sliced = match link {
            DataLink::ETHERNET => SlicedPacket::from_ethernet(packet),
            DataLink::LINUX_SLL => SlicedPacket::from_linux_sll(packet),
            // Its header ends before the packet; it has no other form in etherparse.
            DataLink::LINUX_SLL2 => SlicedPacket::from_ip(packet.get(20..)?),
            DataLink::NULL | DataLink::LOOP => SlicedPacket::from_ip(packet.get(4..)?),
            _ => SlicedPacket::from_ip(packet),
        };
        let sliced = sliced.ok()?;
        let (from, to): (IpAddr, IpAddr) = match sliced.net? {
            NetSlice::Ipv4(ip) => {
                (ip.header().source_addr().into(), ip.header().destination_addr().into())
            }
            NetSlice::Ipv6(ip) => {
                (ip.header().source_addr().into(), ip.header().destination_addr().into())
            }
            _ => return None,
        };
        let Some(TransportSlice::Tcp(tcp)) = sliced.transport else { return None };
        Some(Segment {
            from: (from, tcp.source_port()).into(),
            to: (to, tcp.destination_port()).into(),
            number: tcp.sequence_number(),
            syn: tcp.syn(),
            ack: tcp.ack(),
            fin: tcp.fin(),
            rst: tcp.rst(),
            octets: tcp.payload().to_vec(),
        })
    }

    /// Is it the first of a connection?
    pub fn begins(&self) -> bool {
        self.syn && !self.ack
    }
}
