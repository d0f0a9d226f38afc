//! The matrix of a scenario: rows ask, columns answer; an entry joins what the two did in all cells in which they were
//! neighbours.

use std::collections::BTreeMap;

use comfy_table::{Cell, CellAlignment, Color, Table, presets};

use super::record::{CellRecord, PlaceRecord, Record};
use crate::outcome::{Suspect, Verdict};

/// Who asks where a cell has one place.
const RAW: &str = "raw peer";

/// What is known of two neighbours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// Cells that passed.
    pub passed: usize,
    /// Cells that failed, with one of the two among those who may be to blame.
    pub failed: usize,
    /// Cells that failed by somebody else's fault, or in which all took part and several may be to blame, or that
    /// passed only at the second attempt.
    pub unclear: usize,
    /// Cells that failed as the expectations say.
    pub known: usize,
    /// Cells that one of the two can't.
    pub unsupported: usize,
    /// Cells that were skipped.
    pub skipped: usize,
    /// Cells that the run did not get to.
    pub not_run: usize,
    /// Cells in which all took part, and that ended early by somebody else's fault.
    pub ended_early: usize,
    /// Did the two not meet, because others stand for their engines?
    pub left_out: bool,
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
    /// Left out: another peer has the same engine.
    LeftOut,
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
            Entry { ended_early: 1.., .. } => Mark::Skip,
            Entry { unsupported: 1.., .. } => Mark::Unsupported,
            Entry { left_out: true, .. } => Mark::LeftOut,
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
            Mark::LeftOut => "=".into(),
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
    /// For each peer of whose engine another one has met all, which that is.
    same_engine: BTreeMap<String, String>,
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
                        count(entry, cell, pair, [left, right]);
                    }
                }
            }
        }
        // Before one peer stands the raw one.
        for cell in record.cells.iter().filter(|cell| cell.group == group) {
            let [place] = &cell.places[..] else { continue };
            for peer in &place.peers {
                let entry = entries.entry((RAW.to_owned(), peer.clone())).or_default();
                count(entry, cell, std::slice::from_ref(place), [peer, peer]);
            }
        }
        // In the order of the peers of the run.
        let ordered = |wanted: &dyn Fn(&str) -> bool| {
            let names = record.peers.iter().map(|peer| peer.name.clone());
            names.filter(|name| wanted(name)).collect()
        };
        let mut rows: Vec<String> = ordered(&|name| entries.keys().any(|(left, _)| left == name));
        if entries.keys().any(|(left, _)| left == RAW) {
            rows.insert(0, RAW.to_owned());
        }
        let columns = ordered(&|name| entries.keys().any(|(_, right)| right == name));
        let is_counted = suite != "scenarios";
        let mut same_engine = BTreeMap::new();
        // In scenarios all meet.
        for peer in record.peers.iter().filter(|_| suite == "conformance") {
            same_engine.extend(peer.same_engine_as.clone().map(|same| (peer.name.clone(), same)));
        }
        Matrix { group: group.to_owned(), is_counted, rows, columns, entries, same_engine }
    }

    /// The entry of a row and a column.
    pub fn entry(&self, row: &str, column: &str) -> Entry {
        let met = self.entries.get(&(row.to_owned(), column.to_owned())).copied();
        let left_out = [row, column].iter().all(|name| self.same_engine.contains_key(*name));
        met.unwrap_or_else(|| Entry { left_out, ..Entry::default() })
    }

    /// Why the entry of a row and a column is left out: `same engine as c`.
    pub fn same_engine(&self, row: &str, column: &str) -> String {
        let of = |name: &str| self.same_engine.get(name).map_or("", String::as_str);
        match (of(row), of(column)) {
            (one, other) if one == other => format!("same engine as {one}"),
            (one, other) => {
                format!("{row}: same engine as {one}, {column}: same engine as {other}")
            }
        }
    }

    /// What `=` means, if there is one: `= left out: perl, rust have the same engine as c (--coverage pairwise)`.
    pub fn legend(&self) -> Option<String> {
        let mut by: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (name, same) in &self.same_engine {
            by.entry(same).or_default().push(name);
        }
        let has = |names: &Vec<&str>| if names.len() == 1 { "has" } else { "have" };
        let told = |(same, names): (&&str, &Vec<&str>)| {
            format!("{} {} the same engine as {same}", names.join(", "), has(names))
        };
        let told: Vec<_> = by.iter().map(told).collect();
        let any = self.rows.iter().any(|row| {
            self.columns.iter().any(|column| self.entry(row, column).mark() == Mark::LeftOut)
        });
        any.then(|| format!("= left out: {} (--coverage pairwise plays them)", told.join("; ")))
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
                    Mark::Unsupported | Mark::Skip | Mark::LeftOut | Mark::None => {
                        cell.fg(Color::DarkGrey)
                    }
                });
            }
            table.add_row(cells);
        }
        table.to_string()
    }
}

