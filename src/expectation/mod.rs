//! Known failures: what is expected to fail, by which cause, and why. Not peers are known to fail, but what
//! they are made of: a finding is a failure of an engine or a binding at some versions, whoever uses it. A
//! known failure with another cause is a failure; what passes though it is known to fail is an error.

mod condition;
mod file;
mod rewrite;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};

use globset::GlobMatcher;
use miette::Result;
use toml::Value;

use crate::component::{Component, Components};
use crate::outcome::{Cause, Outcome, Verdict};
use condition::At;

pub use rewrite::{Ended, rewrite};

/// The peers of a run, as far as expectations have to know them.
#[derive(Clone, Debug, Default)]
pub struct Peers {
    /// What each is made of that is here.
    pub made_of: BTreeMap<String, Components>,
    /// The names of all that are declared.
    pub names: BTreeSet<String>,
    /// The names of all that peers may be made of.
    pub components: BTreeSet<String>,
    /// The engine of each that is here.
    engines: BTreeMap<String, Component>,
    /// Of a peer that is not here nothing is known.
    nothing: Components,
}

impl Peers {
    /// Knows of a peer that is declared, and what its manifest says that it is made of.
    pub fn declare(&mut self, name: &str, components: &Components) {
        self.names.insert(name.to_owned());
        self.components.extend(components.names().map(str::to_owned));
    }

    /// Knows of a peer that is here, its engine, and all that it is made of.
    pub fn add(&mut self, name: &str, engine: Option<Component>, components: Components) {
        self.declare(name, &components);
        self.engines.extend(engine.map(|engine| (name.to_owned(), engine)));
        self.made_of.insert(name.to_owned(), components);
    }
}

/// A cell, as far as expectations have to know it.
pub struct Subject<'a> {
    /// Its id.
    pub id: &'a str,
    /// Its places, from the one that asks to the one that answers: the label of each, and the peers there.
    pub places: Vec<(&'a str, &'a [String])>,
}

impl<'a> Subject<'a> {
    /// The name of its case or scenario.
    pub fn name(&self) -> &'a str {
        self.id.split('/').next().unwrap_or_default()
    }
}

/// One entry of a file: what was found, and the cells that fail for it.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The heading of its section in docs/findings.md; a stranger's file may have none.
    pub finding: Option<String>,
    /// Why: an explanation or a link.
    pub why: String,
    /// The cells.
    pub cells: Vec<Cells>,
    /// Where it stands.
    pub file: PathBuf,
}

/// How often cells fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Often {
    /// Each time; who passes is unexpected.
    Always,
    /// They may pass, too.
    Sometimes,
    /// So seldom that they pass when they are played again.
    Rarely,
}

/// Cells that fail in one way for one reason.
#[derive(Clone, Debug)]
pub struct Cells {
    /// A glob of names of cases and scenarios.
    name: String,
    pattern: GlobMatcher,
    /// How they fail.
    cause: Cause,
    often: Often,
    /// Who must stand where, all of it.
    at: Vec<At>,
    /// The same as it is written.
    conditions: BTreeMap<String, Value>,
}

impl Cells {
    fn has(&self, subject: &Subject, peers: &Peers) -> bool {
        self.pattern.is_match(subject.name()) && self.at.iter().all(|at| at.holds(subject, peers))
    }

    /// Are all here of whom it speaks?
    fn concerns(&self, peers: &Peers) -> bool {
        self.at.iter().all(|at| at.can_hold(peers))
    }
}

impl fmt::Display for Cells {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.name)?;
        self.conditions.iter().try_for_each(|(place, value)| write!(f, ", {place} = {value}"))
    }
}

/// All that is expected.
#[derive(Default)]
pub struct Expectations {
    peers: Peers,
    findings: Vec<Finding>,
}

impl Expectations {
    /// Nothing yet, of `peers`.
    pub fn new(peers: Peers) -> Expectations {
        Expectations { peers, findings: vec![] }
    }

    /// Adds what `text` says, which stands in `file`.
    pub fn add(&mut self, text: &str, file: &Path) -> Result<()> {
        self.findings.extend(file::parse(text, file, &self.peers)?);
        Ok(())
    }

    /// All entries.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    fn cells(&self) -> impl Iterator<Item = (&Finding, &Cells)> {
        self.findings.iter().flat_map(|finding| finding.cells.iter().map(move |c| (finding, c)))
    }

    /// What is expected of a cell.
    pub fn of(&self, subject: &Subject) -> Expected<'_> {
        Expected(self.cells().filter(|(_, cells)| cells.has(subject, &self.peers)).collect())
    }

    /// What expects something of nobody: those of whom it speaks are here, and no cell of `all` is meant.
    pub fn stale(&self, all: &[Subject]) -> Vec<String> {
        let stale = |cells: &Cells| {
            cells.concerns(&self.peers) && !all.iter().any(|cell| cells.has(cell, &self.peers))
        };
        self.cells().filter(|(_, cells)| stale(cells)).map(|(_, cells)| cells.to_string()).collect()
    }
}

/// What is expected of one cell: in several entries where it fails in several ways.
pub struct Expected<'a>(Vec<(&'a Finding, &'a Cells)>);

impl<'a> Expected<'a> {
    /// The entry by which it fails so each time that it is played, or by which it did so once, and then passed.
    fn by(&self, cause: Cause, passed: bool) -> Option<&'a Finding> {
        let by = |cells: &Cells| cells.cause == cause && (passed || cells.often != Often::Rarely);
        self.0.iter().find(|(_, cells)| by(cells)).map(|(finding, _)| *finding)
    }

    /// Is it nothing?
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Is it known to fail so, and not only rarely?
    pub fn includes(&self, cause: Cause) -> bool {
        self.by(cause, false).is_some()
    }

    /// Judges its outcome.
    pub fn judge(&self, outcome: &mut Outcome) {
        match outcome.verdict {
            Verdict::Fail | Verdict::Flaky => {
                let cause = outcome.failure.as_ref().map(|failure| failure.cause);
                let passed = outcome.verdict == Verdict::Flaky;
                match cause.and_then(|cause| self.by(cause, passed)) {
                    Some(finding) => {
                        outcome.verdict = Verdict::Known;
                        outcome.reason = Some(finding.why.clone());
                    }
                    None => {
                        let not_rarely = |(_, cells): &&(_, &Cells)| cells.often != Often::Rarely;
                        if let Some((_, cells)) = self.0.iter().find(not_rarely) {
                            let known = cells.cause.name();
                            outcome.reason = Some(format!("known to fail, but by {known}"));
                        }
                    }
                }
            }
            // What fails sometimes in one way and always in another always fails.
            Verdict::Pass => {
                let always = self.0.iter().find(|(_, cells)| cells.often == Often::Always);
                if let Some((finding, _)) = always {
                    outcome.verdict = Verdict::UnexpectedPass;
                    outcome.reason =
                        Some(format!("known to fail ({}), and it passed", finding.why));
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests;
