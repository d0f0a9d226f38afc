//! The checks that run with every event: does a program answer what it was asked, by its own account
//! and by the account of those it talks to? What can't be settled from the journal alone names more
//! than one suspect; the wire settles it ([`super::witness`]).

use std::time::{Duration, Instant};

use super::answer::{answer_to, malformed, wrong};
use crate::digest::D;
use crate::role::Role;
use crate::suite::scenario::stage::Stage;
use crate::suite::scenario::stage::actor::Ending;
use crate::suite::scenario::stage::journal::Kind;
use crate::suite::scenario::stage::step::{ActorId, Cause, Failure};

/// What is wrong with an event.
pub enum Objection {
    /// All that is known of it.
    Settled(Box<Failure>),
    /// A wrong answer: what servers tell a moment later may show whose it is.
    Unsettled(Box<Failure>, D),
}

impl From<Failure> for Objection {
    fn from(failure: Failure) -> Objection {
        Objection::Settled(failure.into())
    }
}

/// How long the other side of a disagreement may take to tell its story.
pub const SETTLING: Duration = Duration::from_secs(1);

/// A small message is answered long before its client asks again (docs/role-contract.md).
pub const LATE: Duration = Duration::from_millis(900);

/// So much longer an answer may take for each MiB of its request.
const LARGE: Duration = Duration::from_secs(1);

/// How long after it was asked the answer to `request` is late on a machine that is not slow.
pub fn usually_late_after(request: &D) -> Duration {
    LATE + LARGE * (request.size >> 20) as u32
}

/// How long after `asked` the answer to `request` is late, as judged at `now`. Before that it is no fault that a
/// client asks again, if only the answer is right.
pub fn late_after(stage: &Stage, request: &D, asked: Instant, now: Instant) -> Duration {
    let usual = usually_late_after(request);
    // A server that is told how much to serve has served too little when somebody asks again.
    match stage.servers().any(|id| stage.actors[id].count.is_some()) {
        true => usual,
        false => stage.setting.machine.patience_until(usual, asked, now),
    }
}

/// Follows up the newest entry, which `id` said.
pub fn check(stage: &mut Stage, id: ActorId) -> Result<(), Objection> {
    let entry = stage.journal.entries().last().expect("called for an entry").clone();
    let (kind, data) = (entry.event.kind, entry.event.data);
    let role = stage.actors[id].role;
    let name = stage.name(id);
    let contract =
        |what: &str| Err(Failure::new(Cause::Contract, [id], format!("{name} {what}")).into());
    if kind != Kind::Ready && stage.journal.count(id, Kind::Ready) == 0 {
        return contract("spoke before it said that it is ready");
    }
    if let Some(n) = stage.actors[id].count
        && stage.journal.count(id, kind) > n
        && matches!(kind, Kind::Sent | Kind::Pulled | Kind::Received)
    {
        return contract(&format!("went on after its {n} exchanges (INTEROP_COUNT)"));
    }
    match kind {
        Kind::Ready if stage.journal.count(id, Kind::Ready) > 1 => {
            contract("said twice that it is ready")
        }
        Kind::Ready => Ok(()),
        Kind::Received => match stage.actors[id].open.replace(data) {
            Some(dropped) => {
                let what = format!("{name} took a request and never replied to it");
                let mut failure = Failure::new(Cause::Timeout, [id], what);
                failure.got = Some(format!("the next request, after {}", dropped.described()));
                Err(failure.into())
            }
            None => Ok(()),
        },
        Kind::Replied => match stage.actors[id].open.take() {
            None => contract("replied without a request"),
            Some(request) => {
                let right = answer_to(role, &request);
                match data == right {
                    true => Ok(()),
                    false => Err(wrong(stage, id, vec![id], &request, &right, &data).into()),
                }
            }
        },
        Kind::Sent | Kind::Pulled => {
            if role == Role::Push {
                return Ok(()); // The play knows what was pushed.
            }
            if let Some(odd) = malformed(role, &data).filter(|_| !stage.is_probe(id)) {
                return contract(&format!("sent {}, which is not {odd}", data.described()));
            }
            match stage.actors[id].open.replace(data) {
                Some(_) => contract("went on without an answer"),
                None => Ok(()),
            }
        }
        Kind::Resent => {
            if stage.actors[id].open.as_ref() != Some(&data) {
                return contract("sent something else than before when it sent again");
            }
            let last = |kinds: &[Kind]| {
                let mine = stage.journal.entries().iter().rev().filter(|e| e.actor == id);
                let mut mine = mine.skip(1).filter(|e| kinds.contains(&e.event.kind));
                mine.next().map(|e| e.at)
            };
            let asked = last(&[Kind::Sent, Kind::Pulled]).unwrap_or(entry.at);
            let before = last(&[Kind::Sent, Kind::Pulled, Kind::Resent]).unwrap_or(entry.at);
            let hasty = entry.at.duration_since(before) < LATE / 2;
            let late = entry.at.duration_since(asked) >= late_after(stage, &data, asked, entry.at);
            match (hasty || late) && !stage.outage.excuses(asked) {
                true => Err(no_answer(stage, id).into()),
                false => Ok(()),
            }
        }
        Kind::Answered => match stage.actors[id].open.take() {
            None => contract("got an answer without a question"),
            Some(request) => {
                let right = answer_to(role, &request);
                if data == right {
                    return Ok(());
                }
                if stage.settling {
                    return Ok(()); // One wrong answer is enough.
                }
                let suspects = stage.path_of(id);
                let found = wrong(stage, id, suspects, &request, &right, &data);
                Err(Objection::Unsettled(found.into(), data))
            }
        },
    }
}

