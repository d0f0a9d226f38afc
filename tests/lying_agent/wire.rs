//! What a relay in front of a socket makes of its connections: lies on the wire, which no library would tell. Each second
//! connection is that of a breach: a right client comes before it, and another one after it.

use std::io::{Read, Result, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::exit;
use std::thread;

use zmq_interop::suite::conformance::lie::Lie;
use zmq_interop::suite::wire::dialogue::{Dialogue, LAST, PARTNERS, WRONG, message};
use zmq_interop::suite::wire::lie::LOOK;
use zmq_interop::zmtp::greeting::Version;

/// The size of a greeting (RFC 23).
const GREETING: usize = 64;

/// So many octets are passed on at a time, at most.
const PIECE: usize = 64 * 1024;

/// Listens before `endpoint` (tcp), at which a socket of type `kind` is bound, and lies; the endpoint to tell.
pub fn before(lie: Lie, at: &str, endpoint: &str, kind: &str) -> Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = endpoint.trim_start_matches("tcp://").to_owned();
    let told = format!("tcp://{}", listener.local_addr()?);
    let (at, kind) = (at.to_owned(), kind.to_owned());
    thread::spawn(move || {
        let mut kept = vec![];
        for (n, client) in listener.incoming().flatten().enumerate() {
            match lie {
                Lie::RefusesSecond if n % 2 == 1 => drop(client),
                Lie::HangsSecond if n % 2 == 1 => kept.push(client),
                Lie::DiesSecond if n % 2 == 1 => exit(9),
                Lie::OneAtATime => {
                    if let Ok(server) = TcpStream::connect(&address) {
                        let _ = one(client, server);
                    }
                }
                Lie::TakesAll if n % 2 == 1 => {
                    let (address, kind) = (address.clone(), kind.clone());
                    thread::spawn(move || takes_all(client, &address, &kind));
                }
                _ => {
                    if let Ok(server) = TcpStream::connect(&address) {
                        let _ = join(client, server, lie, &at);
                    }
                }
            }
        }
    });
    Ok(told)
}

/// Is it one that is told here?
pub fn tells(lie: Lie) -> bool {
    use Lie::{
        AllTopics, DiesSecond, Flip, Garble, HangsSecond, OneAtATime, RefusesSecond, TakesAll,
        Withhold,
    };
    let here = [
        AllTopics,
        DiesSecond,
        Flip,
        Garble,
        HangsSecond,
        OneAtATime,
        RefusesSecond,
        TakesAll,
        Withhold,
    ];
    here.contains(&lie)
}

/// Passes on what both say until both have ended.
fn one(client: TcpStream, server: TcpStream) -> Result<()> {
    let (mut from_client, mut to_server) = (client.try_clone()?, server.try_clone()?);
    let (mut from_server, mut to_client) = (server, client);
    let back = thread::spawn(move || {
        let _ = std::io::copy(&mut from_server, &mut to_client);
        let _ = to_client.shutdown(Shutdown::Both);
    });
    let _ = std::io::copy(&mut from_client, &mut to_server);
    let _ = to_server.shutdown(Shutdown::Both);
    let _ = back.join();
    Ok(())
}

/// Greets whoever comes, and hands over all that looks like a message, whatever stands around it.
fn takes_all(mut client: TcpStream, address: &str, kind: &str) -> Result<()> {
    let row = PARTNERS.iter().find(|(subject, ..)| *subject == kind);
    let (subject, comes_as, _) = row.expect("a type that there is");
    let right = Dialogue::new(Version::V3_1, comes_as, subject);
    let mut server = TcpStream::connect(address)?;
    server.write_all(&right.greeting)?;
    let mut greeting = [0; GREETING];
    server.read_exact(&mut greeting)?;
    server.write_all(&right.handshake)?;
    let mut heard = vec![];
    while !holds(&heard, b"READY") {
        let mut piece = [0; PIECE];
        let size = server.read(&mut piece)?;
        if size == 0 {
            return Ok(());
        }
        heard.extend_from_slice(&piece[..size]);
    }
    client.write_all(&greeting)?;
    client.write_all(&heard)?;
    let mut said = vec![];
    let mut bodies = [WRONG, LAST].to_vec();
    loop {
        let mut piece = [0; PIECE];
        let size = client.read(&mut piece)?;
        said.extend_from_slice(&piece[..size]);
        while let Some(body) =
            bodies.first().filter(|_| holds(&said, &LAST[..LOOK]) || holds(&said, &WRONG[..LOOK]))
        {
            if holds(&said, &body[..LOOK]) {
                server.write_all(&message(Version::V3_1, kind, body))?;
            }
            bodies.remove(0);
        }
        if size == 0 {
            return Ok(());
        }
    }
}

fn holds(octets: &[u8], text: &[u8]) -> bool {
    octets.windows(text.len()).any(|window| window == text)
}

/// Passes on what both say, and lies in what the server says, or says more to it.
fn join(client: TcpStream, server: TcpStream, lie: Lie, at: &str) -> Result<()> {
    let (mut from_client, mut to_server) = (client.try_clone()?, server.try_clone()?);
    let (mut from_server, mut to_client) = (server, client);
    let (heard, hears) = std::sync::mpsc::channel::<()>();
    thread::spawn(move || -> Result<()> {
        let (mut piece, mut passed, mut told) = ([0; PIECE], 0, false);
        loop {
            let size = from_client.read(&mut piece)?;
            if lie == Lie::AllTopics && passed > GREETING && !std::mem::replace(&mut told, true) {
                // A subscription to everything, as a message, once the handshake is over.
                to_server.write_all(&[0, 1, 1])?;
            }
            to_server.write_all(&piece[..size])?;
            passed += size;
            if passed >= GREETING {
                let _ = heard.send(());
            }
            if size == 0 {
                return to_server.shutdown(Shutdown::Write);
            }
        }
    });
    let at = at.to_owned();
    thread::spawn(move || -> Result<()> {
        if lie == Lie::Withhold {
            let _ = hears.recv();
        }
        let (mut piece, mut passed) = ([0; PIECE], 0);
        loop {
            let size = from_server.read(&mut piece)?;
            let octets = &mut piece[..size];
            match lie {
                Lie::Flip => {
                    let place = at.parse::<usize>().expect("an octet's place");
                    if let Some(octet) = place.checked_sub(passed).and_then(|n| octets.get_mut(n)) {
                        *octet ^= 1;
                    }
                }
                Lie::Garble => garble(octets, at.as_bytes()),
                _ => {}
            }
            passed += size;
            to_client.write_all(octets)?;
            if size == 0 {
                return to_client.shutdown(Shutdown::Write);
            }
        }
    });
    Ok(())
}

/// Changes the last octet of each `text`.
fn garble(octets: &mut [u8], text: &[u8]) {
    for end in text.len()..=octets.len() {
        if octets[end - text.len()..end] == *text {
            octets[end - 1] ^= 1;
        }
    }
}
