//! Many mreq of all languages, one msgqueue, several mrep of all languages: every client gets back its
//! own bytes, the load is shared, and servers that are started later get their share.

use super::broker_system::BrokerSystem;
use super::stage::Stage;
use super::stage::actor::Arg;
use super::stage::step::Step;
use super::topology::{Cast, Place, Scenario};
use crate::outcome::Cause::{Contract, Crash, Timeout, WrongAnswer};
use crate::role::Role;
use crate::suite::mutant::{Blame::Surely, Mutant, mutant};

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

    fn mutants(&self) -> &'static [Mutant] {
        MUTANTS
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

/// Lies, those of one role after the other.
const MUTANTS: &[Mutant] = &[
    mutant("misquote:mreq", "/all-rust-all", Contract, Surely),
    mutant("stale:mreq", "/all-rust-all", Contract, Surely),
    mutant("same-start:mreq", "/all-rust-all", Contract, Surely),
    mutant("swap:msgqueue", "/all-liar-all", WrongAnswer, Surely),
    mutant("slow-term:msgqueue", "/all-liar-all", Timeout, Surely),
    mutant("one-server:msgqueue", "/all-liar-all", Timeout, Surely),
    mutant("unfair:msgqueue", "/all-liar-all", WrongAnswer, Surely),
    mutant("previous:mrep", "/all-rust-all", WrongAnswer, Surely),
    mutant("claim:mrep", "/all-rust-all", WrongAnswer, Surely),
    mutant("crash-third:mrep", "/all-rust-all", Crash, Surely),
    mutant("slow-term:mrep", "/all-rust-all", Timeout, Surely),
    mutant("two-at-once:mrep", "/all-rust-all", Timeout, Surely),
];
