//! push → req → rep: the digest that req prints is the SHA-1 of exactly the bytes that were pushed.

use std::collections::VecDeque;

use super::judge::online;
use super::stage::Stage;
use super::stage::actor::{Arg, Start};
use super::stage::journal::Kind;
use super::stage::step::{ActorId, Cause, Failure, Step};
use super::topology::{Cast, Place, Scenario};
use super::{payload, probe};
use crate::digest::D;
use crate::outcome::Cause::{Contract, Crash, Timeout, WrongAnswer};
use crate::role::Role;
use crate::suite::mutant::{Blame::Surely, Mutant, mutant};

/// So many pushers run at a time, of which one has something to send.
const AHEAD: usize = 3;

/// See the module.
pub struct Pipeline;

impl Scenario for Pipeline {
    fn name(&self) -> &'static str {
        "pipeline"
    }

    fn holds(&self) -> &'static str {
        "the digest that req prints is the SHA-1 of exactly the bytes that were pushed"
    }

    fn places(&self) -> &'static [Place] {
        &[Place::One(Role::Push), Place::One(Role::Req), Place::One(Role::Rep)]
    }

    fn mutants(&self) -> &'static [Mutant] {
        MUTANTS
    }

    fn play<'a>(&self, stage: &mut Stage<'a>, cast: &Cast<'a>) -> Step {
        let messages = payload::pushed(&mut cast.rng(), &stage.setting.scratch)?;
        let rep = stage.start_ready(Start::new(Role::Rep, cast.one(2)?, [Arg::Bind]))?;
        let asking = Start::new(Role::Req, cast.one(1)?, [Arg::Bind, Arg::To(rep, 0)]);
        let own = match thorough(cast)? {
            true => probe::messages(stage.setting.seed),
            false => vec![],
        };
        let own: Vec<_> = own.iter().map(|message| D::of(message)).collect();
        let req = stage.start_ready(asking.count(messages.len() + own.len()))?;
        let pusher = Start::new(Role::Push, cast.one(0)?, [Arg::To(req, 0)]).held();
        let mut waiting = VecDeque::new();
        for (n, pushed) in messages.iter().enumerate() {
            // The next ones start meanwhile, and have nothing to send yet.
            for _ in waiting.len()..AHEAD.min(messages.len() - n) {
                waiting.push_back(stage.start(pusher.clone())?);
            }
            let push = waiting.pop_front().expect("one was started");
            stage.feed(push, &pushed.path())?;
            stage.finished(&[push])?;
            same(stage, push, Kind::Sent, &pushed.message, &[push])?;
            stage.wait(
                |stage| usize::from(stage.journal.count(req, Kind::Pulled) <= n),
                |stage| {
                    let what = format!("{} pulled nothing", stage.name(req));
                    let failure = Failure::new(Cause::Timeout, [push, req], what);
                    failure.compared(pushed.message.described(), "nothing")
                },
            )?;
            same(stage, req, Kind::Pulled, &pushed.message, &[push, req])?;
            stage.wait(
                |stage| usize::from(stage.journal.count(req, Kind::Answered) <= n),
                |stage| online::who_owes(stage, &[req]),
            )?;
        }
        if !own.is_empty() {
            let seed = stage.setting.seed.to_string();
            let pusher = Start::new(Role::Push, &probe::PEER, [Arg::To(req, 0)]);
            stage.start(pusher.env(probe::SEED, seed))?;
        }
        stage.finished(&[req])?;
        let pulled = stage.journal.data(req, Kind::Pulled).skip(messages.len());
        if let Some((pushed, pulled)) = own.iter().zip(pulled).find(|(own, pulled)| own != pulled) {
            let what = format!("{} pulled something else than what was pushed", stage.name(req));
            let failure = Failure::new(Cause::WrongAnswer, [req], what);
            return Err(failure.compared(pushed.described(), pulled.described()).into());
        }
        stage.compare()
    }
}

/// Is this the cell in which its req gets all that the harness itself can push? Once for each language, with the
/// first of those that push, and where we reach it.
fn thorough(cast: &Cast) -> Step<bool> {
    Ok(cast.is_first(0) && !cast.one(1)?.is_far())
}

