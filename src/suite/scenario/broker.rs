//! mreq → msgqueue → mrep: every client gets back its own bytes.

use super::stage::Stage;
use super::stage::actor::{Arg, Start};
use super::stage::step::Step;
use super::topology::{Cast, Place, Scenario};
use super::{broker_system, probe};
use crate::outcome::Cause::{Contract, Crash, Timeout, WrongAnswer};
use crate::role::Role;
use crate::suite::mutant::{Blame::Surely, Mutant, mutant};

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

    fn mutants(&self) -> &'static [Mutant] {
        MUTANTS
    }

    fn play<'a>(&self, stage: &mut Stage<'a>, cast: &Cast<'a>) -> Step {
        let queue = Start::new(Role::Msgqueue, cast.one(1)?, [Arg::Bind, Arg::Bind]);
        let queue = stage.start_ready(queue)?;
        let server = Start::new(Role::Mrep, cast.one(2)?, [Arg::To(queue, 1)]);
        let mrep = stage.start_ready(server.clone())?;
        // mreq's messages are simple; the harness's own client sends what has broken echoes before, and all that it
        // has once for each language: with the first of the clients.
        let first = cast.is_first(0);
        let messages = if first { probe::MESSAGES } else { probe::FEW };
        let probe = broker_system::start_probe(stage, Role::Mreq, queue, Some(messages))?;
        let client = Start::new(Role::Mreq, cast.one(0)?, [Arg::To(queue, 0)]);
        let client = stage.start(client.count(EXCHANGES).interval(0))?;
        stage.finished(&[probe, client])?;
        stage.compare()?;
        // With the first of the brokers, which meets each of the others once: each mreq is asked for many messages.
        if cast.is_first(1) {
            let client = Start::new(Role::Mreq, cast.one(0)?, [Arg::To(queue, 0)]);
            broker_system::ask_many(stage, [client])?;
            stage.compare()?;
            // Once for each mrep: a server that is to exit by itself.
            stage.dismiss(&[mrep])?;
            let counted = stage.start_ready(server.count(probe::FEW))?;
            let probe = broker_system::start_probe(stage, Role::Mreq, queue, Some(probe::FEW))?;
            stage.finished(&[probe, counted])?;
            stage.compare()?;
        }
        Ok(())
    }
}

/// Lies, those of one role after the other.
const MUTANTS: &[Mutant] = &[
    mutant("claim:mreq", "/liar-rust-rust", Contract, Surely),
    mutant("invent:mreq", "/liar-rust-rust", Contract, Surely),
    mutant("stale:mreq", "/liar-rust-rust", Contract, Surely),
    mutant("mute:mreq", "/liar-rust-rust", Timeout, Surely),
    mutant("one-more:mreq", "/liar-rust-rust", Contract, Surely),
    mutant("wrong-once:mreq", "/liar-rust-rust", Contract, Surely),
    mutant("same-letters:mreq", "/liar-rust-rust", Contract, Surely),
    mutant("another-pid-in-message:mreq", "/liar-rust-rust", Contract, Surely),
    mutant("long-pause:mreq", "/liar-rust-rust", Contract, Surely),
    mutant("wrong-pid:mreq", "/liar-rust-rust", Contract, Surely),
    mutant("untold-answer:mreq", "/liar-rust-rust", Contract, Surely),
    mutant("last-three:mreq", "/liar-rust-rust", Crash, Surely),
    mutant("lingers:mreq", "/liar-rust-rust", Contract, Surely),
    mutant("one-less:mreq", "/liar-rust-rust", Crash, Surely),
    mutant("swap:msgqueue", "/rust-liar-rust", WrongAnswer, Surely),
    mutant("lower:msgqueue", "/rust-liar-rust", WrongAnswer, Surely),
    mutant("trim:msgqueue", "/rust-liar-rust", WrongAnswer, Surely),
    mutant("lower-request:msgqueue", "/rust-liar-rust", WrongAnswer, Surely),
    mutant("make-up:msgqueue", "/rust-liar-rust", Contract, Surely),
    mutant("drop-tenth:msgqueue", "/rust-liar-rust", Timeout, Surely),
    mutant("late-tenth:msgqueue", "/rust-liar-rust", Timeout, Surely),
    mutant("deaf:msgqueue", "/rust-liar-rust", Timeout, Surely),
    mutant("elsewhere:msgqueue", "/rust-liar-rust", Contract, Surely),
    mutant("wrong-once:msgqueue", "/rust-liar-rust", WrongAnswer, Surely),
    mutant("wrong-large:msgqueue", "/rust-liar-rust", WrongAnswer, Surely),
    mutant("wrong-first-byte:msgqueue", "/rust-liar-rust", WrongAnswer, Surely),
    mutant("first-part:msgqueue", "/rust-liar-rust", WrongAnswer, Surely),
    mutant("first-frame:msgqueue", "/rust-liar-rust", WrongAnswer, Surely),
    mutant("reorder:msgqueue", "/rust-liar-rust", WrongAnswer, Surely),
    mutant("ready-twice:msgqueue", "/rust-liar-rust", Contract, Surely),
    mutant("ready-early:msgqueue", "/rust-liar-rust", Contract, Surely),
    mutant("endpoints-swapped:msgqueue", "/rust-liar-rust", Contract, Surely),
    mutant("everywhere:msgqueue", "/rust-liar-rust", Contract, Surely),
    mutant("trim:mrep", "/rust-rust-liar", WrongAnswer, Surely),
    mutant("lower:mrep", "/rust-rust-liar", WrongAnswer, Surely),
    mutant("swap:mrep", "/rust-rust-liar", WrongAnswer, Surely),
    mutant("claim:mrep", "/rust-rust-liar", WrongAnswer, Surely),
    mutant("boast:mrep", "/rust-rust-liar", Contract, Surely),
    mutant("drop-tenth:mrep", "/rust-rust-liar", Timeout, Surely),
    mutant("late-tenth:mrep", "/rust-rust-liar", Timeout, Surely),
    mutant("deaf:mrep", "/rust-rust-liar", Timeout, Surely),
    mutant("unconnected:mrep", "/rust-rust-liar", Timeout, Surely),
    mutant("tells-twice:mrep", "/rust-rust-liar", Contract, Surely),
    mutant("one-more:mrep", "/rust-rust-liar", Contract, Surely),
    mutant("wrong-once:mrep", "/rust-rust-liar", WrongAnswer, Surely),
    mutant("wrong-large:mrep", "/rust-rust-liar", WrongAnswer, Surely),
    mutant("wrong-first-byte:mrep", "/rust-rust-liar", WrongAnswer, Surely),
    mutant("first-part:mrep", "/rust-rust-liar", WrongAnswer, Surely),
    mutant("first-frame:mrep", "/rust-rust-liar", WrongAnswer, Surely),
    mutant("no-data:mrep", "/rust-rust-liar", Contract, Surely),
    mutant("upper-hex:mrep", "/rust-rust-liar", Contract, Surely),
    mutant("term-one:mrep", "/rust-rust-liar", Crash, Surely),
    mutant("last-three:mrep", "/rust-rust-liar", Crash, Surely),
    mutant("lingers:mrep", "/rust-rust-liar", Contract, Surely),
    mutant("hasty:mrep", "/rust-rust-liar", Timeout, Surely),
    mutant("one-less:mrep", "/rust-rust-liar", Crash, Surely),
];
