//! How a program that is tried ends; whatever it leaves behind is found.

use std::os::unix::process::ExitStatusExt as _;
use std::process::ExitStatus;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::Seen;
use super::tried::{SOON, Tried, told};
use crate::peer::orphans;
use crate::peer::status::describe;

/// How long the rest of a process group may take to die of the same signal.
const GROUP_GRACE: Duration = Duration::from_secs(1);

/// How a program ended.
pub struct End {
    pub status: ExitStatus,
    /// What it had still to say on standard output.
    pub lines: Vec<String>,
    /// The lines of its standard error.
    pub errors: Vec<String>,
}

impl Tried {
    /// Sends a signal to it and to all that it started, as Control-C does.
    pub fn signal(&self, signal: Signal) {
        self.child.signal(signal);
    }

    /// Waits for its end. Nothing may be left behind.
    pub fn end(mut self, why: &str, time: Duration) -> Seen<End> {
        let deadline = Instant::now() + time;
        while self.status.is_none() {
            if !self.listen(deadline) && Instant::now() >= deadline {
                return self
                    .wrong(format!("it must end {why}, and still ran {} s later", time.as_secs()));
            }
        }
        self.leaves_nothing()?;
        let deadline = Instant::now() + GROUP_GRACE;
        while !self.closed && self.listen(deadline) {}
        if !self.closed {
            return self.wrong("it ended, and somebody whom it started holds its standard output");
        }
        let lines = self.lines.iter().map(|line| told(line)).collect();
        let status = self.status.expect("it ended");
        Ok(End { status, lines, errors: self.errors() })
    }

    fn leaves_nothing(&mut self) -> Seen {
        let deadline = Instant::now() + GROUP_GRACE;
        while self.child.group_lives() && Instant::now() < deadline {
            // The end of a grandchild is no event for us; look again soon.
            std::thread::park_timeout(Duration::from_millis(5));
        }
        if self.child.group_lives() {
            let members = self.child.members().join(", ");
            return self.wrong(format!("it ended and left a process behind: {members}"));
        }
        match orphans::kill_marked(&self.mark).first() {
            None => Ok(()),
            Some(orphan) => self.wrong(format!(
                "it ended and left a process behind, outside of its group: {} (pid {})",
                orphan.command, orphan.pid
            )),
        }
    }

    /// Waits for its end, which must have exit status 0, and nothing more to say.
    pub fn exits_0(self, why: &str) -> Seen {
        let asked = self.asked.clone();
        let end = self.end(&format!("with exit status 0 {why}"), SOON)?;
        let wrong = |what: String| Err(format!("{what}\n    it was started as {asked}"));
        match (end.status.code(), end.lines.first()) {
            (Some(0), None) => Ok(()),
            (Some(0), Some(line)) => {
                wrong(format!("it must print nothing more {why}, and printed {line}"))
            }
            _ => wrong(format!(
                "it must end with exit status 0 {why}, and {}{}",
                describe(end.status),
                said(&end.errors)
            )),
        }
    }

    /// Stops it with SIGTERM.
    pub fn stop(self) -> Seen {
        self.stop_with(Signal::TERM)
    }

    /// Stops it with `signal`.
    pub fn stop_with(mut self, signal: Signal) -> Seen {
        if self.has_ended() {
            let how = self.status.map(describe).unwrap_or_default();
            return self.wrong(format!("it must go on until it is stopped, and {how}"));
        }
        let number = signal.as_raw();
        let name = if signal == Signal::INT { "SIGINT" } else { "SIGTERM" };
        let asked = self.asked.clone();
        self.signal(signal);
        let status = self.end(&format!("at once on {name}"), SOON)?.status;
        match status.signal() == Some(number) || matches!(status.code(), Some(0 | 130 | 143)) {
            true => Ok(()),
            false => Err(format!(
                "on {name} it must end with exit status 0, 130 or 143, or of that signal, and {}\n    it \
                 was started as {asked}",
                describe(status)
            )),
        }
    }
}

/// What was on standard error.
pub fn said(errors: &[String]) -> String {
    match errors {
        [] => "; its standard error is empty".into(),
        lines => format!("; its standard error: {}", lines.join(" | ")),
    }
}
