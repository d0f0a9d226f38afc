//! A scenario with a peer for every place: which cells there are, and how one is played.

use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::stage::Stage;
use super::stage::measure::measure;
use super::stage::step::{ActorId, End};
use super::topology::{Cast, Scenario};
use super::watch::ending;
use super::witness;
use super::{coverage, probe};
use crate::peer::Peer;
use crate::peer::discovery::{Found, missing};
use crate::role::Role;
use crate::suite::coverage::Coverage;
use crate::suite::play::{Place, Planned, Play, Played, Suite, Unable, guarded};
use crate::suite::setting::Setting;

/// The suite.
pub static SUITE: Suite = Suite {
    name: "scenarios",
    about: "Systems of programs in several languages",
    // Their programs are busy.
    cells_per_processor: 2,
    // Forty programs with three pipes each, and on a closer look a tap with two connections for each.
    files_per_cell: 240,
    shuffled: false,
};

/// See the module.
pub struct ScenarioCell {
    scenario: &'static dyn Scenario,
    /// The peer's name for each place; `all` where all take part.
    chosen: Vec<String>,
    turn: usize,
    /// The peers that are here.
    here: Arc<[Peer]>,
}

impl ScenarioCell {
    /// `scenario` with the `chosen` peers of those that are `here`; `turn` is its number.
    pub fn new(
        scenario: &'static dyn Scenario,
        chosen: Vec<String>,
        turn: usize,
        here: Arc<[Peer]>,
    ) -> ScenarioCell {
        ScenarioCell { scenario, chosen, turn, here }
    }
}

/// The cells of `scenario` over what was found.
pub fn cells(scenario: &'static dyn Scenario, found: &[Found], coverage: Coverage) -> Vec<Planned> {
    let all: Vec<&Peer> = found.iter().map(|f| &f.peer).collect();
    let here: Arc<[Peer]> =
        found.iter().filter(|f| f.state.is_ok()).map(|f| f.peer.clone()).collect();
    let cell = |(turn, chosen)| Arc::new(ScenarioCell::new(scenario, chosen, turn, here.clone()));
    // Peers that are missing must not thin out the pairs of those that are here, so these are
    // covered by themselves; the others' cells are added, to be seen as skipped.
    let able = coverage::rows(scenario, &here.iter().collect::<Vec<_>>(), coverage);
    let mut plan: Vec<_> =
        able.into_iter().enumerate().map(|row| Planned { cell: cell(row), unable: None }).collect();
    for row in coverage::rows(scenario, &all, coverage).into_iter().enumerate() {
        let reason = row.1.iter().find_map(|name| missing(found, name));
        if let Some(reason) = reason {
            plan.push(Planned { cell: cell(row), unable: Some(Unable::Skipped(reason)) });
        }
    }
    plan
}

impl Play for ScenarioCell {
    fn suite(&self) -> &'static Suite {
        &SUITE
    }

    fn id(&self) -> String {
        format!("{}/{}", self.scenario.name(), self.chosen.join("-"))
    }

    fn group(&self) -> &'static str {
        self.scenario.name()
    }

    fn requirement(&self) -> String {
        self.scenario.holds().into()
    }

    fn places(&self) -> Vec<Place> {
        let places = self.scenario.places().iter().zip(&self.chosen);
        let place = |(place, name): (&super::topology::Place, &String)| Place {
            label: place.role().name(),
            peers: match name.as_str() {
                coverage::ALL => {
                    let able = self.here.iter().filter(|peer| peer.has(place.role()));
                    able.map(|peer| peer.name.clone()).collect()
                }
                one => vec![one.to_owned()],
            },
        };
        places.map(place).collect()
    }

    fn links(&self) -> Vec<[String; 2]> {
        let places = self.places();
        let pairs = places.iter().flat_map(|from| places.iter().map(move |to| (from, to)));
        let roles = |a: &Place, b: &Place| Some((a.label.parse().ok()?, b.label.parse().ok()?));
        let linked = pairs.filter_map(|(from, to)| {
            let (role, other): (Role, Role) = roles(from, to)?;
            role.connects_to(other).then_some((role, from, to))
        });
        let links = linked.flat_map(|(role, from, to)| {
            // Beside the clients stands the harness's own.
            let is_client = matches!(role, Role::C | Role::Mreq);
            let probe = is_client.then(|| probe::PEER.name.clone());
            let all: Vec<String> = from.peers.iter().cloned().chain(probe).collect();
            let to = to.peers.clone();
            all.into_iter().flat_map(move |a| to.clone().into_iter().map(move |b| [a.clone(), b]))
        });
        links.collect()
    }

    fn attempts(&self) -> u32 {
        2
    }

    fn looks_closer(&self) -> bool {
        true
    }

    /// The first attempt has the journal alone; a further one records every link, so that the wire tells
    /// who is to blame.
    fn play(&self, attempt: u32, setting: &Setting) -> Played {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let mark = format!("{}.{number}.", process::id());
        let mut stage = Stage::new(setting, mark, attempt > 0);
        let (id, seed) = (self.id(), setting.seed);
        let places = self.scenario.places();
        let cast =
            Cast { id, places, chosen: &self.chosen, peers: &self.here, turn: self.turn, seed };
        let mut end = guarded(|| self.scenario.play(&mut stage, &cast));
        if let Err(End::Failed(failure)) = &mut end {
            witness::examine(&mut stage, failure);
        }
        let programs = ending::programs(&stage);
        match (&end, ending::stop(&mut stage)) {
            (Ok(()), Some(found)) | (Err(End::Failed(_)), Some(found @ End::Broken(_))) => {
                end = Err(found);
            }
            _ => {}
        }
        Played {
            end: end.map_err(|end| end.named(|id: ActorId| stage.suspect(id))),
            programs,
            measurements: measure(&stage),
        }
    }
}
