//! The raw peer before one socket: it says what it is told, and what the socket makes of it is graded.

use std::fs;
use std::io::ErrorKind;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::case::{Case, Play};
use super::dialogue::{Dialogue, GOOD, LAST, message, ready};
use super::grade::{Allowed, Grade};
use crate::digest::D;
use crate::outcome::{Cause, End, Failure};
use crate::peer::agent::{Agent, Broken, answer_timeout};
use crate::suite::machine::Machine;
use crate::zmtp::conversation::{Conversation, Item};
use crate::zmtp::endpoint::Endpoint;
use crate::zmtp::greeting::{Version, encode_v3};
use crate::zmtp::raw::Raw;

/// How long a socket has to do something with what is wrong: libzmq closes within a millisecond.
pub const REACTS: Duration = Duration::from_millis(300);

/// How long what must come may take.
pub const COMES: Duration = Duration::from_secs(2);

/// How long a connection to a socket that listens may take.
const CONNECTS: Duration = Duration::from_secs(2);

/// A process that has taken so much more memory, for less than a megabyte that was sent, believes what a length says.
const TOO_MUCH: u64 = 256 << 20;

/// The socket's name towards its agent.
const SOCKET: &str = "s";

/// Why a case ended early. The one whose socket it is is the only suspect.
pub type Step<T = ()> = Result<T, End<()>>;

/// What a look at a socket found: that all is right, or what is not.
pub type Looked = Step;

/// See the module.
pub struct Exam<'a> {
    /// The agent that has the socket.
    pub agent: Agent,
    case: &'a Case,
    machine: Machine,
    endpoint: Option<Endpoint>,
    /// All conversations, as evidence.
    said: Vec<String>,
    /// Did somebody tell of a process that ended?
    died: Option<String>,
}

