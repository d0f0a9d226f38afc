//! The stage of one cell: its programs as actors, the links between them, and the journal of what
//! they say. A scenario's play starts actors here and waits, with a deadline, for what must happen.
//! What an actor may not do (crash, break the contract, answer wrongly) ends the play by itself.

use std::fs::File;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender};
use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::failure::{ActorId, Cause, End, Failure, Step};
use super::interrupt::Interrupt;
use super::journal::{Entry, Journal, Kind};
use super::{journal, online};
use crate::conformance::pool::Pool;
use crate::peer::output::EVENT_LIMIT;
use crate::peer::process::{Child, Command, Said, Stdin};
use crate::peer::{Peer, orphans};
use crate::role::Role;
use crate::zmtp::tap::Tap;

/// What holds for all cells of a run.
#[derive(Clone)]
pub struct Setting {
    /// From this and its id every cell draws its random choices.
    pub seed: u64,
    /// How long a cell may take.
    pub patience: Duration,
    /// Where programs bind unless their peer says otherwise.
    pub host: String,
    /// A folder for the messages to push.
    pub scratch: PathBuf,
    /// The harness's own client.
    pub probe: Peer,
    /// Asked by every wait.
    pub interrupt: Interrupt,
    /// The warm agents of the conformance suite.
    pub pool: Arc<Pool>,
}

/// How long a program may take from its start to `ready`.
const STARTING: Duration = Duration::from_secs(15);

/// After its leader ended, how long we wait for the end of its output before we conclude that
/// somebody else holds the pipe.
const HELD_PIPE: Duration = Duration::from_millis(500);

/// What reaches a stage from outside.
#[derive(Debug)]
pub enum Message {
    /// From an actor.
    Actor(ActorId, Said),
    /// Look at the interrupt.
    Wake,
}

/// Why an actor may end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// It may not.
    Never,
    /// With 0, once it has had this many exchanges (`push`: once it has sent).
    Done(usize),
    /// We stopped it.
    Stopped,
    /// We killed it: the play wants it so.
    Killed,
}

/// Where an argument's endpoint comes from.
#[derive(Clone, Debug)]
pub enum Arg {
    /// Bind, any port.
    Bind,
    /// Bind exactly this.
    BindAt(String),
    /// Connect to the n-th endpoint of that actor.
    To(ActorId, usize),
}

/// A program to start.
#[derive(Clone, Debug)]
pub struct Cast<'a> {
    role: Role,
    peer: &'a Peer,
    arguments: Vec<Arg>,
    count: Option<usize>,
    interval_ms: Option<u32>,
    stdin: Option<PathBuf>,
    env: Vec<(String, String)>,
}

impl<'a> Cast<'a> {
    /// A program of `peer` for `role`.
    pub fn new(role: Role, peer: &'a Peer, arguments: impl Into<Vec<Arg>>) -> Cast<'a> {
        let arguments = arguments.into();
        Cast { role, peer, arguments, count: None, interval_ms: None, stdin: None, env: vec![] }
    }

    /// It is to exit after `count` exchanges (INTEROP_COUNT).
    pub fn count(self, count: usize) -> Self {
        Cast { count: Some(count), ..self }
    }

    /// The pause between its messages (INTEROP_INTERVAL_MS).
    pub fn interval(self, ms: u32) -> Self {
        Cast { interval_ms: Some(ms), ..self }
    }

    /// Its standard input.
    pub fn stdin(self, file: PathBuf) -> Self {
        Cast { stdin: Some(file), ..self }
    }

    /// One more variable.
    pub fn env(mut self, name: &str, value: String) -> Self {
        self.env.push((name.into(), value));
        self
    }
}

/// A program on stage.
pub struct Actor<'a> {
    /// Its role.
    pub role: Role,
    /// Whose program it is.
    pub peer: &'a Peer,
    /// The words that started it.
    pub argv: Vec<String>,
    /// What it bound, once it is ready.
    pub endpoints: Vec<String>,
    /// Its end, once it ended.
    pub status: Option<ExitStatus>,
    /// Why it may end.
    pub ending: Ending,
    /// What it has told and not yet followed up, for the checks of [`online`].
    pub(super) open: online::Open,
    pub(super) child: Child,
    pub(super) output_closed: bool,
    pub(super) held_since: Option<Instant>,
}

