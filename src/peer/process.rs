//! A child process under supervision, the only place that starts one: it leads a process group of its
//! own, its pipes are drained with a bound (unless we take its standard output ourselves), its end is
//! told like its output, and whatever is left of the group is killed when the [`Child`] is dropped.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{ChildStdin, ChildStdout, ExitStatus, Stdio};
use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, WaitOptions};

use super::output::{Bounds, Excess, Tail, read_lines};
use super::spawner::background;
use super::{far, orphans, spawner, unstartable};

/// How long the end of a process waits for the end of its standard error.
const LAST_WORDS: Duration = Duration::from_millis(100);

/// How long a launcher may take to end, once what it launched was killed.
const LAUNCHER: Duration = Duration::from_secs(5);

/// How long until it is looked again whether it has.
const AGAIN: Duration = Duration::from_millis(2);

/// The process groups that are alive now, for [`kill_all`].
static GROUPS: Mutex<BTreeSet<i32>> = Mutex::new(BTreeSet::new());

/// Kills every process group that was started and not yet dropped, and whoever left it: the last
/// resort of a harness that must end at once.
pub fn kill_all() {
    let groups: Vec<_> = GROUPS.lock().unwrap_or_else(|e| e.into_inner()).iter().copied().collect();
    let pids: Vec<_> = groups.into_iter().filter_map(Pid::from_raw).collect();
    for pid in &pids {
        let _ = rustix::process::kill_process_group(*pid, Signal::KILL);
    }
    for pid in pids {
        // Who left the group becomes our child when its leader is gone.
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
        let _ = rustix::process::waitid(WaitId::Pid(pid), options);
    }
    orphans::kill_marked(&format!("{}.", std::process::id()));
    far::leave();
}

/// What to start.
#[derive(Debug)]
pub struct Command {
    /// The words that reach another machine; empty where it runs on this one.
    pub launcher: Vec<String>,
    /// The program and its arguments.
    pub argv: Vec<String>,
    /// The working directory, also of the launcher.
    pub dir: PathBuf,
    /// The working directory behind the launcher; that in which it begins, where there is none.
    pub far_dir: Option<String>,
    /// Variables added to the environment.
    pub env: Vec<(String, String)>,
    /// Standard input.
    pub stdin: Stdin,
    /// Standard output.
    pub stdout: Stdout,
}

impl Command {
    /// All words, as a person would write them.
    pub fn words(&self) -> Vec<String> {
        let (launcher, argv) = (&self.launcher, self.argv.clone());
        match &self.far_dir {
            _ if launcher.is_empty() => argv,
            None => far::across(launcher, argv),
            Some(dir) => {
                // The home is that of the other side.
                let dir = dir.strip_prefix("~/").map_or(dir.clone(), |dir| format!("$HOME/{dir}"));
                let there =
                    ["sh".into(), "-c".into(), format!("cd \"{dir}\" && exec \"$@\""), "sh".into()];
                far::across(launcher, there.into_iter().chain(argv).collect())
            }
        }
    }
}

/// Where a child's standard input comes from.
#[derive(Debug)]
pub enum Stdin {
    /// Nowhere: it ends at once.
    Nothing,
    /// A file.
    File(File),
    /// Us: [`Child::stdin`].
    Piped,
}

/// Who reads a child's standard output.
#[derive(Debug)]
pub enum Stdout {
    /// A thread, which tells its lines as long as they keep within bounds.
    Told(Bounds),
    /// Us: [`Child::stdout`].
    Piped,
}

/// What a child lets its supervisor know, in order, except that [`Said::Exited`] may come before the
/// last lines.
#[derive(Debug)]
pub enum Said {
    /// A line of standard output, without its newline.
    Line(Vec<u8>),
    /// Standard output passed a bound; nothing more of it is told.
    TooMuch(Excess),
    /// Standard output was closed.
    Closed,
    /// The process ended; it stays a zombie, so that its pid stays its own, until [`Child::reap`].
    Exited,
}

