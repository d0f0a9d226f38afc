//! msgqueue. Where it gives each request to a server of its choice, servers are sorted as they come:
//! the first to one DEALER, all others to another one.

use std::io;
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use zmq::Context;
use zmq_interop::role::Role;
use zmq_interop::suite::scenario::lie::Lie;

use super::{Result, bind, say, server, taken_for};

/// Of so many requests one goes to the servers that came later.
const UNFAIR: usize = 20;

/// How long a reply is held for another one to be swapped with.
const HELD_MS: i64 = 300;

pub fn carry(lie: Lie, frontend: &str, backend: &str) -> Result {
    let context = Context::new();
    let clients = context.socket(zmq::ROUTER)?;
    let first = context.socket(zmq::DEALER)?;
    let rest = context.socket(zmq::DEALER)?;
    let frontend = bind(lie, &clients, frontend)?;
    let backend = match lie {
        Lie::OneServer | Lie::Unfair => {
            sort(bind(lie, &first, "tcp://127.0.0.1:*")?, bind(lie, &rest, "tcp://127.0.0.1:*")?)?
        }
        _ => bind(lie, &first, backend)?,
    };
    say::ready(&[frontend, backend])?;

    let (mut requests, mut replies) = (0, 0);
    let mut held: Option<Vec<Vec<u8>>> = None;
    loop {
        let mut ways = [&first, &rest, &clients].map(|socket| socket.as_poll_item(zmq::POLLIN));
        let patience = if held.is_some() { HELD_MS } else { -1 };
        if zmq::poll(&mut ways, patience)? == 0 {
            held.take().map_or(Ok(()), |alone| clients.send_multipart(alone, 0))?;
            continue;
        }
        let readable = ways.map(|way| way.is_readable());
        for servers in [&first, &rest].into_iter().zip(readable).filter_map(|(s, r)| r.then_some(s))
        {
            let mut reply = servers.recv_multipart(0)?;
            replies += 1;
            let body = reply.last_mut().ok_or("no body")?;
            *body = taken_for(lie, Role::Msgqueue, replies, body);
            match lie {
                Lie::DropTenth if replies % 10 == 0 => continue,
                Lie::LateTenth if replies % 10 == 0 => thread::sleep(server::LATE),
                Lie::Lower => body.make_ascii_lowercase(),
                Lie::Trim => *body = body.trim_ascii().to_vec(),
                Lie::Swap => match held.take() {
                    None => {
                        held = Some(reply);
                        continue;
                    }
                    Some(mut other) => {
                        std::mem::swap(body, other.last_mut().ok_or("no body")?);
                        clients.send_multipart(other, 0)?;
                    }
                },
                _ => {}
            }
            clients.send_multipart(reply, 0)?;
        }
        if readable[2] {
            let mut request = clients.recv_multipart(0)?;
            requests += 1;
            let to = match lie {
                Lie::Unfair if requests % UNFAIR == 0 => &rest,
                _ => &first,
            };
            match lie {
                Lie::LowerRequest => request.last_mut().ok_or("no body")?.make_ascii_lowercase(),
                Lie::FirstFrame | Lie::Reorder => {
                    let delimiter = request.iter().position(Vec::is_empty).ok_or("no delimiter")?;
                    match lie {
                        Lie::FirstFrame => request.truncate(delimiter + 2),
                        _ => request[delimiter + 1..].reverse(),
                    }
                }
                Lie::MakeUp if requests == 1 => {
                    to.send_multipart([&b"nobody"[..], b"", b"made up"], 0)?;
                }
                _ => {}
            }
            to.send_multipart(request, 0)?;
        }
    }
}

/// Listens, and passes the first connection on to `first`, the others to `rest`.
fn sort(first: String, rest: String) -> Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let endpoint = format!("tcp://{}", listener.local_addr()?);
    thread::spawn(move || {
        let mut to = std::iter::once(first).chain(std::iter::repeat(rest));
        for server in listener.incoming().flatten() {
            // Who only looks whether somebody listens is no server.
            if !server.peek(&mut [0]).is_ok_and(|read| read > 0) {
                continue;
            }
            let broker = to.next().map(|to| TcpStream::connect(to.trim_start_matches("tcp://")));
            let Some(Ok(broker)) = broker else { continue };
            let (server, broker) = (Arc::new(server), Arc::new(broker));
            for (from, to) in [(server.clone(), broker.clone()), (broker, server)] {
                thread::spawn(move || io::copy(&mut &*from, &mut &*to));
            }
        }
    });
    Ok(endpoint)
}
