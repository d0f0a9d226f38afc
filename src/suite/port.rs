//! Ports for what is restarted where it was.

use std::io::{self, ErrorKind};
use std::net::{SocketAddr, ToSocketAddrs as _};

use rand::RngExt as _;
use socket2::{Domain, Socket, Type};

/// A port that nobody gets by chance while its owner is away, as long as this lives.
pub struct Kept {
    /// The port.
    pub port: u16,
    _hold: Option<Socket>,
}

impl Kept {
    /// Keeps a port of `host`, or says why it can't.
    pub fn new(host: &str) -> Result<Kept, String> {
        keep(host)
    }
}

const FIRST: u16 = 10_000;

/// Keeps a port outside of the ephemeral range, from which the system takes the ports of `:*` and of
/// outgoing connections (and a client that reconnects may even connect to itself).
fn keep(host: &str) -> Result<Kept, String> {
    // Linux begins at 32768 by default, macOS at 49152.
    let range =
        std::fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").unwrap_or_default();
    let end: u16 = range.split_whitespace().next().and_then(|n| n.parse().ok()).unwrap_or(32_768);
    for _ in 0..200 {
        let port = rand::rng().random_range(FIRST..end.max(FIRST + 1));
        let Some(address) = (host, port).to_socket_addrs().ok().and_then(|mut all| all.next())
        else {
            return Ok(Kept { port, _hold: None });
        };
        match hold(address) {
            Ok(socket) => return Ok(Kept { port, _hold: socket }),
            // Another machine's address: only there it could be tried.
            Err(e) if e.kind() == ErrorKind::AddrNotAvailable => {
                return Ok(Kept { port, _hold: None });
            }
            Err(_) => {}
        }
    }
    Err(format!("no port of {host} below {end} is free for something to be restarted on"))
}

/// Takes an address that nobody has, in this or another run of ours. On Linux a socket that is bound and
/// does not listen keeps it, and those who set SO_REUSEADDR, as servers do, can listen there all the same.
fn hold(address: SocketAddr) -> io::Result<Option<Socket>> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    socket.bind(&address.into())?;
    if !cfg!(target_os = "linux") {
        return Ok(None);
    }
    socket.set_reuse_address(true)?;
    Ok(Some(socket))
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream};

    use super::*;

    #[test]
    fn a_kept_port_is_its_owners_again_and_again_and_nobody_elses() {
        let kept = keep("127.0.0.1").unwrap();
        let address = SocketAddr::from(([127, 0, 0, 1], kept.port));
        for _ in 0..2 {
            assert!(TcpStream::connect(address).is_err());
            let owner = TcpListener::bind(address).unwrap();
            assert!(TcpStream::connect(address).is_ok());
            assert!(hold(address).is_err());
            drop(owner);
        }
        if cfg!(target_os = "linux") {
            assert_eq!(hold(address).unwrap_err().kind(), ErrorKind::AddrInUse);
        }
    }
}
