//! What every role has: a pid, the three variables of the environment, and a standard output on which
//! it says what happens - to a person in sentences, to a harness in events.

use std::env;
use std::fmt;
use std::io::{self, Write as _};
use std::process;
use std::time::Duration;

use serde::Serialize;

use crate::data::D;

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
