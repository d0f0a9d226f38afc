//! Many c of all languages at once → one rep: every client gets the digest of what it sent, nobody
//! another's.

use super::stage::Stage;
use super::stage::actor::{Arg, Start};
use super::stage::step::Step;
use super::topology::{Cast, Place, Scenario};
use super::{broker_system, probe};
use crate::role::Role;

/// Exchanges of each client.
const EXCHANGES: usize = 20;

/// Clients of each language.
const EACH: usize = 2;

/// See the module.
pub struct FanIn;

impl Scenario for FanIn {
    fn name(&self) -> &'static str {
        "fan-in"
    }

    fn holds(&self) -> &'static str {
        "every client gets the digest of what it sent, nobody another's"
    }

    fn places(&self) -> &'static [Place] {
        &[Place::All(Role::C), Place::One(Role::Rep)]
    }

    fn play<'a>(&self, stage: &mut Stage<'a>, cast: &Cast<'a>) -> Step {
        let rep = stage.start_ready(Start::new(Role::Rep, cast.one(1)?, [Arg::Bind]))?;
        let mut clients =
            vec![broker_system::start_probe(stage, Role::C, rep, Some(probe::MESSAGES))?];
        for (n, peer) in
            cast.all(Role::C).into_iter().cycle().take(EACH * cast.all(Role::C).len()).enumerate()
        {
            // All clients say the time of the same second; each in a time zone of its own says
            // something of its own.
            let zone = format!("GMT+{}", n % 24 + 1);
            let client = Start::new(Role::C, peer, [Arg::To(rep, 0)]).count(EXCHANGES).interval(0);
            clients.push(stage.start(client.env("TZ", zone))?);
        }
        stage.finished(&clients)?;
        stage.compare()
    }
}
