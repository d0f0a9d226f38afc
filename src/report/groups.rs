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
        let reasons = cells.iter().filter_map(|cell| reason(cell)).map(str::to_owned).collect();
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

/// What the expectations say of it.
fn reason(cell: &CellRecord) -> Option<&str> {
    cell.outcome.as_ref()?.reason.as_deref()
}

fn side(cell: &CellRecord, n: usize) -> &str {
    cell.places.get(n).and_then(|place| place.peers.first()).map_or("", String::as_str)
}

fn of_case(record: &Record, case: &str, mut cells: Vec<&CellRecord>) -> Vec<Group> {
    if !cells[0].is_case() {
        // In most places of a scenario everybody stands: its failures have their reason in common.
        let mut by_reason: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for cell in cells {
            by_reason.entry(reason(cell)).or_default().push(cell);
        }
        return by_reason.values().map(|cells| Group::new(case.to_owned(), cells)).collect();
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample::full;

    #[test]
    fn known_failures_of_a_scenario_are_grouped_by_their_reason() {
        let mut record = full();
        let one = record.cells.iter().find(|cell| cell.id == "fan-in/d").unwrap().clone();
        for reason in ["another bug", "another bug"] {
            let mut other = one.clone();
            other.outcome.as_mut().unwrap().reason = Some(reason.into());
            record.cells.push(other);
        }
        let told: Vec<_> = known(&record)
            .into_iter()
            .map(|group| (group.cells, group.what, group.reasons.into_iter().collect::<Vec<_>>()))
            .collect();
        let group = |n, what: &str, why: &str| (n, what.to_owned(), vec![why.to_owned()]);
        assert_eq!(
            told,
            [
                group(2, "fan-in", "another bug"),
                group(1, "fan-in", "<b>a bug</b>, docs/findings.md"),
                group(1, "frame-empty: perl with perl", "it drops empty frames"),
            ]
        );
        assert_eq!(failed(&record), [], "a scenario that failed is told by itself");
    }
}
