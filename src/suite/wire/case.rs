//! What a case of the raw peer is.

use super::dialogue::Dialogue;
use super::exam::{Exam, Looked};
use super::grade::Allowed;
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
    Case {
        name,
        requirement,
        source,
        subject: "PULL",
        comes_as: "PUSH",
        version: Version::V3_1,
        new_in_3_1: false,
        by_wire: true,
        play: Play::Breach(change, allowed),
    }
}

/// The same with several changes.
pub const fn breaches(
    name: &'static str,
    source: &'static str,
    requirement: &'static str,
    allowed: Allowed,
    changed: fn(&Dialogue) -> Vec<(String, Dialogue)>,
) -> Case {
    Case {
        name,
        requirement,
        source,
        subject: "PULL",
        comes_as: "PUSH",
        version: Version::V3_1,
        new_in_3_1: false,
        by_wire: true,
        play: Play::Breaches(changed, allowed),
    }
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
    Case {
        name,
        requirement,
        source,
        subject,
        comes_as,
        version: Version::V3_1,
        new_in_3_1: false,
        by_wire: false,
        play: Play::Look(look, mutants),
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