impl Actor<'_> {
    /// Did it end, and was all that it printed read?
    pub fn gone(&self) -> bool {
        self.status.is_some() && self.output_closed
    }
}

/// One actor connected to another.
pub struct Link {
    /// Who connects.
    pub connector: ActorId,
    /// Who binds.
    pub binder: ActorId,
    /// The tap between them, on a second look.
    pub tap: Option<Tap>,
}

/// See the module.
pub struct Stage<'a> {
    /// What holds for the whole run.
    pub setting: &'a Setting,
    /// The actors, in the order of their start.
    pub actors: Vec<Actor<'a>>,
    /// Who is connected to whom.
    pub links: Vec<Link>,
    /// What was said so far.
    pub journal: Journal,
    /// Are clients allowed to wait in vain now, because the play took a server away?
    pub outage: bool,
    mark: String,
    tapped: bool,
    deadline: Instant,
    sender: SyncSender<Message>,
    receiver: Receiver<Message>,
}

impl<'a> Stage<'a> {
    /// An empty stage for the cell `mark` names; with `tapped`, all links are recorded.
    pub fn new(setting: &'a Setting, mark: String, tapped: bool) -> Stage<'a> {
        // Bounded, so that a flood fills the child's pipe and not our memory.
        let (sender, receiver) = mpsc::sync_channel(256);
        setting.interrupt.join(sender.clone());
        Stage {
            setting,
            actors: vec![],
            links: vec![],
            journal: Journal::default(),
            outage: false,
            mark,
            tapped,
            deadline: Instant::now() + setting.patience,
            sender,
            receiver,
        }
    }

    /// The prefix of the marks of all actors of this stage.
    pub fn mark(&self) -> &str {
        &self.mark
    }

    /// Starts a program and returns at once.
    pub fn start(&mut self, cast: Cast<'a>) -> Step<ActorId> {
        let id = self.actors.len();
        let Cast { role, peer, .. } = cast;
        let Some(command) = peer.commands.get(&role) else {
            return Err(End::Broken(format!("{} has no {role}: the plan is wrong", peer.name)));
        };
        let mut arguments = vec![];
        for argument in &cast.arguments {
            arguments.push(match argument {
                Arg::Bind => {
                    let host = peer.host.as_deref().unwrap_or(&self.setting.host);
                    format!("tcp://{host}:*")
                }
                Arg::BindAt(endpoint) => endpoint.clone(),
                Arg::To(binder, n) => self.link(id, *binder, *n)?,
            });
        }
        let mut env = cast.env;
        env.push(("INTEROP_EVENTS".into(), "1".into()));
        env.extend(cast.count.map(|n| ("INTEROP_COUNT".into(), n.to_string())));
        env.extend(cast.interval_ms.map(|n| ("INTEROP_INTERVAL_MS".into(), n.to_string())));
        env.push((orphans::MARK.into(), format!("{}{id}.", self.mark)));
        let argv = peer.words(command, &arguments, &env);
        let stdin = match cast.stdin.map(File::open).transpose() {
            Ok(Some(file)) => Stdin::File(file),
            Ok(None) => Stdin::Nothing,
            Err(e) => return Err(End::Broken(format!("the message to push can't be read: {e}"))),
        };
        let sender = self.sender.clone();
        let tell = move |said| sender.send(Message::Actor(id, said)).is_ok();
        let starting = Command {
            argv: argv.clone(),
            dir: peer.dir.clone(),
            env,
            stdin,
            line_limit: EVENT_LIMIT,
        };
        let child = Child::spawn(starting, tell)
            .map_err(|e| End::Broken(format!("{} can't be started: {e}", argv[0])))?;
        let ending = match (role, cast.count) {
            (Role::Push, _) => Ending::Done(1),
            (_, Some(count)) => Ending::Done(count),
            _ => Ending::Never,
        };
        self.actors.push(Actor {
            role,
            peer,
            argv,
            endpoints: vec![],
            status: None,
            ending,
            open: online::Open::default(),
            child,
            output_closed: false,
            held_since: None,
        });
        Ok(id)
    }

    /// The endpoint at which `connector` reaches the n-th endpoint of `binder`, through a tap where
    /// links are recorded.
    fn link(&mut self, connector: ActorId, binder: ActorId, n: usize) -> Step<String> {
        let endpoint = self.actors[binder].endpoints[n].clone();
        let tap = match self.tapped {
            true => Some(Tap::start(&endpoint).map_err(|e| End::Broken(format!("no tap: {e}")))?),
            false => None,
        };
        let reached = tap.as_ref().map_or(endpoint, Tap::endpoint);
        self.links.push(Link { connector, binder, tap });
        Ok(reached)
    }

    /// Starts a program and waits until it is ready.
    pub fn start_ready(&mut self, cast: Cast<'a>) -> Step<ActorId> {
        let id = self.start(cast)?;
        self.ready(&[id])?;
        Ok(id)
    }

    /// Waits until these are ready.
    pub fn ready(&mut self, ids: &[ActorId]) -> Step {
        let by = self.deadline.min(Instant::now() + STARTING);
        for &id in ids {
            let come = self.pump_until(by, |stage| stage.journal.count(id, Kind::Ready) > 0)?;
            if !come {
                let what = format!("{} never said that it is ready", self.name(id));
                return Err(Failure::new(Cause::Timeout, [id], what).into());
            }
            let ready = self.journal.of(id, Kind::Ready).next_back().expect("it was counted");
            self.actors[id].endpoints = ready.event.endpoints.clone();
        }
        Ok(())
    }

    /// Waits for `condition`; if it does not come to hold before the deadline, the play ends with
    /// `otherwise`.
    pub fn wait(
        &mut self,
        condition: impl Fn(&Stage) -> bool,
        otherwise: impl Fn(&Stage) -> Failure,
    ) -> Step {
        match self.pump_until(self.deadline, condition)? {
            true => Ok(()),
            false => Err(otherwise(self).into()),
        }
    }

    /// Waits for `condition` until `by`; tells whether it came to hold.
    pub fn pump_until(&mut self, by: Instant, condition: impl Fn(&Stage) -> bool) -> Step<bool> {
        while !condition(self) {
            let held = self.actors.iter().filter(|a| !a.gone()).filter_map(|a| a.held_since);
            let wake = held.map(|since| since + HELD_PIPE).chain([by]).min().unwrap_or(by);
            let message =
                self.receiver.recv_timeout(wake.saturating_duration_since(Instant::now()));
            if self.setting.interrupt.raised() {
                return Err(End::Interrupted);
            }
            match message {
                Ok(Message::Actor(id, said)) => self.hear(id, said)?,
                Ok(Message::Wake) => {}
                Err(RecvTimeoutError::Timeout) if Instant::now() >= by => return Ok(false),
                Err(_) => self.held_pipes()?,
            }
        }
        Ok(true)
    }

    fn hear(&mut self, id: ActorId, said: Said) -> Step {
        match said {
            Said::Line(line) => {
                let event = journal::parse(self.actors[id].role, &line)
                    .map_err(|why| self.breach(id, why, &line))?;
                self.journal.push(Entry { at: Instant::now(), actor: id, event });
                online::check(self, id)
            }
            Said::TooMuch(excess) => {
                let what = format!("{} flooded its standard output ({excess:?})", self.name(id));
                Err(Failure::new(Cause::Contract, [id], what).into())
            }
            Said::Closed => {
                self.actors[id].output_closed = true;
                self.ended(id)
            }
            Said::Exited => {
                let status = self.actors[id].child.reap();
                self.actors[id].status = status.ok();
                self.actors[id].held_since = Some(Instant::now());
                self.ended(id)
            }
        }
    }

    fn breach(&self, id: ActorId, why: String, line: &[u8]) -> Failure {
        let mut failure = Failure::new(Cause::Contract, [id], format!("{}: {why}", self.name(id)));
        let shown = crate::role::shown::Shown(&line[..line.len().min(200)]);
        failure.got = Some(format!("the line {shown}"));
        failure
    }

    /// After an end: was it allowed to end, and did it leave anybody behind?
    fn ended(&mut self, id: ActorId) -> Step {
        if !self.actors[id].gone() {
            return Ok(());
        }
        let actor = &self.actors[id];
        let status = actor.status.expect("it is gone");
        let what = match actor.ending {
            Ending::Stopped | Ending::Killed => return Ok(()),
            Ending::Done(n) if status.success() && self.exchanges(id) >= n => {
                return self.left_behind(id);
            }
            Ending::Done(n) if status.success() => {
                format!("exited with 0 after {} of {n} exchanges", self.exchanges(id))
            }
            _ => format!("{} before its work was done", describe(status)),
        };
        Err(Failure::new(Cause::Crash, [id], format!("{} {what}", self.name(id))).into())
    }

    /// Somebody holds the pipes of an actor that ended.
    fn held_pipes(&mut self) -> Step {
        let overdue = |a: &Actor| {
            !a.output_closed && a.held_since.is_some_and(|since| since.elapsed() >= HELD_PIPE)
        };
        let ids: Vec<_> = (0..self.actors.len()).filter(|id| overdue(&self.actors[*id])).collect();
        for id in ids {
            self.actors[id].output_closed = true;
            self.ended(id)?;
        }
        Ok(())
    }

    fn left_behind(&self, id: ActorId) -> Step {
        match self.actors[id].child.group_lives() {
            true => Err(self.survivors(id).into()),
            false => Ok(()),
        }
    }

    /// The breach of leaving processes behind.
    pub(super) fn survivors(&self, id: ActorId) -> Failure {
        let names = orphans::members(self.actors[id].child.id()).join(", ");
        let what = format!("{} ended and left running: {names}", self.name(id));
        Failure::new(Cause::Contract, [id], what)
    }

    /// How many exchanges it had.
    pub fn exchanges(&self, id: ActorId) -> usize {
        let kind = match self.actors[id].role {
            Role::Push => Kind::Sent,
            Role::Rep | Role::Mrep => Kind::Replied,
            _ => Kind::Answered,
        };
        self.journal.count(id, kind)
    }

    /// Waits until these have ended well.
    pub fn finished(&mut self, ids: &[ActorId]) -> Step {
        let waiting = ids.to_vec();
        self.wait(
            |stage| waiting.iter().all(|id| stage.actors[*id].gone()),
            |stage| online::who_owes(stage, &waiting),
        )
    }

    /// Kills these with SIGKILL, because the play wants it, and waits for their end.
    pub fn kill(&mut self, ids: &[ActorId]) -> Step {
        self.end(ids, Ending::Killed, Signal::KILL)
    }

    /// Stops these with SIGTERM and waits for their end.
    pub fn dismiss(&mut self, ids: &[ActorId]) -> Step {
        self.end(ids, Ending::Stopped, Signal::TERM)
    }

    fn end(&mut self, ids: &[ActorId], ending: Ending, signal: Signal) -> Step {
        for &id in ids {
            self.actors[id].ending = ending;
            self.actors[id].child.signal(signal);
        }
        self.finished(ids)
    }

    /// Takes in what comes until `by` without judging it, for the end of a cell; tells whether
    /// anything came.
    pub(super) fn drain(&mut self, by: Instant) -> bool {
        match self.receiver.recv_timeout(by.saturating_duration_since(Instant::now())) {
            Ok(Message::Actor(id, Said::Exited)) => {
                self.actors[id].status = self.actors[id].child.reap().ok();
                true
            }
            Ok(_) => true,
            Err(_) => false,
        }
    }
}

/// `exited with 3`, `was killed by signal 9`.
pub fn describe(status: ExitStatus) -> String {
    use std::os::unix::process::ExitStatusExt;
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exited with {code}"),
        (None, Some(signal)) => format!("was killed by signal {signal}"),
        (None, None) => "ended".into(),
    }
}
