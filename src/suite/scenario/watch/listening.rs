//! Whether somebody listens at the endpoints that a program says it has bound.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

/// How long a connection on this machine may take.
const CONNECTING: Duration = Duration::from_secs(1);

/// An address of this machine that is in nobody's arguments. Only on Linux are all of 127.0.0.0/8 addresses of it.
const UNASKED: Ipv4Addr = Ipv4Addr::new(127, 83, 71, 5);

/// What is wrong with `endpoint`, as somebody bound it. A connection that is refused is certain; whatever else comes
/// of it may be the machine's doing.
pub fn wrong(endpoint: &str) -> Option<String> {
    let address: SocketAddr = endpoint.strip_prefix("tcp://")?.parse().ok()?;
    let tried = TcpStream::connect_timeout(&address, CONNECTING);
    if tried.is_err_and(|error| error.kind() == ErrorKind::ConnectionRefused) {
        return Some(format!("said that it is ready, and nobody listens at {endpoint}"));
    }
    let local = address.ip() == Ipv4Addr::LOCALHOST && cfg!(target_os = "linux");
    let other = SocketAddr::from((UNASKED, address.port()));
    (local && TcpStream::connect_timeout(&other, CONNECTING).is_ok())
        .then(|| format!("was told to bind to 127.0.0.1, and bound to all addresses ({endpoint})"))
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn an_endpoint_is_what_was_asked_for_or_wrong() {
        let bound = |address: &str| {
            let listener = TcpListener::bind(address).unwrap();
            let endpoint = format!("tcp://127.0.0.1:{}", listener.local_addr().unwrap().port());
            (listener, endpoint)
        };
        let (listener, endpoint) = bound("127.0.0.1:0");
        assert_eq!(wrong(&endpoint), None);
        drop(listener);
        assert!(wrong(&endpoint).unwrap().contains("nobody listens"));
        let (_listener, endpoint) = bound("0.0.0.0:0");
        if cfg!(target_os = "linux") {
            assert!(wrong(&endpoint).unwrap().contains("all addresses"));
        }
    }
}
