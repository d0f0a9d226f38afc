//! The record of a run: what every format is made of, and the shape of report.json
//! (docs/report.schema.json).

use std::collections::BTreeMap;

use serde::Serialize;

use super::evidence;
use super::exit::Exit;
use crate::conformance::Binds;
use crate::peer::discovery::{Found, Versions};
use crate::plan::{Cell, Planned};
use crate::run::cell::{Outcome, Verdict};
use crate::run::schedule::Event;

/// Raised when a field changes its meaning or goes away.
pub const SCHEMA: &str = "zmq-interop/report/1";

/// A peer in a report.
#[derive(Clone, Debug, Serialize)]
pub struct PeerRecord {
    /// Its name.
    pub name: String,
    /// Its language.
    pub language: String,
    /// Its versions; the binding's declared name where it tells none.
    #[serde(flatten)]
    pub versions: Versions,
    /// Why it could not take part.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing: Option<String>,
    /// What installs it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub install: Option<String>,
    /// What was verified of a missing peer elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evidence: Option<String>,
}

impl PeerRecord {
    /// From what was found.
    pub fn new(found: &Found) -> PeerRecord {
        let mut versions = found.state.clone().unwrap_or_default();
        versions.binding.get_or_insert_with(|| found.peer.binding.clone());
        PeerRecord {
            name: found.peer.name.clone(),
            language: found.peer.language.clone(),
            versions,
            missing: found.state.clone().err(),
            install: found.peer.install.clone(),
            evidence: found.state.is_err().then(|| evidence::in_words(&found.peer)).flatten(),
        }
    }

    /// `Python 3.11.7, pyzmq 27.3.0, libzmq 4.3.5`.
    pub fn in_words(&self) -> String {
        let mut words = vec![self.language.clone()];
        if let Some(interpreter) = &self.versions.interpreter {
            words[0] += &format!(" {interpreter}");
        }
        words.extend(self.versions.binding.clone().filter(|b| !b.is_empty()));
        words.extend(self.versions.libzmq.as_ref().map(|v| format!("libzmq {v}")));
        words.join(", ")
    }
}

/// A place of a cell.
#[derive(Clone, Debug, Serialize)]
pub struct PlaceRecord {
    /// The role.
    pub role: &'static str,
    /// The peers there: one, or all that took part.
    pub peers: Vec<String>,
    /// The versions of each of them, in words.
    pub versions: Vec<String>,
}

impl PlaceRecord {
    fn new(role: &'static str, names: Vec<String>, peers: &[PeerRecord]) -> PlaceRecord {
        let words =
            |name: &String| peers.iter().find(|p| p.name == *name).map(PeerRecord::in_words);
        let versions = names.iter().map(|name| words(name).unwrap_or_default()).collect();
        PlaceRecord { role, peers: names, versions }
    }

    /// Who stands here, each with its versions.
    pub fn peers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.peers.iter().map(String::as_str).zip(self.versions.iter().map(String::as_str))
    }
}

/// A cell in a report.
#[derive(Clone, Debug, Serialize)]
pub struct CellRecord {
    /// Its id.
    pub id: String,
    /// Its scenario, or `conformance`.
    pub scenario: &'static str,
    /// Its places.
    pub places: Vec<PlaceRecord>,
    /// What became of it; None while it runs.
    #[serde(flatten)]
    pub outcome: Option<Outcome>,
    /// The command that runs just this cell again.
    pub again: String,
}

impl CellRecord {
    /// Its verdict; what has none has not run.
    pub fn verdict(&self) -> Verdict {
        self.outcome.as_ref().map_or(Verdict::NotRun, |outcome| outcome.verdict)
    }

    /// Who took part, each once, with its versions.
    pub fn peers(&self) -> BTreeMap<&str, &str> {
        self.places.iter().flat_map(PlaceRecord::peers).collect()
    }
}

