//! Many mreq of all languages, one msgqueue, several mrep of all languages: every client gets back its
//! own bytes, the load is shared, and servers that are started later get their share.

use super::broker_system::BrokerSystem;
use super::stage::Stage;
use super::stage::actor::Arg;
use super::stage::step::Step;
use super::topology::{Cast, Place, Scenario};
use crate::role::Role;

/// Exchanges of each client.
const EXCHANGES: usize = 20;

/// Clients of each language.
const EACH: usize = 2;

/// See the module.
pub struct Balance;

impl Scenario for Balance {
    fn name(&self) -> &'static str {
        "balance"
    }

    fn holds(&self) -> &'static str {
        "every client gets back its own bytes, and each server has between half and double its even \
         share, also those that are started later"
    }

    fn places(&self) -> &'static [Place] {
        &[Place::All(Role::Mreq), Place::One(Role::Msgqueue), Place::All(Role::Mrep)]
    }

    fn play<'a>(&self, stage: &mut Stage<'a>, cast: &Cast<'a>) -> Step {
        let mut system = BrokerSystem::start(stage, cast, [Arg::Bind, Arg::Bind])?;
        // One server alone shares with nobody.
        let missing = 2usize.saturating_sub(system.servers.len());
        system.add_servers(stage, cast, missing)?;
        for more in [0, system.servers.len()] {
            system.add_servers(stage, cast, more)?;
            let from = stage.journal.entries().len();
            let wave = system.add_clients(stage, cast, EACH, Some(EXCHANGES))?;
            stage.finished(&wave)?;
            stage.compare()?;
            system.shared(stage, from, &system.servers)?;
        }
        Ok(())
    }
}
