//! rep and mrep on a ROUTER socket, so that a reply can be lost, late, or another's.

use std::thread;
use std::time::Duration;

use zmq_interop::digest::{D, sha1_hex};
use zmq_interop::role::Role;
use zmq_interop::suite::scenario::lie::Lie;

use super::{Result, bind, say, taken_for};

/// From this size on, in bytes, a message is large.
const LARGE: usize = 1 << 20;

/// Longer than the second that a client waits, on every machine.
pub const LATE: Duration = Duration::from_millis(3000);

/// How long a request is held for another one to be swapped with.
const HELD_MS: i64 = 300;

struct Request {
    /// The frames up to the delimiter.
    envelope: Vec<Vec<u8>>,
    body: Vec<u8>,
    /// The size of its first frame.
    first: usize,
}

pub fn serve(lie: Lie, role: Role, endpoint: &str) -> Result {
    let context = zmq::Context::new();
    let socket = context.socket(zmq::ROUTER)?;
    let mut bound = vec![];
    socket.monitor("inproc://gone", i32::from(zmq::SocketEvent::DISCONNECTED.to_raw()))?;
    let gone = context.socket(zmq::PAIR)?;
    gone.connect("inproc://gone")?;
    if role == Role::Rep {
        bound.push(bind(lie, &socket, endpoint)?);
    } else {
        socket.connect(endpoint)?;
    }
    say::ready(&bound)?;
    let tales = match lie {
        Lie::Boast => 1000,
        Lie::FloodEvents => usize::MAX,
        _ => 0,
    };
    for _ in 0..tales {
        say::say("received", b"nothing at all")?;
        say::say("replied", &answer(role, b"nothing at all"))?;
    }
    let mut previous = vec![];
    let mut has_come_back = false;
    let count = say::count();
    for n in 1..=count {
        let mut request = receive(&socket)?;
        if lie == Lie::FirstFrame {
            request.body.truncate(request.first);
        }
        has_come_back |= gone.poll(zmq::POLLIN, 0)? > 0;
        match lie {
            Lie::CrashThird if n == 3 => std::process::exit(3),
            Lie::DropTenth if n % 10 == 0 => continue,
            Lie::Swap if socket.poll(zmq::POLLIN, HELD_MS)? > 0 => {
                let other = receive(&socket)?;
                let (mine, yours) = (answer(role, &request.body), answer(role, &other.body));
                reply(&socket, &request, &yours, &mine)?;
                reply(&socket, &other, &mine, &yours)?;
                continue;
            }
            Lie::TwoAtOnce if socket.poll(zmq::POLLIN, HELD_MS)? > 0 => {
                let both = [request, receive(&socket)?];
                both.iter().try_for_each(|request| say::say("received", &request.body))?;
                for request in &both {
                    let right = answer(role, &request.body);
                    send(&socket, request, &right)?;
                    say::say("replied", &right)?;
                }
                continue;
            }
            // What becomes of it if it is not waited for.
            Lie::Hasty if n == count => {
                say::say("received", &request.body)?;
                return say::say("replied", &answer(role, &request.body));
            }
            _ => {}
        }
        let right = answer(role, &request.body);
        let given = match lie {
            Lie::Upper => right.to_ascii_uppercase(),
            Lie::Lower => right.to_ascii_lowercase(),
            Lie::Trim => right.trim_ascii().to_vec(),
            Lie::Short => right[..right.len().saturating_sub(8)].to_vec(),
            Lie::Newline => answer(role, &[&request.body[..], b"\n"].concat()),
            Lie::Previous => answer(role, &previous),
            Lie::Claim => [&right[..], b"!"].concat(),
            Lie::WrongAfterReconnect if has_come_back => [&right[..], b"!"].concat(),
            _ => answer(role, &taken_for(lie, role, n, &request.body)),
        };
        let told = match lie {
            Lie::Claim => right.clone(),
            Lie::Misquote => [&right[..], b"!"].concat(),
            _ => given.clone(),
        };
        let pause = match lie {
            Lie::LateTenth if n % 10 == 0 => Some(LATE),
            Lie::LateLarge if request.body.len() >= LARGE && request.body != previous => {
                Some(LATE / 2)
            }
            _ => None,
        };
        if let Some(pause) = pause {
            say::say("received", &request.body)?;
            thread::sleep(pause);
            send(&socket, &request, &given)?;
            say::say("replied", &told)?;
        } else if lie == Lie::Contradict {
            say::say("received", &request.body)?;
            send(&socket, &request, &given)?;
            say::told("replied", &D { sha1: sha1_hex(b"another"), ..D::of(&told) })?;
        } else {
            reply(&socket, &request, &given, &told)?;
        }
        if lie == Lie::TellsTwice && n % 3 == 0 {
            say::say("received", &request.body)?;
            say::say("replied", &right)?;
        }
        previous = request.body;
    }
    Ok(())
}

fn answer(role: Role, request: &[u8]) -> Vec<u8> {
    match role {
        Role::Rep => sha1_hex(request).into_bytes(),
        _ => request.to_vec(),
    }
}

fn receive(socket: &zmq::Socket) -> Result<Request> {
    let mut envelope = socket.recv_multipart(0)?;
    let delimiter = envelope.iter().position(Vec::is_empty).ok_or("no delimiter")?;
    let frames = envelope.split_off(delimiter + 1);
    let first = frames.first().map_or(0, Vec::len);
    Ok(Request { envelope, body: frames.concat(), first })
}

/// Sends `given` and tells `told`.
fn reply(socket: &zmq::Socket, request: &Request, given: &[u8], told: &[u8]) -> Result {
    say::say("received", &request.body)?;
    send(socket, request, given)?;
    say::say("replied", told)
}

fn send(socket: &zmq::Socket, request: &Request, given: &[u8]) -> Result {
    let frames = request.envelope.iter().map(Vec::as_slice).chain([given]);
    Ok(socket.send_multipart(frames, 0)?)
}
