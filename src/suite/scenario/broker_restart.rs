//! As balance, with msgqueue killed and started again on its ports: all resume.

use super::broker_system::{self, BrokerSystem};
use super::stage::Stage;
use super::stage::actor::{Arg, Start};
use super::stage::step::End;
use super::stage::step::Step;
use super::topology::{Cast, Place, Scenario};
use crate::outcome::Cause::{Contract, Crash, Timeout, WrongAnswer};
use crate::role::Role;
use crate::suite::mutant::{Blame::Surely, Mutant, mutant};
use crate::suite::port::Kept;

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

    fn mutants(&self) -> &'static [Mutant] {
        MUTANTS
    }

    fn play<'a>(&self, stage: &mut Stage<'a>, cast: &Cast<'a>) -> Step {
        let peer = cast.one(1)?;
        let host = stage.setting.reach.host_of(peer);
        let kept = [keep(host)?, keep(host)?];
        let at = |n: usize| Arg::BindAt(format!("tcp://{host}:{}", kept[n].port));
        let endpoints = [at(0), at(1)];
        let mut system = BrokerSystem::start(stage, cast, endpoints.clone())?;
        system.add_clients(stage, cast, 1, None)?;
        system.served(stage, 3)?;
        stage.kill(&[system.queue])?;
        system.paused(stage)?;
        system.queue = stage.start_ready(Start::new(Role::Msgqueue, peer, endpoints))?;
        system.served(stage, 5)?;
        broker_system::await_requests(stage, &system.servers)?;
        stage.outage.end();
        system.served(stage, 10)?;
        system.dismiss_clients(stage)?;
        stage.compare()
    }
}

fn keep(host: &str) -> Step<Kept> {
    Kept::new(host).map_err(End::Broken)
}

/// Lies, those of one role after the other.
const MUTANTS: &[Mutant] = &[
    mutant("impatient-later:mreq", "/all-rust-all", Timeout, Surely),
    mutant("wrong-after-resend:mreq", "/all-rust-all", Contract, Surely),
    mutant("never-resends:mreq", "/all-rust-all", Timeout, Surely),
    mutant("resend-other:mreq", "/all-rust-all", Contract, Surely),
    mutant("resend-mute:mreq", "/all-rust-all", Timeout, Surely),
    mutant("sent-late:mreq", "/all-rust-all", Contract, Surely),
    mutant("exit-zero:msgqueue", "/all-liar-all", Crash, Surely),
    mutant("wrong-after-reconnect:mrep", "/all-rust-all", WrongAnswer, Surely),
];
