//! As balance, with all servers killed and a later one started: the clients pause, none exits, all
//! resume; then more servers are started and share the load.

use super::crowd::Crowd;
use super::{Casting, Place, Scenario};
use crate::role::Role;
use crate::run::actor::Arg;
use crate::run::compare::compare;
use crate::run::failure::Step;
use crate::run::stage::Stage;

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

    fn play<'a>(&self, stage: &mut Stage<'a>, cast: &Casting<'a>) -> Step {
        let mut crowd = Crowd::start(stage, cast, [Arg::Bind, Arg::Bind])?;
        crowd.add_clients(stage, cast, 1, None)?;
        crowd.served(stage, 3)?;
        stage.outage = true;
        stage.kill(&crowd.servers)?;
        crowd.paused(stage)?;
        crowd.servers.clear();
        crowd.add_servers(stage, cast, 1)?;
        crowd.served(stage, 3)?;
        crowd.add_servers(stage, cast, 2)?;
        let from = stage.journal.entries().len();
        crowd.served(stage, 15)?;
        crowd.shared(stage, from, &crowd.servers)?;
        crowd.dismiss_clients(stage)?;
        compare(stage)
    }
}
