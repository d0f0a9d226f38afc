//! What every program has: a pid, the three variables of the environment, and a standard output on
//! which it says what happens - to a person in sentences, to a harness in events. The choice between
//! the two is made here and nowhere else.

use std::env;
use std::fmt;
use std::io::{self, Write as _};
use std::thread;
use std::time::Duration;

use serde::Serialize;

use super::Error;
use crate::digest::D;

/// What happens in a program; see the contract's table of events.
#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Event {
    Ready,
    Sent,
    Resent,
    Pulled,
    Received,
    Replied,
    Answered,
}

#[derive(Serialize)]
struct Line<'a> {
    event: Event,
    pid: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    endpoints: Option<&'a [String]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<D>,
}

pub struct Program {
    pub pid: u32,
    /// How many exchanges to make; without INTEROP_COUNT more than anybody will live to see.
    pub count: u64,
    interval: Duration,
    events: bool,
}

impl Program {
    pub fn from_env() -> Result<Program, Error> {
        Ok(Program {
            pid: std::process::id(),
            count: number("INTEROP_COUNT")?.unwrap_or(u64::MAX),
            interval: Duration::from_millis(number("INTEROP_INTERVAL_MS")?.unwrap_or(1000)),
            events: env::var_os("INTEROP_EVENTS").is_some_and(|value| value == "1"),
        })
    }

    /// Tells that all sockets are there, and where those that bind really are.
    pub fn ready(&self, endpoints: &[String]) -> Result<(), Error> {
        self.event(Event::Ready, Some(endpoints), None)
    }

    /// Tells a harness of `event` with `data`, or a person `sentence`.
    pub fn say(&self, event: Event, data: &[u8], sentence: fmt::Arguments) -> Result<(), Error> {
        if self.events {
            self.event(event, None, Some(data))
        } else {
            print(format!("{sentence}\n").as_bytes())
        }
    }

    /// Tells a harness of `event` with `data`, and a person nothing.
    pub fn note(&self, event: Event, data: &[u8]) -> Result<(), Error> {
        self.event(event, None, Some(data))
    }

    /// Tells that `data` was sent again. A person learns it on standard error, beside the sentences.
    pub fn resent(&self, data: &[u8]) -> Result<(), Error> {
        if !self.events {
            // Nothing can be done, or said, about a standard error that is gone.
            let _ =
                writeln!(io::stderr(), "rust (pid={}): no answer for 1 s, sending again", self.pid);
        }
        self.event(Event::Resent, None, Some(data))
    }

    /// The pause between an answer and the next message.
    pub fn pause(&self) {
        thread::sleep(self.interval);
    }

    fn event(
        &self,
        event: Event,
        endpoints: Option<&[String]>,
        data: Option<&[u8]>,
    ) -> Result<(), Error> {
        if !self.events {
            return Ok(());
        }
        let line = Line { event, pid: self.pid, endpoints, data: data.map(D::of) };
        let mut json = serde_json::to_vec(&line).expect("numbers and strings have a JSON form");
        json.push(b'\n');
        print(&json)
    }
}

/// Writes a whole line with one system call, so that no reader ever sees half of it. (Not println!,
/// which panics when the reader has gone.)
fn print(line: &[u8]) -> Result<(), Error> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(line).and_then(|()| stdout.flush()).map_err(Error::Output)
}

/// The number in an environment variable, if it has any.
fn number(name: &'static str) -> Result<Option<u64>, Error> {
    match env::var_os(name) {
        Some(value) if !value.is_empty() => match value.to_str().and_then(|s| s.parse().ok()) {
            Some(number) => Ok(Some(number)),
            None => Err(Error::Variable { name, value: value.to_string_lossy().into_owned() }),
        },
        _ => Ok(None),
    }
}
