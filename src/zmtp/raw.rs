//! A peer that says exactly the octets that it is told, and reads what comes with our own decoder: no ZeroMQ library
//! would say what it must say.

use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::Shutdown;
use std::time::{Duration, Instant};

use socket2::Socket;

use super::conversation::{Conversation, Item};
use super::decoder::Decoder;
use super::endpoint::Endpoint;
use super::greeting::{Greeting, encode_v3};
use super::{Side, Violation};

/// Octets that are read at once.
const PIECE: usize = 64 * 1024;

/// How long the other side may take to read what we say: it may have stopped reading for good.
const WRITING: Duration = Duration::from_secs(2);

/// So many entries are kept as evidence before its own are not any more.
const OWN: usize = 1000;

/// A connection of a raw peer.
#[derive(Debug)]
pub struct Raw {
    socket: Socket,
    /// Which end of the connection it is.
    side: Side,
    decoder: Decoder,
    conversation: Conversation,
    /// All octets that came.
    came: Vec<u8>,
    /// What it says itself can't be read.
    is_misread: bool,
    ended: bool,
}

impl Raw {
    /// Connects.
    pub fn connect(endpoint: &Endpoint, timeout: Duration) -> io::Result<Raw> {
        let socket = endpoint.connect(timeout, |_| Ok(()))?;
        Raw::new(socket, Side::Connector)
    }

    fn new(socket: Socket, side: Side) -> io::Result<Raw> {
        let _ = socket.set_tcp_nodelay(true);
        socket.set_write_timeout(Some(WRITING))?;
        Ok(Raw {
            socket,
            side,
            decoder: Decoder::default(),
            conversation: Conversation::new(Instant::now()),
            came: vec![],
            is_misread: false,
            ended: false,
        })
    }

    /// Says these octets; false if the other side takes them no more.
    pub fn say(&mut self, octets: &[u8]) -> bool {
        let at = Instant::now();
        self.conversation.sent[self.side as usize] += octets.len() as u64;
        if !self.is_misread {
            for entry in self.decoder.feed(self.side, octets, at) {
                // Of who greets wrongly the other side can't be read: it is read as if we had greeted rightly.
                let in_greeting =
                    matches!(entry.item, Item::Violation(Violation { offset: 0, .. }));
                self.is_misread |= in_greeting;
                // There is room for what the other side says.
                if self.conversation.entries.len() < OWN {
                    self.conversation.record(entry);
                }
            }
            if self.is_misread {
                self.decoder = Decoder::default();
                let came = std::mem::take(&mut self.came);
                drop(self.decoder.feed(self.side, &encode_v3(3, 1, "NULL", false), at));
                self.conversation.sent[self.side.other() as usize] -= came.len() as u64;
                self.take(&came);
            }
        }
        (&self.socket).write_all(octets).is_ok()
    }

    /// The same in segments of `size` octets each, as far as the system lets them go at once.
    pub fn dribble(&mut self, octets: &[u8], size: usize) -> bool {
        octets.chunks(size.max(1)).all(|piece| self.say(piece))
    }

    /// Says that it sends no more.
    pub fn finish(&mut self) {
        let _ = self.socket.shutdown(Shutdown::Write);
    }

    /// Reads until `check` holds, or the other side has ended, or it is `deadline`; tells whether `check` holds. What is
    /// there already is read in any case.
    pub fn hear(&mut self, deadline: Instant, check: impl Fn(&Raw) -> bool) -> bool {
        let mut piece = vec![0; PIECE];
        let mut is_over = false;
        loop {
            if check(self) {
                return true;
            }
            if self.ended || is_over {
                return false;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            is_over = left.is_zero();
            // A time-out of zero would be none, and the system counts in ticks.
            let waiting = match is_over {
                true => self.socket.set_nonblocking(true),
                // Less than the system counts would be no time-out at all.
                false => self.socket.set_read_timeout(Some(left.max(Duration::from_millis(1)))),
            };
            if waiting.is_err() {
                return false;
            }
            let (end, reset) = match (&self.socket).read(&mut piece) {
                Ok(0) => (true, false),
                Ok(size) => {
                    self.take(&piece[..size]);
                    (false, false)
                }
                Err(error) => match error.kind() {
                    ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted => {
                        (false, false)
                    }
                    _ => (true, true),
                },
            };
            if is_over {
                let _ = self.socket.set_nonblocking(false);
            }
            if end {
                self.ended = true;
                let entry = self.decoder.close(self.side.other(), reset, Instant::now());
                self.conversation.record(entry);
            }
        }
    }

    fn take(&mut self, octets: &[u8]) {
        let from = self.side.other();
        self.came.extend_from_slice(octets);
        self.conversation.sent[from as usize] += octets.len() as u64;
        for entry in self.decoder.feed(from, octets, Instant::now()) {
            self.conversation.record(entry);
        }
    }

    /// Has the other side ended the connection?
    pub fn is_ended(&self) -> bool {
        self.ended
    }

    /// All octets that came.
    pub fn came(&self) -> &[u8] {
        &self.came
    }

    /// What the other side has said, as far as it can be read.
    pub fn said(&self) -> impl Iterator<Item = &Item> {
        let from = self.side.other();
        self.conversation.entries.iter().filter(move |entry| entry.from == from).map(|e| &e.item)
    }

    /// How the other side has greeted.
    pub fn greeting(&self) -> Option<&Greeting> {
        self.said().find_map(|item| match item {
            Item::Greeting(greeting) => Some(greeting),
            _ => None,
        })
    }

    /// Has the other side said a command of this name?
    pub fn has_said(&self, command: &str) -> bool {
        self.said().any(|item| matches!(item, Item::Command(said) if said.name() == command))
    }

    /// Both sides of it.
    pub fn conversation(&self) -> &Conversation {
        &self.conversation
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::thread;

    use super::*;
    use crate::zmtp::{command, frame};

    /// The other side is read whatever we say: it decides by itself what to make of it.
    #[test]
    fn who_greets_wrongly_reads_the_other_side_all_the_same() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = Endpoint::new(&format!("tcp://{}", listener.local_addr().unwrap())).unwrap();
        let server = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let refusal = frame::encode_command(&command::encode("ERROR", b"\x02no"));
            stream.write_all(&[&encode_v3(3, 1, "NULL", false)[..], &refusal].concat()).unwrap();
            stream
        });
        let mut raw = Raw::connect(&endpoint, WRITING).unwrap();
        let mut greeting = encode_v3(3, 1, "NULL", false);
        greeting[9] = 0xFF;
        raw.say(&greeting);
        let by = Instant::now() + Duration::from_secs(20);
        assert!(raw.hear(by, |raw| raw.has_said("ERROR")), "{}", raw.conversation());
        drop(server.join().unwrap());
        assert!(raw.hear(by, Raw::is_ended));
    }
}
