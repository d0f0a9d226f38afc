//! From a selection to a plan: the list of cells, and for those that can't run the reason.

use std::collections::HashMap;

use globset::{Glob, GlobBuilder, GlobSetBuilder};
use miette::{IntoDiagnostic as _, Result, miette};

use crate::conformance;
use crate::peer::Peer;
use crate::peer::agent::Hello;
use crate::peer::discovery::Found;
use crate::scenario::cover::{self, Coverage};
use crate::scenario::{self, Scenario};

/// What can be run by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Suite {
    /// Systems of programs: the scenarios
    Scenarios,
    /// Libraries: the conformance cases
    Conformance,
}

/// What the command line selects; empty lists select everything.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Suites.
    pub suites: Vec<Suite>,
    /// Names of scenarios.
    pub scenarios: Vec<String>,
    /// Patterns of cell ids.
    pub cells: Vec<String>,
    /// How much of the product of a scenario's places.
    pub coverage: Coverage,
}

impl Selection {
    /// Is it everything?
    pub fn is_whole(&self) -> bool {
        self.suites.is_empty() && self.scenarios.is_empty() && self.cells.is_empty()
    }

    /// Does it want this suite? Scenarios named by name are wanted alone.
    pub fn wants(&self, suite: Suite) -> bool {
        match self.suites.is_empty() {
            true => suite == Suite::Scenarios || self.scenarios.is_empty(),
            false => self.suites.contains(&suite),
        }
    }
}

/// A cell of either suite.
#[derive(Clone, Debug)]
pub enum Cell {
    /// A scenario with a peer for every place.
    Scenario(scenario::Cell),
    /// A case with a peer for each side.
    Case(conformance::cell::Cell),
}

impl Cell {
    /// Its id.
    pub fn id(&self) -> String {
        match self {
            Cell::Scenario(cell) => cell.id(),
            Cell::Case(cell) => cell.id(),
        }
    }

    /// Does `peer` take part?
    pub fn has(&self, peer: &str) -> bool {
        let chosen = match self {
            Cell::Scenario(cell) => &cell.chosen[..],
            Cell::Case(cell) => &cell.chosen,
        };
        chosen.iter().any(|name| name == peer || name == cover::ALL)
    }

    /// What it is counted with in a matrix: its scenario, or `conformance`.
    pub fn group(&self) -> &'static str {
        match self {
            Cell::Scenario(cell) => cell.scenario.name(),
            Cell::Case(_) => CONFORMANCE,
        }
    }
}

/// The group of all cases.
pub const CONFORMANCE: &str = "conformance";

/// A cell of a plan.
#[derive(Clone, Debug)]
pub struct Planned {
    /// The cell.
    pub cell: Cell,
    /// Why it can't be run.
    pub unable: Option<Unable>,
}

/// Why a cell can't be run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unable {
    /// A peer is not on this machine.
    Skipped(String),
    /// A peer declared that it cannot.
    Unsupported(String),
}

/// Keeps those of `all` that `names` names; an unknown name is an error that lists the known ones.
fn named<T>(
    all: Vec<T>,
    names: &[String],
    what: &str,
    name_of: impl Fn(&T) -> &str,
) -> Result<Vec<T>> {
    for name in names {
        if !all.iter().any(|item| name_of(item) == name) {
            let known: Vec<_> = all.iter().map(&name_of).collect();
            let help = format!("there are {}", known.join(", "));
            return Err(miette!(help = help, "there is no {what} '{name}'"));
        }
    }
    let wanted = |item: &T| names.is_empty() || names.iter().any(|name| name == name_of(item));
    Ok(all.into_iter().filter(wanted).collect())
}

/// The peers that `names` selects.
pub fn peers(all: Vec<Peer>, names: &[String]) -> Result<Vec<Peer>> {
    named(all, names, "peer", |peer| &peer.name)
}

/// A pattern of cell ids: in `sub-twice{,+flip}/*-go` nothing is an alternative, too.
pub fn glob(pattern: &str) -> Result<Glob, globset::Error> {
    GlobBuilder::new(pattern).empty_alternates(true).build()
}

/// The plan for `selection` over what was found. `hellos` has the agents of the peers that are here.
pub fn plan(
    found: &[Found],
    hellos: &HashMap<String, Hello>,
    selection: &Selection,
) -> Result<Vec<Planned>> {
    let mut plan = vec![];
    let scenarios: Vec<&'static dyn Scenario> =
        named(scenario::ALL.to_vec(), &selection.scenarios, "scenario", |s| s.name())?;
    if selection.wants(Suite::Scenarios) {
        plan.extend(scenarios.into_iter().flat_map(|s| of_scenario(s, found, selection.coverage)));
    }
    if selection.wants(Suite::Conformance) {
        plan.extend(conformance::all().flat_map(|case| of_case(case, found, hellos)));
    }
    if selection.cells.is_empty() {
        return Ok(plan);
    }
    let mut patterns = GlobSetBuilder::new();
    for pattern in &selection.cells {
        let glob = glob(pattern).into_diagnostic()?;
        let matcher = glob.compile_matcher();
        if !plan.iter().any(|planned| matcher.is_match(planned.cell.id())) {
            let help = "zmq-interop list cells shows the ids; with --coverage full there are more. \
                        Patterns are globs: 'pipeline/*-python', 'frame-*/node-*'";
            return Err(miette!(help = help, "no cell matches '{pattern}'"));
        }
        patterns.add(glob);
    }
    let patterns = patterns.build().into_diagnostic()?;
    plan.retain(|planned| patterns.is_match(planned.cell.id()));
    Ok(plan)
}