/// A whole run.
#[derive(Clone, Debug, Serialize)]
pub struct Record {
    /// [`SCHEMA`].
    pub schema: &'static str,
    /// The version of zmq-interop.
    pub version: &'static str,
    /// Operating system and architecture.
    pub platform: String,
    /// When it began (RFC 3339, UTC).
    pub started_at: String,
    /// How long it took, in ms.
    pub duration_ms: u64,
    /// The seed of all random choices.
    pub seed: u64,
    /// Was it interrupted?
    pub interrupted: bool,
    /// Peers that --require named and that are not here.
    pub required_missing: Vec<String>,
    /// Patterns of the expectations that match no cell of a whole run.
    pub stale_expectations: Vec<String>,
    /// The exit status.
    pub exit: u8,
    /// How many cells have each verdict.
    pub summary: BTreeMap<Verdict, usize>,
    /// The peers.
    pub peers: Vec<PeerRecord>,
    /// The cells, in the order of the plan.
    pub cells: Vec<CellRecord>,
}

impl Record {
    /// The record of a run that begins now. `again` makes the command that repeats a cell.
    pub fn new(
        plan: &[Planned],
        found: &[Found],
        seed: u64,
        again: impl Fn(&str) -> String,
    ) -> Record {
        let peers: Vec<_> = found.iter().map(PeerRecord::new).collect();
        let cell = |planned: &Planned| CellRecord {
            id: planned.cell.id(),
            scenario: planned.cell.group(),
            places: places(&planned.cell, found, &peers),
            outcome: None,
            again: again(&planned.cell.id()),
        };
        Record {
            schema: SCHEMA,
            version: env!("CARGO_PKG_VERSION"),
            platform: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
            started_at: jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            duration_ms: 0,
            seed,
            interrupted: false,
            required_missing: vec![],
            stale_expectations: vec![],
            exit: Exit::NothingRan.code(),
            summary: BTreeMap::new(),
            cells: plan.iter().map(cell).collect(),
            peers,
        }
    }

    /// Takes in an event of the run.
    pub fn note(&mut self, event: &Event) {
        if let Event::Ended(n, outcome) = event {
            self.cells[*n].outcome = Some((**outcome).clone());
            *self.summary.entry(outcome.verdict).or_default() += 1;
        }
    }

    /// How many cells have this verdict.
    pub fn count(&self, verdict: Verdict) -> usize {
        self.summary.get(&verdict).copied().unwrap_or(0)
    }

    /// How many cells have ended.
    pub fn ended(&self) -> usize {
        self.summary.values().sum()
    }

    /// What the run's exit status is.
    pub fn verdict(&self) -> Exit {
        if self.interrupted {
            Exit::Interrupted
        } else if self.count(Verdict::Broken) > 0 {
            Exit::Broken
        } else if self.summary.iter().any(|(verdict, n)| verdict.is_bad() && *n > 0)
            || !self.stale_expectations.is_empty()
            || !self.required_missing.is_empty()
        {
            Exit::Failed
        } else if !self.summary.iter().any(|(verdict, n)| verdict.has_run() && *n > 0) {
            Exit::NothingRan
        } else if self.count(Verdict::NotRun) > 0 || self.ended() < self.cells.len() {
            Exit::Broken // A cell that never ran is an error, not a blank.
        } else {
            Exit::Well
        }
    }

    /// Completes the record.
    pub fn finish(&mut self, duration: std::time::Duration, interrupted: bool) {
        self.duration_ms = duration.as_millis() as u64;
        self.interrupted = interrupted;
        self.exit = self.verdict().code();
    }
}

/// Who stands where, from the side that asks to the side that answers.
fn places(cell: &Cell, found: &[Found], peers: &[PeerRecord]) -> Vec<PlaceRecord> {
    let able = |role| {
        let here = found.iter().filter(move |f| f.state.is_ok() && f.peer.has(role));
        here.map(|f| f.peer.name.clone()).collect()
    };
    match cell {
        Cell::Scenario(cell) => cell
            .scenario
            .places()
            .iter()
            .zip(&cell.chosen)
            .map(|(place, name)| {
                let names = match name.as_str() {
                    crate::scenario::cover::ALL => able(place.role()),
                    one => vec![one.to_owned()],
                };
                PlaceRecord::new(place.role().name(), names, peers)
            })
            .collect(),
        Cell::Case(cell) => {
            let side = |(role, name): (&'static str, &String)| {
                PlaceRecord::new(role, vec![name.clone()], peers)
            };
            debug_assert!(cell.case.binds != Binds::Alone || cell.chosen[0] == cell.chosen[1]);
            ["A", "B"].into_iter().zip(&cell.chosen).map(side).collect()
        }
    }
}
