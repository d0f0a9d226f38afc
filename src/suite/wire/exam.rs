//! The raw peer before one socket: it says what it is told, and what the socket makes of it is graded.

use std::io::ErrorKind;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::dialogue::{Dialogue, ready};
use super::failure::{Step, fail, late, lines};
use super::holder::{Holder, Taken};
use crate::digest::D;
use crate::outcome::{Cause, End};
use crate::suite::machine::Machine;
use crate::zmtp::conversation::Item;
use crate::zmtp::endpoint::Endpoint;
use crate::zmtp::greeting::{Version, encode_v3};
use crate::zmtp::raw::Raw;

/// How long a socket has to do something with what is wrong: libzmq closes within a millisecond.
pub const REACTS: Duration = Duration::from_millis(300);

/// How long what must come may take.
pub const COMES: Duration = Duration::from_secs(2);

/// How long a connection to a socket that listens may take.
const CONNECTS: Duration = Duration::from_secs(2);

/// What a look at a socket found: that all is right, or what is not.
pub type Looked = Step;

/// See the module.
pub struct Exam<'a> {
    /// Who has the socket.
    pub(super) holder: &'a mut dyn Holder,
    /// The type of the socket.
    pub(super) subject: &'static str,
    /// As what the raw peer comes.
    pub(super) comes_as: &'static str,
    machine: Machine,
    endpoint: Option<Endpoint>,
    /// What was said on the last connections.
    pub(super) said: Vec<String>,
}

impl<'a> Exam<'a> {
    /// Before a socket of the type `subject` that `holder` has, by a peer of the type `comes_as`.
    pub fn new(
        holder: &'a mut dyn Holder,
        subject: &'static str,
        comes_as: &'static str,
        machine: Machine,
    ) -> Exam<'a> {
        Exam { holder, subject, comes_as, machine, endpoint: None, said: vec![] }
    }

    /// Has the socket made, and gives what a right client of this version says to it.
    pub fn open(&mut self, version: Version) -> Step<Dialogue> {
        self.endpoint = Some(self.holder.open(self.subject)?);
        Ok(Dialogue::new(version, self.comes_as, self.subject))
    }

    /// What was said on the last connections.
    pub fn evidence(self) -> Vec<String> {
        self.said
    }

    /// Says all parts, each once the other side has answered the one before, or doesn't: who is right is answered.
    pub fn say(&self, raw: &mut Raw, dialogue: &Dialogue) {
        let right = Dialogue::new(dialogue.version, dialogue.kind, dialogue.subject);
        let is_right =
            (&right.greeting, &right.handshake) == (&dialogue.greeting, &dialogue.handshake);
        let usual = if is_right { COMES } else { REACTS };
        let deadline = Instant::now() + self.patience(usual);
        let part = |raw: &mut Raw, octets: &[u8]| match dialogue.piece {
            0 => raw.say(octets),
            piece => raw.dribble(octets, piece),
        };
        part(raw, &dialogue.greeting);
        if !dialogue.at_once && dialogue.version >= Version::V3_0 {
            raw.hear(deadline, |raw| raw.greeting().is_some());
        }
        part(raw, &dialogue.handshake);
        if !dialogue.at_once && dialogue.version >= Version::V3_0 {
            raw.hear(deadline, |raw| raw.has_said("READY") || raw.has_said("ERROR"));
        }
        part(raw, &dialogue.traffic);
        if dialogue.ends {
            raw.finish();
        }
    }

    /// A connection to the socket.
    pub fn connect(&mut self) -> Step<Raw> {
        let endpoint = self.endpoint.clone().expect("it is open");
        Raw::connect(&endpoint, CONNECTS).map_err(|error| match error.kind() {
            ErrorKind::ConnectionRefused | ErrorKind::TimedOut | ErrorKind::WouldBlock => {
                let what = format!("it can't be connected to: {error}");
                self.holder.unreachable().unwrap_or_else(|| fail(Cause::Timeout, what))
            }
            _ => End::Broken(format!("can't connect to {endpoint}: {error}")),
        })
    }

    /// A peer of this type that has shaken hands.
    pub fn greeted(&mut self, kind: &str) -> Step<Raw> {
        let mut raw = self.connect()?;
        raw.say(&encode_v3(3, 1, "NULL", false));
        raw.say(&ready(kind));
        let deadline = Instant::now() + self.patience(COMES);
        match raw.hear(deadline, |raw| raw.has_said("READY")) {
            true => Ok(raw),
            false => Err(late(&raw, "a READY, and none came")),
        }
    }

    /// The frame, for an agent to send, of so many octets, and these.
    pub fn filled(size: usize) -> (Value, Vec<u8>) {
        const SEED: usize = 7;
        let octets = (0..size).map(|n| ((n + SEED) % 251) as u8).collect();
        (json!({"fill": {"size": size, "seed": SEED}}), octets)
    }

    /// The messages that came to `raw`.
    pub fn messages(raw: &Raw) -> Vec<Vec<D>> {
        let message = |item: &Item| match item {
            Item::Message(message) => Some(message.frames.clone()),
            _ => None,
        };
        raw.said().filter_map(message).collect()
    }

    /// Waits until `count` messages have come to `raw`.
    pub fn hears(&self, raw: &mut Raw, count: usize) -> Step<Vec<Vec<D>>> {
        let deadline = Instant::now() + self.patience(COMES);
        match raw.hear(deadline, |raw| Exam::messages(raw).len() >= count) {
            true => Ok(Exam::messages(raw)),
            false => {
                let came = Exam::messages(raw).len();
                Err(late(raw, format!("{count} messages, and {came} came")))
            }
        }
    }

    /// The frames of the next message that the socket takes, which must come from what `raw` said.
    pub fn receive(&mut self, raw: &mut Raw) -> Step<Vec<D>> {
        let deadline = Instant::now() + self.patience(COMES);
        loop {
            match self.taken(raw, 20)? {
                Some(Taken::Message(frames)) => return Ok(frames),
                _ if Instant::now() >= deadline => {
                    return Err(late(raw, "a message, and the socket took none"));
                }
                _ => {}
            }
        }
    }

    /// What the socket takes next, within so many ms.
    pub fn taken(&mut self, raw: &mut Raw, wait_ms: u64) -> Step<Option<Taken>> {
        self.holder.taken(raw, wait_ms)
    }

    /// Asks who has the socket to do something with it, which must succeed.
    pub fn ask(&mut self, request: Value) -> Step<Value> {
        self.holder.ask(request)
    }

    /// How long something may take on this machine as it is now.
    pub fn patience(&self, usual: Duration) -> Duration {
        self.machine.patience(usual, Instant::now())
    }

    pub(super) fn keep(&mut self, raw: &Raw) {
        self.said.extend(lines(raw.conversation()));
    }
}
