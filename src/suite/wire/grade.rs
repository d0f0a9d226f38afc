//! What a peer does with a breach of the protocol, as somebody sees it who stands outside.

use std::fmt;

use serde::{Deserialize, Serialize};

/// From the strictest to the worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Grade {
    /// It sends an ERROR command, and closes.
    Rejected,
    /// It closes.
    Closed,
    /// It goes on as if what was wrong had not been said: what follows is taken.
    Ignored,
    /// It takes what was wrong for right.
    Accepted,
    /// It neither closes nor takes anything more.
    Hung,
    /// It serves nobody else any more.
    Deaf,
    /// Its process ends.
    Died,
}

impl fmt::Display for Grade {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.pad(match self {
            Grade::Rejected => "rejected",
            Grade::Closed => "closed",
            Grade::Ignored => "ignored",
            Grade::Accepted => "accepted",
            Grade::Hung => "hung",
            Grade::Deaf => "deaf",
            Grade::Died => "died",
        })
    }
}

/// It must be refused.
pub const REFUSED: Allowed = Allowed::of(&[Grade::Rejected, Grade::Closed], &[]);

/// It must be taken.
pub const TAKEN: Allowed = Allowed::of(&[Grade::Accepted], &[]);

/// The RFCs leave it open, or contradict each other: what each does is recorded.
pub const OPEN: Allowed = Allowed::of(
    &[Grade::Rejected, Grade::Closed, Grade::Ignored, Grade::Accepted, Grade::Hung],
    &[],
);

/// More must come before anything can be said of it, or it is refused.
pub const UNFINISHED: Allowed = Allowed::of(&[Grade::Rejected, Grade::Closed, Grade::Hung], &[]);

/// Which grades a case allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowed {
    /// What the RFC wants.
    pub conform: &'static [Grade],
    /// What it does not want, and most can live with: a pass with a remark.
    pub lenient: &'static [Grade],
}

impl Allowed {
    /// These.
    pub const fn of(conform: &'static [Grade], lenient: &'static [Grade]) -> Allowed {
        Allowed { conform, lenient }
    }

    /// And these, leniently.
    pub const fn or(self, lenient: &'static [Grade]) -> Allowed {
        Allowed { lenient, ..self }
    }

    /// What a peer should do.
    pub fn allows(&self, grade: Grade) -> bool {
        self.conform.contains(&grade) || self.lenient.contains(&grade)
    }

    /// In words: `rejected or closed`.
    pub fn in_words(&self) -> String {
        let words: Vec<_> = self.conform.iter().map(Grade::to_string).collect();
        words.join(" or ")
    }
}
