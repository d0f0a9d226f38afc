//! What the seven programs share: arguments of the environment, endpoints, events.
//! docs/role-contract.md says what each of them does and prints.

use std::env;
use std::fmt::{self, Write as _};
use std::io::{self, Write as _};
use std::process;
use std::time::Duration;

use serde::Serialize;
use sha1::{Digest as _, Sha1};
use tokio::time::sleep;
use zeromq::{Endpoint, Socket, SocketOptions, ZmqMessage};

use crate::Failure;

#[derive(Serialize)]
struct Event<'a> {
    event: &'a str,
    pid: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    endpoints: Option<&'a [String]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<D>,
}

pub struct Program {
    pub pid: u32,
    /// How many exchanges to make.
    pub count: u64,
    interval: Duration,
    events: bool,
}

impl Program {
    pub fn from_env() -> Program {
        Program {
            pid: process::id(),
            count: number("INTEROP_COUNT", u64::MAX),
            interval: Duration::from_millis(number("INTEROP_INTERVAL_MS", 1000)),
            events: env::var_os("INTEROP_EVENTS").is_some_and(|value| value == "1"),
        }
    }

    /// Tells a machine that all sockets are there, and where the bound ones are.
    pub fn ready(&self, endpoints: &[String]) -> io::Result<()> {
        self.event("ready", Some(endpoints), None)
    }

    /// Tells a machine of `event` with `data`, or a person `sentence`.
    pub fn say(&self, event: &str, data: &[u8], sentence: fmt::Arguments) -> io::Result<()> {
        match self.events {
            true => self.event(event, None, Some(data)),
            false => print(format!("{sentence}\n").as_bytes()),
        }
    }

    /// Tells a machine of `event` with `data`, and a person nothing.
    pub fn note(&self, event: &str, data: &[u8]) -> io::Result<()> {
        self.event(event, None, Some(data))
    }

    /// Tells that `data` was sent again.
    pub fn resent(&self, data: &[u8]) -> io::Result<()> {
        if !self.events {
            eprintln!("zmqrs (pid={}): no answer for 1 s, sending again", self.pid);
        }
        self.note("resent", data)
    }

    /// The pause between an answer and the next message.
    pub async fn pause(&self) {
        tokio::time::sleep(self.interval).await;
    }

    fn event(
        &self,
        event: &str,
        endpoints: Option<&[String]>,
        data: Option<&[u8]>,
    ) -> io::Result<()> {
        match self.events {
            true => line(&Event { event, pid: self.pid, endpoints, data: data.map(D::of) }),
            false => Ok(()),
        }
    }
}

/// Prints a value as a line of JSON.
pub fn line(value: &impl Serialize) -> io::Result<()> {
    let mut json = serde_json::to_vec(value)?;
    json.push(b'\n');
    print(&json)
}

/// Writes whole lines with one system call, so that no reader ever sees half of one.
fn print(lines: &[u8]) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(lines)?;
    stdout.flush()
}

/// Reads a number from the environment.
fn number(name: &str, otherwise: u64) -> u64 {
    match env::var(name).unwrap_or_default().as_str() {
        "" => otherwise,
        value => value.parse().unwrap_or_else(|_| {
            eprintln!("zmqrs: {name} must be a number, not '{value}'");
            process::exit(2)
        }),
    }
}

/// Tells a bad endpoint from an absent peer.
pub fn check(endpoint: &str) -> Result<(), Failure> {
    endpoint.parse::<Endpoint>().map(drop).map_err(|error| Failure::at(endpoint, &error.into()))
}

/// A socket to connect. The crate doubles the pause between its attempts, up to half a minute: here it
/// starts anew every second.
pub fn socket<S: Socket>() -> S {
    let mut options = SocketOptions::default();
    options.connect_timeout(Duration::from_secs(1));
    S::with_options(options)
}

/// Connects to a good endpoint, however long that takes. The crate's connect also gives up when a peer
/// goes in the middle of the handshake.
pub async fn connect(socket: &mut impl Socket, endpoint: &str) {
    while socket.connect(endpoint).await.is_err() {
        sleep(Duration::from_millis(50)).await;
    }
}

/// Of longer data only so many bytes are shown.
const SHOWN: usize = 1024;

/// The SHA-1 of data in lower-case hexadecimal digits.
pub fn digest(data: &[u8]) -> String {
    hex::encode(Sha1::digest(data))
}

/// Describes bytes to a machine.
#[derive(Serialize)]
pub struct D {
    size: usize,
    sha1: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    hex: Option<String>,
}

impl D {
    pub fn of(data: &[u8]) -> D {
        let hex = (data.len() <= SHOWN).then(|| hex::encode(data));
        D { size: data.len(), sha1: digest(data), hex }
    }
}

/// Shows bytes to a person, with `\xNN` for control characters and for what is not UTF-8.
pub struct Shown<'a>(pub &'a [u8]);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        for chunk in self.0[..self.0.len().min(SHOWN)].utf8_chunks() {
            for char in chunk.valid().chars() {
                match char.is_ascii_control() {
                    true => write!(f, "\\x{:02x}", u32::from(char))?,
                    false => f.write_char(char)?,
                }
            }
            for byte in chunk.invalid() {
                write!(f, "\\x{byte:02x}")?;
            }
        }
        if self.0.len() > SHOWN {
            write!(f, "... ({} bytes)", self.0.len())?;
        }
        Ok(())
    }
}

/// A message's bytes, whatever frames they came in.
pub fn joined(message: &ZmqMessage) -> Vec<u8> {
    message.iter().flatten().copied().collect()
}
