//! The record of a run: what every format is made of, and the shape of report.json
//! (docs/report.schema.json).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::exit::Exit;
use crate::component::{Component, Components};
use crate::outcome::{Outcome, Verdict};
use crate::peer::discovery::{Found, Versions};
use crate::run::schedule::Event;
use crate::suite::play::{self, Planned};

/// Raised when a field changes its meaning or goes away.
pub const SCHEMA: &str = "zmq-interop/report/2";

/// Why the run fails for an entry of the expectations that matches nothing.
pub fn why_stale(pattern: &str) -> String {
    format!("expectations: '{pattern}' matches no cell; remove the entry")
}

/// A peer in a report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PeerRecord {
    /// Its name.
    pub name: String,
    /// Its language.
    pub language: String,
    /// Its versions; the binding's declared name where it tells none.
    #[serde(flatten)]
    pub versions: Versions,
    /// All that it is made of, as the expectations see it.
    #[serde(default)]
    pub components: Components,
    /// The peer that stands for its engine, if that is another one and not all peers meet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub same_engine_as: Option<String>,
    /// Why it could not take part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<String>,
    /// What installs it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub install: Option<String>,
    /// What was verified of a missing peer elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<String>,
}

impl PeerRecord {
    /// From what was found; `evidence` says what was verified elsewhere of a peer that is missing.
    pub fn new(found: &Found, evidence: Option<String>) -> PeerRecord {
        let mut versions = found.state.clone().unwrap_or_default();
        versions.binding.get_or_insert_with(|| found.peer.binding.clone());
        versions.engine = found.engine();
        PeerRecord {
            name: found.peer.name.clone(),
            language: found.peer.language.clone(),
            versions,
            components: found.components(),
            same_engine_as: None,
            missing: found.state.clone().err(),
            install: found.peer.install.clone(),
            evidence,
        }
    }

    /// `Python 3.11.7, pyzmq 27.3.0, libzmq 4.3.5`. An engine that is its own binding is told once.
    pub fn in_words(&self) -> String {
        let mut words = vec![self.language.clone()];
        if let Some(interpreter) = &self.versions.interpreter {
            words[0] += &format!(" {interpreter}");
        }
        words.extend(self.versions.binding.clone().filter(|b| !b.is_empty()));
        words.extend(self.versions.libzmq.as_ref().map(|v| format!("libzmq {v}")));
        if let Some(Component { name, version: Some(version) }) = &self.versions.engine
            && !words[1..].iter().any(|told| told.contains(name.as_str()))
        {
            words.push(format!("{name} {version}"));
        }
        words.join(", ")
    }
}

/// A place of a cell.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlaceRecord {
    /// The role, or the side.
    pub role: String,
    /// The peers there: one, or all that took part.
    pub peers: Vec<String>,
    /// The versions of each of them, in words.
    pub versions: Vec<String>,
}

impl PlaceRecord {
    fn new(place: play::Place, peers: &[PeerRecord]) -> PlaceRecord {
        let words =
            |name: &String| peers.iter().find(|p| p.name == *name).map(PeerRecord::in_words);
        let versions = place.peers.iter().map(|name| words(name).unwrap_or_default()).collect();
        PlaceRecord { role: place.label.to_owned(), peers: place.peers, versions }
    }

    /// Who stands here, each with its versions.
    pub fn peers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.peers.iter().map(String::as_str).zip(self.versions.iter().map(String::as_str))
    }
}

/// A cell in a report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CellRecord {
    /// Its id.
    pub id: String,
    /// Its suite.
    pub suite: String,
    /// What it is counted with in a matrix: its scenario, or its suite.
    pub group: String,
    /// Its places.
    pub places: Vec<PlaceRecord>,
    /// What became of it; None while it runs.
    #[serde(flatten)]
    pub outcome: Option<Outcome>,
    /// The command that runs just this cell again.
    pub again: String,
}

impl CellRecord {
    /// Is it one of thousands, a conformance case?
    pub fn is_case(&self) -> bool {
        self.suite != "scenarios"
    }

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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// [`SCHEMA`].
    pub schema: String,
    /// The version of zmq-interop.
    pub version: String,
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
    /// What the machine lacked, and what was done about it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notices: Vec<String>,
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
    /// The record of a run of `plan` with `peers` that begins now. `again` makes the command that repeats
    /// a cell.
    pub fn new(
        plan: &[Planned],
        peers: Vec<PeerRecord>,
        seed: u64,
        again: impl Fn(&str) -> String,
    ) -> Record {
        let cell = |planned: &Planned| CellRecord {
            id: planned.cell.id(),
            suite: planned.cell.suite().name.to_owned(),
            group: planned.cell.group().to_owned(),
            places: planned
                .cell
                .places()
                .into_iter()
                .map(|place| PlaceRecord::new(place, &peers))
                .collect(),
            outcome: None,
            again: again(&planned.cell.id()),
        };
        Record {
            schema: SCHEMA.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            platform: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
            started_at: jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            duration_ms: 0,
            seed,
            interrupted: false,
            required_missing: vec![],
            stale_expectations: vec![],
            notices: vec![],
            exit: Exit::NothingRan.code(),
            summary: BTreeMap::new(),
            cells: plan.iter().map(cell).collect(),
            peers,
        }
    }

    /// Takes in an event of the run.
    pub fn note(&mut self, event: &Event) {
        if let Event::Ended(n, outcome) = event {
            self.cells[*n].outcome = Some((**outcome).clone().folded());
            *self.summary.entry(outcome.verdict).or_default() += 1;
        }
    }

    /// Why the run fails for want of this peer.
    pub fn why_missing(&self, name: &str) -> String {
        let peer = self.peers.iter().find(|peer| peer.name == name);
        let reason = peer.and_then(|p| Some(format!(": {}", p.missing.as_ref()?)));
        let install = peer.and_then(|p| Some(format!("; install: {}", p.install.as_ref()?)));
        let [reason, install] = [reason, install].map(Option::unwrap_or_default);
        format!("{name} is required and not here{reason}{install}")
    }

    /// Why the run fails, whatever became of its cells.
    pub fn errors(&self) -> Vec<String> {
        let missing = self.required_missing.iter().map(|name| self.why_missing(name));
        missing.chain(self.stale_expectations.iter().map(|pattern| why_stale(pattern))).collect()
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
