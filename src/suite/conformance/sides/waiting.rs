//! How long an agent waits for what does not happen.

use std::time::{Duration, Instant};

use serde_json::Value;

use super::{GRANULARITY, Sides, Sock, refused};
use crate::peer::agent::{Answer, op_of};
use crate::suite::conformance::step::{Cause, Failure, Side, Step};

impl Sides {
    /// Asks for what can't be done now. After `ms` that must be said with EAGAIN, not before, and before twice that
    /// time is over.
    pub fn gives_up(&mut self, sock: &Sock, request: Value, ms: u64) -> Step {
        let (side, op) = (sock.side, op_of(&request).to_owned());
        match self.in_vain(side, request, ms)? {
            Err(refusal) if refusal.code == "EAGAIN" => Ok(()),
            Ok(_) => {
                let what = format!("{side} answered {op} with ok where nothing can be done");
                let failure = Failure::new(Cause::WrongAnswer, [side], what);
                Err(failure.compared("EAGAIN", "ok").into())
            }
            Err(refusal) => Err(refused(side, &op, "EAGAIN", &refusal)),
        }
    }

    /// The answer to a request for what does not happen. It comes after `ms`, not before, and before twice that time
    /// is over.
    pub fn in_vain(&mut self, side: Side, request: Value, ms: u64) -> Step<Answer> {
        let op = op_of(&request).to_owned();
        // What it was asked before must not count as waiting.
        self.settle(side)?;
        let asked = Instant::now();
        let answer = self.ask(side, request)?;
        let took = asked.elapsed();
        let given = Duration::from_millis(ms);
        if took + GRANULARITY >= given && took <= self.machine.patience(2 * given, asked) {
            return Ok(answer);
        }
        let (cause, what) = match took < given {
            true => (Cause::Contract, format!("{side} gave up {op} before its time was over")),
            false => (Cause::Timeout, format!("{side} waited too long before it gave up {op}")),
        };
        let got = format!("an answer after {} ms", took.as_millis());
        let failure = Failure::new(cause, [side], what);
        Err(failure.compared(format!("an answer after {ms} ms"), got).into())
    }
}
