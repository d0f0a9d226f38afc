//! Where a stream socket listens or connects, as ZeroMQ writes it: `tcp://host:port` (RFC 37 has no words for it;
//! libzmq's zmq_tcp(7) and zmq_ipc(7) have).

use std::fmt::{Display, Formatter};
use std::fs;
use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, SocketAddr, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::time::Duration;

use socket2::{Domain, SockAddr, Socket, Type};

/// How many connections may wait to be accepted.
const BACKLOG: i32 = 1024;

/// An endpoint whose host is known.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// At least one: a host may have several.
    addresses: Vec<SockAddr>,
    text: String,
}

impl Endpoint {
    /// Reads `tcp://host:port`, with an asterisk for all addresses or any free port, or `ipc://path`, with an `@` first
    /// for a name of Linux's. Hosts are looked up now. The error is one line that has `text` in it.
    pub fn new(text: &str) -> io::Result<Endpoint> {
        let wrong = |why: &str| {
            let what = format!("{text}: {why} (expected tcp://host:port or ipc://path)");
            io::Error::new(ErrorKind::InvalidInput, what)
        };
        let because = |error: io::Error| wrong(&error.to_string());
        let addresses: Vec<SockAddr> = if let Some(place) = text.strip_prefix("tcp://") {
            let (host, port) = place.rsplit_once(':').ok_or_else(|| wrong("it has no port"))?;
            let port = if port == "*" { "0" } else { port };
            let port: u16 = port.parse().map_err(|_| wrong(&format!("no port is {port:?}")))?;
            let host = host.trim_start_matches('[').trim_end_matches(']');
            let found: Vec<SocketAddr> = match host {
                "*" => vec![(Ipv4Addr::UNSPECIFIED, port).into()],
                host => (host, port).to_socket_addrs().map_err(because)?.collect(),
            };
            found.into_iter().map(SockAddr::from).collect()
        } else if let Some(path) = text.strip_prefix("ipc://") {
            let path = match path.strip_prefix('@') {
                Some(name) => format!("\0{name}"),
                None => path.into(),
            };
            vec![SockAddr::unix(path).map_err(because)?]
        } else {
            return Err(wrong("it is neither TCP nor IPC"));
        };
        if addresses.is_empty() {
            return Err(wrong("its host has no address"));
        }
        Ok(Endpoint { addresses, text: text.into() })
    }

    /// Listens. `prepare` is called before that, for what must be set so early. Gives the endpoint with the port that it
    /// got, if any would do.
    pub fn listen(
        &self,
        prepare: impl FnOnce(&Socket) -> io::Result<()>,
    ) -> io::Result<(Socket, Endpoint)> {
        let address = &self.addresses[0];
        let socket = Socket::new(address.domain(), Type::STREAM, None)?;
        match self.path() {
            Some(path) => self.remove_stale(path)?,
            None => socket.set_reuse_address(true)?,
        }
        prepare(&socket)?;
        let failed = |error: io::Error| {
            io::Error::new(error.kind(), format!("can't listen at {self}: {error}"))
        };
        socket.bind(address).map_err(failed)?;
        socket.listen(BACKLOG).map_err(failed)?;
        let bound = match socket.local_addr()?.as_socket() {
            Some(bound) => {
                Endpoint { addresses: vec![bound.into()], text: format!("tcp://{bound}") }
            }
            None => self.clone(),
        };
        Ok((socket, bound))
    }

    /// Connects to the first of its addresses that has somebody listening.
    pub fn connect(
        &self,
        timeout: Duration,
        prepare: impl Fn(&Socket) -> io::Result<()>,
    ) -> io::Result<Socket> {
        let mut last = io::Error::from(ErrorKind::AddrNotAvailable);
        for address in &self.addresses {
            let socket = Socket::new(address.domain(), Type::STREAM, None)?;
            prepare(&socket)?;
            let connected = match address.domain() {
                Domain::UNIX => socket.connect(address),
                _ => socket.connect_timeout(address, timeout),
            };
            match connected {
                // A connect to a free port may be given that very port, meet itself, and occupy it.
                Ok(()) if met_itself(&socket) => last = ErrorKind::ConnectionRefused.into(),
                Ok(()) => return Ok(socket),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    /// Takes its file away, if it is one: who has listened does so.
    pub fn remove_file(&self) {
        if let Some(path) = self.path() {
            let _ = fs::remove_file(path);
        }
    }

    /// Is it on this machine?
    pub fn is_local(&self) -> bool {
        let is_loopback =
            |address: &SockAddr| address.as_socket().is_none_or(|a| a.ip().is_loopback());
        self.addresses.iter().all(is_loopback)
    }

    /// Its address, where it is one of TCP.
    pub fn address(&self) -> Option<SocketAddr> {
        self.addresses[0].as_socket()
    }

    fn path(&self) -> Option<&Path> {
        self.addresses[0].as_pathname()
    }

    /// A file that nobody listens at any more is in the way of who wants to.
    fn remove_stale(&self, path: &Path) -> io::Result<()> {
        use std::os::unix::fs::FileTypeExt as _;
        let is_socket = fs::symlink_metadata(path).is_ok_and(|file| file.file_type().is_socket());
        if is_socket && self.connect(Duration::ZERO, |_| Ok(())).is_err() {
            fs::remove_file(PathBuf::from(path))?;
        }
        Ok(())
    }
}

impl Display for Endpoint {
    fn fmt(&self, f: &mut Formatter) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

fn met_itself(socket: &Socket) -> bool {
    let ends = (socket.local_addr().ok(), socket.peer_addr().ok());
    matches!(ends, (Some(local), Some(peer)) if local.as_socket().is_some() && local.as_socket() == peer.as_socket())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_endpoint_is_told_in_one_line() {
        for (text, why) in [
            ("localhost:5555", "neither TCP nor IPC"),
            ("tcp://localhost", "has no port"),
            ("tcp://127.0.0.1:port", "no port is \"port\""),
            ("tcp://127.0.0.1:65536", "no port is \"65536\""),
            ("inproc://a", "neither TCP nor IPC"),
        ] {
            let error = Endpoint::new(text).unwrap_err().to_string();
            assert!(error.starts_with(text) && error.contains(why), "{error}");
        }
    }

    #[test]
    fn any_free_port_is_told_once_it_is_known() {
        for text in ["tcp://127.0.0.1:*", "tcp://127.0.0.1:0"] {
            let (_socket, bound) = Endpoint::new(text).unwrap().listen(|_| Ok(())).unwrap();
            assert!(!bound.to_string().ends_with(":0"), "{bound}");
            assert!(bound.is_local());
            bound.connect(Duration::from_secs(5), |_| Ok(())).unwrap();
        }
        assert!(!Endpoint::new("tcp://*:0").unwrap().is_local());
    }

    #[test]
    fn a_stale_file_is_no_obstacle_and_one_in_use_is() {
        let folder = tempfile::tempdir().unwrap();
        let endpoint = Endpoint::new(&format!("ipc://{}/a", folder.path().display())).unwrap();
        drop(endpoint.listen(|_| Ok(())).unwrap());
        let (_socket, _) = endpoint.listen(|_| Ok(())).unwrap();
        let error = endpoint.listen(|_| Ok(())).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AddrInUse);
        fs::write(folder.path().join("b"), "not ours").unwrap();
        let other = Endpoint::new(&format!("ipc://{}/b", folder.path().display())).unwrap();
        assert_eq!(other.listen(|_| Ok(())).unwrap_err().kind(), ErrorKind::AddrInUse);
        assert!(folder.path().join("b").exists());
    }
}
