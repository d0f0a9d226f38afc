//! The stage of one cell: its programs as actors, the links between them, and the journal of what
//! they say. A scenario's play starts actors here and waits, with a deadline, for what must happen.
//! What an actor may not do (crash, break the contract, answer wrongly) ends the play by itself.

use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::actor::{Actor, Arg, Cast, Ending, Link};
use super::expectation::Expectations;
use super::failure::{ActorId, End, Step};
use super::interrupt::Interrupt;
use super::journal::{Journal, Kind};
use super::online;
use crate::conformance::pool::Pool;
use crate::peer::output::EVENTS;
use crate::peer::process::{Child, Command, Said, Stdin, Stdout};
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
    /// What is known to fail.
    pub expectations: Arc<Expectations>,
}

/// How long a program may take from its start to `ready`.
const STARTING: Duration = Duration::from_secs(15);

/// What reaches a stage from outside.
#[derive(Debug)]
pub enum Message {
    /// From an actor.
    Actor(ActorId, Said),
    /// Look at the interrupt.
    Wake,
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
    /// Is a wrong answer being looked into?
    pub(super) settling: bool,
    /// When the play last took somebody away or brought somebody back: who waits since before that
    /// may have reason to.
    pub calm_since: Instant,
    mark: String,
    tapped: bool,
    pub(super) deadline: Instant,
    sender: SyncSender<Message>,
    pub(super) receiver: Receiver<Message>,
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
            settling: false,
            calm_since: Instant::now(),
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
            stdout: Stdout::Told(EVENTS),
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
            true => Some(
                Tap::start_on(&self.setting.host, &endpoint)
                    .map_err(|e| End::Broken(format!("no tap: {e}")))?,
            ),
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
                return Err(online::never_ready(self, id).into());
            }
            let ready = self.journal.of(id, Kind::Ready).next_back().expect("it was counted");
            self.actors[id].endpoints = ready.event.endpoints.clone();
            self.succeed(id);
        }
        if self.outage {
            self.calm_since = Instant::now();
        }
        Ok(())
    }

    /// Who was connected to a killed actor is connected to the one that took its endpoints.
    fn succeed(&mut self, id: ActorId) {
        for link in &mut self.links {
            let before = &self.actors[link.binder];
            if before.ending == Ending::Killed && before.endpoints == self.actors[id].endpoints {
                link.binder = id;
            }
        }
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
        self.end(ids, Ending::Killed, Signal::KILL)?;
        self.calm_since = Instant::now();
        Ok(())
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
}
