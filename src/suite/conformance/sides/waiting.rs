//! How long an agent waits for what does not happen.

use std::time::{Duration, Instant};

use serde_json::Value;

use super::messages::waited;
use super::{Sides, Sock, refused};
use crate::peer::agent::op_of;
use crate::suite::conformance::step::{Cause, Failure, Step};

impl Sides {
    /// Asks for what can't be done now. After `ms` that must be said with EAGAIN, not before, and before twice that
    /// time is over.
    pub fn gives_up(&mut self, sock: &Sock, request: Value, ms: u64) -> Step {
        let (side, op) = (sock.side, op_of(&request).to_owned());
        // What it was asked before must not count as waiting.
        self.settle(side)?;
        let asked = Instant::now();
        let answer = self.ask(side, request)?;
        let took = asked.elapsed();
        match answer {
            Err(refusal) if refusal.code == "EAGAIN" => waited(side, &op, asked, ms)?,
            Ok(_) => {
                let what = format!("{side} answered {op} with ok where nothing can be done");
                let failure = Failure::new(Cause::WrongAnswer, [side], what);
                return Err(failure.compared("EAGAIN", "ok").into());
            }
            Err(refusal) => return Err(refused(side, &op, "EAGAIN", &refusal)),
        }
        match took <= self.machine.patience(2 * Duration::from_millis(ms), asked) {
            true => Ok(()),
            false => {
                let what = format!("{side} waited too long before it gave up {op}");
                let got = format!("EAGAIN after {} ms", took.as_millis());
                let failure = Failure::new(Cause::Timeout, [side], what);
                Err(failure.compared(format!("EAGAIN after {ms} ms"), got).into())
            }
        }
    }
}