/// Is what `id` said last the message that was pushed?
fn same(stage: &Stage, id: ActorId, kind: Kind, pushed: &D, suspects: &[ActorId]) -> Step {
    let said = stage.journal.data(id, kind).next_back();
    if said == Some(pushed) {
        return Ok(());
    }
    let verb = if kind == Kind::Sent { "sent" } else { "pulled" };
    let what = format!("{} {verb} something else than what was pushed", stage.name(id));
    let failure = Failure::new(Cause::WrongAnswer, suspects, what);
    Err(failure.compared(pushed.described(), said.map_or("nothing".into(), D::described)).into())
}

/// Lies, those of one role after the other.
const MUTANTS: &[Mutant] = &[
    mutant("misquote:push", "/liar-rust-rust", WrongAnswer, Surely),
    mutant("claim:push", "/liar-rust-rust", Contract, Surely),
    mutant("not-json:push", "/liar-rust-rust", Contract, Surely),
    mutant("mute:push", "/liar-rust-rust", Contract, Surely),
    mutant("never-ready:push", "/liar-rust-rust", Timeout, Surely),
    mutant("exit-zero:push", "/liar-rust-rust", Crash, Surely),
    mutant("child-in-group:push", "/liar-rust-rust", Contract, Surely),
    mutant("child-escaped:push", "/liar-rust-rust", Contract, Surely),
    mutant("wrong-large:push", "/liar-rust-rust", Contract, Surely),
    mutant("wrong-first-byte:push", "/liar-rust-rust", Contract, Surely),
    mutant("first-part:push", "/liar-rust-rust", Contract, Surely),
    mutant("each-line:push", "/liar-rust-rust", Contract, Surely),
    mutant("keep-newlines:push", "/liar-rust-rust", WrongAnswer, Surely),
    mutant("take-spaces:push", "/liar-rust-rust", Contract, Surely),
    mutant("wrong-size:push", "/liar-rust-rust", WrongAnswer, Surely),
    mutant("long-hex:push", "/liar-rust-rust", Contract, Surely),
    mutant("upper-sha1:push", "/liar-rust-rust", Contract, Surely),
    mutant("untold-request:push", "/liar-rust-rust", Crash, Surely),
    mutant("last-three:push", "/liar-rust-rust", Crash, Surely),
    mutant("lingers:push", "/liar-rust-rust", Contract, Surely),
    mutant("hasty:push", "/liar-rust-rust", Contract, Surely),
    mutant("previous:req", "/rust-liar-rust", WrongAnswer, Surely),
    mutant("claim:req", "/rust-liar-rust", Contract, Surely),
    mutant("misquote:req", "/rust-liar-rust", Contract, Surely),
    mutant("invent:req", "/rust-liar-rust", Contract, Surely),
    mutant("deaf:req", "/rust-liar-rust", Timeout, Surely),
    mutant("elsewhere:req", "/rust-liar-rust", Contract, Surely),
    mutant("wrong-once:req", "/rust-liar-rust", Contract, Surely),
    mutant("wrong-large:req", "/rust-liar-rust", Contract, Surely),
    mutant("wrong-first-byte:req", "/rust-liar-rust", Contract, Surely),
    mutant("first-part:req", "/rust-liar-rust", Contract, Surely),
    mutant("wrong-size:req", "/rust-liar-rust", WrongAnswer, Surely),
    mutant("untold-request:req", "/rust-liar-rust", Contract, Surely),
    mutant("untold-answer:req", "/rust-liar-rust", Timeout, Surely),
    mutant("ready-early:req", "/rust-liar-rust", Contract, Surely),
    mutant("last-three:req", "/rust-liar-rust", Crash, Surely),
    mutant("lingers:req", "/rust-liar-rust", Contract, Surely),
    mutant("one-less:req", "/rust-liar-rust", Crash, Surely),
    mutant("upper:rep", "/rust-rust-liar", WrongAnswer, Surely),
    mutant("short:rep", "/rust-rust-liar", WrongAnswer, Surely),
    mutant("claim:rep", "/rust-rust-liar", WrongAnswer, Surely),
    mutant("deaf:rep", "/rust-rust-liar", Timeout, Surely),
    mutant("exit-three:rep", "/rust-rust-liar", Crash, Surely),
    mutant("wrong-once:rep", "/rust-rust-liar", WrongAnswer, Surely),
    mutant("wrong-large:rep", "/rust-rust-liar", WrongAnswer, Surely),
];
