//! What only many events of a client show: that it does not draw its letters, or pauses longer than it was told.

use std::collections::HashMap;
use std::time::Duration;

use crate::role::Role;
use crate::suite::scenario::stage::Stage;
use crate::suite::scenario::stage::journal::{Entry, Kind};
use crate::suite::scenario::stage::step::{ActorId, Cause, Failure};

/// How many letters an mreq draws (docs/role-contract.md). That the same ones come again by chance is as good as
/// impossible.
const LETTERS: usize = 10;

/// So many times the same letters must come again before they are thought not to be drawn.
const REPEATED: usize = 3;

/// So many pauses are looked at before one is thought too long: the shortest of them counts, so that no slow machine
/// can make it long.
const PAUSES: usize = 10;

/// So much longer than it was told a client may pause.
const LONGER: Duration = Duration::from_millis(500);

/// What a client did all the time that it may not do.
pub fn misconduct(stage: &Stage) -> Option<Failure> {
    same_letters(stage).or_else(|| stage.clients().find_map(|id| long_pauses(stage, id)))
}

/// Letters that are not random: the same again, from one client or from several.
fn same_letters(stage: &Stage) -> Option<Failure> {
    let drawn = |id: &ActorId| stage.actors[*id].role == Role::Mreq && !stage.is_probe(*id);
    let mut drew: HashMap<Vec<u8>, Vec<ActorId>> = HashMap::new();
    for id in stage.clients().filter(drawn) {
        for data in stage.journal.data(id, Kind::Sent) {
            let letters = data.bytes().unwrap_or_default().into_iter().take(LETTERS).collect();
            drew.entry(letters).or_default().push(id);
        }
    }
    let again: Vec<_> = drew.into_iter().filter(|(_, who)| who.len() > 1).collect();
    let times: usize = again.iter().map(|(_, who)| who.len() - 1).sum();
    if times < REPEATED {
        return None;
    }
    let mut suspects: Vec<_> = again.iter().flat_map(|(_, who)| who.iter().copied()).collect();
    suspects.sort_unstable();
    suspects.dedup();
    let names: Vec<_> = suspects.iter().map(|id| stage.name(*id)).collect();
    let letters = String::from_utf8_lossy(&again[0].0).into_owned();
    let what = format!("{} sent the same letters again", names.join(" and "));
    let failure = Failure::new(Cause::Contract, suspects, what);
    Some(failure.compared("ten random letters each time", format!("'{letters}' again")))
}

/// Even the shortest pause of `id` is longer than it was told.
fn long_pauses(stage: &Stage, id: ActorId) -> Option<Failure> {
    let told = Duration::from_millis(stage.actors[id].interval_ms?.into());
    let own: Vec<&Entry> = stage.journal.entries().iter().filter(|e| e.actor == id).collect();
    let pauses = own.windows(2).filter_map(|pair| match pair {
        [one, next] if (one.event.kind, next.event.kind) == (Kind::Answered, Kind::Sent) => {
            Some(next.at.duration_since(one.at))
        }
        _ => None,
    });
    let (count, shortest) = pauses.fold((0, Duration::MAX), |(n, least), p| (n + 1, least.min(p)));
    if count < PAUSES || shortest <= told + LONGER {
        return None;
    }
    let (told, paused) = (told.as_millis(), shortest.as_millis());
    let what = format!("{} paused {paused} ms at least before each message", stage.name(id));
    let failure = Failure::new(Cause::Contract, [id], what);
    Some(failure.compared(format!("{told} ms (INTEROP_INTERVAL_MS)"), format!("{paused} ms")))
}
