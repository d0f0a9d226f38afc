//! The harness's own sockets, which take the part of the other programs.

use std::time::{Duration, Instant};

use zmq::{Context, Socket, SocketType};

use super::Seen;
use super::tried::{SOON, Tried, told};
use crate::suite::port::Kept;

/// How often it is looked whether the program still runs while a message is waited for.
const LOOK_MS: i32 = 100;

/// The address on which all of this happens.
const HOST: &str = "127.0.0.1";

/// A port of our own, on which something can be started again.
pub fn kept() -> (Kept, String) {
    let kept = Kept::new(HOST).expect("there is a port");
    let endpoint = format!("tcp://{HOST}:{}", kept.port);
    (kept, endpoint)
}

/// A socket of the harness. What goes wrong with it is no mistake of the program's, and panics.
pub struct OtherSide(Socket);

impl OtherSide {
    fn new(kind: SocketType) -> OtherSide {
        let socket = Context::new().socket(kind).expect("a socket");
        socket.set_linger(0).expect("LINGER is known");
        socket.set_rcvtimeo(LOOK_MS).expect("RCVTIMEO is known");
        socket.set_sndtimeo(SOON.as_millis() as i32).expect("SNDTIMEO is known");
        OtherSide(socket)
    }

    /// A socket that binds `endpoint`, and where it is.
    pub fn bound(kind: SocketType, endpoint: &str) -> (OtherSide, String) {
        let socket = OtherSide::new(kind);
        socket.0.bind(endpoint).unwrap_or_else(|error| panic!("{endpoint}: {error}"));
        let real = socket.0.get_last_endpoint().expect("it is bound").expect("it is text");
        (socket, real)
    }

    /// A socket that connects to `endpoint`.
    pub fn connected(kind: SocketType, endpoint: &str) -> OtherSide {
        let socket = OtherSide::new(kind);
        socket.0.connect(endpoint).unwrap_or_else(|error| panic!("{endpoint}: {error}"));
        socket
    }

    /// Sends a message, once somebody is there who takes it.
    pub fn send(&self, tried: &Tried, frames: &[&[u8]]) -> Seen {
        match self.0.send_multipart(frames, 0) {
            Ok(()) => Ok(()),
            Err(error) => tried.wrong(format!(
                "it must be connected, or reachable where it bound, and the harness got rid of no message \
                 within {} s ({error})",
                SOON.as_secs()
            )),
        }
    }

    /// The next message that comes; `wanted` says what it is.
    pub fn receive(&self, tried: &mut Tried, wanted: &str) -> Seen<Vec<Vec<u8>>> {
        self.receive_within(tried, wanted, SOON)
    }

    /// The next message that comes in time.
    pub fn receive_within(
        &self,
        tried: &mut Tried,
        wanted: &str,
        time: Duration,
    ) -> Seen<Vec<Vec<u8>>> {
        let deadline = Instant::now() + time;
        loop {
            if let Ok(frames) = self.0.recv_multipart(0) {
                return Ok(frames);
            }
            // What it sent before its end is here by now, or will be at once.
            if tried.has_ended() {
                if let Ok(frames) = self.0.recv_multipart(0) {
                    return Ok(frames);
                }
                return tried.wrong(format!("{wanted} must come, and the program ended"));
            }
            if Instant::now() >= deadline {
                let seconds = time.as_secs();
                return tried
                    .wrong(format!("{wanted} must come, and none came within {seconds} s"));
            }
        }
    }

    /// Sends a message if somebody is there.
    pub fn offer(&self, message: &[u8]) {
        let _ = self.0.send(message, zmq::DONTWAIT);
    }

    /// What has come by now.
    pub fn take(&self) -> Option<Vec<Vec<u8>>> {
        self.0.recv_multipart(zmq::DONTWAIT).ok()
    }

    /// The program has ended, and nothing more may have come.
    pub fn nothing_more(&self, why: &str) -> Seen {
        match self.0.recv_multipart(0) {
            Err(_) => Ok(()),
            Ok(frames) => {
                let frames =
                    frames.iter().map(|frame| format!("'{}'", told(frame))).collect::<Vec<_>>();
                Err(format!("{why}, and it sent {}", frames.join(" | ")))
            }
        }
    }

    /// Goes; what has come is lost.
    pub fn close(&mut self) {
        self.0 = Context::new().socket(zmq::PAIR).expect("a socket");
    }
}

/// The only frame of a reply, after its delimiter.
pub fn body<'f>(tried: &Tried, frames: &'f [Vec<u8>], what: &str) -> Seen<&'f [u8]> {
    match frames {
        [delimiter, body] if delimiter.is_empty() => Ok(body),
        [delimiter, more @ ..] if delimiter.is_empty() => {
            tried.wrong(format!("{what} must have one frame, and has {}", more.len()))
        }
        _ => tried.wrong(format!("{what} must come from a REP, after an empty delimiter")),
    }
}
