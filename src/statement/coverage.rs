//! How much of the statements is checked.

use std::iter::Sum;

use serde::Serialize;

use super::{Cases, How, Level, Statement};

/// Whether a statement is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// A case fails where the demand is broken.
    Covered,
    /// Cases see a part of it, or its effect only.
    Partly,
    /// No case sees it.
    Uncovered,
    /// No case can.
    NotObservable,
}

/// Counts of statements. Those that are covered, partly covered, uncovered and not observable add up to all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Coverage {
    pub statements: usize,
    pub must: usize,
    pub should: usize,
    pub may: usize,
    pub covered: usize,
    pub partly: usize,
    pub uncovered: usize,
    pub not_observable: usize,
    /// Those that two libraries can show.
    pub pair: usize,
    /// Those of them that are covered.
    pub pair_covered: usize,
}

impl Coverage {
    /// Counts `statements` as `cases` check them.
    pub fn of<'s>(statements: impl IntoIterator<Item = &'s Statement>, cases: &Cases) -> Self {
        let mut counts = Self::default();
        for statement in statements {
            counts.count(statement, cases.status(statement));
        }
        counts
    }

    /// Those that can be observed.
    pub fn observable(&self) -> usize {
        self.statements - self.not_observable
    }

    fn count(&mut self, statement: &Statement, status: Status) {
        let count = statement.ids().len();
        let level = match statement.level {
            Level::Must => &mut self.must,
            Level::Should => &mut self.should,
            Level::May => &mut self.may,
        };
        *level += count;
        let checked = match status {
            Status::Covered => &mut self.covered,
            Status::Partly => &mut self.partly,
            Status::Uncovered => &mut self.uncovered,
            Status::NotObservable => &mut self.not_observable,
        };
        *checked += count;
        self.statements += count;
        if statement.how == How::Pair {
            self.pair += count;
            self.pair_covered += if status == Status::Covered { count } else { 0 };
        }
    }
}

impl Sum for Coverage {
    fn sum<I: Iterator<Item = Self>>(counts: I) -> Self {
        counts.fold(Self::default(), |all, one| Self {
            statements: all.statements + one.statements,
            must: all.must + one.must,
            should: all.should + one.should,
            may: all.may + one.may,
            covered: all.covered + one.covered,
            partly: all.partly + one.partly,
            uncovered: all.uncovered + one.uncovered,
            not_observable: all.not_observable + one.not_observable,
            pair: all.pair + one.pair,
            pair_covered: all.pair_covered + one.pair_covered,
        })
    }
}
