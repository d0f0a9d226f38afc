//! How programs come onto a stage and leave it.

use std::fs::File;
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::listening;
use crate::outcome::Suspect;
use crate::peer::Peer;
use crate::peer::orphans;
use crate::peer::output::EVENTS;
use crate::peer::process::{Child, Stdin, Stdout};
use crate::peer::unstartable;
use crate::role::Role;
use crate::suite::scenario::judge::{compare, conduct, online};
use crate::suite::scenario::stage::actor::{Actor, Arg, Ending, Input, Link, Start};
use crate::suite::scenario::stage::journal::Kind;
use crate::suite::scenario::stage::step::{ActorId, Cause, End, Failure, Step};
use crate::suite::scenario::stage::{Message, Stage};
use crate::zmtp::tap::{Tap, Width};

/// What comes one upon the other comes within this time.
const AT_ONCE: Duration = Duration::from_millis(20);

impl<'a> Stage<'a> {
    /// Starts a program and returns at once.
    pub fn start(&mut self, program: Start<'a>) -> Step<ActorId> {
        let id = self.actors.next();
        let Start { role, peer, .. } = program;
        let Some(command) = peer.commands.get(&role) else {
            return Err(End::Broken(format!("{} has no {role}: the plan is wrong", peer.name)));
        };
        let mut arguments = vec![];
        for argument in &program.arguments {
            arguments.push(match argument {
                Arg::Bind => {
                    let host = self.setting.reach.host_of(peer);
                    format!("tcp://{host}:*")
                }
                Arg::BindAt(endpoint) => endpoint.clone(),
                Arg::To(binder, n) => self.link(id, peer, *binder, *n)?,
            });
        }
        let mut env = program.env;
        env.push(("INTEROP_EVENTS".into(), "1".into()));
        env.extend(program.count.map(|n| ("INTEROP_COUNT".into(), n.to_string())));
        env.extend(program.interval_ms.map(|n| ("INTEROP_INTERVAL_MS".into(), n.to_string())));
        env.push((orphans::MARK.into(), format!("{}{id}.", self.mark())));
        let stdin = match &program.stdin {
            Input::Nothing => Stdin::Nothing,
            Input::Held => Stdin::Piped,
        };
        let sender = self.sender.clone();
        let tell = move |said| sender.send(Message::Actor(id, said)).is_ok();
        let starting = peer.starts(command, &arguments, env, stdin, Stdout::Told(EVENTS));
        let argv = starting.words();
        let child = match Child::spawn(starting, tell) {
            Ok(child) => child,
            Err(error) => return Err(self.unstarted(id, role, &peer.name, &error)),
        };
        let ending = match (role, program.count) {
            (Role::Push, _) => Ending::Done(1),
            (_, Some(count)) => Ending::Done(count),
            _ => Ending::Never,
        };
        self.actors.push(Actor {
            role,
            peer,
            argv,
            endpoints: vec![],
            count: program.count,
            interval_ms: program.interval_ms,
            hours_behind: program.hours_behind,
            stopped_at: None,
            status: None,
            ending,
            open: None,
            child,
            output_closed: false,
            held_since: None,
        });
        Ok(id)
    }

    /// What comes of a program of `peer` that can't be started: it is to blame for what is wrong with it,
    /// and not for what is wrong with this machine.
    fn unstarted(&mut self, id: ActorId, role: Role, peer: &str, error: &io::Error) -> End {
        let what = format!("{peer} {role} can't be started: {error}");
        if !unstartable::blames_the_program(error) {
            return End::Broken(what);
        }
        self.unstarted = Some(Suspect { name: format!("{peer} {role}"), peer: peer.to_owned() });
        Failure::new(Cause::Crash, [id], what).into()
    }

    /// The endpoint at which `connector`, of `peer`, reaches the n-th endpoint of `binder`, through a tap where
    /// links are recorded and we reach both.
    fn link(&mut self, connector: ActorId, peer: &Peer, binder: ActorId, n: usize) -> Step<String> {
        let endpoint = self.actors[binder].endpoints[n].clone();
        let reach = &self.setting.reach;
        let tap = match self.tapped && reach.stands_between(peer, self.actors[binder].peer) {
            true => Some(
                Tap::start_on(&reach.host, &endpoint, Width::Wide)
                    .map_err(|e| End::Broken(format!("no tap: {e}")))?,
            ),
            false => None,
        };
        let reached = tap.as_ref().map_or(endpoint, Tap::endpoint);
        self.links.push(Link { connector, binder, tap });
        Ok(reached)
    }

