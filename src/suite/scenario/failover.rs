//! As balance, with one server killed by SIGKILL under load: no client stops, and none gets a wrong
//! answer. The longest stall is reported.

use super::broker_system::{self, BrokerSystem};
use super::stage::Stage;
use super::stage::actor::Arg;
use super::stage::step::Step;
use super::topology::{Cast, Place, Scenario};
use crate::outcome::Cause::{Contract, Crash, Timeout};
use crate::role::Role;
use crate::suite::mutant::{Blame::Surely, Mutant, mutant};

/// See the module.
pub struct Failover;

impl Scenario for Failover {
    fn name(&self) -> &'static str {
        "failover"
    }

    fn holds(&self) -> &'static str {
        "when a server is killed under load no client stops, and none gets a wrong answer"
    }

    fn places(&self) -> &'static [Place] {
        &[Place::All(Role::Mreq), Place::One(Role::Msgqueue), Place::All(Role::Mrep)]
    }

    fn mutants(&self) -> &'static [Mutant] {
        MUTANTS
    }

    fn play<'a>(&self, stage: &mut Stage<'a>, cast: &Cast<'a>) -> Step {
        let mut system = BrokerSystem::start(stage, cast, [Arg::Bind, Arg::Bind])?;
        let missing = 2usize.saturating_sub(system.servers.len());
        system.add_servers(stage, cast, missing)?;
        system.add_clients(stage, cast, 1, None)?;
        system.served(stage, 5)?;
        // The languages take turns as the first server, and the first is killed: under load, so it
        // dies with requests in its hands.
        let victim = system.servers.remove(0);
        stage.kill(&[victim])?;
        system.served(stage, 5)?;
        stage.outage.end();
        system.served(stage, 15)?;
        broker_system::await_requests(stage, &system.servers)?;
        system.dismiss_clients(stage)?;
        stage.compare()
    }
}

/// Lies, those of one role after the other.
const MUTANTS: &[Mutant] = &[
    mutant("exit-three:mreq", "/all-rust-all", Crash, Surely),
    mutant("ignore-term:mreq", "/all-rust-all", Contract, Surely),
    mutant("slow-term:mreq", "/all-rust-all", Timeout, Surely),
    mutant("never-ready:msgqueue", "/all-liar-all", Timeout, Surely),
    mutant("unconnected:mrep", "/all-rust-all", Timeout, Surely),
    mutant("never-ready:mrep", "/all-rust-all", Timeout, Surely),
];