fn count(entry: &mut Entry, cell: &CellRecord, places: &[PlaceRecord], pair: [&String; 2]) {
    let failure = cell.outcome.as_ref().and_then(|outcome| outcome.failure.as_ref());
    let suspects = failure.map(|failure| failure.suspects.as_slice()).unwrap_or_default();
    // The role that a suspect has in this cell, where its name tells one: `perl mreq #2`.
    let role = |suspect: &'_ Suspect| {
        let rest = suspect.name.strip_prefix(&suspect.peer)?.trim_start();
        cell.places.iter().find(|place| rest.split(' ').next() == Some(&place.role))
    };
    let blamed = |(place, peer): (&PlaceRecord, &String)| {
        suspects.is_empty()
            || suspects.iter().any(|suspect| {
                suspect.peer == *peer && role(suspect).is_none_or(|at| at.role == place.role)
            })
    };
    // Where all take part, one that failed says nothing of the others.
    let is_shared = |place: &PlaceRecord| place.peers.len() > 1;
    let ends = || places.iter().zip(pair);
    let own = ends().all(|(place, peer)| !is_shared(place) || blamed((place, peer)));
    // And nothing is certain where several of them may have done it, or nobody knows who.
    let peers = failure.map(|failure| failure.blamed_peers().len()).unwrap_or_default();
    let vague = places.iter().any(is_shared) && peers != 1;
    match cell.verdict() {
        Verdict::Pass => entry.passed += 1,
        Verdict::Unsupported => entry.unsupported += 1,
        Verdict::Skipped => entry.skipped += 1,
        Verdict::NotRun => entry.not_run += 1,
        _ if !own => entry.ended_early += 1,
        Verdict::Known => entry.known += 1,
        Verdict::UnexpectedPass => entry.unclear += 1,
        Verdict::Fail | Verdict::Broken if !vague && ends().any(blamed) => entry.failed += 1,
        Verdict::Fail | Verdict::Broken | Verdict::Flaky => entry.unclear += 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample::{matrix_of, ran};

    #[test]
    fn a_square_shows_what_its_own_two_peers_did() {
        let names = ["c", "go", "perl"];
        let all = names.map(str::to_owned).to_vec();
        let go = vec!["go".to_owned()];
        let of = |verdict, blamed: &[&str], places: [Vec<String>; 3]| {
            let matrix =
                matrix_of("balance", "scenarios", vec![ran(verdict, blamed, places)], &names);
            let squares = names.map(|row| names.map(|column| matrix.entry(row, column).mark()));
            squares.map(|row| row.to_vec()).to_vec()
        };
        use Mark::{Fail, Known, None, Pass, Skip, Unclear};
        let row_and_column =
            |mark, own| vec![vec![None, mark, None], vec![mark, own, mark], vec![None, mark, None]];
        let places = || [all.clone(), go.clone(), all.clone()];
        assert_eq!(of(Verdict::Known, &["go"], places()), row_and_column(Skip, Known));
        assert_eq!(of(Verdict::Fail, &["go"], places()), row_and_column(Skip, Fail));
        assert_eq!(of(Verdict::Pass, &[], places()), row_and_column(Pass, Pass));
        // perl fails as a client and as a server: its squares with go show it.
        let perl = vec![vec![None, Skip, None], vec![Skip, Skip, Fail], vec![None, Fail, None]];
        assert_eq!(of(Verdict::Fail, &["perl"], places()), perl);
        // Of several nobody knows who did it, and of nobody all the less.
        let one_of_two =
            vec![vec![None, Skip, None], vec![Skip, Unclear, Unclear], vec![None, Unclear, None]];
        assert_eq!(of(Verdict::Fail, &["go", "perl"], places()), one_of_two);
        assert_eq!(of(Verdict::Broken, &[], places()), row_and_column(Unclear, Unclear));
    }

    #[test]
    fn a_client_that_failed_is_no_server_that_failed() {
        let names = ["c", "go", "perl"];
        let place = |role: &str, peers: &[&str]| PlaceRecord {
            role: role.into(),
            peers: peers.iter().map(ToString::to_string).collect(),
            versions: vec![],
        };
        let mut cell = ran(Verdict::Fail, &["perl"], [vec![], vec![], vec![]]);
        cell.places =
            vec![place("mreq", &names), place("msgqueue", &["go"]), place("mrep", &names)];
        let failure = cell.outcome.as_mut().and_then(|outcome| outcome.failure.as_mut()).unwrap();
        failure.suspects[0].name = "perl mreq #2".into();
        let matrix = matrix_of("balance", "scenarios", vec![cell], &names);
        assert_eq!(matrix.entry("perl", "go").mark(), Mark::Fail);
        assert_eq!(matrix.entry("go", "perl").mark(), Mark::Skip);
    }

    #[test]
    fn who_is_left_out_is_said() {
        let names = ["c", "perl", "rust", "java"];
        let one = |name: &str| vec![name.to_owned()];
        let met = ["c-c", "c-perl", "perl-c", "perl-perl", "rust-rust", "java-c", "c-java"];
        let cells = met.map(|pair| {
            let (a, b) = pair.split_once('-').unwrap();
            ran(Verdict::Pass, &[], [one(a), one(b)])
        });
        let mut matrix = matrix_of("conformance", "conformance", cells.to_vec(), &names);
        matrix.same_engine =
            [("perl".to_owned(), "c".to_owned()), ("rust".to_owned(), "c".to_owned())].into();
        insta::assert_snapshot!(format!("{}\n{}", matrix.table(false), matrix.legend().unwrap()));
        assert_eq!(matrix.same_engine("perl", "rust"), "same engine as c");
    }
}
