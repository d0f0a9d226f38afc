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
        let peers = cast.all(Role::C);
        let all = EACH * peers.len();
        let server = Start::new(Role::Rep, cast.one(1)?, [Arg::Bind]);
        let rep = stage.start_ready(server.clone())?;
        let mut clients =
            vec![broker_system::start_probe(stage, Role::C, rep, Some(probe::MESSAGES))?];
        for (n, peer) in peers.iter().cycle().take(all).enumerate() {
            // All clients say the time of the same second; each in a time zone of its own says
            // something of its own.
            let zone = format!("GMT+{}", n % 24 + 1);
            let client = Start::new(Role::C, peer, [Arg::To(rep, 0)]).count(EXCHANGES).interval(0);
            clients.push(stage.start(client.env("TZ", zone))?);
        }
        stage.finished(&clients)?;
        stage.compare()?;
        // And a server that is to exit by itself.
        let counted = stage.start_ready(server.count(probe::MESSAGES))?;
        let probe = broker_system::start_probe(stage, Role::C, counted, Some(probe::MESSAGES))?;
        stage.finished(&[probe, counted])?;
        stage.compare()
    }
}
