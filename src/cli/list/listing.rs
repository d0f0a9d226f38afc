//! What is listed, as plain data from which every format is written. Serialised it is the shape that
//! scripts read: a key is added freely, and renamed or removed only with a new [`SCHEMA`].

use serde::Serialize;

use crate::peer::{Peer, ci::Ci};
use crate::role::Role;
use crate::statement::{self, CoverageRow, PlannedRow, StatementRow};
use crate::suite::mutant::Blame;
use crate::suite::play::{Planned, Suite, Unable};
use crate::suite::scenario::topology::{Place, Scenario};
use crate::suite::score::{self, Score, Told};
use crate::suite::wire::grade::{Allowed, Grade};
use crate::suite::{conformance, scenario, wire};

/// The name of the shape.
pub const SCHEMA: &str = "zmq-interop/list/1";

/// The lists that were asked for.
#[derive(Default, Serialize)]
pub struct Listing {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub peers: Option<Vec<PeerRow>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub roles: Option<Vec<RoleRow>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scenarios: Option<Vec<ScenarioRow>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cases: Option<Vec<CaseRow>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mutants: Option<Vec<MutantRow>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<Vec<ScoreRow>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub options: Option<Vec<OptionRow>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cells: Option<Vec<CellRow>>,
    /// By RFC; of single statements, which are shown whole, none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub coverage: Option<Vec<CoverageRow>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub statements: Option<Vec<StatementRow>>,
    /// Are `statements` only some of their RFCs'? Then `coverage` is not about them, and only scripts get it.
    #[serde(skip)]
    pub narrowed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub planned: Option<Vec<PlannedRow>>,
}

impl Listing {
    /// How many there are; a row of a draft gathers several statements.
    pub fn len(&self) -> usize {
        fn rows<T>(list: &Option<Vec<T>>) -> usize {
            list.as_ref().map_or(0, Vec::len)
        }
        rows(&self.peers)
            + rows(&self.roles)
            + rows(&self.scenarios)
            + rows(&self.cases)
            + rows(&self.mutants)
            + rows(&self.score)
            + rows(&self.options)
            + rows(&self.cells)
            + self.statements.iter().flatten().map(|row| row.count).sum::<usize>()
            + rows(&self.planned)
    }
}

#[derive(Serialize)]
pub struct PeerRow {
    pub name: String,
    pub language: String,
    pub binding: String,
    pub roles: Vec<Role>,
    /// Has it an agent?
    pub agent: bool,
    pub install: Option<String>,
    pub ci: Option<Ci>,
}

#[derive(Serialize)]
pub struct RoleRow {
    pub name: Role,
    pub summary: &'static str,
    pub endpoints: Vec<EndpointRow>,
}

#[derive(Serialize)]
pub struct EndpointRow {
    pub name: &'static str,
    pub default: &'static str,
    pub binds: bool,
}

#[derive(Serialize)]
pub struct ScenarioRow {
    pub name: &'static str,
    pub places: Vec<PlaceRow>,
    pub holds: &'static str,
}

#[derive(Serialize)]
pub struct PlaceRow {
    pub role: Role,
    /// Do programs of all peers stand in it at once?
    pub all: bool,
}

#[derive(Serialize)]
pub struct CaseRow {
    pub name: &'static str,
    pub suite: &'static str,
    pub family: &'static str,
    pub requirement: &'static str,
    pub source: &'static str,
    /// The ids of the statements that it checks.
    pub statements: Vec<&'static str>,
    /// Those of which it sees a part.
    pub partly: Vec<&'static str>,
    /// Of a case of the raw peer: what a socket should do.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub conform: Vec<Grade>,
    /// And what it may do leniently.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lenient: Vec<Grade>,
}

#[derive(Serialize)]
pub struct MutantRow {
    /// The case or the scenario that it turns red.
    pub of: &'static str,
    pub suite: &'static str,
    /// The lie, and after a colon where it is told, as `tests/lying_agent` and `tests/liar` take it.
    pub lie: &'static str,
    /// The lie in words, wherever it is told.
    pub says: String,
    pub cell: String,
    pub cause: &'static str,
    /// Is nobody but the liar blamed?
    pub alone: bool,
}

/// How the lies are caught that somebody tells in a suite, or that all tell in all (`all`).
#[derive(Serialize)]
pub struct ScoreRow {
    pub suite: &'static str,
    pub told_by: &'static str,
    /// How many different lies.
    pub lies: usize,
    /// In how many cells one of them is told; each turns red, by the right cause.
    pub mutants: usize,
    /// In how many of these nobody but the liar is blamed.
    pub alone: usize,
    /// In how many others are blamed beside the liar.
    pub both: usize,
}