    /// Feeds `id`, whose standard input was held back, with a file.
    pub fn feed(&mut self, id: ActorId, file: &Path) -> Step {
        let file = File::open(file)
            .map_err(|e| End::Broken(format!("the message to push can't be read: {e}")))?;
        self.actors[id].child.feed(file);
        Ok(())
    }

    /// Starts a program and waits until it is ready.
    pub fn start_ready(&mut self, program: Start<'a>) -> Step<ActorId> {
        let id = self.start(program)?;
        self.ready(&[id])?;
        Ok(id)
    }

    /// Waits until these are ready.
    pub fn ready(&mut self, ids: &[ActorId]) -> Step {
        let missing = |stage: &Stage, id: &&ActorId| stage.journal.count(**id, Kind::Ready) == 0;
        self.wait_within(
            self.setting.starting,
            |stage| ids.iter().filter(|id| missing(stage, id)).count(),
            |stage| {
                let late = ids.iter().find(|id| missing(stage, id));
                online::never_ready(stage, *late.expect("one is missing"))
            },
        )?;
        for &id in ids {
            let ready = self.journal.of(id, Kind::Ready).next_back().expect("it was counted");
            self.actors[id].endpoints = ready.event.endpoints.clone();
            self.listens(id)?;
            self.succeed(id);
        }
        if self.outage.lasts() {
            self.changed_at = Instant::now();
        }
        Ok(())
    }

    /// Sees that `id`, which is ready, has bound what it says, and that alone.
    fn listens(&self, id: ActorId) -> Step {
        let actor = &self.actors[id];
        // From afar an address may be refused by others.
        if actor.peer.is_far() {
            return Ok(());
        }
        for endpoint in &actor.endpoints {
            if let Some(wrong) = listening::wrong(endpoint) {
                let what = format!("{} {wrong}", self.name(id));
                return Err(Failure::new(Cause::Contract, [id], what).into());
            }
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

    /// Waits until these have ended well.
    pub fn finished(&mut self, ids: &[ActorId]) -> Step {
        self.wait(
            |stage| ids.iter().map(|id| stage.remaining(*id)).sum(),
            |stage| online::who_owes(stage, ids),
        )
    }

    /// Kills these with SIGKILL, because the play wants it, and waits for their end.
    pub fn kill(&mut self, ids: &[ActorId]) -> Step {
        self.outage.begin();
        self.end(ids, Ending::Killed, Signal::KILL)?;
        self.changed_at = Instant::now();
        Ok(())
    }

    /// Stops these with SIGTERM and waits for their end.
    pub fn dismiss(&mut self, ids: &[ActorId]) -> Step {
        self.end(ids, Ending::Stopped, Signal::TERM)
    }

    fn end(&mut self, ids: &[ActorId], ending: Ending, signal: Signal) -> Step {
        for &id in ids {
            self.actors[id].ending = ending;
            self.actors[id].stopped_at = (ending == Ending::Stopped).then(Instant::now);
            self.actors[id].child.signal(signal);
        }
        self.finished(ids)
    }

    /// Compares both ends. To be called when all clients are done or stopped. The last lines of either
    /// may still be on their way, so a disagreement has to last.
    pub fn compare(&mut self) -> Step {
        let begun = Instant::now();
        // Whoever is behind may tell on, but not for ever. To compare takes its time, so it is not done for each line.
        while compare::disagreement(self).is_some() && begun.elapsed() < self.setting.timeout {
            if !self.hears_more(online::SETTLING)? {
                break;
            }
            while self.hears_more(AT_ONCE)? && begun.elapsed() < self.setting.timeout {}
        }
        match compare::disagreement(self).or_else(|| conduct::misconduct(self)) {
            None => Ok(()),
            Some(failure) => Err(failure.into()),
        }
    }

    /// Does anybody tell more within `usual`?
    fn hears_more(&mut self, usual: Duration) -> Step<bool> {
        let told = self.journal.entries().len();
        self.pump_within(usual, |stage| stage.journal.entries().len() > told)
    }
}
