//! mreq → msgqueue → mrep: every client gets back its own bytes.

use super::stage::Stage;
use super::stage::actor::{Arg, Start};
use super::stage::step::Step;
use super::topology::{Cast, Place, Scenario};
use super::{broker_system, probe};
use crate::role::Role;

/// Exchanges of the client.
const EXCHANGES: usize = 20;

/// See the module.
pub struct Broker;

impl Scenario for Broker {
    fn name(&self) -> &'static str {
        "broker"
    }

    fn holds(&self) -> &'static str {
        "every client gets back its own bytes"
    }

    fn places(&self) -> &'static [Place] {
        &[Place::One(Role::Mreq), Place::One(Role::Msgqueue), Place::One(Role::Mrep)]
    }

    fn play<'a>(&self, stage: &mut Stage<'a>, cast: &Cast<'a>) -> Step {
        let queue = Start::new(Role::Msgqueue, cast.one(1)?, [Arg::Bind, Arg::Bind]);
        let queue = stage.start_ready(queue)?;
        let server = Start::new(Role::Mrep, cast.one(2)?, [Arg::To(queue, 1)]);
        let mrep = stage.start_ready(server.clone())?;
        // mreq's messages are simple; the harness's own client sends what has broken echoes before.
        let probe = broker_system::start_probe(stage, Role::Mreq, queue, Some(probe::MESSAGES))?;
        let client = Start::new(Role::Mreq, cast.one(0)?, [Arg::To(queue, 0)]);
        let client = stage.start(client.count(EXCHANGES).interval(0))?;
        stage.finished(&[probe, client])?;
        stage.compare()?;
        // A server that is to exit by itself, once for each language: with the first of the clients.
        if cast.all(Role::Mreq).first().is_some_and(|first| first.name == cast.chosen[0]) {
            stage.dismiss(&[mrep])?;
            let counted = stage.start_ready(server.count(probe::MESSAGES))?;
            let probe =
                broker_system::start_probe(stage, Role::Mreq, queue, Some(probe::MESSAGES))?;
            stage.finished(&[probe, counted])?;
            stage.compare()?;
        }
        Ok(())
    }
}