impl<'a> Exam<'a> {
    /// Before a socket that `agent` is to make.
    pub fn new(agent: Agent, case: &'a Case, machine: Machine) -> Exam<'a> {
        Exam { agent, case, machine, endpoint: None, said: vec![], died: None }
    }

    /// Plays the case; the grade, where it gives one.
    pub fn play(&mut self, host: &str) -> Step<Option<Grade>> {
        let kind = self.case.subject;
        self.ask(json!({"op": "socket", "socket": SOCKET, "type": kind}))?;
        let bound = self
            .ask(json!({"op": "bind", "socket": SOCKET, "endpoint": format!("tcp://{host}:*")}))?;
        let endpoint = bound["endpoint"].as_str().unwrap_or_default();
        let endpoint = Endpoint::new(endpoint).map_err(|error| {
            fail(Cause::Contract, format!("it answered bind with no endpoint: {error}"))
        })?;
        self.endpoint = Some(endpoint);
        let right = Dialogue::new(self.case.version, self.case.comes_as, self.case.subject);
        match self.case.play {
            Play::Look(look, _) => look(self).map(|()| None),
            Play::Announced(changed) => {
                let changed = changed(&right);
                self.announced(&right, changed).map(|()| None)
            }
            Play::Breach(change, allowed) => {
                let mut changed = right.clone();
                change(&mut changed);
                self.breaches(&right, vec![(String::new(), changed)], allowed).map(Some)
            }
            Play::Breaches(changed, allowed) => {
                let changed = changed(&right);
                self.breaches(&right, changed, allowed).map(Some)
            }
        }
    }

    /// What was said, of the last connections.
    pub fn evidence(self) -> (Agent, Vec<String>) {
        (self.agent, self.said)
    }

    /// The right client, and each of the changed ones, each followed by the right one. The worst grade.
    fn breaches(
        &mut self,
        right: &Dialogue,
        changed: Vec<(String, Dialogue)>,
        allowed: Allowed,
    ) -> Step<Grade> {
        match self.attempt(right, right)?.0 {
            Grade::Accepted => {}
            // "MUST close if one can't downgrade": what it can't speak it can't speak wrongly either (23-VER-12).
            Grade::Rejected | Grade::Closed if right.version < Version::V3_0 => {
                return Ok(Grade::Closed);
            }
            other => {
                let what = format!("it {} when all was right", in_words(other));
                return Err(fail(cause(other), what));
            }
        }
        let mut worst = Grade::Rejected;
        for (name, changed) in changed {
            self.said.clear();
            let grade = self.breach(right, &changed)?;
            if !allowed.allows(grade) {
                return Err(self.not_allowed(&name, grade, allowed));
            }
            worst = worst.max(grade);
        }
        Ok(worst)
    }

    /// A right client, and others that announce more than they send. What the process has of memory is looked at while
    /// they are connected.
    fn announced(&mut self, right: &Dialogue, changed: Vec<(String, Dialogue)>) -> Step {
        drop(self.attempt(right, right)?);
        for (name, changed) in changed {
            self.said.clear();
            let before = Memory::of(self.agent.pid());
            let (_, _raw) = self.attempt(right, &changed)?;
            let more =
                before.and_then(|before| Some(Memory::of(self.agent.pid())?.more_than(before)));
            if let Some(more) = more.filter(|more| *more > TOO_MUCH) {
                let what =
                    format!("{name}: it took {} MiB for what was only announced", more >> 20);
                return Err(fail(Cause::WrongAnswer, what));
            }
        }
        Ok(())
    }

    fn not_allowed(&self, name: &str, grade: Grade, allowed: Allowed) -> End<()> {
        let what = match (&self.died, grade) {
            (Some(how), Grade::Died) => format!("its process {how}"),
            _ => format!("it {}", in_words(grade)),
        };
        let what = if name.is_empty() { what } else { format!("{name}: {what}") };
        let failure = Failure::new(cause(grade), [()], what);
        failure.compared(allowed.in_words(), grade.to_string()).into()
    }

    /// A changed client, and a right one after it.
    fn breach(&mut self, right: &Dialogue, changed: &Dialogue) -> Step<Grade> {
        let (grade, raw) = match self.attempt(right, changed) {
            Ok(seen) => seen,
            Err(_) if self.died.is_some() => return Ok(Grade::Died),
            Err(end) => return Err(end),
        };
        drop(raw);
        let mut good = Dialogue::new(Version::V3_1, self.case.comes_as, self.case.subject);
        good.traffic = message(Version::V3_1, self.case.subject, GOOD);
        match self.serves(&good) {
            Ok(true) => Ok(grade),
            Ok(false) => Ok(Grade::Deaf),
            Err(_) if self.died.is_some() => Ok(Grade::Died),
            Err(end) => Err(end),
        }
    }

    /// Says one dialogue, and sees what comes of it. The connection is still open, if the other side left it so.
    fn attempt(&mut self, right: &Dialogue, dialogue: &Dialogue) -> Step<(Grade, Raw)> {
        let is_right = right == dialogue;
        let mut raw = self.connect()?;
        self.say(&mut raw, dialogue);
        let usual = if is_right { COMES } else { REACTS };
        let deadline = Instant::now() + self.patience(usual);
        let mut wait = 1;
        let grade = loop {
            // What came before an end was taken all the same.
            let ended = raw.hear(Instant::now(), Raw::is_ended);
            match self.taken(wait)? {
                Some(body) if body == D::of(LAST) => {
                    // What is wrong came before all messages, or is none that could be taken.
                    let is_taken = dialogue.traffic == right.traffic;
                    break if is_taken { Grade::Accepted } else { Grade::Ignored };
                }
                // It, or what was made of it. The last message is not left for who comes next.
                Some(_) => {
                    while self.taken(50)?.is_some_and(|body| body != D::of(LAST)) {}
                    break Grade::Accepted;
                }
                None if ended && raw.has_said("ERROR") => break Grade::Rejected,
                None if ended => break Grade::Closed,
                None if Instant::now() >= deadline => break Grade::Hung,
                None => wait = (2 * wait).min(20),
            }
        };
        self.keep(&raw);
        Ok((grade, raw))
    }

    /// Is a right client served?
    fn serves(&mut self, dialogue: &Dialogue) -> Step<bool> {
        let mut raw = self.connect()?;
        self.say(&mut raw, dialogue);
        let deadline = Instant::now() + self.patience(COMES);
        while Instant::now() < deadline {
            if self.taken(50)?.is_some_and(|body| body == D::of(GOOD)) {
                return Ok(true);
            }
        }
        self.keep(&raw);
        Ok(false)
    }

    /// Says all parts, each once the other side has answered the one before, or doesn't.
    pub fn say(&self, raw: &mut Raw, dialogue: &Dialogue) {
        let deadline = Instant::now() + self.patience(REACTS);
        let part = |raw: &mut Raw, octets: &[u8]| match dialogue.piece {
            0 => raw.say(octets),
            piece => raw.dribble(octets, piece),
        };
        part(raw, &dialogue.greeting);
        if !dialogue.at_once && dialogue.version >= Version::V3_0 {
            raw.hear(deadline, |raw| raw.said().any(|item| matches!(item, Item::Greeting(_))));
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
        let endpoint = self.endpoint.clone().expect("it is bound");
        Raw::connect(&endpoint, CONNECTS).map_err(|error| match error.kind() {
            ErrorKind::ConnectionRefused | ErrorKind::TimedOut | ErrorKind::WouldBlock => {
                // Who has ended does not listen; the agent's next answer tells it.
                match self.ask(json!({"op": "recv", "socket": SOCKET, "timeout_ms": 0})) {
                    Err(end) if self.died.is_some() => end,
                    _ => fail(Cause::Timeout, format!("it can't be connected to: {error}")),
                }
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
            false => Err(wrong(&raw, "a READY, and none came")),
        }
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
                Err(wrong(raw, format!("{count} messages, and {came} came")))
            }
        }
    }

    /// The frames of the next message that the socket takes, which must come from what `raw` said.
    pub fn receive(&mut self, raw: &Raw) -> Step<Vec<D>> {
        let deadline = Instant::now() + self.patience(COMES);
        loop {
            match self.message(20)? {
                Some(frames) => return Ok(frames),
                None if Instant::now() >= deadline => {
                    return Err(wrong(raw, "a message, and the socket took none"));
                }
                None => {}
            }
        }
    }

    /// Lets the socket take a message, if there is one.
    pub fn take_any(&mut self) -> Step {
        self.message(0).map(drop)
    }

    /// The body of the next message that the socket takes.
    fn taken(&mut self, wait_ms: u64) -> Step<Option<D>> {
        Ok(self.message(wait_ms)?.and_then(|frames| frames.last().cloned()))
    }

    fn message(&mut self, wait_ms: u64) -> Step<Option<Vec<D>>> {
        let answer =
            self.try_ask(&json!({"op": "recv", "socket": SOCKET, "timeout_ms": wait_ms}))?;
        match answer {
            Ok(fields) => {
                let frames: Vec<D> =
                    serde_json::from_value(fields["frames"].clone()).map_err(|error| {
                        fail(Cause::Contract, format!("it answered recv with no frames: {error}"))
                    })?;
                if self.case.subject == "REP" {
                    // It takes the next request once it has answered this one.
                    self.ask(
                        json!({"op": "send", "socket": SOCKET, "frames": [{"text": "reply"}]}),
                    )?;
                }
                Ok(Some(frames))
            }
            Err(refusal) if refusal.code == "EAGAIN" => Ok(None),
            // A library may tell its user of what it could not read, and go on.
            Err(refusal) if refusal.code == "other" => Ok(None),
            Err(refusal) => Err(fail(Cause::Contract, format!("it answered recv with {refusal}"))),
        }
    }

    /// Asks the agent for what must succeed.
    pub fn ask(&mut self, request: Value) -> Step<Value> {
        let op = request["op"].as_str().unwrap_or_default().to_owned();
        match self.try_ask(&request)? {
            Ok(fields) => Ok(fields.into()),
            Err(refusal) => Err(fail(Cause::Contract, format!("it answered {op} with {refusal}"))),
        }
    }

    fn try_ask(&mut self, request: &Value) -> Step<crate::peer::agent::Answer> {
        let id = self.agent.post(request);
        let timeout = self.patience(answer_timeout(request));
        self.agent.answer(id, timeout).map_err(|broken| {
            if let Broken::Ended(how) = &broken {
                self.died = Some(how.clone());
            }
            self::broken(&broken)
        })
    }

    /// How long something may take on this machine as it is now.
    pub fn patience(&self, usual: Duration) -> Duration {
        self.machine.patience(usual, Instant::now())
    }

    fn keep(&mut self, raw: &Raw) {
        self.said.extend(lines(raw.conversation()));
    }
}

/// An agent of no use any more, as the failure of its peer.
pub fn broken(error: &Broken) -> End<()> {
    let cause = match error {
        Broken::Lack(_) | Broken::Lost(_) => return End::Broken(error.to_string()),
        Broken::Start(_) | Broken::Ended(_) => Cause::Crash,
        Broken::Silent { .. } => Cause::Timeout,
        Broken::Contract(_) => Cause::Contract,
    };
    fail(cause, error.to_string())
}

/// A failure of the one who has the socket.
pub fn fail(cause: Cause, what: impl Into<String>) -> End<()> {
    Failure::new(cause, [()], what).into()
}

/// What a socket should have said or done, and what it did, with the conversation.
pub fn wrong(raw: &Raw, expected: impl Into<String>) -> End<()> {
    let what = format!("it should be {}", expected.into());
    let mut failure = Failure::new(Cause::WrongAnswer, [()], what);
    failure.evidence = lines(raw.conversation());
    failure.into()
}

/// What a grade that is not allowed is a case of.
fn cause(grade: Grade) -> Cause {
    match grade {
        Grade::Died => Cause::Crash,
        Grade::Hung | Grade::Deaf => Cause::Timeout,
        _ => Cause::WrongAnswer,
    }
}

fn in_words(grade: Grade) -> &'static str {
    match grade {
        Grade::Rejected => "rejected it by an ERROR",
        Grade::Closed => "closed the connection",
        Grade::Ignored => "ignored it, and took what followed",
        Grade::Accepted => "took it for right",
        Grade::Hung => "neither closed the connection nor took anything more",
        Grade::Deaf => "served nobody else afterwards",
        Grade::Died => "died of it",
    }
}

fn lines(conversation: &Conversation) -> Vec<String> {
    conversation.to_string().lines().map(|line| line.trim().to_owned()).collect()
}

/// What memory a process has, in bytes.
#[derive(Clone, Copy)]
struct Memory {
    /// What it has asked for.
    asked: u64,
    /// What it uses.
    used: u64,
}

impl Memory {
    fn of(pid: u32) -> Option<Memory> {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
        let field = |name: &str| -> Option<u64> {
            let line = status.lines().find(|line| line.starts_with(name))?;
            Some(line.split_whitespace().nth(1)?.parse::<u64>().ok()? << 10)
        };
        Some(Memory { asked: field("VmSize:")?, used: field("VmRSS:")? })
    }

    /// By how much it has grown, in the one or the other way.
    fn more_than(self, before: Memory) -> u64 {
        self.asked.saturating_sub(before.asked).max(self.used.saturating_sub(before.used))
    }
}
