//! Who has the socket that is looked at: an agent, which tells what the socket takes, or somebody of whom nothing is known
//! but an endpoint.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::dialogue::command;
use super::failure::{Step, broken, fail};
use crate::digest::D;
use crate::outcome::{Cause, End};
use crate::peer::agent::{Agent, Answer, Broken, answer_timeout};
use crate::suite::machine::Machine;
use crate::zmtp::endpoint::Endpoint;
use crate::zmtp::greeting::Version;
use crate::zmtp::raw::Raw;

/// The socket's name towards its agent.
const SOCKET: &str = "s";

/// What a socket has taken of what it was told.
#[derive(Debug)]
pub enum Taken {
    /// A message with these frames.
    Message(Vec<D>),
    /// All that was said so far, whatever it made of it: it answered a PING that came after.
    All,
}

impl Taken {
    /// Is it the message with this body, as far as anybody sees that?
    pub fn is(&self, body: &[u8]) -> bool {
        match self {
            Taken::Message(frames) => frames.last() == Some(&D::of(body)),
            Taken::All => true,
        }
    }
}

/// See the module.
pub trait Holder {
    /// Where a socket of this type listens.
    fn open(&mut self, kind: &str) -> Step<Endpoint>;
    /// What the socket takes next, within so many ms; `raw` has spoken last.
    fn taken(&mut self, raw: &mut Raw, wait_ms: u64) -> Step<Option<Taken>>;
    /// Does it see which message the socket takes?
    fn reads(&self) -> bool;
    /// Does it see whether the socket takes anything of a peer of this version?
    fn sees(&self, version: Version) -> bool;
    /// Asks for something to be done with the socket, which must succeed, in the words of the agent contract.
    fn ask(&mut self, request: Value) -> Step<Value>;
    /// The process that has the socket, where it is known.
    fn pid(&self) -> Option<u32>;
    /// How that process ended, if it did.
    fn ended(&self) -> Option<&str>;
    /// What it means that nobody can be connected to, where more can be said of that.
    fn unreachable(&mut self) -> Option<End<()>>;
}

/// An agent, whose sockets listen at an address.
pub struct OfAgent {
    /// The agent.
    pub agent: Agent,
    host: String,
    kind: String,
    machine: Machine,
    died: Option<String>,
}

impl OfAgent {
    /// A socket of `agent` that listens on `host`.
    pub fn new(agent: Agent, host: &str, machine: Machine) -> OfAgent {
        OfAgent { agent, host: host.into(), kind: String::new(), machine, died: None }
    }

    fn try_ask(&mut self, request: &Value) -> Step<Answer> {
        let id = self.agent.post(request);
        let timeout = self.machine.patience(answer_timeout(request), Instant::now());
        self.agent.answer(id, timeout).map_err(|error| {
            if let Broken::Ended(how) = &error {
                self.died = Some(how.clone());
            }
            broken(&error)
        })
    }
}

impl Holder for OfAgent {
    fn open(&mut self, kind: &str) -> Step<Endpoint> {
        self.kind = kind.into();
        self.ask(json!({"op": "socket", "socket": SOCKET, "type": kind}))?;
        let anywhere = format!("tcp://{}:*", self.host);
        let bound = self.ask(json!({"op": "bind", "socket": SOCKET, "endpoint": anywhere}))?;
        Endpoint::new(bound["endpoint"].as_str().unwrap_or_default()).map_err(|error| {
            fail(Cause::Contract, format!("it answered bind with no endpoint: {error}"))
        })
    }

    fn taken(&mut self, _: &mut Raw, wait_ms: u64) -> Step<Option<Taken>> {
        let receive = json!({"op": "recv", "socket": SOCKET, "timeout_ms": wait_ms});
        match self.try_ask(&receive)? {
            Ok(fields) => {
                let frames = serde_json::from_value(fields["frames"].clone()).map_err(|error| {
                    fail(Cause::Contract, format!("it answered recv with no frames: {error}"))
                })?;
                if self.kind == "REP" {
                    // It takes the next request once it has answered this one.
                    let reply = json!([{"text": "reply"}]);
                    self.ask(json!({"op": "send", "socket": SOCKET, "frames": reply}))?;
                }
                Ok(Some(Taken::Message(frames)))
            }
            Err(refusal) if refusal.code == "EAGAIN" => Ok(None),
            // A library may tell its user of what it could not read, and go on.
            Err(refusal) if refusal.code == "other" => Ok(None),
            Err(refusal) => Err(fail(Cause::Contract, format!("it answered recv with {refusal}"))),
        }
    }

    fn reads(&self) -> bool {
        true
    }

    fn sees(&self, _: Version) -> bool {
        true
    }

    fn ask(&mut self, request: Value) -> Step<Value> {
        let op = request["op"].as_str().unwrap_or_default().to_owned();
        match self.try_ask(&request)? {
            Ok(fields) => Ok(fields.into()),
            Err(refusal) => Err(fail(Cause::Contract, format!("it answered {op} with {refusal}"))),
        }
    }

    fn pid(&self) -> Option<u32> {
        Some(self.agent.pid())
    }

    fn ended(&self) -> Option<&str> {
        self.died.as_deref()
    }

    /// Who has ended does not listen; the next answer tells it.
    fn unreachable(&mut self) -> Option<End<()>> {
        let receive = json!({"op": "recv", "socket": SOCKET, "timeout_ms": 0});
        self.try_ask(&receive).err().filter(|_| self.died.is_some())
    }
}

/// Whoever listens at an endpoint. What it takes is seen by a PING that comes after, where it answers that.
pub struct Stranger {
    endpoint: Endpoint,
    /// Does it answer a PING?
    answers: bool,
    gone: bool,
}

impl Stranger {
    /// Who listens there.
    pub fn new(endpoint: Endpoint, answers: bool) -> Stranger {
        Stranger { endpoint, answers, gone: false }
    }
}

impl Holder for Stranger {
    fn open(&mut self, _: &str) -> Step<Endpoint> {
        Ok(self.endpoint.clone())
    }

    fn taken(&mut self, raw: &mut Raw, wait_ms: u64) -> Step<Option<Taken>> {
        if !self.answers || !raw.has_said("READY") || raw.is_ended() {
            raw.hear(Instant::now() + Duration::from_millis(wait_ms), Raw::is_ended);
            return Ok(None);
        }
        raw.say(&command("PING", b"\0\0taken?"));
        let soon = Instant::now() + Duration::from_millis(wait_ms);
        Ok(raw.hear(soon, |raw| raw.has_said("PONG")).then_some(Taken::All))
    }

    fn reads(&self) -> bool {
        false
    }

    fn sees(&self, version: Version) -> bool {
        self.answers && version == Version::V3_1
    }

    fn ask(&mut self, _: Value) -> Step<Value> {
        Err(End::Broken("nobody can be asked to do something with a stranger's socket".into()))
    }

    fn pid(&self) -> Option<u32> {
        None
    }

    fn ended(&self) -> Option<&str> {
        self.gone.then_some("does not listen any more")
    }

    fn unreachable(&mut self) -> Option<End<()>> {
        self.gone = true;
        None
    }
}
