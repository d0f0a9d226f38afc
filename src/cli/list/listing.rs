//! What is listed, as plain data from which every format is written. Serialised it is the shape that
//! scripts read: a key is added freely, and renamed or removed only with a new [`SCHEMA`].

use serde::Serialize;

use super::statements::{self, CoverageRow, PlannedRow, StatementRow};
use crate::peer::{Peer, ci::Ci};
use crate::role::Role;
use crate::suite::conformance::{case::Case, lie::Lie};
use crate::suite::mutant::{Blame, Mutant, words};
use crate::suite::play::{Planned, Unable};
use crate::suite::scenario::topology::{Place, Scenario};
use crate::suite::{conformance, scenario};

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
    pub family: &'static str,
    pub requirement: &'static str,
    pub source: &'static str,
    /// The ids of the statements that it checks.
    pub statements: Vec<&'static str>,
    /// Those of which it sees a part.
    pub partly: Vec<&'static str>,
}

#[derive(Serialize)]
pub struct MutantRow {
    /// The case or the scenario that it turns red.
    pub of: &'static str,
    pub suite: &'static str,
    /// As `tests/lying_agent` or `tests/liar` takes it.
    pub lie: &'static str,
    /// The lie in words.
    pub says: String,
    pub cell: String,
    pub cause: &'static str,
    /// Is nobody but the liar blamed?
    pub alone: bool,
}

/// The mutants of one role, or of agents. Each is a test that a cell turns red for it, by the right cause, and that
/// nobody is blamed without the liar.
#[derive(Serialize)]
pub struct ScoreRow {
    pub told_by: &'static str,
    pub mutants: usize,
    /// For how many of them is nobody but the liar blamed?
    pub alone: usize,
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

pub fn cases() -> Vec<CaseRow> {
    let mut rows = vec![];
    for (family, cases) in conformance::families() {
        rows.extend(cases.iter().map(|case| {
            let (statements, partly) = statements::checked_by(case.name);
            let Case { name, requirement, source, .. } = *case;
            CaseRow { name, family, requirement, source, statements, partly }
        }));
    }
    rows
}

/// The mutants of these suites, or of all if there are none.
pub fn mutants(suites: &[String]) -> Vec<MutantRow> {
    let row = |of, suite, mutant: &Mutant, says: Option<String>| {
        let says = says.unwrap_or_default();
        let at = mutant.told().1;
        MutantRow {
            of,
            suite,
            lie: mutant.lie,
            says: if at.is_empty() { says } else { format!("{says}: {at}") },
            cell: mutant.cell(of),
            cause: mutant.cause.name(),
            alone: mutant.blame == Blame::Surely,
        }
    };
    let of_scenario = |scenario: &&'static dyn Scenario| {
        let (name, suite) = (scenario.name(), scenario::SUITE.name);
        let mutants = scenario.mutants().iter();
        mutants.map(move |m| row(name, suite, m, words::<scenario::lie::Lie>(m.told().0)))
    };
    let of_case = |case: &'static Case| {
        let suite = conformance::SUITE.name;
        case.mutants.iter().map(move |m| row(case.name, suite, m, words::<Lie>(m.told().0)))
    };
    let all =
        scenario::ALL.iter().flat_map(of_scenario).chain(conformance::all().flat_map(of_case));
    all.filter(|row| suites.is_empty() || suites.iter().any(|suite| suite == row.suite)).collect()
}

/// How many mutants there are of each role, and of agents.
pub fn score() -> Vec<ScoreRow> {
    let mut rows: Vec<ScoreRow> = vec![];
    for mutant in mutants(&[]) {
        let role = mutant.lie.split_once(':').map_or("", |(_, role)| role);
        let told_by = if mutant.suite == scenario::SUITE.name { role } else { "agent" };
        let at = rows.iter().position(|row| row.told_by == told_by).unwrap_or_else(|| {
            rows.push(ScoreRow { told_by, mutants: 0, alone: 0 });
            rows.len() - 1
        });
        rows[at].mutants += 1;
        rows[at].alone += usize::from(mutant.alone);
    }
    rows
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
