//! What a case works with: sockets of two agents, and what must come out of them. Requests
//! whose answer is not needed at once are only posted; that they succeeded is checked before the next
//! answer of that agent is used, and at the end.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

use super::step::{A, B, Cause, Each, End, Failure, Side, Step};
use super::value::Frame;
use crate::interrupt::Interrupt;
use crate::peer::Peer;
use crate::peer::agent::{ANSWER_TIMEOUT, Agent, Broken, Hello, Refusal};
use crate::suite::machine::Machine;
use crate::suite::pool::Pool;
use crate::suite::port::Kept;
use crate::suite::reach::Reach;
use crate::suite::setting::{Setting, rng};
use crate::zmtp::tap::Tap;

mod log;
mod messages;
mod place;
mod requests;
mod sockets;
mod tap;
mod waiting;
mod wire;

use log::{Line, Log};

pub use messages::{GRANULARITY, parts, same};
pub use tap::{Tapped, Until};

/// How long a message that must come may take.
pub const COMES: Duration = Duration::from_millis(2000);

/// No case lasts longer than so many times what `--timeout` says, whatever comes.
const LIMIT: u32 = 3;

/// How much longer for each MiB of it: both ends hash it, and a message may pass in many pieces.
const LARGE: Duration = Duration::from_millis(500);

/// A socket of one side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sock {
    /// Whose.
    pub side: Side,
    /// Its name towards the agent.
    pub name: String,
    /// Its type.
    pub kind: String,
}

/// See the module.
pub struct Sides {
    /// The agents of the two sides.
    pub agents: Each<Agent>,
    /// Does the first side bind where either may?
    pub flip: bool,
    /// The random numbers of this cell.
    pub rng: ChaCha8Rng,
    /// A folder of this cell for ipc sockets.
    pub scratch: std::path::PathBuf,
    peers: Each<Arc<Peer>>,
    reach: Reach,
    begun: Instant,
    limit: Duration,
    machine: Machine,
    pool: Arc<Pool>,
    interrupt: Interrupt,
    sockets: usize,
    kept: Vec<Kept>,
    taps: Vec<Tap>,
    posted: Each<VecDeque<(u64, String, Duration)>>,
    log: Log,
}

impl Sides {
    /// The sides of a cell, with two agents fresh from a reset.
    pub fn new(
        agents: Each<Agent>,
        peers: Each<Arc<Peer>>,
        flip: bool,
        pool: Arc<Pool>,
        setting: &Setting,
        id: &str,
    ) -> Sides {
        Sides {
            agents,
            rng: rng(setting.seed, id),
            reach: setting.reach.clone(),
            begun: Instant::now(),
            limit: LIMIT * setting.timeout,
            machine: setting.machine.clone(),
            flip,
            scratch: setting.scratch.clone(),
            peers,
            pool,
            interrupt: setting.interrupt.clone(),
            sockets: 0,
            kept: vec![],
            taps: vec![],
            posted: Each::default(),
            log: Log::default(),
        }
    }

    /// How much longer the case may take.
    fn left(&self) -> Duration {
        self.machine.patience(self.limit, self.begun).saturating_sub(self.begun.elapsed())
    }

    /// How long what must come may take now, if it may take `usual` on a machine that is not slow.
    fn patience(&self, usual: Duration) -> Duration {
        self.machine.patience(usual, Instant::now()).min(self.left())
    }

    /// How long this message, which must come, may take, in ms.
    fn comes(&self, message: &[Frame]) -> u64 {
        let size: usize = message.iter().map(Frame::size).sum();
        let usual = COMES + LARGE * (size >> 20) as u32;
        self.machine.patience(usual, Instant::now()).as_millis() as u64
    }

    /// The last lines of the conversation with the agents.
    pub fn log(&self) -> Vec<String> {
        self.log.lines()
    }

    /// What the agent of `side` says that it can.
    pub fn hello(&mut self, side: Side) -> Step<Hello> {
        self.settle(side)?;
        self.agents[side].hello().map_err(|e| broken(side, &e))
    }

    /// Those of `options` that `side` has for sockets of this type: for what makes a case quicker or
    /// sharper, but not other.
    pub fn if_had(&mut self, side: Side, kind: &str, options: Value) -> Step<Value> {
        let listed = self.hello(side)?.options;
        let mut had = json!({});
        for (name, value) in options.as_object().into_iter().flatten() {
            let set =
                json!({"op": "socket", "socket": "if had", "type": kind, "options": {name: value}});
            if !listed.contains(name) {
                continue;
            }
            match self.ask(side, set)? {
                Ok(_) => {
                    self.post(side, json!({"op": "close", "socket": "if had"}))?;
                    had[name] = value.clone();
                }
                Err(refusal) if matches!(refusal.code.as_str(), "unsupported" | "EINVAL") => {}
                Err(refusal) => {
                    let expected = "ok, unsupported or EINVAL";
                    return Err(refused(side, &format!("an option {name}"), expected, &refusal));
                }
            }
        }
        Ok(had)
    }