/// A running child; see the module.
pub struct Child {
    /// What runs here: the program, or the launcher behind which it is.
    pid: Pid,
    process: std::process::Child,
    stderr: Arc<Mutex<Tail>>,
    /// The program, where it is behind a launcher.
    far: Option<far::Program>,
    launcher_failed: bool,
}

impl Child {
    /// Starts `command`. `tell` is called from other threads with all that the child lets know; it
    /// may block (then the child's pipe fills up, and not our memory), and returns false once nobody
    /// listens any more. An error names the program and what is wrong with it.
    pub fn spawn<F>(command: Command, tell: F) -> io::Result<Child>
    where
        F: Fn(Said) -> bool + Send + Clone + 'static,
    {
        let far = match command.launcher.is_empty() {
            true => None,
            false => Some(far::Program::new(&command.launcher)?),
        };
        let words = match &far {
            Some(far) => {
                let words = far.words(command.far_dir.as_deref(), &command.argv);
                far::across(&command.launcher, words)
            }
            None => command.argv,
        };
        let (program, arguments) = words.split_first().ok_or(io::ErrorKind::InvalidInput)?;
        let mut starter = std::process::Command::new(program);
        // A variable that a person has set for programs of their own is not for those of a cell.
        for name in ["INTEROP_EVENTS", "INTEROP_COUNT", "INTEROP_INTERVAL_MS"] {
            starter.env_remove(name);
        }
        // Nor one that hides a missing flush from the person whose shell has it.
        for name in ["PYTHONUNBUFFERED", "_STDBUF_I", "_STDBUF_O", "_STDBUF_E"] {
            starter.env_remove(name);
        }
        starter
            .args(arguments)
            .current_dir(&command.dir)
            .envs(command.env)
            .stdin(match command.stdin {
                Stdin::Nothing => Stdio::null(),
                Stdin::File(file) => file.into(),
                Stdin::Piped => Stdio::piped(),
            })
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0);
        if let Some(refused) = unstartable::refused(program, &command.dir) {
            return Err(refused);
        }
        let explained = |error| unstartable::explained(program, &command.dir, error);
        let mut process = spawner::spawn(starter).map_err(explained)?;
        let pid = Pid::from_child(&process);
        GROUPS.lock().unwrap_or_else(|e| e.into_inner()).insert(pid.as_raw_nonzero().get());

