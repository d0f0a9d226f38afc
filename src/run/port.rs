//! Ports for what is restarted where it was.

use std::io::ErrorKind;
use std::net::TcpListener;
use std::sync::atomic::{AtomicU16, Ordering};

use super::failure::{End, Step};

/// A port that nobody gets by chance while its owner is away: outside of the ephemeral range, from
/// which the system takes the ports of `:*` and of outgoing connections (and a client that reconnects
/// may even connect to itself).
pub fn port_to_keep(host: &str) -> Step<u16> {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    const FIRST: u16 = 10_000;
    // Linux begins at 32768 by default, macOS at 49152.
    let range =
        std::fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").unwrap_or_default();
    let end: u16 = range.split_whitespace().next().and_then(|n| n.parse().ok()).unwrap_or(32_768);
    let span = end.saturating_sub(FIRST).max(1);
    let start = (std::process::id() as u16).wrapping_mul(61);
    for _ in 0..200 {
        let n = start.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed));
        let port = FIRST + n % span;
        match TcpListener::bind((host, port)) {
            Ok(_) => return Ok(port),
            // Another machine's address: only there it could be tried.
            Err(e) if e.kind() == ErrorKind::AddrNotAvailable => return Ok(port),
            Err(_) => {}
        }
    }
    Err(End::Broken(format!(
        "no port of {host} below {end} is free for something to be restarted on"
    )))
}
