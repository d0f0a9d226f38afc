//! The harness's end of docs/agent-contract.md: a warm agent process that is asked, and whose answers
//! are believed only in the form that the contract gives them.

use std::collections::VecDeque;
use std::io::{self, Write as _};
use std::process::ExitStatus;
use std::sync::Arc;
use std::time::Duration;

use rustix::process::Signal;
use serde_json::{Value, json};

use super::lines::{Lines, Silence};
use super::process::{Child, Stdin, Stdout, lack};
use super::status::describe;
use super::{Peer, far, response};
pub use response::{Answer, Hello, Refusal};

/// How long an agent may take for an op beyond the time that the op itself was given.
pub const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);

/// How long the answer to `request` may take.
pub fn answer_timeout(request: &Value) -> Duration {
    Duration::from_millis(request["timeout_ms"].as_u64().unwrap_or(0)) + ANSWER_TIMEOUT
}

/// What `request` wants.
pub fn op_of(request: &Value) -> &str {
    request["op"].as_str().unwrap_or_default()
}

/// How long it may take to start and say hello: a JVM on a busy machine.
const START_TIMEOUT: Duration = Duration::from_secs(30);

/// How long a line of an answer may be, in bytes: 5000 messages of 12 bytes need half of it.
const RESPONSE: usize = 1024 * 1024;

/// So many bytes of a line that is wrong are shown.
const SHOWN: usize = 200;

/// Why an agent is of no use any more.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// It could not be started.
    #[error("it can't be started: {0}")]
    Start(String),
    /// This machine has no room for it: nobody's fault but the machine's.
    #[error("it can't be started here: {0}")]
    Lack(String),
    /// It ended.
    #[error("it {0}")]
    Ended(String),
    /// The launcher behind which it was ended, and nobody knows of it: nobody's fault of those who are tested.
    #[error("it was lost: {0}")]
    Lost(String),
    /// It did not answer in time.
    #[error("it did not answer {op} within {seconds} s")]
    Silent {
        /// What it was asked.
        op: String,
        /// For how long it was waited.
        seconds: u64,
    },
    /// It broke the contract.
    #[error("{0}")]
    Contract(String),
}

/// A running agent.
pub struct Agent {
    /// Whose it is.
    pub peer: String,
    child: Child,
    /// Its process id as it tells it.
    pid: Option<u32>,
    lines: Lines,
    next: u64,
    /// What it was given and has not answered yet.
    outstanding: VecDeque<String>,
    /// What it did last, to be read when it breaks.
    last: String,
    useless: bool,
}

impl Agent {
    /// Starts the agent of `peer`; `mark` marks its processes.
    pub fn start(peer: &Peer, mark: &str) -> Result<Agent, Broken> {
        let env = vec![(super::orphans::MARK.to_owned(), mark.to_owned())];
        let command = peer.starts(&peer.agent, &[], env, Stdin::Piped, Stdout::Piped);
        let failed = |e: io::Error| match e {
            e if lack(&e) => Broken::Lack(e.to_string()),
            e if far::blames_the_launcher(&e) => Broken::Lost(e.to_string()),
            e => Broken::Start(e.to_string()),
        };
        let (end, ended) = io::pipe().map_err(failed)?;
        let ended = Arc::new(ended);
        let mut child =
            Child::spawn(command, move |_| (&*ended).write_all(b".").is_ok()).map_err(failed)?;
        let stdin = child.stdin().expect("it was piped");
        let stdout = child.stdout().expect("it was piped");
        let lines = Lines::new(stdin, stdout, end, RESPONSE).map_err(failed)?;
        Ok(Agent {
            peer: peer.name.clone(),
            child,
            pid: None,
            lines,
            next: 1,
            outstanding: VecDeque::new(),
            last: "start".into(),
            useless: false,
        })
    }

    /// Asks who it is.
    pub fn hello(&mut self) -> Result<Hello, Broken> {
        let id = self.post(&json!({"op": "hello"}));
        let answer = self.answer(id, START_TIMEOUT)?;
        let fields = answer.map_err(|r| Broken::Contract(format!("it answered hello with {r}")))?;
        let hello: Hello = serde_json::from_value(fields.into())
            .map_err(|e| Broken::Contract(format!("its hello is wrong: {e}")))?;
        self.pid = hello.pid;
        match hello.contract {
            1 => Ok(hello),
            other => {
                Err(Broken::Contract(format!("it speaks version {other} of the contract, not 1")))
            }
        }
    }

