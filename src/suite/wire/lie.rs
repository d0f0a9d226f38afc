//! The lies that turn a case of the raw peer red: what a relay in front of an honest socket makes of each second
//! connection, which is that of the breach, follows from what the case allows.

use super::case::{Case, Play};
use super::dialogue::{Dialogue, LAST, WRONG};
use super::grade::{Allowed, Grade};
use crate::outcome::Cause;
use crate::suite::mutant::{Blame, Mutant, mutant};

impl Case {
    /// Its mutants.
    pub fn mutants(&self) -> Vec<Mutant> {
        let right = Dialogue::new(self.version, self.comes_as, self.subject);
        match self.play {
            Play::Look(_, mutants) => mutants.to_vec(),
            // No library passes it.
            Play::Announced(_) => vec![],
            Play::Breach(change, allowed) => {
                let mut changed = right.clone();
                change(&mut changed);
                of_breach(&right, &changed, allowed)
            }
            Play::Breaches(changed, allowed) => {
                let changed = changed(&right);
                of_breach(&right, &changed[0].1, allowed)
            }
        }
    }
}

fn of_breach(right: &Dialogue, changed: &Dialogue, allowed: Allowed) -> Vec<Mutant> {
    let lie = |lie, cause| mutant(lie, "/liar", cause, Blame::Surely);
    let mut mutants = vec![];
    if takes(right, changed).is_some_and(|grade| !allowed.allows(grade)) {
        mutants.push(lie("takes-all", Cause::WrongAnswer));
    }
    if !allowed.allows(Grade::Closed) {
        mutants.push(lie("refuses-second", Cause::WrongAnswer));
    }
    if !allowed.allows(Grade::Hung) {
        mutants.push(lie("hangs-second", Cause::Timeout));
    }
    if mutants.is_empty() {
        mutants.push(lie("dies-second", Cause::Crash));
    }
    mutants
}

/// What it is graded to hand over all that looks like a message.
fn takes(right: &Dialogue, changed: &Dialogue) -> Option<Grade> {
    let has = |body: &[u8]| {
        let octets = [&changed.handshake[..], &changed.traffic].concat();
        octets.windows(LOOK).any(|octets| *octets == body[..LOOK])
    };
    match (has(WRONG), has(LAST)) {
        (true, _) => Some(Grade::Accepted),
        (false, true) if changed.traffic == right.traffic => Some(Grade::Accepted),
        (false, true) => Some(Grade::Ignored),
        (false, false) => None,
    }
}

/// So many octets of a body tell which it is.
pub const LOOK: usize = 8;
