//! The checks that run with every event: does a program answer what it was asked, by its own account
//! and by the account of those it talks to? What can't be settled from the journal alone names more
//! than one suspect; the wire settles it ([`super::witness`]).

use std::time::{Duration, Instant};

use super::answer::{CTIME, answer_to, malformed, wrong};
use crate::digest::D;
use crate::peer::orphans;
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

/// A client that asks again before this has not waited a second.
const EARLY: Duration = Duration::from_millis(700);

/// A client that has not asked again after so long does not wait a second: half of it may be for handing over a
/// message.
const OVERDUE: Duration = Duration::from_millis(2500);

/// How far what a c says may be from the time at which we read it.
const CLOCK: jiff::SignedDuration = jiff::SignedDuration::from_secs(60);

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
    let pid = entry.event.pid;
    let first = stage.journal.of(id, Kind::Ready).next().map(|ready| ready.event.pid);
    if !is_its_own(stage, id, pid) || first.is_some_and(|first| first != pid) {
        return contract(&format!("said that its process id is {pid}, which it is not"));
    }
    if kind != Kind::Ready && first.is_none() {
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
            let odd = malformed(role, &data).map(str::to_owned);
            let odd = odd
                .or_else(|| another_pid(role, &data, pid))
                .or_else(|| another_time(stage, id, &data));
            if let Some(odd) = odd.filter(|_| !stage.is_probe(id)) {
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
            let mine = stage.journal.entries().iter().rev().filter(|e| e.actor == id).skip(1);
            let asked_again: Vec<_> = mine
                .take_while(|e| matches!(e.event.kind, Kind::Sent | Kind::Pulled | Kind::Resent))
                .collect();
            let asked = asked_again.last().map_or(entry.at, |e| e.at);
            let before = asked_again.first().map_or(entry.at, |e| e.at);
            let waited = entry.at.duration_since(before);
            // What is read late makes one wait look shorter, on a slow machine, and not two in a row.
            let is_slow = stage.setting.machine.patience_until(LATE, before, entry.at) > LATE;
            let two = asked_again.get(1).map(|e| entry.at.duration_since(e.at));
            let hasty = waited < if is_slow { LATE / 2 } else { EARLY }
                || two.is_some_and(|two| two < EARLY * 2);
            if stage.outage.excuses(asked) {
                let patience = match others_asked_again(stage, id, before) {
                    true => OVERDUE,
                    false => stage.setting.machine.patience_until(OVERDUE, before, entry.at),
                };
                let found = || {
                    let what = format!(
                        "{name} asked again after {:.1} s, and not after one",
                        waited.as_secs_f64()
                    );
                    Failure::new(Cause::Timeout, [id], what)
                };
                return if hasty || waited > patience { Err(found().into()) } else { Ok(()) };
            }
            let late = entry.at.duration_since(asked) >= late_after(stage, &data, asked, entry.at);
            match hasty || late {
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

/// Is `pid` the process id of `id`, or of a program that its command started?
fn is_its_own(stage: &Stage, id: ActorId, pid: u32) -> bool {
    let actor = &stage.actors[id];
    let us = actor.child.id();
    if pid == us || actor.peer.is_far() {
        return true;
    }
    match i32::try_from(pid).ok().and_then(orphans::group_of) {
        Some(group) => u32::try_from(group) == Ok(us),
        // Its process may have ended before we read what it said, unless it runs until it is stopped.
        None => actor.ending != Ending::Never,
    }
}

/// What a message of an mreq that has the process id `pid` ends with, where `data` does not.
fn another_pid(role: Role, data: &D, pid: u32) -> Option<String> {
    let end = format!(" (from client pid={pid})");
    let other = role == Role::Mreq && !data.bytes()?.ends_with(end.as_bytes());
    other.then(|| format!("a message with its own process id, {pid}"))
}

/// The date and time that a c should have sent, where `data` is another one. The clock of another machine may differ.
fn another_time(stage: &Stage, id: ActorId, data: &D) -> Option<String> {
    let actor = &stage.actors[id];
    let hours = actor.hours_behind.filter(|_| !actor.peer.is_far())?;
    let text = String::from_utf8(data.bytes()?).ok()?;
    let told = jiff::civil::DateTime::strptime(CTIME, &text).ok()?;
    let zone = jiff::tz::TimeZone::fixed(jiff::tz::offset(-hours));
    let now = jiff::Timestamp::now().to_zoned(zone).datetime();
    let off = told.duration_since(now).abs();
    (off > CLOCK).then(|| format!("the local date and time, {}", now.strftime(CTIME)))
}

/// Has another client asked again twice since `then`? So a second was a second, however slow the machine is.
fn others_asked_again(stage: &Stage, id: ActorId, then: Instant) -> bool {
    let twice = |other: &ActorId| {
        stage.journal.of(*other, Kind::Resent).rev().take_while(|e| e.at > then).count() > 1
    };
    stage.clients().filter(|other| *other != id).any(|other| twice(&other))
}

/// Client `id` waited in vain although nothing was taken away.
fn no_answer(stage: &Stage, id: ActorId) -> Failure {
    let request = stage.actors[id].open.clone().unwrap_or_else(|| D::of(b""));
    // Whoever owes it an answer, it is the client who must ask again.
    if let Some(last) = stage.journal.last(id, &[Kind::Sent, Kind::Pulled, Kind::Resent])
        && !stage.is_probe(id)
    {
        let waited = last.at.elapsed();
        if waited > stage.setting.machine.patience(OVERDUE, last.at) {
            let seconds = waited.as_secs_f64();
            let what = format!("{} waited {seconds:.1} s and did not ask again", stage.name(id));
            return Failure::new(Cause::Timeout, [id], what)
                .compared(format!("{} again, after a second", request.described()), "nothing");
        }
    }
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
