//! As balance, with msgqueue killed and started again on its ports: all resume.

use super::crowd::{self, Crowd};
use super::{Casting, Place, Scenario};
use crate::role::Role;
use crate::run::actor::{Arg, Cast};
use crate::run::compare::compare;
use crate::run::failure::Step;
use crate::run::port;
use crate::run::stage::Stage;

/// See the module.
pub struct BrokerRestart;

impl Scenario for BrokerRestart {
    fn name(&self) -> &'static str {
        "broker-restart"
    }

    fn holds(&self) -> &'static str {
        "when the broker is killed and started again on its ports, all clients and servers resume"
    }

    fn places(&self) -> &'static [Place] {
        &[Place::All(Role::Mreq), Place::One(Role::Msgqueue), Place::All(Role::Mrep)]
    }

    fn play<'a>(&self, stage: &mut Stage<'a>, cast: &Casting<'a>) -> Step {
        let peer = cast.one(1)?;
        let host = peer.host.clone().unwrap_or_else(|| stage.setting.host.clone());
        let kept = [port::keep(&host)?, port::keep(&host)?];
        let at = |n: usize| Arg::BindAt(format!("tcp://{host}:{}", kept[n].port));
        let endpoints = [at(0), at(1)];
        let mut crowd = Crowd::start(stage, cast, endpoints.clone())?;
        crowd.add_clients(stage, cast, 1, None)?;
        crowd.served(stage, 3)?;
        stage.outage = true;
        stage.kill(&[crowd.queue])?;
        crowd.paused(stage)?;
        crowd.queue = stage.start_ready(Cast::new(Role::Msgqueue, peer, endpoints))?;
        crowd.served(stage, 5)?;
        crowd::await_requests(stage, &crowd.servers)?;
        crowd.dismiss_clients(stage)?;
        compare(stage)
    }
}
