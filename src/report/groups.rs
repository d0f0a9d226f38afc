//! Failures by what they have in common: one peer with everybody, one case with everybody, one pair.
//! Hundreds of cells usually have a handful of causes.

use std::collections::{BTreeMap, BTreeSet};

use super::record::{CellRecord, Record};
use crate::outcome::Verdict;

/// One group: what its cells have in common, and how many there are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// `frame-empty: node with everybody`, in words.
    pub what: String,
    /// How many cells.
    pub cells: usize,
    /// The first of them, as an example.
    pub example: String,
    /// What the expectations say of them, each reason once.
    pub reasons: BTreeSet<String>,
}

impl Group {
    /// The group of `cells`, of which there is one at least.
    fn new(what: String, cells: &[&CellRecord]) -> Group {
        let reason = |cell: &&CellRecord| cell.outcome.as_ref()?.reason.clone();
        let reasons = cells.iter().filter_map(reason).collect();
        Group { what, cells: cells.len(), example: cells[0].id.clone(), reasons }
    }
}

/// The groups of the failed cases of the conformance suite, the largest first. (A failed scenario is told
/// by itself.)
pub fn failed(record: &Record) -> Vec<Group> {
    groups(record, |cell| cell.is_case() && cell.verdict() == Verdict::Fail)
}

/// The groups of all known failures, the largest first.
pub fn known(record: &Record) -> Vec<Group> {
    groups(record, |cell| cell.verdict() == Verdict::Known)
}

fn groups(record: &Record, wanted: impl Fn(&CellRecord) -> bool) -> Vec<Group> {
    let mut by_case: BTreeMap<&str, Vec<&CellRecord>> = BTreeMap::new();
    for cell in record.cells.iter().filter(|cell| wanted(cell)) {
        by_case.entry(case_of(cell)).or_default().push(cell);
    }
    let mut groups: Vec<Group> =
        by_case.into_iter().flat_map(|(case, cells)| of_case(record, case, cells)).collect();
    groups.sort_by_key(|group| std::cmp::Reverse(group.cells));
    groups
}

/// The case's name without `+flip`.
fn case_of(cell: &CellRecord) -> &str {
    cell.id.split(['/', '+']).next().unwrap_or_default()
}

fn side(cell: &CellRecord, n: usize) -> &str {
    cell.places.get(n).and_then(|place| place.peers.first()).map_or("", String::as_str)
}

fn of_case(record: &Record, case: &str, mut cells: Vec<&CellRecord>) -> Vec<Group> {
    if !cells[0].is_case() {
        // A scenario has few cells, and in most of its places everybody stands.
        return vec![Group::new(case.to_owned(), &cells)];
    }
    let ran = |cell: &&CellRecord| case_of(cell) == case && cell.verdict().has_run();
    let all: Vec<&CellRecord> = record.cells.iter().filter(ran).collect();
    let mut groups = vec![];
    let mut take = |cells: &mut Vec<&CellRecord>,
                    what: String,
                    belongs: &dyn Fn(&CellRecord) -> bool| {
        let (those, rest): (Vec<_>, Vec<_>) = cells.iter().copied().partition(|cell| belongs(cell));
        if !those.is_empty() {
            groups.push(Group::new(format!("{case}: {what}"), &those));
        }
        *cells = rest;
    };
    if cells.len() == all.len() && all.len() > 1 {
        take(&mut cells, "everybody with everybody".into(), &|_| true);
    }
    let peers: BTreeSet<&str> =
        all.iter().flat_map(|cell| [side(cell, 0), side(cell, 1)]).collect();
    for peer in peers {
        for (n, role) in [(0, "as the first side"), (1, "as the second side")] {
            let with = |cell: &CellRecord| side(cell, n) == peer;
            let theirs = all.iter().filter(|cell| with(cell)).count();
            let failed = cells.iter().filter(|cell| with(cell)).count();
            if failed > 1 && failed == theirs {
                take(&mut cells, format!("{peer} {role}, with everybody"), &with);
            }
        }
    }
    while let Some(first) = cells.first().copied() {
        let pair = [side(first, 0), side(first, 1)];
        let what = format!("{} with {}", pair[0], pair[1]);
        take(&mut cells, what, &|cell| [side(cell, 0), side(cell, 1)] == pair);
    }
    groups
}
