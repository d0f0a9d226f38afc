//! The matrix of a scenario: rows ask, columns answer; an entry joins all cells in which the two were
//! neighbours.

use std::collections::BTreeMap;

use comfy_table::{Cell, CellAlignment, Color, Table, presets};

use super::record::{CellRecord, Record};
use crate::outcome::Verdict;

/// What is known of two neighbours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// Cells that passed.
    pub passed: usize,
    /// Cells that failed, with one of the two among those who may be to blame.
    pub failed: usize,
    /// Cells that failed by somebody else's fault, or passed only at the second attempt.
    pub unclear: usize,
    /// Cells that failed as the expectations say.
    pub known: usize,
    /// Cells that one of the two can't.
    pub unsupported: usize,
    /// Cells that were skipped.
    pub skipped: usize,
    /// Cells that the run did not get to.
    pub not_run: usize,
}

/// How an entry is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// All cells passed.
    Pass,
    /// A cell failed.
    Fail,
    /// Neither is to blame, but not all is well.
    Unclear,
    /// What failed is known.
    Known,
    /// One of the two can't do any of it.
    Unsupported,
    /// Skipped, or not run.
    Skip,
    /// The two are never neighbours.
    None,
}

impl Entry {
    /// Its mark.
    pub fn mark(&self) -> Mark {
        match self {
            Entry { failed: 1.., .. } => Mark::Fail,
            Entry { unclear: 1.., .. } => Mark::Unclear,
            Entry { known: 1.., .. } => Mark::Known,
            Entry { passed: 1.., .. } => Mark::Pass,
            Entry { skipped: 1.., .. } | Entry { not_run: 1.., .. } => Mark::Skip,
            Entry { unsupported: 1.., .. } => Mark::Unsupported,
            _ => Mark::None,
        }
    }

    /// Its text: `✓`, or how many of its cells passed, of those that apply to the two.
    pub fn text(&self, counted: bool) -> String {
        let applicable = self.passed + self.failed + self.unclear + self.known;
        match self.mark() {
            Mark::Pass if counted => format!("{}/{applicable}", self.passed),
            Mark::Pass => "✓".into(),
            Mark::Fail => format!("✗ {}/{applicable}", self.passed),
            Mark::Unclear => format!("? {}/{applicable}", self.passed),
            Mark::Known => format!("~ {}/{applicable}", self.passed),
            Mark::Unsupported => "·".into(),
            Mark::Skip => "–".into(),
            Mark::None => String::new(),
        }
    }
}

/// The matrix of one scenario.
#[derive(Clone, Debug)]
pub struct Matrix {
    /// What its cells have in common: the scenario, or `conformance`.
    pub group: String,
    /// Are passed cells counted? A scenario has few for two neighbours, conformance many.
    pub is_counted: bool,
    /// Who asks.
    pub rows: Vec<String>,
    /// Who answers.
    pub columns: Vec<String>,
    entries: BTreeMap<(String, String), Entry>,
}

impl Matrix {
    /// One matrix for each scenario that has cells.
    pub fn all(record: &Record) -> Vec<Matrix> {
        let mut groups: Vec<(&str, &str)> = vec![];
        for cell in &record.cells {
            if groups.last().is_none_or(|(group, _)| *group != cell.group)
                && !groups.iter().any(|(group, _)| *group == cell.group)
            {
                groups.push((&cell.group, &cell.suite));
            }
        }
        groups.into_iter().map(|(group, suite)| Matrix::new(group, suite, record)).collect()
    }

    fn new(group: &str, suite: &str, record: &Record) -> Matrix {
        let mut entries: BTreeMap<(String, String), Entry> = BTreeMap::new();
        for cell in record.cells.iter().filter(|cell| cell.group == group) {
            for pair in cell.places.windows(2) {
                for left in &pair[0].peers {
                    for right in &pair[1].peers {
                        let entry = entries.entry((left.clone(), right.clone())).or_default();
                        count(entry, cell, [left, right]);
                    }
                }
            }
        }
        // In the order of the peers of the run.
        let ordered = |wanted: &dyn Fn(&str) -> bool| {
            let names = record.peers.iter().map(|peer| peer.name.clone());
            names.filter(|name| wanted(name)).collect()
        };
        let rows = ordered(&|name| entries.keys().any(|(left, _)| left == name));
        let columns = ordered(&|name| entries.keys().any(|(_, right)| right == name));
        let is_counted = suite != "scenarios";
        Matrix { group: group.to_owned(), is_counted, rows, columns, entries }
    }

    /// The entry of a row and a column.
    pub fn entry(&self, row: &str, column: &str) -> Entry {
        self.entries.get(&(row.to_owned(), column.to_owned())).copied().unwrap_or_default()
    }

    /// As a table for a terminal.
    pub fn table(&self, colour: bool) -> String {
        let mut table = Table::new();
        table.load_style(presets::UTF8_BORDERS_ONLY);
        if colour {
            table.enforce_styling();
        } else {
            table.force_no_tty();
        }
        let right = CellAlignment::Center;
        let mut header = vec![Cell::new("asks ↓  answers →")];
        header.extend(self.columns.iter().map(|name| Cell::new(name).set_alignment(right)));
        table.set_header(header);
        for row in &self.rows {
            let mut cells = vec![Cell::new(row)];
            for column in &self.columns {
                let entry = self.entry(row, column);
                let cell = Cell::new(entry.text(self.is_counted)).set_alignment(right);
                cells.push(match entry.mark() {
                    Mark::Pass => cell.fg(Color::Green),
                    Mark::Fail => cell.fg(Color::Red),
                    Mark::Unclear | Mark::Known => cell.fg(Color::Yellow),
                    Mark::Unsupported | Mark::Skip | Mark::None => cell.fg(Color::DarkGrey),
                });
            }
            table.add_row(cells);
        }
        table.to_string()
    }
}

fn count(entry: &mut Entry, cell: &CellRecord, pair: [&String; 2]) {
    let failure = cell.outcome.as_ref().and_then(|outcome| outcome.failure.as_ref());
    let blamed = failure.is_none_or(|failure| {
        let blamed = failure.blamed_peers();
        blamed.is_empty() || pair.iter().any(|peer| blamed.contains(&peer.as_str()))
    });
    match cell.verdict() {
        Verdict::Pass => entry.passed += 1,
        Verdict::Known => entry.known += 1,
        Verdict::Unsupported => entry.unsupported += 1,
        Verdict::UnexpectedPass => entry.unclear += 1,
        Verdict::Fail | Verdict::Broken if blamed => entry.failed += 1,
        Verdict::Fail | Verdict::Broken | Verdict::Flaky => entry.unclear += 1,
        Verdict::Skipped => entry.skipped += 1,
        Verdict::NotRun => entry.not_run += 1,
    }
}
