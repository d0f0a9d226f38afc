//! All waiting of a play, with a deadline: takes in what the programs of a stage say and do, one message
//! at a time, and has it judged at once.

use std::time::{Duration, Instant};

use crate::digest::D;
use crate::peer::process::Said;
use crate::peer::status::describe;
use crate::suite::scenario::judge::online::{self, Objection, SETTLING};
use crate::suite::scenario::stage::actor::{Actor, Ending};
use crate::suite::scenario::stage::journal::{self, Entry, Kind};
use crate::suite::scenario::stage::step::{ActorId, Cause, End, Failure, Step};
use crate::suite::scenario::stage::{Message, Stage};

/// After its leader ended, how long we wait for the end of its output before we conclude that
/// somebody else holds the pipe.
const HELD_PIPE: Duration = Duration::from_millis(500);

/// And how long nobody may have said anything meanwhile: while we did something else, what it said last may have waited
/// behind others.
const QUIET: Duration = Duration::from_millis(50);

impl Stage<'_> {
    /// Waits until nothing is `left` of what must come. As long as it becomes less all is well, however long
    /// that takes; if it does not within the timeout, the play ends with `otherwise`.
    pub fn wait(
        &mut self,
        left: impl Fn(&Stage) -> usize,
        otherwise: impl Fn(&Stage) -> Failure,
    ) -> Step {
        let timeout = self.setting.timeout;
        self.wait_within(timeout, left, otherwise)
    }

    /// The same with another timeout.
    pub(super) fn wait_within(
        &mut self,
        timeout: Duration,
        left: impl Fn(&Stage) -> usize,
        otherwise: impl Fn(&Stage) -> Failure,
    ) -> Step {
        let mut now = left(self);
        while now > 0 {
            if !self.pump_within(timeout, |stage| left(stage) < now)? {
                return Err(otherwise(self).into());
            }
            now = left(self);
        }
        Ok(())
    }

    /// Waits for `condition` no longer than `usual`, or longer if the machine is slow; tells whether it came
    /// to hold.
    pub fn pump_within(
        &mut self,
        usual: Duration,
        condition: impl Fn(&Stage) -> bool,
    ) -> Step<bool> {
        let start = Instant::now();
        loop {
            let by = start + self.setting.machine.patience(usual, start);
            // It may have become slow meanwhile.
            if self.pump_until(by, &condition)? {
                return Ok(true);
            }
            if by >= start + self.setting.machine.patience(usual, start) {
                return Ok(false);
            }
        }
    }

    /// Waits for `condition` until `by`; tells whether it came to hold.
    fn pump_until(&mut self, by: Instant, condition: impl Fn(&Stage) -> bool) -> Step<bool> {
        while !condition(self) {
            // Asked first: somebody who never stops talking must not keep us from looking at the clock.
            if Instant::now() >= by {
                return Ok(false);
            }
            let held = self.actors.iter().filter(|a| !a.gone()).filter_map(|a| a.held_since);
            let now = Instant::now();
            let quiet = now + self.setting.machine.patience(QUIET, now);
            let ends = held.map(|since| (since + HELD_PIPE).max(quiet));
            let wake = ends.chain([by]).min().unwrap_or(by);
            let message =
                self.receiver.recv_timeout(wake.saturating_duration_since(Instant::now()));
            if self.setting.interrupt.raised() {
                return Err(End::Interrupted);
            }
            match message {
                Ok(Message::Actor(id, said)) => self.take_in(id, said)?,
                Ok(Message::Wake) => {}
                Err(_) => self.held_pipes()?,
            }
        }
        Ok(true)
    }

    fn take_in(&mut self, id: ActorId, said: Said) -> Step {
        match said {
            Said::Line(line) => {
                let event = match journal::parse(self.actors[id].role, &line) {
                    Ok(event) => event,
                    Err(why) => return Err(self.breach(id, &why, &line)),
                };
                self.journal.push(Entry { at: Instant::now(), actor: id, event });
                match online::check(self, id) {
                    Ok(()) => Ok(()),
                    Err(Objection::Settled(failure)) => Err(End::Failed(failure)),
                    Err(Objection::Unsettled(failure, got)) => Err(self.settle(*failure, &got)),
                }
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

    /// Before blaming anybody for a wrong answer `got`: lets the servers finish what they are telling,
    /// since their account of the same exchange may come a moment later and be certain where `found` is
    /// not.
    fn settle(&mut self, found: Failure, got: &D) -> End {
        self.settling = true;
        let told = self.pump_within(SETTLING, |stage| {
            let replied = |id| stage.journal.data(id, Kind::Replied).any(|d| d == got);
            stage.servers().any(replied)
        });
        self.settling = false;
        match told {
            Err(End::Failed(other)) if other.cause != found.cause || !other.is_certain() => {
                found.into()
            }
            Err(end) => end,
            Ok(_) => found.into(),
        }
    }

    /// After an end: was it allowed to end, and did it leave anybody behind?
    fn ended(&mut self, id: ActorId) -> Step {
        if !self.actors[id].gone() {
            return Ok(());
        }
        if let Some(end) = self.lost(id) {
            return Err(end);
        }
        let actor = &self.actors[id];
        let status = actor.status.expect("it is gone");
        let what = match actor.ending {
            Ending::Killed => return Ok(()),
            Ending::Stopped => {
                return self.slow_to_stop(id).map_or(Ok(()), |slow| Err(slow.into()));
            }
            _ if self.journal.count(id, Kind::Ready) == 0 => {
                return Err(self.unready(id, status, vec![]).into());
            }
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
        let ids: Vec<_> = self.actors.ids().filter(|id| overdue(&self.actors[*id])).collect();
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
    pub fn survivors(&self, id: ActorId) -> Failure {
        let names = self.actors[id].child.members().join(", ");
        let what = format!("{} ended and left running: {names}", self.name(id));
        Failure::new(Cause::Contract, [id], what)
    }

    /// Takes in one message, without judging it, or none until `by`: for the end of a cell.
    pub fn drain(&mut self, by: Instant) {
        let left = by.saturating_duration_since(Instant::now());
        if let Ok(Message::Actor(id, Said::Exited)) = self.receiver.recv_timeout(left) {
            self.actors[id].status = self.actors[id].child.reap().ok();
            self.actors[id].held_since = Some(Instant::now());
        }
    }
}