    /// Gives it a request, which goes when an answer is waited for, or at [`Agent::flush`]. The answers
    /// must be taken in the same order.
    pub fn post(&mut self, request: &Value) -> u64 {
        let id = self.next;
        self.next += 1;
        let text = request.to_string();
        self.give(op_of(request), &format!(r#"{{"id":{id},{}"#, &text[1..])); // it has an op at least
        id
    }

    /// Gives it a line as it is, for what no well-behaved harness would say.
    pub fn say(&mut self, line: &str) {
        self.give("a line", line);
    }

    fn give(&mut self, op: &str, line: &str) {
        self.outstanding.push_back(op.to_owned());
        self.lines.say(line.as_bytes());
        self.lines.say(b"\n");
    }

    /// Lets all go that was given to it.
    pub fn flush(&mut self, timeout: Duration) -> Result<(), Broken> {
        let gone = self.lines.flush(timeout);
        gone.map_err(|silence| self.broken(silence, timeout))
    }

    /// Waits for the answer to request `id`.
    pub fn answer(&mut self, id: u64, timeout: Duration) -> Result<Answer, Broken> {
        let (found, answer) = self.any_answer(timeout)?;
        match found {
            Some(found) if found == id => Ok(answer),
            other => {
                self.useless = true;
                Err(Broken::Contract(format!(
                    "it answered {} with the id {}, but that request has the id {id}",
                    self.last,
                    other.map_or("null".into(), |id| id.to_string())
                )))
            }
        }
    }

    /// Waits for the next answer, whatever its id.
    pub fn any_answer(&mut self, timeout: Duration) -> Result<(Option<u64>, Answer), Broken> {
        let answer = self.next_answer(timeout);
        self.useless |= answer.is_err();
        answer
    }

    /// Has it been seen to be broken? Then nothing more is to be asked of it.
    pub fn is_useless(&self) -> bool {
        self.useless
    }

    fn next_answer(&mut self, timeout: Duration) -> Result<(Option<u64>, Answer), Broken> {
        let line = self.lines.line(timeout);
        let line = line.map_err(|silence| self.broken(silence, timeout))?;
        let Some(op) = self.outstanding.pop_front() else {
            return Err(Broken::Contract("it answers more than it is asked".into()));
        };
        self.last = op;
        response::parse(&line).map_err(|why| {
            let shown = crate::digest::shown::Shown(&line[..line.len().min(SHOWN)]).to_string();
            let more = if line.len() > SHOWN { "…" } else { "" };
            Broken::Contract(format!(
                "it answered {} with what is no response: {shown}{more} ({why})",
                self.last
            ))
        })
    }

    fn broken(&mut self, silence: Silence, timeout: Duration) -> Broken {
        self.useless = true;
        let op = self.outstanding.front().unwrap_or(&self.last).clone();
        match silence {
            Silence::Timeout => Broken::Silent { op, seconds: timeout.as_secs() },
            Silence::Flood => Broken::Contract("it floods its standard output".into()),
            // It ended, or will at once.
            Silence::Over => {
                let how = self.end(Duration::from_secs(1)).map_or("ended".into(), describe);
                match self.child.launcher_failed() {
                    true => {
                        let said = self.last_errors().join(" | ");
                        Broken::Lost(format!("its launcher {how} during {op}: {said}"))
                    }
                    false => Broken::Ended(format!("{how} during {op}")),
                }
            }
        }
    }

    /// Waits for its end, and kills it when that doesn't come.
    fn end(&mut self, timeout: Duration) -> io::Result<ExitStatus> {
        if !self.lines.ends(timeout) {
            self.child.signal(Signal::KILL);
        }
        self.child.reap()
    }

    /// Lets it exit, and waits for that.
    pub fn leave(&mut self) -> Result<(), Broken> {
        let id = self.post(&json!({"op": "exit"}));
        if let Err(refusal) = self.answer(id, ANSWER_TIMEOUT)? {
            return Err(Broken::Contract(format!("it answered exit with {refusal}")));
        }
        if !self.lines.ends(ANSWER_TIMEOUT) {
            self.kill();
            let seconds = ANSWER_TIMEOUT.as_secs();
            return Err(Broken::Contract(format!("it did not end within {seconds} s after exit")));
        }
        match self.end(ANSWER_TIMEOUT) {
            Ok(status) if status.success() => Ok(()),
            status => Err(Broken::Ended(status.map_or("ended".into(), describe))),
        }
    }

    /// Kills it, because the case wants it.
    pub fn kill(&mut self) {
        self.last = "a case that kills it".into();
        self.child.signal(Signal::KILL);
        let _ = self.child.reap();
    }

    /// It waits for the next cell, after this one: what it printed on its standard error belongs to that.
    pub fn rest(&mut self, cell: &str) {
        self.child.forget_errors();
        self.last = format!("its rest after {cell}");
    }

    /// Before a cell takes it: has it ended meanwhile?
    pub fn wake(&mut self) -> Result<(), Broken> {
        if !self.lines.ends(Duration::ZERO) {
            return Ok(());
        }
        match (self.broken(Silence::Over, ANSWER_TIMEOUT), self.last_errors().join("; ")) {
            (Broken::Ended(how), words) if !words.is_empty() => {
                Err(Broken::Ended(format!("{how}, and said: {words}")))
            }
            (broken, _) => Err(broken),
        }
    }

    /// The last lines of its standard error.
    pub fn last_errors(&self) -> Vec<String> {
        self.child.last_errors(8)
    }

    /// Its process id where it runs, once it has told it; before that, and where it doesn't, of what was started here.
    pub fn pid(&self) -> u32 {
        self.pid.unwrap_or(self.child.id())
    }
}

#[cfg(test)]
mod tests;