fn of_scenario(
    scenario: &'static dyn Scenario,
    found: &[Found],
    coverage: Coverage,
) -> Vec<Planned> {
    let here: Vec<&Peer> = found.iter().filter(|f| f.state.is_ok()).map(|f| &f.peer).collect();
    let all: Vec<&Peer> = found.iter().map(|f| &f.peer).collect();
    // Peers that are missing must not thin out the pairs of those that are here, so these are
    // covered by themselves; the others' cells are added, to be seen as skipped.
    let able = cover::cells(scenario, &here, coverage).into_iter();
    let mut plan: Vec<_> =
        able.map(|cell| Planned { cell: Cell::Scenario(cell), unable: None }).collect();
    for cell in cover::cells(scenario, &all, coverage) {
        let reason = cell.named_peers().find_map(|name| missing(found, name));
        if let Some(reason) = reason {
            plan.push(Planned {
                cell: Cell::Scenario(cell),
                unable: Some(Unable::Skipped(reason)),
            });
        }
    }
    plan
}

fn of_case(
    case: &'static conformance::Case,
    found: &[Found],
    hellos: &HashMap<String, Hello>,
) -> impl Iterator<Item = Planned> {
    let with_agent = found.iter().filter(|f| !f.peer.agent.is_empty());
    let names: Vec<&str> = with_agent.map(|f| f.peer.name.as_str()).collect();
    conformance::cell::cells(case, &names).into_iter().map(|cell| {
        let skipped = cell.chosen.iter().find_map(|name| missing(found, name)).map(Unable::Skipped);
        let unable = skipped.or_else(|| cell.unsupported(hellos).map(Unable::Unsupported));
        Planned { cell: Cell::Case(cell), unable }
    })
}

/// Why the peer `name` can't take part, if it can't.
fn missing(found: &[Found], name: &str) -> Option<String> {
    let found = found.iter().find(|f| f.peer.name == name)?;
    let reason = found.state.as_ref().err()?;
    let install = found.peer.install.as_ref().map(|how| format!(" (install: {how})"));
    Some(format!("{name}: {reason}{}", install.unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::peer::discovery::Versions;
    use crate::role::Role;
    use std::path::Path;

    fn found(name: &str, here: bool, roles: &[Role]) -> Found {
        let text = format!("[peers.{name}]\nlanguage='x'\ncommand=['x','{{role}}']\n");
        let mut peer =
            crate::peer::manifest::parse(&text, Path::new("/x/p.toml")).unwrap().remove(0);
        peer.commands.retain(|role, _| roles.contains(role));
        Found { peer, state: if here { Ok(Versions::default()) } else { Err("gone".into()) } }
    }

    fn four(perl_is_here: bool) -> Vec<Found> {
        vec![
            found("rust", true, &Role::ALL),
            found("python", true, &Role::ALL),
            found("perl", perl_is_here, &Role::ALL),
            found("bash", true, &[Role::Push, Role::C, Role::Mreq]),
        ]
    }

    fn ids(plan: &[Planned]) -> Vec<String> {
        plan.iter().map(|planned| planned.cell.id()).collect()
    }

    #[test]
    fn the_default_plan_is_whole() {
        let plan = plan(&four(true), &HashMap::new(), &Selection::default()).unwrap();
        // 12 pipelines, 3 fan-ins, 12 brokers, and four scenarios with one msgqueue each.
        assert_eq!(plan.len(), 12 + 3 + 12 + 4 * 3);
        assert!(plan.iter().all(|planned| planned.unable.is_none()));
        assert!(ids(&plan).contains(&"failover/all-perl-all".to_owned()));
    }

    #[test]
    fn a_missing_peer_is_skipped_and_the_others_still_meet() {
        let plan = plan(&four(false), &HashMap::new(), &Selection::default()).unwrap();
        let (skipped, run): (Vec<_>, Vec<_>) = plan.iter().partition(|p| p.unable.is_some());
        assert!(skipped.iter().all(|p| p.cell.id().contains("perl")));
        assert!(run.iter().all(|p| !p.cell.id().contains("perl")));
        assert!(ids(&plan).iter().any(|id| id.starts_with("pipeline/bash-python-")));
        assert_eq!(run.iter().filter(|p| p.cell.group() == "pipeline").count(), 6);
        assert_eq!(skipped[0].unable, Some(Unable::Skipped("perl: gone".into())));
    }

    #[test]
    fn patterns_select_and_must_match() {
        let cells = vec!["pipeline/*-rust-*".into()];
        let some = plan(&four(true), &HashMap::new(), &Selection { cells, ..Selection::default() })
            .unwrap();
        assert_eq!(some.len(), 4);
        let cells = vec!["pipeline/*".into(), "nothing/*".into()];
        let none = plan(&four(true), &HashMap::new(), &Selection { cells, ..Selection::default() });
        assert!(none.unwrap_err().to_string().contains("nothing/*"));
        let scenarios = vec!["pipelin".into()];
        let none =
            plan(&four(true), &HashMap::new(), &Selection { scenarios, ..Selection::default() });
        assert!(none.unwrap_err().to_string().contains("pipelin"));
    }
}