/// Client `id` waited in vain although nothing was taken away.
fn no_answer(stage: &Stage, id: ActorId) -> Failure {
    let request = stage.actors[id].open.clone().unwrap_or_else(|| D::of(b""));
    let what = format!("{} waited a second in vain for an answer", stage.name(id));
    let holding = |server: &ActorId| stage.actors[*server].open.as_ref() == Some(&request);
    let holders: Vec<_> = stage.servers().filter(holding).collect();
    let mut suspects = stage.path_of(id);
    // Whom the play killed owes nothing.
    suspects.retain(|id| stage.actors[*id].ending != Ending::Killed);
    if let [holder] = holders[..] {
        // Unless the client did not wait, which only the wire shows.
        suspects.retain(|suspect| [id, holder].contains(suspect));
    }
    let mut failure = Failure::new(Cause::Timeout, suspects, what);
    failure.expected = Some(format!("the answer to {}", request.described()));
    failure
}

/// `id` has not said in time that it is ready.
pub fn never_ready(stage: &Stage, id: ActorId) -> Failure {
    let mut what = format!("{} never said that it is ready", stage.name(id));
    let silent = !stage.journal.entries().iter().any(|entry| entry.actor == id);
    if silent && stage.actors[id].status.is_none() {
        what += "; it printed nothing at all: standard output is a pipe here, and wants flushing after each line";
    }
    Failure::new(Cause::Timeout, [id], what)
}

/// The play waited in vain for `ids`: who holds it up?
pub fn who_owes(stage: &Stage, ids: &[ActorId]) -> Failure {
    let Some(id) = ids.iter().copied().find(|id| !stage.actors[*id].gone()) else {
        return Failure::new(Cause::Timeout, ids, "the cell did not come to an end");
    };
    let name = stage.name(id);
    if stage.journal.count(id, Kind::Ready) == 0 {
        return never_ready(stage, id);
    }
    if stage.actors[id].open.is_some() && !stage.actors[id].role.is_server() {
        return no_answer(stage, id);
    }
    match stage.actors[id].ending {
        Ending::Killed => Failure::new(Cause::Timeout, [id], format!("{name} outlived SIGKILL")),
        Ending::Stopped => {
            Failure::new(Cause::Contract, [id], format!("{name} did not stop on SIGTERM"))
        }
        Ending::Done(n) if stage.exchanges(id) >= n => {
            let what = format!("{name} had its {n} exchanges and did not exit");
            Failure::new(Cause::Contract, [id], what)
        }
        // Perhaps nobody takes its message.
        _ if stage.actors[id].role == Role::Push => {
            let what = format!("{name} did not get rid of its message");
            Failure::new(Cause::Timeout, stage.path_of(id), what)
        }
        _ => Failure::new(Cause::Timeout, [id], format!("{name} went on no more")),
    }
}
