//! The mutants of all suites, and how they are caught. That each of them is caught is no figure but a demand, which
//! `tests/liars.rs` and `tests/lying_agents.rs` make of it.

use std::collections::BTreeSet;

use super::mutant::{Blame, Mutant, words};
use super::scenario::{self, topology::Scenario};
use super::{conformance, wire};

/// A lie that is told in a cell.
pub struct Told {
    /// The name of the suite.
    pub suite: &'static str,
    /// The case or the scenario that it turns red.
    pub of: &'static str,
    pub mutant: Mutant,
    /// The lie in words.
    pub says: String,
}

impl Told {
    /// The cell in which it is told.
    pub fn cell(&self) -> String {
        self.mutant.cell(self.of)
    }

    /// The role of the program that tells it, or `agent`.
    fn by(&self) -> &'static str {
        if self.suite == scenario::SUITE.name { self.mutant.told().1 } else { "agent" }
    }
}

/// The mutants of all suites, in the order of the documentation.
pub fn mutants() -> impl Iterator<Item = Told> {
    let of_scenario = |scenario: &&'static dyn Scenario| {
        let (suite, of) = (scenario::SUITE.name, scenario.name());
        scenario.mutants().iter().map(move |mutant| {
            let says = words::<scenario::lie::Lie>(mutant.told().0).unwrap_or_default();
            Told { suite, of, mutant: *mutant, says }
        })
    };
    let of_case = |case: &'static conformance::case::Case| {
        case.mutants.iter().map(|mutant| {
            let says = words::<conformance::lie::Lie>(mutant.told().0).unwrap_or_default();
            Told { suite: conformance::SUITE.name, of: case.name, mutant: *mutant, says }
        })
    };
    let of_wire = |case: &'static wire::Case| {
        case.mutants().into_iter().map(|mutant| {
            let says = words::<conformance::lie::Lie>(mutant.told().0).unwrap_or_default();
            Told { suite: wire::SUITE.name, of: case.name, mutant, says }
        })
    };
    let of_two =
        scenario::ALL.iter().flat_map(of_scenario).chain(conformance::all().flat_map(of_case));
    of_two.chain(wire::all().flat_map(of_wire))
}

/// How the lies are caught that somebody tells in a suite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Score {
    /// The name of the suite, or [`ALL`].
    pub suite: &'static str,
    /// A role, `agent`, or [`ALL`].
    pub told_by: &'static str,
    /// How many different lies there are.
    pub lies: usize,
    /// In how many cells one of them is told, and caught.
    pub caught: usize,
    /// In how many of these nobody but the liar is blamed.
    pub alone: usize,
}

/// Stands for all suites, and for all who lie.
pub const ALL: &str = "all";

/// The score of each role and of agents, of each suite that several of them lie in, and of all.
pub fn score() -> Vec<Score> {
    let told: Vec<_> = mutants().collect();
    let mut rows = vec![];
    for suite in super::ALL {
        let of_suite = || told.iter().filter(|told| told.suite == suite.name);
        let mut tellers = vec![];
        for by in of_suite().map(Told::by) {
            if !tellers.contains(&by) {
                tellers.push(by);
            }
        }
        for &by in &tellers {
            rows.push(counted(suite.name, by, of_suite().filter(|told| told.by() == by)));
        }
        if tellers.len() > 1 {
            rows.push(counted(suite.name, ALL, of_suite()));
        }
    }
    rows.push(counted(ALL, ALL, told.iter()));
    rows
}

fn counted<'a>(
    suite: &'static str,
    told_by: &'static str,
    told: impl Iterator<Item = &'a Told> + Clone,
) -> Score {
    let lies: BTreeSet<_> = told.clone().map(|told| (told.suite, told.mutant.lie)).collect();
    let alone = told.clone().filter(|told| told.mutant.blame == Blame::Surely).count();
    Score { suite, told_by, lies: lies.len(), caught: told.count(), alone }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_add_up() {
        let rows = score();
        let figures = |row: &Score| [row.lies, row.caught, row.alone];
        let all = figures(rows.iter().find(|row| row.suite == ALL).unwrap());
        let single = rows.iter().filter(|row| row.told_by != ALL).map(figures);
        let sum = single.reduce(|one, more| std::array::from_fn(|i| one[i] + more[i])).unwrap();
        assert_eq!(all, sum);
        assert_eq!(all[1], mutants().count());
        let scenarios = rows.iter().filter(|row| row.suite == scenario::SUITE.name);
        let (whole, roles): (Vec<&Score>, Vec<&Score>) =
            scenarios.partition(|row| row.told_by == ALL);
        assert_eq!((whole.len(), roles.len()), (1, 7));
    }
}