        if let Stdout::Told(bounds) = command.stdout {
            let stdout = process.stdout.take().expect("standard output was piped");
            let said = tell.clone();
            background("stdout", move || {
                match read_lines(stdout, bounds, |line| said(Said::Line(line))) {
                    Ok(Some(excess)) => said(Said::TooMuch(excess)),
                    _ => said(Said::Closed),
                };
            });
        }
        let stderr = Arc::new(Mutex::new(Tail::default()));
        let kept = stderr.clone();
        let mut stream = process.stderr.take().expect("standard error was piped");
        let (reading, read) = mpsc::channel::<()>();
        background("stderr", move || {
            let _reading = reading; // dropped at the end
            let mut buffer = [0; 8192];
            while let Ok(n @ 1..) = stream.read(&mut buffer) {
                kept.lock().unwrap_or_else(|e| e.into_inner()).push(&buffer[..n]);
            }
        });
        background("wait", move || {
            let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
            while rustix::process::waitid(WaitId::Pid(pid), options)
                .is_err_and(|e| e == rustix::io::Errno::INTR)
            {}
            // Its last words are known before its end, unless somebody else holds its standard error.
            let _ = read.recv_timeout(LAST_WORDS);
            tell(Said::Exited);
        });
        Ok(Child { pid, process, stderr, far, launcher_failed: false })
    }

    /// The process id, which is also the id of its group.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// Its standard input, once, where that was to be [`Stdin::Piped`].
    pub fn stdin(&mut self) -> Option<ChildStdin> {
        self.process.stdin.take()
    }

    /// Writes `file` to its standard input, where that was to be [`Stdin::Piped`], and closes it. A child
    /// that reads nothing keeps nobody waiting.
    pub fn feed(&mut self, mut file: File) {
        let Some(mut stdin) = self.stdin() else { return };
        // A child that ended meanwhile is told by its end.
        background("stdin", move || drop(io::copy(&mut file, &mut stdin)));
    }

    /// Its standard output, once, where that was to be [`Stdout::Piped`].
    pub fn stdout(&mut self) -> Option<ChildStdout> {
        self.process.stdout.take()
    }

    /// Sends `signal` to the whole group; a group that is gone already is no error.
    pub fn signal(&self, signal: Signal) {
        // Where it is not reached, there is nothing to wait for.
        let (here, signal) = match &self.far {
            None => (true, signal),
            Some(far) => (!far.signal(signal), Signal::KILL),
        };
        if here {
            let _ = rustix::process::kill_process_group(self.pid, signal);
        }
    }

    /// The exit status, after [`Said::Exited`]; before it, this waits.
    pub fn reap(&mut self) -> io::Result<ExitStatus> {
        let Some(far) = &self.far else { return self.process.wait() };
        if far.is_killed() {
            self.end_launcher();
        }
        let status = self.process.wait()?;
        let told = far.status(status);
        self.launcher_failed = told.is_none();
        Ok(told.unwrap_or(status))
    }

    /// What is killed over there ends its launcher here, unless that has lost it.
    fn end_launcher(&self) {
        let deadline = Instant::now() + LAUNCHER;
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT | WaitIdOptions::NOHANG;
        while let Ok(None) = rustix::process::waitid(WaitId::Pid(self.pid), options) {
            if Instant::now() >= deadline {
                let _ = rustix::process::kill_process_group(self.pid, Signal::KILL);
                return;
            }
            std::thread::park_timeout(AGAIN);
        }
    }

    /// After [`Child::reap`]: was it the launcher that ended, so that nobody knows of the program?
    pub fn launcher_failed(&self) -> bool {
        self.launcher_failed
    }

    /// Does anybody of the group still live, after [`Child::reap`]? Orphans that ended are reaped on
    /// the way: where we are their subreaper they would look alive as zombies.
    pub fn group_lives(&self) -> bool {
        while let Ok(Some(_)) = rustix::process::waitpgid(self.pid, WaitOptions::NOHANG) {}
        match &self.far {
            Some(far) => far.group_lives(),
            None => rustix::process::test_kill_process_group(self.pid).is_ok(),
        }
    }

    /// The command lines of the living members of the group.
    pub fn members(&self) -> Vec<String> {
        match &self.far {
            Some(far) => far.members(),
            None => orphans::members(self.id()),
        }
    }

    /// Kills and names the processes that left the group behind a launcher; [`orphans`] knows those here.
    pub fn kill_escaped(&self) -> Vec<String> {
        self.far.as_ref().map(far::Program::kill_escaped).unwrap_or_default()
    }

    /// What it printed on standard error so far is of no interest any more.
    pub fn forget_errors(&self) {
        *self.stderr.lock().unwrap_or_else(|e| e.into_inner()) = Tail::default();
    }

    /// The last `lines` lines of standard error.
    pub fn last_errors(&self, lines: usize) -> Vec<String> {
        self.stderr.lock().unwrap_or_else(|e| e.into_inner()).last_lines(lines)
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        drop(self.far.take()); // First: it is not to go on where the launcher ends.
        let _ = rustix::process::kill_process_group(self.pid, Signal::KILL);
        let _ = self.process.wait();
        // As a subreaper we inherit the rest of the group, which was killed as well: it is gone before we
        // go on, and no zombie is left.
        while let Ok(Some(_)) = rustix::process::waitpgid(self.pid, WaitOptions::empty()) {}
        let id = self.pid.as_raw_nonzero().get();
        GROUPS.lock().unwrap_or_else(|e| e.into_inner()).remove(&id);
    }
}

/// Is it the machine that lacks something: files, processes, memory?
pub fn lack(error: &io::Error) -> bool {
    use rustix::io::Errno;
    let lacks = [Errno::MFILE, Errno::NFILE, Errno::AGAIN, Errno::NOMEM, Errno::NOSPC];
    error.raw_os_error().is_some_and(|code| lacks.iter().any(|e| e.raw_os_error() == code))
}

#[cfg(test)]
mod tests;
