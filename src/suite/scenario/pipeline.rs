//! push → req → rep: the digest that req prints is the SHA-1 of exactly the bytes that were pushed.

use std::collections::VecDeque;

use super::judge::online;
use super::payload;
use super::stage::Stage;
use super::stage::actor::{Arg, Start};
use super::stage::journal::Kind;
use super::stage::step::{ActorId, Cause, Failure, Step};
use super::topology::{Cast, Place, Scenario};
use crate::digest::D;
use crate::role::Role;

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

    fn play<'a>(&self, stage: &mut Stage<'a>, cast: &Cast<'a>) -> Step {
        let messages = payload::pushed(&mut cast.rng(), &stage.setting.scratch)?;
        let rep = stage.start_ready(Start::new(Role::Rep, cast.one(2)?, [Arg::Bind]))?;
        let asking = Start::new(Role::Req, cast.one(1)?, [Arg::Bind, Arg::To(rep, 0)]);
        let req = stage.start_ready(asking.count(messages.len()))?;
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
        stage.finished(&[req])?;
        stage.compare()
    }
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
