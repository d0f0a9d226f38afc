//! What a case of the raw peer is.

use super::dialogue::Dialogue;
use super::exam::{Exam, Looked};
use super::failure::Step;
use super::grade::{Allowed, Grade};
use crate::suite::mutant::Mutant;
use crate::zmtp::greeting::Version;

/// A case.
pub struct Case {
    /// Its name, as docs/statements.md has it.
    pub name: &'static str,
    /// What must hold, in a line.
    pub requirement: &'static str,
    /// Where that is written: an RFC and section.
    pub source: &'static str,
    /// The type of the socket that is looked at.
    pub subject: &'static str,
    /// As what the raw peer comes.
    pub comes_as: &'static str,
    /// The version of ZMTP that it speaks.
    pub version: Version,
    /// It asks nothing of who has the socket, and holds for sockets of all types.
    pub by_wire: bool,
    /// The rule is new in 3.1: nobody of 3.0 need know it.
    pub new_in_3_1: bool,
    /// What it does.
    pub play: Play,
}

/// What the raw peer does.
pub enum Play {
    /// It says what a right client says, changed; the unchanged one comes before it, and another one after it.
    Breach(fn(&mut Dialogue), Allowed),
    /// The same with several changes, each of which must be allowed, with its name.
    Breaches(fn(&Dialogue) -> Vec<(String, Dialogue)>, Allowed),
    /// The same with changes that announce a gigabyte, which may not be taken from the machine.
    Announced(fn(&Dialogue) -> Vec<(String, Dialogue)>),
    /// It looks at what the socket says.
    Look(fn(&mut Exam) -> Looked, &'static [Mutant]),
}

/// A case in which a PUSH of ZMTP 3.1 says something else to a PULL.
pub const fn breach(
    name: &'static str,
    source: &'static str,
    requirement: &'static str,
    allowed: Allowed,
    change: fn(&mut Dialogue),
) -> Case {
    case(name, source, requirement, Play::Breach(change, allowed)).by_wire()
}

/// The same with several changes.
pub const fn breaches(
    name: &'static str,
    source: &'static str,
    requirement: &'static str,
    allowed: Allowed,
    changed: fn(&Dialogue) -> Vec<(String, Dialogue)>,
) -> Case {
    case(name, source, requirement, Play::Breaches(changed, allowed)).by_wire()
}

/// The same with changes that announce a gigabyte.
pub const fn announced(
    name: &'static str,
    source: &'static str,
    requirement: &'static str,
    changed: fn(&Dialogue) -> Vec<(String, Dialogue)>,
) -> Case {
    case(name, source, requirement, Play::Announced(changed))
}

/// A case that looks at what a socket of this type says to a peer of that type.
pub const fn look(
    name: &'static str,
    source: &'static str,
    requirement: &'static str,
    subject: &'static str,
    comes_as: &'static str,
    mutants: &'static [Mutant],
    look: fn(&mut Exam) -> Looked,
) -> Case {
    case(name, source, requirement, Play::Look(look, mutants)).between(comes_as, subject)
}

/// A PUSH of ZMTP 3.1 before a PULL.
const fn case(
    name: &'static str,
    source: &'static str,
    requirement: &'static str,
    play: Play,
) -> Case {
    Case {
        name,
        requirement,
        source,
        subject: "PULL",
        comes_as: "PUSH",
        version: Version::V3_1,
        by_wire: false,
        new_in_3_1: false,
        play,
    }
}

impl Case {
    /// Which grades it allows, where it gives any.
    pub const fn allowed(&self) -> Option<Allowed> {
        match self.play {
            Play::Breach(_, allowed) | Play::Breaches(_, allowed) => Some(allowed),
            Play::Announced(_) | Play::Look(..) => None,
        }
    }

    /// Is it a grade that the RFC does not want, and most can live with?
    pub fn is_lenient(&self, grade: Option<Grade>) -> bool {
        self.allowed().zip(grade).is_some_and(|(allowed, grade)| allowed.lenient.contains(&grade))
    }

    /// Plays it; the grade, where it gives one and all was seen.
    pub fn play(&self, exam: &mut Exam) -> Step<Option<Grade>> {
        let right = exam.open(self.version)?;
        match self.play {
            Play::Look(look, _) => look(exam).map(|()| None),
            Play::Announced(changed) => exam.announced(&right, changed(&right)).map(|()| None),
            Play::Breach(change, allowed) => {
                let mut changed = right.clone();
                change(&mut changed);
                exam.breaches(&right, vec![(String::new(), changed)], allowed)
            }
            Play::Breaches(changed, allowed) => exam.breaches(&right, changed(&right), allowed),
        }
    }

    /// The same between these two socket types.
    pub const fn between(self, comes_as: &'static str, subject: &'static str) -> Case {
        Case { subject, comes_as, by_wire: false, ..self }
    }

    /// The same, where nothing is asked of who has the socket.
    pub const fn by_wire(self) -> Case {
        Case { by_wire: true, ..self }
    }

    /// The same, of a rule that is new in 3.1.
    pub const fn new_in_3_1(self) -> Case {
        Case { new_in_3_1: true, ..self }
    }

    /// The same in another version of ZMTP.
    pub const fn version(self, version: Version) -> Case {
        Case { version, ..self }
    }
}
