//! What is late is judged by how slow the machine is, and by how large the message is.

use std::sync::Arc;

use libtest_mimic::{Failed, Trial};
use zmq_interop::expectation::Expectations;
use zmq_interop::outcome::{Cause, Outcome, Verdict};
use zmq_interop::peer::{Peer, discovery};
use zmq_interop::run::attempts;
use zmq_interop::suite::machine::Machine;
use zmq_interop::suite::scenario;
use zmq_interop::suite::scenario::cell::ScenarioCell;
use zmq_interop::suite::setting::Setting;

use super::run::{Liar, Place};

/// A machine on which all takes four times as long.
fn slow() -> Machine {
    Machine::slow(4.0)
}

/// A machine that is just called slow: what never comes is waited for so much longer.
fn just_slow() -> Machine {
    Machine::slow(2.0)
}

/// A scenario, the role of its liar, and who stands at its places.
type Stand = (&'static str, &'static str, [&'static str; 3]);

/// A lie, where it is told, the machine, and the verdict.
type Row = (&'static str, Stand, fn() -> Machine, Verdict);

const REP: Stand = ("pipeline", "rep", ["rust", "rust", "liar"]);
const QUEUE: Stand = ("broker", "msgqueue", ["rust", "liar", "rust"]);

/// The peers in their order. More is played with the first that has a role; with `honest` as the first that pushes and
/// asks, that is hundreds of messages less here, and each late answer takes a second.
const PEERS: [&str; 3] = ["liar", "honest", "rust"];

pub fn trials() -> Vec<Trial> {
    let quick = Machine::default;
    let rows: [Row; 5] = [
        ("late-tenth", REP, slow, Verdict::Pass),
        ("drop-tenth", REP, just_slow, Verdict::Fail),
        ("late-large", REP, quick, Verdict::Pass),
        ("late-tenth", REP, quick, Verdict::Fail),
        ("drop-tenth", QUEUE, just_slow, Verdict::Fail),
    ];
    let trial = |(lie, stand, machine, verdict): Row| {
        let name = format!("{lie}_{}_{verdict}", stand.1);
        Trial::test(name, move || judged(&played(lie, stand, machine()), verdict))
    };
    rows.into_iter().map(trial).collect()
}

/// The outcome of a cell in which the liar lies.
fn played(lie: &str, (scenario, role, chosen): Stand, machine: Machine) -> Outcome {
    let place = Place::new(&[
        Liar { name: "liar", lie, roles: &[role], more: "" },
        Liar { name: "honest", lie: "honest", roles: &["push", "mreq"], more: "" },
    ]);
    let declared = discovery::declared(&[place.path("peers.toml")]).unwrap();
    let named = |name: &str| declared.iter().find(|peer| peer.name == name).unwrap().clone();
    let peers: Arc<[Peer]> = PEERS.into_iter().map(named).collect();
    let scenario = *scenario::ALL.iter().find(|s| s.name() == scenario).unwrap();
    let chosen = chosen.map(String::from).to_vec();
    let cell = ScenarioCell::new(scenario, chosen, 0, peers);
    let setting = Setting { machine, ..Setting::new(0, &place.path("tmp")) };
    attempts::run(&cell, &setting, &Expectations::default(), 1)
}

fn judged(outcome: &Outcome, verdict: Verdict) -> Result<(), Failed> {
    let late = outcome.failure.as_ref().is_none_or(|failure| {
        failure.cause == Cause::Timeout && failure.blamed_peers() == ["liar"]
    });
    if outcome.verdict == verdict && late { Ok(()) } else { Err(format!("{outcome:?}").into()) }
}
