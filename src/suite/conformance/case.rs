//! What a conformance case is.

use super::needs::Needs;
use super::sides::Sides;
use super::step::Step;
use crate::suite::mutant::Mutant;

/// Which side may bind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Binds {
    /// Only the second: the case says what binds.
    Second,
    /// Either: the case runs twice, the second time (`+flip`) with the first side binding.
    Either,
    /// One side alone: the case runs once for each peer, with itself.
    Alone,
}

/// A conformance case.
pub struct Case {
    /// Its name in docs/conformance.md.
    pub name: &'static str,
    /// What must hold, in a line, as the source says it.
    pub requirement: &'static str,
    /// Where that is written: an RFC and section, or libzmq's test.
    pub source: &'static str,
    /// What the first and the second side need.
    pub needs: [Needs; 2],
    /// Who may bind.
    pub binds: Binds,
    /// Lies that turn it red: without one it checks nothing.
    pub mutants: &'static [Mutant],
    /// The case.
    pub play: fn(&mut Sides) -> Step,
}
