//! How a cell ends: everybody is stopped, whoever does not stop is killed, and whoever was left
//! behind is killed and named. After this nothing that the cell started is alive.

use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::outcome::Program;
use crate::peer::orphans;
use crate::peer::status::describe;
use crate::suite::scenario::stage::Stage;
use crate::suite::scenario::stage::actor::Ending;
use crate::suite::scenario::stage::step::{ActorId, Cause, End, Failure};

/// How long SIGTERM may take. Programs stop at once; a loaded machine does not.
const GRACE: Duration = Duration::from_secs(5);

/// Who stops later than this after SIGTERM has not stopped at once (docs/role-contract.md).
const AT_ONCE: Duration = Duration::from_secs(2);

/// On a slow machine that may be later, but no later than this where another one of the cell has stopped within
/// [`QUICK`]: then it is not the machine that is slow.
const LATER: Duration = Duration::from_secs(3);

/// Who stops within this after SIGTERM shows that the machine can be quick.
const QUICK: Duration = Duration::from_secs(1);

/// How long the other members of a group may take to die of the same SIGTERM.
const GROUP_GRACE: Duration = Duration::from_secs(1);

/// So many last lines of standard error are looked at; what repeats itself among them is told once.
pub(super) const ERRORS: usize = 200;

/// What the programs were doing when the play ended, before anybody is stopped.
pub fn programs(stage: &Stage) -> Vec<Program> {
    let all = stage.actors.ids().zip(stage.actors.iter());
    all.map(|(id, actor)| Program {
        name: stage.name(id),
        peer: actor.peer.name.clone(),
        command: actor.argv.clone(),
        status: actor.status.map_or("was running".into(), describe),
        stderr: actor.child.last_errors(ERRORS),
    })
    .collect()
}

/// Stops everybody. Returns the first thing that should not have been, or that a launcher failed, after which nobody is
/// to blame for anything.
pub fn stop(stage: &mut Stage) -> Option<End> {
    for actor in stage.actors.iter_mut().filter(|a| a.status.is_none()) {
        actor.ending = Ending::Stopped;
        actor.stopped_at.get_or_insert_with(Instant::now);
        actor.child.signal(Signal::TERM);
    }
    let mut first = None;
    let mut note = |failure: Failure| {
        first.get_or_insert(failure);
    };
    let deadline = Instant::now() + GRACE;
    while stage.actors.iter().any(|a| a.status.is_none()) && Instant::now() < deadline {
        stage.drain(deadline);
    }
    for id in stage.actors.ids() {
        if stage.actors[id].status.is_none() {
            note(Failure::new(
                Cause::Contract,
                [id],
                format!("{} did not stop on SIGTERM within {} s", stage.name(id), GRACE.as_secs()),
            ));
            stage.actors[id].child.signal(Signal::KILL);
            stage.actors[id].status = stage.actors[id].child.reap().ok();
        } else if stage.actors[id].ending == Ending::Stopped && stage.lost(id).is_none() {
            let status = stage.actors[id].status.expect("it ended");
            if !stopped_well(status) {
                let what = format!("{} {} when it was stopped", stage.name(id), describe(status));
                note(Failure::new(Cause::Crash, [id], what));
            } else if let Some(slow) = stage.slow_to_stop(id) {
                note(slow);
            }
        }
    }
    let deadline = Instant::now() + GROUP_GRACE;
    for id in stage.actors.ids() {
        while stage.actors[id].child.group_lives() && Instant::now() < deadline {
            // The end of a member is no event for us unless it held a pipe; look again soon.
            stage.drain(deadline.min(Instant::now() + Duration::from_millis(5)));
        }
        if stage.actors[id].child.group_lives() {
            let killed = stage.actors[id].ending == Ending::Killed;
            if !killed {
                note(stage.survivors(id));
            }
            stage.actors[id].child.signal(Signal::KILL);
        }
    }
    for orphan in orphans::kill_marked(stage.mark()) {
        let owner = orphan.mark[stage.mark().len()..].trim_end_matches('.');
        let Some(id) = stage.actors.parse(owner) else { continue };
        let what = format!(
            "{} left a process behind, outside of its group: {} (pid {})",
            stage.name(id),
            orphan.command,
            orphan.pid
        );
        note(Failure::new(Cause::Contract, [id], what));
    }
    for id in stage.actors.ids() {
        if let Some(one) = stage.actors[id].child.kill_escaped().first() {
            let what =
                format!("{} left a process behind, outside of its group: {one}", stage.name(id));
            note(Failure::new(Cause::Contract, [id], what));
        }
    }
    let lost = stage.actors.ids().find_map(|id| stage.lost(id));
    lost.or(first.map(End::from))
}

impl Stage<'_> {
    /// What is said of `id` if it did stop on SIGTERM, and took its time.
    pub(super) fn slow_to_stop(&self, id: ActorId) -> Option<Failure> {
        let (asked, ended) = (self.actors[id].stopped_at?, self.actors[id].held_since?);
        let took = ended.saturating_duration_since(asked);
        let what = format!("{} stopped {:.1} s after SIGTERM", self.name(id), took.as_secs_f64());
        let quick = self.actors.iter().any(|other| {
            let times = other.stopped_at.zip(other.held_since);
            times.is_some_and(|(told, gone)| gone >= told && gone < told + QUICK)
        });
        let patience = self.setting.machine.patience_until(AT_ONCE, asked, ended);
        (took > if quick { patience.min(LATER) } else { patience })
            .then(|| Failure::new(Cause::Timeout, [id], what))
    }

    /// The end of a play in which the launcher of `id` failed, if it did: nobody of the cell is to blame.
    pub(super) fn lost(&self, id: ActorId) -> Option<End> {
        let actor = &self.actors[id];
        let status = actor.status.filter(|_| actor.child.launcher_failed())?;
        let said = actor.child.last_errors(LAUNCHER_WORDS).join(" | ");
        let name = self.name(id);
        let launcher = actor.peer.launcher.join(" ");
        Some(End::Broken(format!(
            "{name} was lost with its launcher {launcher}, which {}: {said}",
            describe(status)
        )))
    }
}

/// So many last lines are told of what a launcher that failed said.
const LAUNCHER_WORDS: usize = 3;

/// Ends that docs/role-contract.md allows after SIGTERM.
fn stopped_well(status: std::process::ExitStatus) -> bool {
    use std::os::unix::process::ExitStatusExt;
    matches!(status.code(), Some(0 | 130 | 143)) || matches!(status.signal(), Some(2 | 15))
}