    /// Kills the agent of `side`, in the middle of whatever it does, and puts a fresh one in its place.
    pub fn kill(&mut self, side: Side) -> Step {
        self.flush(side)?;
        self.agents[side].kill();
        self.posted[side].clear();
        self.note(side, Line::Done("SIGKILL; a fresh agent takes its place"));
        let fresh = self.pool.take(&self.peers[side]);
        self.agents[side] = fresh.map_err(|e| broken(side, &e))?;
        self.hello(side).map(drop)
    }

    /// Lets the agent of `side` exit, which it must do with status 0, and puts a fresh one in its place.
    pub fn leave(&mut self, side: Side) -> Step {
        self.settle(side)?;
        self.agents[side].leave().map_err(|e| broken(side, &e))?;
        self.note(side, Line::Done("exit; a fresh agent takes its place"));
        let fresh = self.pool.take(&self.peers[side]);
        self.agents[side] = fresh.map_err(|e| broken(side, &e))?;
        self.hello(side).map(drop)
    }

    /// Asks again and again until `check` holds or time is over: for what has no event. `check` is told
    /// for how many ms to wait for a message this time: longer and longer, to leave the processor to
    /// others when nothing comes.
    pub fn until(
        &mut self,
        what: &str,
        mut check: impl FnMut(&mut Sides, u64) -> Step<bool>,
    ) -> Step {
        let deadline = Instant::now() + self.patience(COMES);
        let mut ms = 2;
        while !check(self, ms)? {
            if Instant::now() >= deadline {
                // Who does not answer, or refuses, explains a silence.
                for side in Side::BOTH {
                    self.settle(side)?;
                }
                return Err(match self.left().is_zero() {
                    true => self.too_long(&Side::BOTH),
                    false => Failure::new(Cause::Timeout, [A, B], what).into(),
                });
            }
            ms = (2 * ms).min(64);
        }
        Ok(())
    }

    /// After the case: everything that was posted must have succeeded, and both agents start afresh.
    /// Returns the agents that can go on.
    pub fn finish(mut self, end: &mut Step) -> Vec<Agent> {
        for side in Side::BOTH {
            if end.is_ok() {
                *end = self.settle(side);
            }
        }
        // A library that failed may also hang in a close: not worth more than a fresh start.
        let timeout = if end.is_ok() { 2 * ANSWER_TIMEOUT } else { COMES };
        let mut resets = vec![];
        for side in Side::BOTH {
            // Who was seen to hang, or to talk nonsense, would only do so again. After a failure answers
            // may still be outstanding; they are skipped.
            if !self.agents[side].is_useless() {
                resets.push((side, self.agents[side].post(&json!({"op": "reset"}))));
                // Where it can't be written to, its answer does not come, and that is looked at below.
                let _ = self.agents[side].flush(timeout);
            }
        }
        let mut usable = Each([false, false]);
        for (side, id) in resets {
            let done = loop {
                match self.agents[side].any_answer(timeout) {
                    Ok((Some(found), answer)) if found == id => break Ok(answer),
                    Ok((Some(earlier), _)) if earlier < id => {}
                    Ok(_) => {
                        let what = "its answer to reset has a wrong id";
                        break Err(Broken::Contract(what.into()));
                    }
                    Err(error) => break Err(error),
                }
            };
            match done {
                Ok(Ok(_)) => usable[side] = true,
                // It can't be rid of what lingers: another one is started in its place.
                Ok(Err(refusal)) if refusal.code == "other" => {}
                Ok(Err(refusal)) if end.is_ok() => {
                    *end = Err(refused(side, "reset", "ok or other", &refusal));
                }
                Err(e) if end.is_ok() => *end = Err(broken(side, &e)),
                _ => {}
            }
        }
        self.agents
            .0
            .into_iter()
            .zip(usable.0)
            .filter(|(_, usable)| *usable)
            .map(|(agent, _)| agent)
            .collect()
    }
}

/// What did not hold, by the fault of either side.
pub fn wrong(what: impl Into<String>) -> End {
    Failure::new(Cause::WrongAnswer, [A, B], what).into()
}

/// `side` broke the agent contract.
pub fn breach(side: Side, what: impl Into<String>) -> Failure {
    Failure::new(Cause::Contract, [side], what)
}

/// `side` refused an op with what the contract does not allow there.
pub fn refused(side: Side, op: &str, expected: &str, refusal: &Refusal) -> End {
    let what = format!("{side} answered {op} with {}", refusal.code);
    breach(side, what).compared(expected, refusal.to_string()).into()
}

/// An agent of no use any more, as the failure of its side.
pub fn broken(side: Side, error: &Broken) -> End {
    let cause = match error {
        Broken::Lack(_) | Broken::Lost(_) => return End::Broken(format!("{side}: {error}")),
        Broken::Start(_) | Broken::Ended(_) => Cause::Crash,
        Broken::Silent { .. } => Cause::Timeout,
        Broken::Contract(_) => Cause::Contract,
    };
    Failure::new(cause, [side], format!("{}: {error}", side)).into()
}
