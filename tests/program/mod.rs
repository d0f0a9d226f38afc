//! A program under test: started, listened to line by line, and killed when it goes out of scope.

#![allow(dead_code)] // each test binary uses its part

use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use serde_json::Value;
use zmq_interop::digest::D;

/// Ample, for a machine that is busy. Nothing waits so long unless it has failed.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// The Rust program of `role`, which prints sentences.
pub fn rust(role: &str, endpoints: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_zmq-interop"));
    command.arg(role).args(endpoints);
    command
}

/// The Rust program of `role`, which prints events.
pub fn events(role: &str, endpoints: &[&str]) -> Command {
    let mut command = rust(role, endpoints);
    command.env("INTEROP_EVENTS", "1");
    command
}

pub struct Program {
    name: String,
    child: Child,
    output: Receiver<String>,
    errors: Receiver<String>,
    /// All lines that were read so far: what a failure shows.
    heard: Vec<String>,
}

/// How a program ended, and what it had still to say.
pub struct End {
    pub status: ExitStatus,
    pub output: Vec<String>,
    pub errors: String,
}

impl Program {
    pub fn start(command: &mut Command) -> Program {
        Program::fed(command, b"")
    }

    /// Starts `command` with `input` as its standard input.
    pub fn fed(command: &mut Command, input: &[u8]) -> Program {
        let name = format!("{command:?}");
        // In the background of a shell without job control Control-C is ignored, and that is inherited.
        let heed = || {
            unsafe { libc::signal(libc::SIGINT, libc::SIG_DFL) };
            Ok(())
        };
        unsafe { command.pre_exec(heed) };
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0) // it may have children; they are killed with it
            .spawn()
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let (mut stdin, input) = (child.stdin.take().unwrap(), input.to_owned());
        // A program that doesn't read its input, or has ended, is no error here.
        thread::spawn(move || stdin.write_all(&input));
        let output = lines(child.stdout.take().unwrap());
        let errors = lines(child.stderr.take().unwrap());
        Program { name, child, output, errors, heard: Vec::new() }
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The next line.
    pub fn line(&mut self) -> String {
        let deadline = Instant::now() + PATIENCE;
        self.line_before(deadline).unwrap_or_else(|| self.fail("a line"))
    }

    /// The next line that `is_it`. Lines before it are dropped.
    pub fn line_that(&mut self, is_it: impl Fn(&str) -> bool) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self.line_before(deadline) {
                Some(line) if is_it(&line) => return line,
                Some(_) => (),
                None => self.fail("a certain line"),
            }
        }
    }

    /// All lines that are there by now.
    pub fn lines_so_far(&mut self) -> Vec<String> {
        let lines: Vec<String> = self.output.try_iter().collect();
        self.heard.extend_from_slice(&lines);
        lines
    }

    /// The next event, which must be `name`.
    pub fn event(&mut self, name: &str) -> Value {
        let line = self.line();
        let event: Value = serde_json::from_str(&line).unwrap_or_else(|_| self.fail("an event"));
        assert_eq!(event["event"], name, "{} said {line}", self.name);
        assert_eq!(event["pid"], self.pid(), "{} said {line}", self.name);
        event
    }

    /// The data of the next event, which must be `name`.
    pub fn data(&mut self, name: &str) -> D {
        let event = self.event(name);
        let data: D = serde_json::from_value(event["data"].clone()).expect("the event has data");
        assert_eq!(data.contradiction(), None);
        data
    }

    /// The data of the next event `name`. Events before it are dropped.
    pub fn later_data(&mut self, name: &str) -> D {
        let line = self.line_that(|line| line.contains(&format!(r#""event":"{name}""#)));
        let event: Value = serde_json::from_str(&line).expect("an event is JSON");
        serde_json::from_value(event["data"].clone()).expect("the event has data")
    }

    /// The endpoints of the event `ready`, which must be the next.
    pub fn ready(&mut self) -> Vec<String> {
        serde_json::from_value(self.event("ready")["endpoints"].clone()).expect("endpoints")
    }

    /// The next line of standard error.
    pub fn error(&mut self) -> String {
        self.errors.recv_timeout(PATIENCE).unwrap_or_else(|_| self.fail("a line of standard error"))
    }

    /// All lines of standard error that are there by now.
    pub fn errors_so_far(&self) -> Vec<String> {
        self.errors.try_iter().collect()
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Kills it as kill -9 does, which is what happens when it goes out of scope.
    pub fn kill(self) {}

    /// Closes our end of its standard output.
    pub fn stop_listening(&mut self) {
        let (_, nothing) = channel();
        self.output = nothing;
    }

    /// Waits until it has ended.
    pub fn end(mut self) -> End {
        let deadline = Instant::now() + PATIENCE;
        let mut output = Vec::new();
        while let Some(line) = self.line_before(deadline) {
            output.push(line);
        }
        let mut errors = String::new();
        loop {
            match self.errors.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(line) => errors += &format!("{line}\n"),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => self.fail("the end"),
            }
        }
        End { status: self.child.wait().unwrap(), output, errors }
    }

    /// Waits until it has ended, which must be with success and nothing on standard error.
    pub fn succeeds(self) -> Vec<String> {
        let name = self.name.clone();
        let end = self.end();
        assert!(end.status.success(), "{name}: {}\n{}", end.status, end.errors);
        assert_eq!(end.errors, "", "{name}");
        end.output
    }

    /// The next line, or nothing if it has closed its standard output or the time is up.
    fn line_before(&mut self, deadline: Instant) -> Option<String> {
        let wait = deadline.saturating_duration_since(Instant::now());
        let line = self.output.recv_timeout(wait).ok()?;
        self.heard.push(line.clone());
        Some(line)
    }

    fn fail(&self, wanted: &str) -> ! {
        let errors: Vec<String> = self.errors.try_iter().collect();
        panic!(
            "{}: no sign of {wanted}; it said\n{}\nand on standard error\n{}",
            self.name,
            self.heard.join("\n"),
            errors.join("\n")
        )
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // Not once it has ended: its id may be another's by now.
        if let Ok(None) = self.child.try_wait() {
            let _ = kill_process_group(Pid::from_child(&self.child), Signal::KILL);
            let _ = self.child.wait();
        }
    }
}

/// Reads lines as they come, until nobody wants them any more.
fn lines(from: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        for line in BufReader::new(from).lines() {
            if line.is_err() || line.is_ok_and(|line| sender.send(line).is_err()) {
                break;
            }
        }
    });
    receiver
}
