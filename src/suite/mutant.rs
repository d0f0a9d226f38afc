//! Mutants: peers that tell one lie, each with the cell in which it is told. What a suite is worth is
//! shown by them: a case that no mutant turns red checks nothing.

use clap::ValueEnum;

use crate::outcome::Cause;

/// A peer that tells a lie, and what must come of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mutant {
    /// The lie, and after a colon where it is told, if it fits several ops, sizes, options or roles: `boundary:256`.
    pub lie: &'static str,
    /// The cell's id less the name of what it belongs to: `/liar-rust`, `+flip/rust-liar`.
    pub places: &'static str,
    /// The peer whose agent it is but for the lie, where the cell does not tell: else the one beside it, or rust.
    pub over: Option<&'static str>,
    /// Why the cell fails.
    pub cause: Cause,
    /// Who is blamed.
    pub blame: Blame,
}

/// Whom a failure that a mutant caused blames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blame {
    /// The mutant and nobody else.
    Surely,
    /// The mutant and the other side: what went wrong did so between the two, or before, or after.
    Either,
}

/// A mutant.
pub const fn mutant(lie: &'static str, places: &'static str, cause: Cause, blame: Blame) -> Mutant {
    Mutant { lie, places, over: None, cause, blame }
}

/// What the lie of this name is, in words.
pub fn words<Lie: ValueEnum>(name: &str) -> Option<String> {
    let lie = Lie::from_str(name, false).ok()?;
    Some(lie.to_possible_value()?.get_help()?.to_string())
}

impl Mutant {
    /// The same, over another peer's agent.
    pub const fn over(self, peer: &'static str) -> Mutant {
        Mutant { over: Some(peer), ..self }
    }

    /// Its cell, of the case or the scenario of this name.
    pub fn cell(&self, name: &str) -> String {
        format!("{name}{}", self.places)
    }

    /// The lie, and where it is told.
    pub fn told(&self) -> (&'static str, &'static str) {
        self.lie.split_once(':').unwrap_or((self.lie, ""))
    }
}
