//! From a selection to a plan: the list of cells, and for those that can't run the reason.

use globset::{Glob, GlobSetBuilder};
use miette::{IntoDiagnostic as _, Result, miette};

use crate::peer::Peer;
use crate::peer::discovery::Found;
use crate::run::schedule::Planned;
use crate::scenario::cover::{self, Coverage};
use crate::scenario::{self, Scenario};

/// What the command line selects; empty lists select everything.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Names of peers.
    pub peers: Vec<String>,
    /// Names of scenarios.
    pub scenarios: Vec<String>,
    /// Patterns of cell ids.
    pub cells: Vec<String>,
    /// How much of the product of places.
    pub coverage: Coverage,
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
    Ok(all
        .into_iter()
        .filter(|item| names.is_empty() || names.iter().any(|n| n == name_of(item)))
        .collect())
}

/// The peers that `names` selects.
pub fn peers(all: Vec<Peer>, names: &[String]) -> Result<Vec<Peer>> {
    named(all, names, "peer", |peer| &peer.name)
}

/// The plan for `selection` over what was found.
pub fn plan(found: &[Found], selection: &Selection) -> Result<Vec<Planned>> {
    let scenarios: Vec<&'static dyn Scenario> =
        named(scenario::ALL.to_vec(), &selection.scenarios, "scenario", |s| s.name())?;
    let here: Vec<&Peer> = found.iter().filter(|f| f.state.is_ok()).map(|f| &f.peer).collect();
    let all: Vec<&Peer> = found.iter().map(|f| &f.peer).collect();
    let mut plan = vec![];
    for scenario in scenarios {
        // Peers that are missing must not thin out the pairs of those that are here, so these are
        // covered by themselves; the others' cells are added, to be seen as skipped.
        let able = cover::cells(scenario, &here, selection.coverage);
        plan.extend(able.into_iter().map(|cell| Planned { cell, skip: None }));
        for cell in cover::cells(scenario, &all, selection.coverage) {
            let skip = cell.named_peers().find_map(|name| missing(found, name));
            if skip.is_some() {
                plan.push(Planned { cell, skip });
            }
        }
    }
    if selection.cells.is_empty() {
        return Ok(plan);
    }
    let mut patterns = GlobSetBuilder::new();
    for pattern in &selection.cells {
        let matcher = Glob::new(pattern).into_diagnostic()?.compile_matcher();
        if !plan.iter().any(|planned| matcher.is_match(planned.cell.id())) {
            let help = "zmq-interop list cells shows the ids; with --coverage full there are more. \
                        Patterns are globs: 'pipeline/*-python'";
            return Err(miette!(help = help, "no cell matches '{pattern}'"));
        }
        patterns.add(Glob::new(pattern).into_diagnostic()?);
    }
    let patterns = patterns.build().into_diagnostic()?;
    plan.retain(|planned| patterns.is_match(planned.cell.id()));
    Ok(plan)
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
        let plan = plan(&four(true), &Selection::default()).unwrap();
        // 12 pipelines, 3 fan-ins, 12 brokers, and four scenarios with one msgqueue each.
        assert_eq!(plan.len(), 12 + 3 + 12 + 4 * 3);
        assert!(plan.iter().all(|planned| planned.skip.is_none()));
        assert!(ids(&plan).contains(&"failover/all-perl-all".to_owned()));
    }

    #[test]
    fn a_missing_peer_is_skipped_and_the_others_still_meet() {
        let plan = plan(&four(false), &Selection::default()).unwrap();
        let (skipped, run): (Vec<_>, Vec<_>) = plan.iter().partition(|p| p.skip.is_some());
        assert!(skipped.iter().all(|p| p.cell.id().contains("perl")));
        assert!(run.iter().all(|p| !p.cell.id().contains("perl")));
        assert!(ids(&plan).iter().any(|id| id.starts_with("pipeline/bash-python-")));
        assert_eq!(run.iter().filter(|p| p.cell.scenario.name() == "pipeline").count(), 6);
        assert_eq!(skipped[0].skip.as_deref(), Some("perl: gone"));
    }

    #[test]
    fn patterns_select_and_must_match() {
        let cells = vec!["pipeline/*-rust-*".into()];
        let some = plan(&four(true), &Selection { cells, ..Selection::default() }).unwrap();
        assert_eq!(some.len(), 4);
        let cells = vec!["pipeline/*".into(), "nothing/*".into()];
        let none = plan(&four(true), &Selection { cells, ..Selection::default() });
        assert!(none.unwrap_err().to_string().contains("nothing/*"));
        let scenarios = vec!["pipelin".into()];
        let none = plan(&four(true), &Selection { scenarios, ..Selection::default() });
        assert!(none.unwrap_err().to_string().contains("pipelin"));
    }
}
