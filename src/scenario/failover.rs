//! As balance, with one server killed by SIGKILL under load: no client stops, and none gets a wrong
//! answer. The longest stall is reported.

use super::crowd::{self, Crowd};
use super::{Casting, Place, Scenario};
use crate::role::Role;
use crate::run::actor::Arg;
use crate::run::compare::compare;
use crate::run::failure::Step;
use crate::run::stage::Stage;

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

    fn play<'a>(&self, stage: &mut Stage<'a>, cast: &Casting<'a>) -> Step {
        let mut crowd = Crowd::start(stage, cast, [Arg::Bind, Arg::Bind])?;
        let missing = 2usize.saturating_sub(crowd.servers.len());
        crowd.add_servers(stage, cast, missing)?;
        crowd.add_clients(stage, cast, 1, None)?;
        crowd.served(stage, 5)?;
        // The languages take turns as the first server, and the first is killed: under load, so it
        // dies with requests in its hands.
        let victim = crowd.servers.remove(0);
        stage.outage = true;
        stage.kill(&[victim])?;
        crowd.served(stage, 20)?;
        crowd::await_requests(stage, &crowd.servers)?;
        crowd.dismiss_clients(stage)?;
        compare(stage)
    }
}
