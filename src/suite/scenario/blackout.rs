//! As balance, with all servers killed and a later one started: the clients pause, none exits, all
//! resume; then more servers are started and share the load.

use super::broker_system::BrokerSystem;
use super::stage::Stage;
use super::stage::actor::Arg;
use super::stage::step::Step;
use super::topology::{Cast, Place, Scenario};
use crate::outcome::Cause::{Contract, Timeout};
use crate::role::Role;
use crate::suite::mutant::{Blame::Surely, Mutant, mutant};

/// See the module.
pub struct Blackout;

impl Scenario for Blackout {
    fn name(&self) -> &'static str {
        "blackout"
    }

    fn holds(&self) -> &'static str {
        "when all servers are killed the clients pause and none exits; one new server serves them all, \
         and more share the load"
    }

    fn places(&self) -> &'static [Place] {
        &[Place::All(Role::Mreq), Place::One(Role::Msgqueue), Place::All(Role::Mrep)]
    }

    fn mutants(&self) -> &'static [Mutant] {
        MUTANTS
    }

    fn play<'a>(&self, stage: &mut Stage<'a>, cast: &Cast<'a>) -> Step {
        let mut system = BrokerSystem::start(stage, cast, [Arg::Bind, Arg::Bind])?;
        system.add_clients(stage, cast, 1, None)?;
        system.served(stage, 3)?;
        stage.kill(&system.servers)?;
        system.paused(stage)?;
        system.servers.clear();
        system.add_servers(stage, cast, 1)?;
        system.served(stage, 3)?;
        stage.outage.end();
        system.add_servers(stage, cast, 2)?;
        let from = stage.journal.entries().len();
        system.served(stage, 15)?;
        system.shared(stage, from, &system.servers)?;
        system.dismiss_clients(stage)?;
        stage.compare()
    }
}

/// Lies, those of one role after the other.
const MUTANTS: &[Mutant] = &[
    mutant("impatient-later:mreq", "/all-rust-all", Timeout, Surely),
    mutant("wrong-after-resend:mreq", "/all-rust-all", Contract, Surely),
    mutant("never-resends:mreq", "/all-rust-all", Timeout, Surely),
    mutant("resend-early:mreq", "/all-rust-all", Timeout, Surely),
    mutant("resend-late:mreq", "/all-rust-all", Timeout, Surely),
    mutant("resend-other:mreq", "/all-rust-all", Contract, Surely),
    mutant("resend-other-told:mreq", "/all-rust-all", Contract, Surely),
    mutant("resend-untold:mreq", "/all-rust-all", Timeout, Surely),
    mutant("sent-late:mreq", "/all-rust-all", Contract, Surely),
    mutant("never-ready:msgqueue", "/all-liar-all", Timeout, Surely),
    mutant("deaf:mrep", "/all-rust-all", Timeout, Surely),
    mutant("tells-twice:mrep", "/all-rust-all", Contract, Surely),
];
