//! The program that is tried: started, and listened to line by line with a deadline.

use std::collections::VecDeque;
use std::fs::File;
use std::process::{ChildStdin, ExitStatus};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::{Check, Seen};
use crate::digest::shown::Shown;
use crate::peer::orphans;
use crate::peer::output::EVENTS;
use crate::peer::process::{Child, Said, Stdin, Stdout};
use crate::peer::status::describe;
use crate::role::Role;
use crate::suite::scenario::stage::journal::{self, Kind, RoleEvent};

/// How long a program may take from its start to its first line: a JVM on a busy machine.
pub const STARTING: Duration = Duration::from_secs(20);

/// How long what is to come at once may take.
pub const SOON: Duration = Duration::from_secs(6);

/// Of a line so many bytes are told.
const TOLD: usize = 300;

/// What is to be started.
pub struct Start<'a> {
    check: &'a Check<'a>,
    arguments: Vec<String>,
    env: Vec<(String, String)>,
    stdin: Stdin,
}

impl<'a> Check<'a> {
    /// The program with these arguments.
    pub fn program(&'a self, arguments: &[&str]) -> Start<'a> {
        let arguments = arguments.iter().map(ToString::to_string).collect();
        Start { check: self, arguments, env: vec![], stdin: Stdin::Nothing }
    }

    /// The same, and it prints events, and makes no pauses.
    pub fn with_events(&'a self, arguments: &[&str]) -> Start<'a> {
        self.program(arguments).env("INTEROP_EVENTS", "1").env("INTEROP_INTERVAL_MS", "0")
    }
}

impl Start<'_> {
    /// Sets a variable.
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.env.retain(|(known, _)| known != name);
        self.env.push((name.into(), value.into()));
        self
    }

    /// Gives it this file as its standard input.
    pub fn input(self, file: File) -> Self {
        Start { stdin: Stdin::File(file), ..self }
    }

    /// Lets it wait for its standard input.
    pub fn open_input(self) -> Self {
        Start { stdin: Stdin::Piped, ..self }
    }

    /// Starts it.
    pub fn begin(self) -> Seen<Tried> {
        let Start { check, arguments, env, stdin } = self;
        let number = check.started.replace(check.started.get() + 1);
        let mark = format!("{}.role-check.{number}.", std::process::id());
        let command = &check.peer.commands[&check.role];
        let asked = env.iter().map(|(name, value)| format!("{name}={value} ")).collect::<String>();
        let words = command.iter().chain(&arguments).map(String::as_str);
        let asked = asked + &shlex::try_join(words).unwrap_or_else(|_| command.join(" "));
        let mut env = env;
        env.push((orphans::MARK.into(), mark.clone()));
        let (sender, said) = mpsc::sync_channel(64);
        let starting = check.peer.starts(command, &arguments, env, stdin, Stdout::Told(EVENTS));
        let mut child = Child::spawn(starting, move |what| sender.send(what).is_ok())
            .map_err(|error| format!("it can't be started: {error}"))?;
        let input = child.stdin();
        Ok(Tried {
            role: check.role,
            asked,
            child,
            _input: input,
            said,
            lines: VecDeque::new(),
            closed: false,
            status: None,
            mark,
        })
    }

    /// Starts it and waits until it is ready; returns what it bound.
    pub fn ready(self) -> Seen<(Tried, Vec<String>)> {
        let mut tried = self.begin()?;
        let ready = tried.event_within(Kind::Ready, STARTING)?;
        Ok((tried, ready.endpoints))
    }
}

/// See the module.
pub struct Tried {
    role: Role,
    pub(super) asked: String,
    pub(super) child: Child,
    _input: Option<ChildStdin>,
    said: Receiver<Said>,
    pub(super) lines: VecDeque<Vec<u8>>,
    pub(super) closed: bool,
    pub(super) status: Option<ExitStatus>,
    pub(super) mark: String,
}

impl Tried {
    /// What is wrong: how the program was started, what it must do, and what it did.
    pub fn wrong<T>(&self, what: impl std::fmt::Display) -> Seen<T> {
        let errors = self.child.last_errors(4).join(" | ");
        let errors = match errors.is_empty() {
            true => String::new(),
            false => format!("; its standard error: {errors}"),
        };
        Err(format!("{what}{errors}\n    it was started as {}", self.asked))
    }

