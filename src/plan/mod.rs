//! From a selection to a plan: the list of cells, and for those that can't be played the reason.

mod pattern;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use miette::{Result, miette};

use crate::peer::Peer;
use crate::peer::agent::Hello;
use crate::peer::discovery::Found;
use crate::suite::conformance::engines::Engines;
use crate::suite::coverage::Coverage;
use crate::suite::play::{Place, Planned, Play, Suite};
use crate::suite::pool::Pool;
use crate::suite::reach::Reach;
use crate::suite::{self, conformance, scenario, wire};

pub use pattern::patterns;

/// What the command line selects; empty lists select everything.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Names of suites.
    pub suites: Vec<String>,
    /// Names of scenarios.
    pub scenarios: Vec<String>,
    /// Patterns of cell ids.
    pub cells: Vec<String>,
    /// How much of all that could meet.
    pub coverage: Coverage,
}

impl Selection {
    /// Is it everything?
    pub fn is_whole(&self) -> bool {
        self.suites.is_empty() && self.scenarios.is_empty() && self.cells.is_empty()
    }

    /// Does it want this suite? Scenarios named by name are wanted alone.
    fn wants(&self, suite: &Suite) -> bool {
        match self.suites.is_empty() {
            true => *suite == scenario::SUITE || self.scenarios.is_empty(),
            false => self.suites.iter().any(|name| name == suite.name),
        }
    }
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

/// The suites that `names` selects.
pub fn suites(names: &[String]) -> Result<Vec<&'static Suite>> {
    named(suite::ALL.to_vec(), names, "suite", |suite| suite.name)
}

/// The engines of which one peer each meets all others, where `selection` is content with that.
pub fn engines(found: &[Found], selection: &Selection) -> Option<Engines> {
    (selection.coverage == Coverage::Engines).then(|| Engines::of(found))
}

/// All cells that there could be over what was found: for each its id and its places.
pub fn all(found: &[Found]) -> Vec<(String, Vec<Place>)> {
    let scenarios = scenario::ALL.iter().copied();
    let scenarios = scenarios.flat_map(|s| scenario::cell::cells(s, found, Coverage::Full));
    let pool = Arc::default();
    let cases =
        conformance::all().flat_map(|c| conformance::cell::cells(c, found, &pool, |_, _| true));
    let of_wire = wire::all().flat_map(|c| wire::cell::cells(c, found, &pool));
    let told = |cell: &dyn Play| (cell.id(), cell.places());
    let two = scenarios.map(|s| told(&*s.cell)).chain(cases.map(|c| told(&*c)));
    two.chain(of_wire.map(|c| told(&*c))).collect()
}

/// The plan for `selection` over what was found. Those agents of `pool` that have a part in it are asked
/// who they are, to know what each can. It is an error that a cell wants what is out of `reach`.
pub fn plan(
    found: &[Found],
    pool: &Arc<Pool>,
    selection: &Selection,
    reach: &Reach,
) -> Result<Vec<Planned>> {
    suites(&selection.suites)?;
    let scenarios = named(scenario::ALL.to_vec(), &selection.scenarios, "scenario", |s| s.name())?;
    let mut plan = vec![];
    if selection.wants(&scenario::SUITE) {
        let cells = |s| scenario::cell::cells(s, found, selection.coverage);
        plan.extend(scenarios.into_iter().flat_map(cells));
    }
    let mut cases = vec![];
    if selection.wants(&conformance::SUITE) {
        let engines = engines(found, selection);
        let meet = |a: &str, b: &str| engines.as_ref().is_none_or(|engines| engines.meet(a, b));
        cases.extend(
            conformance::all().flat_map(|c| conformance::cell::cells(c, found, pool, meet)),
        );
    }
    let mut before_one = vec![];
    if selection.wants(&wire::SUITE) {
        before_one.extend(wire::all().flat_map(|c| wire::cell::cells(c, found, pool)));
    }
    if !selection.cells.is_empty() {
        let ids = plan.iter().map(|planned| planned.cell.id());
        let ids = ids.chain(cases.iter().map(|cell| cell.id()));
        let ids: Vec<_> = ids.chain(before_one.iter().map(|cell| cell.id())).collect();
        let help = "zmq-interop list cells shows the ids; with --coverage full there are more. \
                    Patterns are globs: 'pipeline/*-python', 'frame-*/node-*'";
        let patterns = patterns(&selection.cells, &ids, help)?;
        plan.retain(|planned| patterns.is_match(planned.cell.id()));
        cases.retain(|cell| patterns.is_match(cell.id()));
        before_one.retain(|cell| patterns.is_match(cell.id()));
    }
    let has_part = |name: &str| {
        cases.iter().any(|cell| cell.has(name)) || before_one.iter().any(|cell| cell.has(name))
    };
    let part = |f: &&Found| f.state.is_ok() && has_part(&f.peer.name);
    let hellos = greet(pool, &found.iter().filter(part).map(|f| &f.peer).collect::<Vec<_>>())?;
    plan.extend(cases.into_iter().map(|cell| cell.planned(found, &hellos, reach)));
    plan.extend(before_one.into_iter().map(|cell| cell.planned(found, &hellos)));
    in_reach(&plan, found, reach)?;
    Ok(plan)
}

