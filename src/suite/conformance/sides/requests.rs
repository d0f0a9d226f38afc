//! Requests to the two agents, and their answers.

use std::time::Duration;

use serde_json::{Map, Value};

use super::{LIMIT, Line, Sides, broken};
use crate::peer::agent::{ANSWER_TIMEOUT, Answer, Broken, answer_timeout, op_of};
use crate::suite::conformance::step::{A, B, Cause, End, Failure, Side, Step};

/// So many requests at most are posted before they go: an agent works while the next are written.
const TOGETHER: usize = 64;

impl Sides {
    pub(super) fn note(&mut self, side: Side, line: Line) {
        self.log.note(side, line);
    }

    /// Gives a request to an agent, after what the other was given before; tells its id, and how long the
    /// answer may take.
    fn give(&mut self, side: Side, request: Value) -> Step<(u64, Duration)> {
        self.flush(side.other())?;
        let given = (self.agents[side].post(&request), answer_timeout(&request));
        self.note(side, Line::Asked(request));
        Ok(given)
    }

    /// Posts a request that must succeed. It goes when an answer is waited for, with what else was posted.
    pub fn post(&mut self, side: Side, request: Value) -> Step {
        let op = op_of(&request).to_owned();
        let (id, timeout) = self.give(side, request)?;
        self.posted[side].push_back((id, op, timeout));
        if self.posted[side].len().is_multiple_of(TOGETHER) { self.flush(side) } else { Ok(()) }
    }

    pub(super) fn flush(&mut self, side: Side) -> Step {
        let timeout = self.patience(ANSWER_TIMEOUT);
        let gone = self.agents[side].flush(timeout);
        self.in_time(side, gone)
    }

    /// Takes the answers to all that was posted to `side`, which may wait for what the other has to do.
    pub fn settle(&mut self, side: Side) -> Step {
        self.flush(side.other())?;
        while let Some((id, op, timeout)) = self.posted[side].pop_front() {
            let answer = self.answer(side, id, timeout)?;
            self.must(side, &op, answer)?;
        }
        Ok(())
    }

    /// Sends a request and waits for its answer, which may be a refusal.
    pub fn ask(&mut self, side: Side, request: Value) -> Step<Answer> {
        if self.interrupt.raised() {
            return Err(End::Interrupted);
        }
        if self.left().is_zero() {
            return Err(self.too_long(&Side::BOTH));
        }
        let (id, timeout) = self.give(side, request)?;
        self.settle(side)?;
        self.taken(side, id, timeout)
    }

    /// Waits for the answer to request `id`, and no longer than the cell may take.
    fn answer(&mut self, side: Side, id: u64, timeout: Duration) -> Step<Answer> {
        let timeout = self.patience(timeout);
        let answer = self.agents[side].answer(id, timeout);
        self.in_time(side, answer)
    }

    /// A silence that lasts until the case may take no longer is the whole case's.
    fn in_time<T>(&self, side: Side, result: Result<T, Broken>) -> Step<T> {
        result.map_err(|error| match error {
            Broken::Silent { .. } if self.left().is_zero() => self.too_long(&[side]),
            error => broken(side, &error),
        })
    }

    /// The case has taken as long as it may.
    pub(super) fn too_long(&self, suspects: &[Side]) -> End {
        let s = self.limit.as_secs();
        let what = format!("the case was not done within {s} s ({LIMIT} times --timeout)");
        Failure::new(Cause::Timeout, suspects, what).into()
    }

    fn taken(&mut self, side: Side, id: u64, timeout: Duration) -> Step<Answer> {
        let answer = self.answer(side, id, timeout)?;
        match &answer {
            Ok(fields) => {
                let text = serde_json::to_string(fields).expect("a map of JSON is written as such");
                self.note(side, Line::said(text));
            }
            Err(refusal) => self.note(side, Line::said(refusal.to_string())),
        }
        Ok(answer)
    }

    /// Sends a request that must succeed, and waits for its answer.
    pub fn do_it(&mut self, side: Side, request: Value) -> Step<Map<String, Value>> {
        let op = op_of(&request).to_owned();
        let answer = self.ask(side, request)?;
        self.must(side, &op, answer)
    }

    fn must(&mut self, side: Side, op: &str, answer: Answer) -> Step<Map<String, Value>> {
        answer.map_err(|refusal| {
            self.note(side, Line::said(refusal.to_string()));
            let (cause, suspects) = match refusal.code.as_str() {
                // What hello promised must not be refused afterwards.
                "unsupported" | "bad-request" => (Cause::Contract, vec![side]),
                // What can't be sent in time the other end may not take.
                "EAGAIN" => (Cause::Timeout, vec![A, B]),
                _ => (Cause::WrongAnswer, vec![side]),
            };
            let what = format!("{} answered {op} with {}", side, refusal.code);
            Failure::new(cause, suspects, what).compared("ok", refusal.message).into()
        })
    }
}
