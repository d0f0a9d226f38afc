//! Many c of all languages at once → one rep: every client gets the digest of what it sent, nobody
//! another's.

use super::stage::Stage;
use super::stage::actor::{Arg, Start};
use super::stage::step::Step;
use super::topology::{Cast, Place, Scenario};
use super::{broker_system, probe};
use crate::outcome::Cause::{Contract, Crash, Timeout, WrongAnswer};
use crate::role::Role;
use crate::suite::mutant::{Blame::Surely, Mutant, mutant};

/// Exchanges of each client.
const EXCHANGES: usize = 20;

/// Clients of each language.
const EACH: usize = 2;

/// The time zones of the clients: of each, how many hours it is behind UTC.
const ZONES: [i8; 26] = [
    1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, -1, -2, -3, -4, -5, -6, -7, -8, -9, -10, -11, -12, -13,
    -14,
];

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

    fn mutants(&self) -> &'static [Mutant] {
        MUTANTS
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
            let client = Start::new(Role::C, peer, [Arg::To(rep, 0)]).count(EXCHANGES).interval(0);
            clients.push(stage.start(client.hours_behind(ZONES[n % ZONES.len()]))?);
        }
        stage.finished(&clients)?;
        stage.compare()?;
        // Once for each c: with the first of the servers.
        if cast.is_first(1) {
            let clients = peers.iter().zip(ZONES.into_iter().cycle()).map(|(peer, hours)| {
                Start::new(Role::C, peer, [Arg::To(rep, 0)]).hours_behind(hours)
            });
            broker_system::ask_many(stage, clients)?;
            stage.compare()?;
        }
        // And a server that is to exit by itself.
        let counted = stage.start_ready(server.count(probe::FEW))?;
        let probe = broker_system::start_probe(stage, Role::C, counted, Some(probe::FEW))?;
        stage.finished(&[probe, counted])?;
        stage.compare()
    }
}

/// Lies, those of one role after the other.
const MUTANTS: &[Mutant] = &[
    mutant("claim:c", "/all-rust", Contract, Surely),
    mutant("misquote:c", "/all-rust", Contract, Surely),
    mutant("invent:c", "/all-rust", Contract, Surely),
    mutant("stale:c", "/all-rust", Contract, Surely),
    mutant("unconnected:c", "/all-rust", Timeout, Surely),
    mutant("mute:c", "/all-rust", Timeout, Surely),
    mutant("impatient:c", "/all-rust", Timeout, Surely),
    mutant("one-more:c", "/all-rust", Contract, Surely),
    mutant("never-ready:c", "/all-rust", Timeout, Surely),
    mutant("exit-zero:c", "/all-rust", Crash, Surely),
    mutant("crash-third:c", "/all-rust", Crash, Surely),
    mutant("wrong-once:c", "/all-rust", Contract, Surely),
    mutant("same-time:c", "/all-rust", Contract, Surely),
    mutant("utc:c", "/all-rust", Contract, Surely),
    mutant("long-pause:c", "/all-rust", Contract, Surely),
    mutant("no-pid:c", "/all-rust", Contract, Surely),
    mutant("wrong-small-size:c", "/all-rust", Contract, Surely),
    mutant("untold-request:c", "/all-rust", Contract, Surely),
    mutant("endpoint-too-many:c", "/all-rust", Contract, Surely),
    mutant("last-three:c", "/all-rust", Crash, Surely),
    mutant("lingers:c", "/all-rust", Contract, Surely),
    mutant("one-less:c", "/all-rust", Crash, Surely),
    mutant("upper:rep", "/all-liar", WrongAnswer, Surely),
    mutant("newline:rep", "/all-liar", WrongAnswer, Surely),
    mutant("previous:rep", "/all-liar", WrongAnswer, Surely),
    mutant("swap:rep", "/all-liar", WrongAnswer, Surely),
    mutant("claim:rep", "/all-liar", WrongAnswer, Surely),
    mutant("misquote:rep", "/all-liar", WrongAnswer, Surely),
    mutant("contradict:rep", "/all-liar", Contract, Surely),
    mutant("not-json:rep", "/all-liar", Contract, Surely),
    mutant("drop-tenth:rep", "/all-liar", Timeout, Surely),
    mutant("late-tenth:rep", "/all-liar", Timeout, Surely),
    mutant("deaf:rep", "/all-liar", Timeout, Surely),
    mutant("elsewhere:rep", "/all-liar", Contract, Surely),
    mutant("one-more:rep", "/all-liar", Contract, Surely),
    mutant("never-ready:rep", "/all-liar", Timeout, Surely),
    mutant("exit-zero:rep", "/all-liar", Crash, Surely),
    mutant("crash-third:rep", "/all-liar", Crash, Surely),
    mutant("flood-line:rep", "/all-liar", Contract, Surely),
    mutant("flood-lines:rep", "/all-liar", Contract, Surely),
    mutant("ignore-term:rep", "/all-liar", Contract, Surely),
    mutant("child-in-group:rep", "/all-liar", Contract, Surely),
    mutant("child-escaped:rep", "/all-liar", Contract, Surely),
    mutant("wrong-once:rep", "/all-liar", WrongAnswer, Surely),
    mutant("wrong-large:rep", "/all-liar", WrongAnswer, Surely),
    mutant("wrong-first-byte:rep", "/all-liar", WrongAnswer, Surely),
    mutant("first-part:rep", "/all-liar", WrongAnswer, Surely),
    mutant("two-at-once:rep", "/all-liar", Timeout, Surely),
    mutant("first-frame:rep", "/all-liar", WrongAnswer, Surely),
    mutant("wrong-pid:rep", "/all-liar", Contract, Surely),
    mutant("wrong-size:rep", "/all-liar", Contract, Surely),
    mutant("no-hex:rep", "/all-liar", Contract, Surely),
    mutant("long-hex:rep", "/all-liar", Contract, Surely),
    mutant("upper-sha1:rep", "/all-liar", Contract, Surely),
    mutant("untold-request:rep", "/all-liar", Contract, Surely),
    mutant("untold-answer:rep", "/all-liar", Timeout, Surely),
    mutant("ready-early:rep", "/all-liar", Contract, Surely),
    mutant("everywhere:rep", "/all-liar", Contract, Surely),
    mutant("term-one:rep", "/all-liar", Crash, Surely),
    mutant("last-three:rep", "/all-liar", Crash, Surely),
    mutant("lingers:rep", "/all-liar", Contract, Surely),
    mutant("hasty:rep", "/all-liar", Timeout, Surely),
    mutant("one-less:rep", "/all-liar", Crash, Surely),
];
