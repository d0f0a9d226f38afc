//! A relay between a socket and its peers, where the lie is one of the wire. In front of one that binds, each end is told
//! that the other is of a type that it may talk to; behind one that connects, there is one connection and no other.

use std::io::{Read, Result, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// The size of a greeting (RFC 23).
const GREETING: usize = 64;

/// What precedes a socket's type in READY: the name of the property and the length of its value.
const PROPERTY: &[u8] = b"\x0bSocket-Type\0\0\0";

/// A type that may talk to each.
const PARTNERS: [[&str; 2]; 7] = [
    ["REQ", "REP"],
    ["ROUTER", "DEALER"],
    ["PUB", "SUB"],
    ["XPUB", "XSUB"],
    ["PUSH", "PULL"],
    ["PAIR", "PAIR"],
    ["DEALER", "ROUTER"],
];

fn partner(kind: &str) -> &'static str {
    let pair = PARTNERS.iter().find(|pair| pair.contains(&kind)).unwrap_or(&["PAIR", "PAIR"]);
    if pair[0] == kind { pair[1] } else { pair[0] }
}

/// Listens before `endpoint` (tcp), at which a socket of type `kind` is bound; the endpoint to tell.
pub fn before(endpoint: &str, kind: &str) -> Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = endpoint.trim_start_matches("tcp://").to_owned();
    let told = format!("tcp://{}", listener.local_addr()?);
    let kind = kind.to_owned();
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            if let Ok(server) = TcpStream::connect(&address) {
                join(client, server, &kind);
            }
        }
    });
    Ok(told)
}

/// A PING of ZMTP 3.1: a short command frame with its name, a TTL and no context.
const PING: &[u8] = b"\x04\x07\x04PING\0\0";

/// Listens before `endpoint` (tcp), for one connection, whose first frame of `size` octets or more gets a PING in its
/// middle; the endpoint to connect to.
pub fn ping_inside(endpoint: &str, size: u64) -> Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = endpoint.trim_start_matches("tcp://").to_owned();
    let told = format!("tcp://{}", listener.local_addr()?);
    thread::spawn(move || {
        let (client, _) = listener.accept()?;
        let server = TcpStream::connect(&address)?;
        let (from_server, to_client) = (server.try_clone()?, client.try_clone()?);
        thread::spawn(move || copy(from_server, to_client));
        disturb(client, server, size)
    });
    Ok(told)
}

fn disturb(mut from: TcpStream, mut to: TcpStream, size: u64) -> Result<()> {
    const LONG: u8 = 2;
    std::io::copy(&mut (&from).take(GREETING as u64), &mut to)?;
    loop {
        let mut flags = [0];
        from.read_exact(&mut flags)?;
        let mut length = [0; 8];
        let octets = if flags[0] & LONG == 0 { 7.. } else { 0.. };
        from.read_exact(&mut length[octets.clone()])?;
        to.write_all(&flags)?;
        to.write_all(&length[octets])?;
        let length = u64::from_be_bytes(length);
        let half = if length < size { length } else { length / 2 };
        std::io::copy(&mut (&from).take(half), &mut to)?;
        if length >= size {
            to.write_all(PING)?;
            return copy(from, to);
        }
    }
}

/// How long nobody is there before it is tried again.
const PAUSE: Duration = Duration::from_millis(10);

/// Listens before `endpoint` (tcp), where somebody is or comes later, until a connection there was made; the endpoint to
/// connect to.
pub fn once(endpoint: &str) -> Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = endpoint.trim_start_matches("tcp://").to_owned();
    let told = format!("tcp://{}", listener.local_addr()?);
    thread::spawn(move || {
        let (client, _) = listener.accept()?;
        let server = loop {
            match TcpStream::connect(&address) {
                Ok(server) => break server,
                Err(_) => thread::park_timeout(PAUSE),
            }
        };
        drop(listener);
        let (from_server, to_client) = (server.try_clone()?, client.try_clone()?);
        thread::spawn(move || copy(from_server, to_client));
        copy(client, server)
    });
    Ok(told)
}

fn join(client: TcpStream, server: TcpStream, kind: &str) {
    let (tell, told) = mpsc::channel();
    let (Ok(from_server), Ok(to_client)) = (server.try_clone(), client.try_clone()) else { return };
    let legal = partner(kind);
    thread::spawn(move || {
        let its = |kind: String| {
            let _ = tell.send(kind);
            legal
        };
        pass(client, server, its)
    });
    thread::spawn(move || {
        pass(from_server, to_client, |_| told.recv().map_or("PAIR", |kind| partner(&kind)))
    });
}

/// Passes on all that comes; the type in the first frame is that which `other` makes of it.
fn pass(
    mut from: TcpStream,
    mut to: TcpStream,
    other: impl FnOnce(String) -> &'static str,
) -> Result<()> {
    let mut left = GREETING;
    let mut buffer = [0; 64 * 1024];
    while left > 0 {
        let size = from.read(&mut buffer[..left])?;
        if size == 0 {
            return to.shutdown(Shutdown::Write);
        }
        to.write_all(&buffer[..size])?;
        left -= size;
    }
    let mut head = [0; 2];
    from.read_exact(&mut head)?;
    let mut body = vec![0; usize::from(head[1])];
    from.read_exact(&mut body)?;
    let at = body.windows(PROPERTY.len()).position(|window| window == PROPERTY);
    if let Some(size_at) = at.map(|at| at + PROPERTY.len()) {
        let end = size_at + 1 + usize::from(body[size_at]);
        let kind = String::from_utf8_lossy(&body[size_at + 1..end]).into_owned();
        let kind = other(kind);
        body.splice(size_at..end, [&[kind.len() as u8], kind.as_bytes()].concat());
        head[1] = body.len() as u8;
    }
    to.write_all(&head)?;
    to.write_all(&body)?;
    copy(from, to)
}

/// Passes on all that comes, and its end.
fn copy(mut from: TcpStream, mut to: TcpStream) -> Result<()> {
    let mut buffer = [0; 64 * 1024];
    loop {
        match from.read(&mut buffer)? {
            0 => return to.shutdown(Shutdown::Write),
            size => to.write_all(&buffer[..size])?,
        }
    }
}
