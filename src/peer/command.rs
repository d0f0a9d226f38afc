//! A short command of a peer (`versions`, `setup`), run to its end within a time.

use std::collections::VecDeque;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::output::{EVENTS, printable};
use super::process::{Child, Said, Stdin, Stdout};
use super::{Peer, orphans};
use crate::interrupt::Interrupt;

/// So many lines of each stream are kept, the last ones: what a compiler says of an error, whole.
const LINES: usize = 200;

/// How long a command that was interrupted may take to end in order, before it is killed: a package
/// manager that is killed leaves its database to be mended by hand.
const IN_ORDER: Duration = Duration::from_secs(5);

/// What a command printed, and how it ended.
#[derive(Debug)]
pub struct Answer {
    /// Did it end with 0?
    pub success: bool,
    /// Its exit status, unless a signal ended it.
    pub code: Option<i32>,
    /// The last lines of its standard output.
    pub stdout: Vec<String>,
    /// The last lines of its standard error.
    pub stderr: Vec<String>,
}

/// Why there is no answer.
#[derive(Debug, PartialEq, Eq)]
pub enum Unanswered {
    /// It could not be started, or did not end in time.
    Failed(String),
    /// The person interrupted, and it has ended.
    Interrupted,
}

/// What may happen while it runs.
enum Event {
    Said(Said),
    Interrupted,
}

/// Runs `command` in the peer's folder to its end, or for `timeout`, or until `interrupt` is raised.
pub fn run(
    peer: &Peer,
    command: &[String],
    stdin: Stdin,
    timeout: Duration,
    interrupt: &Interrupt,
) -> Result<Answer, Unanswered> {
    let (tx, rx) = mpsc::sync_channel(64);
    let mark = format!("{}.{}.", std::process::id(), peer.name);
    let env = vec![(orphans::MARK.to_owned(), mark)];
    let starting = peer.starts(command, &[], env, stdin, Stdout::Told(EVENTS));
    let program = starting.words()[0].clone();
    let failed = |why: String| Unanswered::Failed(why);
    let wake = tx.clone();
    // A channel that is full wakes us as well.
    let _woken = interrupt.on_raise(move || drop(wake.try_send(Event::Interrupted)));
    let mut child = Child::spawn(starting, move |said| tx.send(Event::Said(said)).is_ok())
        .map_err(|error| failed(error.to_string()))?;
    let mut deadline = Instant::now() + timeout;
    let (mut stdout, mut closed, mut exited) = (VecDeque::new(), false, false);
    let mut interrupted = false;
    while !(closed && exited) {
        if interrupt.raised() && !interrupted {
            interrupted = true;
            deadline = Instant::now() + IN_ORDER;
            child.signal(Signal::TERM);
        }
        match rx.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            Ok(Event::Said(Said::Line(line))) => {
                if stdout.len() == LINES {
                    stdout.pop_front();
                }
                stdout.push_back(printable(&String::from_utf8_lossy(&line)));
            }
            Ok(Event::Said(Said::TooMuch(_) | Said::Closed)) => closed = true,
            Ok(Event::Said(Said::Exited)) => exited = true,
            Ok(Event::Interrupted) => {}
            Err(_) if interrupted => break, // It is killed when it is dropped.
            Err(_) => {
                return Err(failed(format!(
                    "{program} did not end within {} s",
                    timeout.as_secs()
                )));
            }
        }
    }
    if interrupted {
        return Err(Unanswered::Interrupted);
    }
    let status = child.reap().map_err(|e| failed(format!("{program}: {e}")))?;
    let stderr = child.last_errors(LINES);
    Ok(Answer { success: status.success(), code: status.code(), stdout: stdout.into(), stderr })
}