/// Is all that the cells want in reach?
fn in_reach(plan: &[Planned], found: &[Found], reach: &Reach) -> Result<()> {
    let able = plan.iter().filter(|planned| planned.unable.is_none());
    let links: BTreeSet<_> = able.flat_map(|planned| planned.cell.links()).collect();
    let us = Peer::here("zmq-interop");
    let peer = |name: &String| {
        found.iter().map(|f| &f.peer).find(|peer| peer.name == *name).unwrap_or(&us)
    };
    let links = links.iter().map(|[from, to]| (peer(from), peer(to)));
    let lost = reach.out_of_reach(links);
    if lost.is_empty() {
        return Ok(());
    }
    let help = "--host takes an address of this machine that the others reach, and `host` in the manifest one of a \
                peer's own; docs/elsewhere.md shows both";
    Err(miette!(help = help, "{}", lost.join("\n")))
}

/// An agent that is of no use is no failure of a cell: it is told at once.
fn greet(pool: &Pool, peers: &[&Peer]) -> Result<HashMap<String, Hello>> {
    let greeted = pool.greet(peers).into_iter().map(|(name, hello)| match hello {
        Ok(hello) => Ok((name, hello)),
        Err(why) => {
            let help = "zmq-interop agent-check tells what is wrong; --suite scenarios runs without agents";
            Err(miette!(help = help, "{name}: {why}"))
        }
    });
    greeted.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::peer::discovery::Versions;
    use crate::role::Role;
    use crate::suite::play::Unable;
    use std::path::Path;

    fn found(name: &str, here: bool, roles: &[Role]) -> Found {
        let text = format!("[peers.{name}]\nlanguage='x'\ncommand=['x','{{role}}']\n");
        let mut peer =
            crate::peer::manifest::parse(&text, Path::new("/x/p.toml"), &[]).unwrap().remove(0);
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

    fn planned(perl_is_here: bool, selection: Selection) -> Result<Vec<Planned>> {
        plan(&four(perl_is_here), &Arc::default(), &selection, &Reach::default())
    }

    fn ids(plan: &[Planned]) -> Vec<String> {
        plan.iter().map(|planned| planned.cell.id()).collect()
    }

    #[test]
    fn the_default_plan_is_whole() {
        let plan = planned(true, Selection::default()).unwrap();
        // 12 pipelines, 3 fan-ins, 12 brokers, and four scenarios with one msgqueue each.
        assert_eq!(plan.len(), 12 + 3 + 12 + 4 * 3);
        assert!(plan.iter().all(|planned| planned.unable.is_none()));
        assert!(ids(&plan).contains(&"failover/all-perl-all".to_owned()));
    }

    #[test]
    fn a_missing_peer_is_skipped_and_the_others_still_meet() {
        let plan = planned(false, Selection::default()).unwrap();
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
        let some = planned(true, Selection { cells, ..Selection::default() }).unwrap();
        assert_eq!(some.len(), 4);
        let cells = vec!["pipeline/*".into(), "nothing/*".into()];
        let none = planned(true, Selection { cells, ..Selection::default() });
        assert!(none.unwrap_err().to_string().contains("nothing/*"));
        let scenarios = vec!["pipelin".into()];
        let none = planned(true, Selection { scenarios, ..Selection::default() });
        assert!(none.unwrap_err().to_string().contains("pipelin"));
    }
}
