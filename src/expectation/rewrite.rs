//! The file's text after a whole run: what holds no more goes, and new failures come in.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use miette::{Result, miette};
use toml::{Table, Value};

use super::file::{self, Line, Wrong};
use super::{Cells, Expectations, Finding, Often, Peers, Subject};
use crate::outcome::{Cause, Failure, Outcome, Verdict};
use crate::role::Role;

/// A cell of the run, and what became of it.
pub type Ended<'a> = (Subject<'a>, &'a Outcome);

const HEADER: &str = "\
# Known failures: what zmq-interop found in real libraries, see docs/findings.md; docs/verdicts.md explains the
# keys. A cell that fails by the cause of one that is listed is `known`; one that passes, or fails otherwise, is
# an error, unless it fails only sometimes, or rarely.
";

/// The text of `file` after a run of all cells: what still holds is kept as it is, and so is what speaks of
/// peers that are not here; what holds no more goes; new failures are added, of an engine where all that use it
/// fail, otherwise peer by peer. Entries of other files stand where they are.
pub fn rewrite(old: &Expectations, file: &Path, ended: &[Ended]) -> Result<String> {
    let peers = &old.peers;
    let mut findings: Vec<Finding> =
        old.findings.iter().filter(|finding| finding.file == file).cloned().collect();
    for finding in &mut findings {
        finding.cells.retain(|cells| holds(cells, peers, ended));
    }
    let elsewhere = || old.cells().filter(|(finding, _)| finding.file != file).map(|(_, c)| c);
    for cell @ (subject, outcome) in ended {
        let Some(failure) = &outcome.failure else { continue };
        let covers = |cells: &Cells| cells.cause == failure.cause && cells.has(subject, peers);
        let mut here = findings.iter().flat_map(|finding| &finding.cells);
        if !has_failed(outcome) || here.any(covers) || elsewhere().any(covers) {
            continue;
        }
        let cells = describe(cell, failure, peers, ended).map_err(|Wrong { what, .. }| {
            miette!("{}: no condition can be written: {what}", subject.id)
        })?;
        let known = old.of(subject).by(failure.cause, false);
        let same = |finding: &&mut Finding| known.is_some_and(|known| known.why == finding.why);
        match findings.iter_mut().find(same) {
            Some(finding) => finding.cells.push(cells),
            None => findings.push(Finding {
                finding: None,
                why: known.map_or_else(|| failure.what.clone(), |known| known.why.clone()),
                cells: vec![cells],
                file: file.to_owned(),
            }),
        }
    }
    findings.retain(|finding| !finding.cells.is_empty());
    Ok(text(&findings))
}

fn has_failed(outcome: &Outcome) -> bool {
    matches!(outcome.verdict, Verdict::Fail | Verdict::Known)
}

/// Does it still hold, or does it speak of those who are not here?
fn holds(cells: &Cells, peers: &Peers, ended: &[Ended]) -> bool {
    let mut matching = ended.iter().filter(|(cell, _)| cells.has(cell, peers)).peekable();
    if matching.peek().is_none() {
        return !cells.concerns(peers);
    }
    matching.all(|(_, outcome)| match outcome.verdict {
        Verdict::Known | Verdict::Unsupported | Verdict::Skipped => true,
        // Something else may be wrong with it, too.
        _ => cells.often != Often::Always,
    })
}

/// An entry's line for a cell that failed.
fn describe(cell: &Ended, failure: &Failure, peers: &Peers, all: &[Ended]) -> Result<Cells, Wrong> {
    let (subject, _) = cell;
    if let Some(places) = by_engine(subject, failure, peers) {
        let cells = line(subject.name(), failure.cause, places, peers)?;
        let so = |(other, outcome): &&Ended| {
            !outcome.verdict.has_run()
                || !cells.has(other, peers)
                || has_failed(outcome)
                    && outcome.failure.as_ref().is_some_and(|f| f.cause == failure.cause)
        };
        if all.iter().all(|ended| so(&ended)) {
            return Ok(cells);
        }
    }
    line(subject.name(), failure.cause, by_peers(subject, failure), peers)
}

fn line(
    name: &str,
    cause: Cause,
    places: BTreeMap<String, Value>,
    peers: &Peers,
) -> Result<Cells, Wrong> {
    let line = Line { name: name.to_owned(), cause, sometimes: false, rarely: false, places };
    file::cells_of(line, peers)
}

/// The engine of the one who is to blame, where it is certain who.
fn by_engine(
    subject: &Subject,
    failure: &Failure,
    peers: &Peers,
) -> Option<BTreeMap<String, Value>> {
    let [blamed] = failure.blamed_peers()[..] else { return None };
    let engine = peers.engines.get(blamed)?;
    let at = |(_, there): &(&str, &[String])| there == &[blamed];
    let place = subject.places.iter().position(at)?;
    let required = [(engine.key(), engine.exactly()?)].into_iter();
    Some([(place_of(subject, place), table(required))].into())
}

/// The peers of the cell by name; of places where all stand, only who is blamed.
fn by_peers(subject: &Subject, failure: &Failure) -> BTreeMap<String, Value> {
    let peer = |name: &str| table([("peer".to_owned(), name.to_owned())].into_iter());
    let alone = subject.places.iter().enumerate().filter_map(|(n, (_, there))| match there {
        [name] => Some((place_of(subject, n), peer(name))),
        _ => None,
    });
    let mut places: BTreeMap<_, _> = alone.collect();
    if places.is_empty() {
        let blamed = failure.blamed_peers().into_iter().map(peer).collect();
        places.insert("any".to_owned(), Value::Array(blamed));
    }
    places
}

fn table(pairs: impl Iterator<Item = (String, String)>) -> Value {
    Value::Table(pairs.map(|(key, value)| (key, Value::String(value))).collect::<Table>())
}

/// The name of place `n` in a condition.
fn place_of(subject: &Subject, n: usize) -> String {
    let label = subject.places[n].0;
    match (label.parse::<Role>(), n) {
        (Ok(role), _) => role.name().to_owned(),
        (Err(_), 0) => "first".to_owned(),
        (Err(_), _) => "second".to_owned(),
    }
}

fn text(findings: &[Finding]) -> String {
    let mut text = HEADER.to_owned();
    let quoted = |text: &str| Value::String(text.to_owned()).to_string();
    for Finding { finding, why, cells, .. } in findings {
        text += "\n[[known]]\n";
        if let Some(finding) = finding {
            let _ = writeln!(text, "finding = {}", quoted(finding));
        }
        let _ = writeln!(text, "why = {}\ncells = [", quoted(why));
        for cells in cells {
            let (name, cause) = (quoted(&cells.name), cells.cause.name());
            let _ = write!(text, "    {{ name = {name}, cause = \"{cause}\"");
            for (place, condition) in &cells.conditions {
                let _ = write!(text, ", {place} = {condition}");
            }
            text += match cells.often {
                Often::Always => " },\n",
                Often::Sometimes => ", sometimes = true },\n",
                Often::Rarely => ", rarely = true },\n",
            };
        }
        text += "]\n";
    }
    text
}
