//! Programs on the far side of a launcher (ssh, docker exec, ip netns exec). What ends here when such a program is
//! to end is the launcher, so signals, ends and whoever is left go by a keeper: a shell script over there that we ask
//! through the same launcher. It ends all that was started there as soon as it hears no more of us, so nothing
//! outlives a harness that is killed, nor a connection that breaks.

mod keeper;

use std::io;
use std::os::unix::process::ExitStatusExt as _;
use std::process::ExitStatus;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::process::Signal;

pub use keeper::leave;
use keeper::{Keeper, Unreachable};

/// Tells the keeper of a program's group and of its end.
const PROGRAM: &str = include_str!("program.sh");

/// A program over there, as its keeper knows it.
pub struct Program {
    keeper: Arc<Keeper>,
    id: u64,
    killed: AtomicBool,
}

impl Program {
    /// One that is to be started behind `launcher`. An error tells in the launcher's words why nothing can be.
    pub fn new(launcher: &[String]) -> io::Result<Program> {
        let keeper = Keeper::of(launcher)?;
        let id = keeper.next_id();
        Ok(Program { keeper, id, killed: AtomicBool::new(false) })
    }

    /// The words that start `argv` over there, in the folder `dir`, after those of the launcher.
    pub fn words(&self, dir: Option<&str>, argv: &[String]) -> Vec<String> {
        let (id, dir) = (self.id.to_string(), dir.unwrap_or_default());
        let shell = ["sh", "-c", PROGRAM, "zmq-interop", &self.keeper.folder, &id, dir];
        shell.iter().map(ToString::to_string).chain(argv.iter().cloned()).collect()
    }

    /// Sends `signal` to its group. False: it can't be reached any more.
    pub fn signal(&self, signal: Signal) -> bool {
        if signal == Signal::KILL {
            self.killed.store(true, Ordering::Relaxed);
        }
        self.keeper.ask("signal", self.id, name(signal)).is_some()
    }

    /// Was it sent SIGKILL?
    pub fn is_killed(&self) -> bool {
        self.killed.load(Ordering::Relaxed)
    }

    /// How it ended, once its launcher has ended `here`, which passes on the exit status that is told over there.
    /// `None`: nobody knows, so that it was the launcher that ended.
    pub fn status(&self, here: ExitStatus) -> Option<ExitStatus> {
        let told = self.keeper.ask("status", self.id, "")?;
        match told.first().and_then(|status| status.parse::<i32>().ok()) {
            // It ended because nobody spoke to it any more.
            Some(status) if here.code() != Some(status) => None,
            // As a shell tells of a signal.
            Some(status @ 129..=192) => Some(ExitStatus::from_raw(status - 128)),
            Some(status) => Some(ExitStatus::from_raw(status << 8)),
            None if self.is_killed() => Some(ExitStatus::from_raw(Signal::KILL.as_raw())),
            None => None,
        }
    }

    /// Does anybody of its group live?
    pub fn group_lives(&self) -> bool {
        self.keeper.ask("lives", self.id, "").is_some_and(|told| !told.is_empty())
    }

    /// The command lines of the living members of its group.
    pub fn members(&self) -> Vec<String> {
        self.keeper.ask("members", self.id, "").unwrap_or_default()
    }

    /// Kills and names whoever left its group.
    pub fn kill_escaped(&self) -> Vec<String> {
        self.keeper.ask("escaped", self.id, "").unwrap_or_default()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.keeper.ask("forget", self.id, "");
    }
}

/// Is it a launcher that failed, and not a program?
pub fn blames_the_launcher(error: &io::Error) -> bool {
    error.get_ref().is_some_and(|inner| inner.is::<Unreachable>())
}

/// What kill(1) calls it.
fn name(signal: Signal) -> &'static str {
    match signal {
        Signal::TERM => "TERM",
        Signal::INT => "INT",
        Signal::HUP => "HUP",
        Signal::QUIT => "QUIT",
        _ => "KILL",
    }
}

/// `words` as they are given to `launcher`: the far end of ssh is a shell, so there every word is quoted.
pub fn across(launcher: &[String], words: Vec<String>) -> Vec<String> {
    let program = launcher.first().map(std::path::Path::new).and_then(|path| path.file_name());
    let words = match program.is_some_and(|name| name == "ssh") {
        true => vec![shlex::try_join(words.iter().map(String::as_str)).unwrap_or_default()],
        false => words,
    };
    launcher.iter().cloned().chain(words).collect()
}