    /// The next event, which must be `kind`.
    pub fn event(&mut self, kind: Kind) -> Seen<RoleEvent> {
        self.event_within(kind, SOON)
    }

    fn event_within(&mut self, kind: Kind, time: Duration) -> Seen<RoleEvent> {
        self.event_of(&[kind], time)
    }

    /// The next event, which must be one of `kinds`.
    pub fn event_of(&mut self, kinds: &[Kind], time: Duration) -> Seen<RoleEvent> {
        let names: Vec<_> = kinds.iter().map(|kind| format!("{kind:?}").to_lowercase()).collect();
        let wanted = format!("the event {}", names.join(" or "));
        let line = self.line(&wanted, time)?;
        let event = match journal::parse(self.role, &line) {
            Ok(event) => event,
            Err(why) => return self.wrong(format!("{why}; it printed {}", told(&line))),
        };
        if !kinds.contains(&event.kind) {
            return self.wrong(format!("{wanted} must come now, and it printed {}", told(&line)));
        }
        let pid = serde_json::from_slice::<Value>(&line).ok().and_then(|line| line["pid"].as_i64());
        match pid.is_some_and(|pid| self.is_one_of_us(pid)) {
            true => Ok(event),
            false => self.wrong(format!(
                "\"pid\" must be the process id of the program, which is {}; it printed {}",
                self.child.id(),
                told(&line)
            )),
        }
    }

    /// Is this the program, or has it been started by a script that we started?
    pub fn is_one_of_us(&self, pid: i64) -> bool {
        let us = i64::from(self.child.id());
        let group = || i32::try_from(pid).ok().and_then(orphans::group_of);
        pid == us || group().is_some_and(|group| i64::from(group) == us)
    }

    /// The next line as a person reads it.
    pub fn sentence(&mut self, wanted: &str, time: Duration) -> Seen<String> {
        let line = self.line(wanted, time)?;
        match String::from_utf8(line) {
            Ok(line) => Ok(line),
            Err(error) => {
                let line = told(error.as_bytes());
                self.wrong(format!("the output is always UTF-8, and {line} is not"))
            }
        }
    }

    fn line(&mut self, wanted: &str, time: Duration) -> Seen<Vec<u8>> {
        let deadline = Instant::now() + time;
        while self.lines.is_empty() {
            if self.closed && self.status.is_some() {
                let how = self.status.map(describe).unwrap_or_default();
                return self.wrong(format!("{wanted} must come, and the program {how}"));
            }
            if !self.listen(deadline) {
                let seconds = time.as_secs();
                return self.wrong(format!(
                    "{wanted} must come at once, and did not come within {seconds} s; each line must be \
                     flushed"
                ));
            }
        }
        Ok(self.lines.pop_front().expect("there is one"))
    }

    /// Takes in one more thing that it says. Has anything come before the deadline?
    pub(super) fn listen(&mut self, deadline: Instant) -> bool {
        match self.said.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            Ok(Said::Line(line)) => self.lines.push_back(line),
            Ok(Said::TooMuch(_) | Said::Closed) => self.closed = true,
            Ok(Said::Exited) => self.status = self.child.reap().ok(),
            Err(_) => return false,
        }
        true
    }

    /// Takes in what there is. Has it ended?
    pub fn has_ended(&mut self) -> bool {
        while self.listen(Instant::now()) {}
        self.status.is_some()
    }

    /// Does it print a line in time, or end? The line is then still to be taken.
    pub fn stirs_within(&mut self, time: Duration) -> bool {
        let deadline = Instant::now() + time;
        while self.lines.is_empty() && self.status.is_none() && self.listen(deadline) {}
        !self.lines.is_empty() || self.status.is_some()
    }

    /// Has it said nothing up to now? To be asked when something has happened that comes after what it should
    /// not say.
    pub fn said_nothing(&mut self) -> Seen {
        self.has_ended();
        match self.lines.front() {
            None => Ok(()),
            Some(line) => {
                self.wrong(format!("it must print nothing now, and printed {}", told(line)))
            }
        }
    }

    /// The lines of its standard error so far.
    pub fn errors(&self) -> Vec<String> {
        self.child.last_errors(100)
    }
}

/// A line, cut short.
pub fn told(line: &[u8]) -> String {
    let more = if line.len() > TOLD { "…" } else { "" };
    format!("{}{more}", Shown(&line[..line.len().min(TOLD)]))
}