#[derive(Serialize)]
pub struct OptionRow {
    pub name: &'static str,
    /// The cases that see whether it is set.
    pub cases: Vec<&'static str>,
}

#[derive(Serialize)]
pub struct CellRow {
    pub id: String,
    /// Why it can't run.
    pub unable: Option<UnableRow>,
}

#[derive(Serialize)]
pub struct UnableRow {
    pub verdict: &'static str,
    pub reason: String,
}

pub fn peer(peer: &Peer) -> PeerRow {
    PeerRow {
        name: peer.name.clone(),
        language: peer.language.clone(),
        binding: peer.binding.clone(),
        roles: peer.commands.keys().copied().collect(),
        agent: !peer.agent.is_empty(),
        install: peer.install.clone(),
        ci: peer.ci.clone(),
    }
}

pub fn roles() -> Vec<RoleRow> {
    let row = |role: Role| RoleRow {
        name: role,
        summary: role.summary(),
        endpoints: role
            .parameters()
            .iter()
            .map(|p| EndpointRow { name: p.name, default: p.default, binds: p.binds })
            .collect(),
    };
    Role::ALL.into_iter().map(row).collect()
}

pub fn scenarios() -> Vec<ScenarioRow> {
    let place =
        |place: &Place| PlaceRow { role: place.role(), all: matches!(place, Place::All(_)) };
    let row = |scenario: &dyn Scenario| ScenarioRow {
        name: scenario.name(),
        places: scenario.places().iter().map(place).collect(),
        holds: scenario.holds(),
    };
    scenario::ALL.iter().copied().map(row).collect()
}

pub fn cases(suites: &[&'static Suite]) -> Vec<CaseRow> {
    let mut rows = vec![];
    let mut row = |suite: &Suite,
                   family,
                   name,
                   [requirement, source]: [&'static str; 2],
                   allowed: Option<Allowed>| {
        let (statements, partly) = statement::checked_by(name);
        let (conform, lenient) = allowed.map_or((vec![], vec![]), |allowed| {
            (allowed.conform.to_vec(), allowed.lenient.to_vec())
        });
        let suite = suite.name;
        rows.push(CaseRow {
            name,
            suite,
            family,
            requirement,
            source,
            statements,
            partly,
            conform,
            lenient,
        });
    };
    for (family, cases) in conformance::families() {
        for case in cases {
            row(&conformance::SUITE, family, case.name, [case.requirement, case.source], None);
        }
    }
    for (family, cases) in wire::families() {
        for case in cases {
            row(&wire::SUITE, family, case.name, [case.requirement, case.source], case.allowed());
        }
    }
    rows.retain(|row: &CaseRow| suites.iter().any(|suite| suite.name == row.suite));
    rows
}

impl ScoreRow {
    /// What its values are, for people; the share of the liars who are caught is no column, since it is all of them.
    pub const HEAD: [&str; 6] = [
        "suite",
        "told by",
        "different lies",
        "caught in cells",
        "the liar alone blamed",
        "others blamed, too",
    ];

    /// Its values in words.
    pub fn cells(&self) -> [String; 6] {
        let [lies, mutants, alone, both] =
            [self.lies, self.mutants, self.alone, self.both].map(|number| number.to_string());
        [self.suite.to_owned(), self.told_by.to_owned(), lies, mutants, alone, both]
    }
}

pub fn mutant(told: &Told) -> MutantRow {
    let over = told.mutant.over.map(|peer| format!(" (over {peer})")).unwrap_or_default();
    MutantRow {
        of: told.of,
        suite: told.suite,
        lie: told.mutant.lie,
        says: told.says.clone() + &over,
        cell: told.cell(),
        cause: told.mutant.cause.name(),
        alone: told.mutant.blame == Blame::Surely,
    }
}

pub fn score() -> Vec<ScoreRow> {
    let row = |score: Score| {
        let Score { suite, told_by, lies, caught, alone } = score;
        ScoreRow { suite, told_by, lies, mutants: caught, alone, both: caught - alone }
    };
    score::score().into_iter().map(row).collect()
}

pub fn options() -> Vec<OptionRow> {
    let row = |(name, cases)| OptionRow { name, cases };
    conformance::options_seen().into_iter().map(row).collect()
}

pub fn cell(planned: &Planned) -> CellRow {
    let unable = planned.unable.as_ref().map(|unable| {
        let (verdict, reason) = match unable {
            Unable::Skipped(reason) => ("skipped", reason),
            Unable::Unsupported(reason) => ("unsupported", reason),
        };
        UnableRow { verdict, reason: reason.clone() }
    });
    CellRow { id: planned.cell.id(), unable }
}
