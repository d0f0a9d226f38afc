//! A client that is tried, `c`, `mreq` or `req`: the harness is its server, and gives `req` its messages.

use std::time::{Duration, Instant};

use super::arguments::ANY;
use super::other_side::OtherSide;
use super::tried::{SOON, STARTING, Tried};
use super::{Check, Seen};
use crate::digest::D;
use crate::role::Role;
use crate::suite::scenario::stage::journal::Kind;

/// A client waits so long before it asks again, less what clocks and a busy machine make of it.
pub const ASKS_AGAIN: std::ops::Range<Duration> =
    Duration::from_millis(850)..Duration::from_millis(2500);

/// So soon a client says that it got an answer, mostly.
const ANSWERED: Duration = Duration::from_millis(300);

/// A message of the client.
pub struct Question {
    /// To whom the answer goes, and to which sending.
    envelope: Vec<Vec<u8>>,
    /// What it asks.
    pub body: Vec<u8>,
    /// When it came.
    pub at: Instant,
}

/// See the module.
pub struct Asking {
    pub tried: Tried,
    pub server: OtherSide,
    /// Whoever pushes to `req`.
    pub source: Option<OtherSide>,
    pushed: usize,
}

impl Asking {
    /// A client that is ready and prints events, and its server.
    pub fn begin(check: &Check, env: &[(&str, &str)]) -> Seen<Asking> {
        Asking::begin_at(check, env, ANY)
    }

    /// The same with a server on `endpoint`.
    pub fn begin_at(check: &Check, env: &[(&str, &str)], endpoint: &str) -> Seen<Asking> {
        let (server, endpoint) = OtherSide::bound(zmq::ROUTER, endpoint);
        let arguments = match check.role {
            Role::Req => vec![ANY, &endpoint],
            _ => vec![endpoint.as_str()],
        };
        let mut program = check.with_events(&arguments);
        for (name, value) in env {
            program = program.env(name, value);
        }
        let (tried, bound) = program.ready()?;
        let source = bound.first().map(|pull| OtherSide::connected(zmq::PUSH, pull));
        Ok(Asking { tried, server, source, pushed: 0 })
    }

    /// A client of which these parts are known.
    pub fn of(tried: Tried, server: OtherSide, source: Option<OtherSide>) -> Asking {
        Asking { tried, server, source, pushed: 0 }
    }

    /// The next question, of which it must tell before it is answered.
    pub fn question(&mut self) -> Seen<Question> {
        self.pushed += 1;
        self.question_about(format!("message {}", self.pushed).as_bytes())
    }

    /// The same; a `req` is given this message.
    pub fn question_about(&mut self, message: &[u8]) -> Seen<Question> {
        let told = self.told_about(message)?;
        let question = self.arrived("the message that it told of")?;
        match D::of(&question.body) == told {
            true => Ok(question),
            false => {
                let sent = D::of(&question.body).described();
                self.tried.wrong(format!("it told of {}, and sent {sent}", told.described()))
            }
        }
    }

    /// What it tells of its next message.
    pub fn told_about(&mut self, message: &[u8]) -> Seen<D> {
        let Some(source) = &self.source else {
            return Ok(self.tried.event(Kind::Sent)?.data);
        };
        source.send(&self.tried, &[message])?;
        let told = self.tried.event(Kind::Pulled)?.data;
        let right = D::of(message);
        match told == right {
            true => Ok(told),
            false => {
                let [right, told] = [right, told].map(|d| d.described());
                self.tried.wrong(format!("{right} was pushed, and it pulled {told}"))
            }
        }
    }

    /// The next message that it sends.
    pub fn arrived(&mut self, wanted: &str) -> Seen<Question> {
        let frames = self.server.receive_within(&mut self.tried, wanted, STARTING)?;
        self.question_in(frames, wanted)
    }

    fn question_in(&self, mut frames: Vec<Vec<u8>>, wanted: &str) -> Seen<Question> {
        let at = Instant::now();
        // The routing id, what numbers the requests, and the delimiter of a REQ.
        let end = frames.iter().skip(1).position(Vec::is_empty).map_or(0, |at| at + 2);
        if end == 0 || frames.len() != end + 1 {
            let n = frames.len() - end.max(1);
            return self.tried.wrong(format!(
                "{wanted} must be one frame of a REQ, after an empty delimiter, and has {n}"
            ));
        }
        let body = frames.pop().expect("it was counted");
        Ok(Question { envelope: frames, body, at })
    }

    /// Sends an answer, of which nothing need come.
    pub fn send_answer(&self, question: &Question, answer: &[u8]) -> Seen {
        let frames = question.envelope.iter().map(Vec::as_slice).chain([answer]);
        self.server.send(&self.tried, &frames.collect::<Vec<_>>())
    }

    /// Answers, and sees that it says so.
    pub fn answer(&mut self, question: &Question, answer: &[u8]) -> Seen {
        self.send_answer(question, answer)?;
        let (mut at, deadline) = (question.at, Instant::now() + STARTING);
        while Instant::now() < deadline {
            if !self.tried.stirs_within(ANSWERED) {
                // It waits for the answer to something else: what it sent again, on a slow machine.
                while let Some(frames) = self.server.take() {
                    let again = self.question_in(frames, "what it sends again")?;
                    self.send_answer(&again, answer)?;
                }
                continue;
            }
            let event = self.tried.event_of(&[Kind::Answered, Kind::Resent], SOON)?;
            if event.kind == Kind::Answered {
                return self.is_answered(&event.data, answer);
            }
            self.is_again(&event.data, &question.body)?;
            let waited = at.elapsed();
            if waited < ASKS_AGAIN.start {
                let waited = waited.as_millis();
                return self.tried.wrong(format!(
                    "it must wait for one second, and sent again after {waited} ms"
                ));
            }
            at = Instant::now();
        }
        self.tried.wrong("it must take the answer to what it sent, or sent again, and does not")
    }

    fn is_answered(&self, told: &D, answer: &[u8]) -> Seen {
        let right = D::of(answer);
        match *told == right {
            true => Ok(()),
            false => {
                let [right, told] = [&right, told].map(D::described);
                self.tried.wrong(format!("the answer was {right}, and it told of {told}"))
            }
        }
    }

    /// What is sent again must be the same.
    pub fn is_again(&self, told: &D, body: &[u8]) -> Seen {
        match *told == D::of(body) {
            true => Ok(()),
            false => {
                let [right, told] = [&D::of(body), told].map(D::described);
                self.tried
                    .wrong(format!("it must send the same bytes again, {right}, and sent {told}"))
            }
        }
    }
}
