//! The harness's end of keeper.sh: one for each launcher, started when it is first wanted, and anew when it was lost.

use std::collections::BTreeMap;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::{Duration, Instant};

use super::across;
use crate::peer::spawner::background;

const SCRIPT: &str = include_str!("keeper.sh");

/// How long a launcher may take to begin: ssh to a far host, a container that is slow.
const STARTING: Duration = Duration::from_secs(30);

/// How long an answer may take. Who does not answer within it is lost.
const ANSWER: Duration = Duration::from_secs(10);

/// How long the keepers may take to end before we do. They end without us, too.
const LEAVING: Duration = Duration::from_secs(5);

/// How long until it is looked again whether one has.
const AGAIN: Duration = Duration::from_millis(2);

/// Of what a launcher says when it fails so many octets are told.
const WORDS: u64 = 2000;

/// A launcher fails.
#[derive(Debug, thiserror::Error)]
#[error("the launcher {launcher} fails: {why}")]
pub struct Unreachable {
    launcher: String,
    why: String,
}

/// A keeper.
pub struct Keeper {
    /// Its folder over there.
    pub folder: String,
    talk: Mutex<Talk>,
    lost: AtomicBool,
    last_id: AtomicU64,
}

struct Talk {
    process: Child,
    /// Closed first: that is what ends it.
    stdin: Option<ChildStdin>,
    lines: Receiver<String>,
}

/// The keepers of this run by their launchers; none where it could not be started.
#[derive(Default)]
struct Place {
    keeper: Option<Arc<Keeper>>,
    /// The folders of those that were lost, of which the next one has to end what is left.
    lost: Vec<String>,
}

static PLACES: Mutex<BTreeMap<Vec<String>, Arc<Mutex<Place>>>> = Mutex::new(BTreeMap::new());

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Ends all keepers, and with them whatever still runs over there. To be called last.
pub fn leave() {
    let deadline = Instant::now() + LEAVING;
    let places: Vec<_> = lock(&PLACES).values().cloned().collect();
    for place in places {
        // Others may be asking it now, or starting it; what they do is of no use any more.
        let Some(place) = lock_until(&place, deadline) else { continue };
        let Some(keeper) = &place.keeper else { continue };
        if let Some(mut talk) = lock_until(&keeper.talk, deadline) {
            talk.leave(deadline);
        }
    }
}

/// The lock, unless others hold it until `deadline`.
fn lock_until<T>(mutex: &Mutex<T>, deadline: Instant) -> Option<MutexGuard<'_, T>> {
    loop {
        match mutex.try_lock() {
            Ok(guard) => return Some(guard),
            Err(TryLockError::Poisoned(error)) => return Some(error.into_inner()),
            Err(TryLockError::WouldBlock) if Instant::now() >= deadline => return None,
            Err(TryLockError::WouldBlock) => std::thread::park_timeout(AGAIN),
        }
    }
}

impl Keeper {
    /// The keeper behind `launcher`.
    pub fn of(launcher: &[String]) -> io::Result<Arc<Keeper>> {
        let place = lock(&PLACES).entry(launcher.to_vec()).or_default().clone();
        let mut place = lock(&place); // Others who want the same one wait.
        if let Some(keeper) = &place.keeper {
            if !keeper.lost.load(Ordering::Relaxed) {
                return Ok(keeper.clone());
            }
            let folder = keeper.folder.clone();
            place.lost.push(folder);
            place.keeper = None;
        }
        let keeper = Arc::new(Keeper::start(launcher, &place.lost)?);
        place.lost.clear();
        place.keeper = Some(keeper.clone());
        Ok(keeper)
    }

    fn start(launcher: &[String], lost: &[String]) -> io::Result<Keeper> {
        let shell = ["sh", "-c", SCRIPT, "zmq-interop"].iter().map(ToString::to_string);
        let words = across(launcher, shell.chain(lost.iter().cloned()).collect());
        let mut starter = Command::new(&words[0]);
        starter.args(&words[1..]);
        starter.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let failed =
            |why: String| io::Error::other(Unreachable { launcher: launcher.join(" "), why });
        // It has to outlive us by a moment, and a terminal's Ctrl-C is not for it.
        starter.process_group(0);
        let mut process = starter.spawn().map_err(|error| failed(error.to_string()))?;
        let stdout = BufReader::new(process.stdout.take().expect("it was piped"));
        let mut stderr = process.stderr.take().expect("it was piped");
        let (tell, words) = mpsc::sync_channel(1);
        background("keeper", move || {
            let mut said = String::new();
            let _ = stderr.by_ref().take(WORDS).read_to_string(&mut said);
            let _ = tell.send(said);
            let _ = io::copy(&mut stderr, &mut io::sink());
        });
        let (say, lines) = mpsc::channel();
        background("keeper", move || {
            for line in stdout.lines().map_while(Result::ok) {
                if say.send(line).is_err() {
                    return;
                }
            }
        });
        let stdin = process.stdin.take();
        let mut talk = Talk { process, stdin, lines };
        match talk.lines.recv_timeout(STARTING) {
            Ok(folder) => {
                let (lost, last_id) = (AtomicBool::new(false), AtomicU64::new(0));
                Ok(Keeper { folder, talk: Mutex::new(talk), lost, last_id })
            }
            Err(none) => {
                let how = match talk.end(none == RecvTimeoutError::Disconnected) {
                    Some(status) => crate::peer::status::describe(status),
                    None => format!("it did not begin within {} s", STARTING.as_secs()),
                };
                let said = words.recv_timeout(Duration::from_secs(1)).unwrap_or_default();
                let said = said.lines().collect::<Vec<_>>().join(" | ");
                Err(failed(if said.is_empty() { how } else { format!("{said} ({how})") }))
            }
        }
    }

    /// A number for a program.
    pub fn next_id(&self) -> u64 {
        self.last_id.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Asks for `op` and returns the lines of the answer; `None`: the keeper is lost.
    pub fn ask(&self, op: &str, id: u64, argument: &str) -> Option<Vec<String>> {
        let mut talk = lock(&self.talk);
        if self.lost.load(Ordering::Relaxed) {
            return None;
        }
        let told = talk.ask(&format!("{op} {id} {argument}\n"));
        self.lost.store(told.is_none(), Ordering::Relaxed);
        told
    }
}

impl Talk {
    fn ask(&mut self, line: &str) -> Option<Vec<String>> {
        self.stdin.as_mut()?.write_all(line.as_bytes()).ok()?;
        let deadline = Instant::now() + ANSWER;
        let mut told = vec![];
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.lines.recv_timeout(left).ok()? {
                line if line == "." => return Some(told),
                line => told.push(line),
            }
        }
    }

    /// Lets the keeper end what it started, and waits for that.
    fn leave(&mut self, deadline: Instant) {
        drop(self.stdin.take());
        while Instant::now() < deadline && matches!(self.process.try_wait(), Ok(None)) {
            std::thread::park_timeout(AGAIN);
        }
    }

    /// How the launcher ended, if it has, or is about to, as its output has; otherwise it is killed.
    fn end(&mut self, output_ended: bool) -> Option<std::process::ExitStatus> {
        drop(self.stdin.take());
        if output_ended {
            self.leave(Instant::now() + LEAVING);
        }
        let ended = self.process.try_wait().ok().flatten();
        if ended.is_none() {
            let _ = self.process.kill();
            let _ = self.process.wait();
        }
        ended
    }
}
