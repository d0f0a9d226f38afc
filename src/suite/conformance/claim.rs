//! What an agent's hello claims, and that it refuses what it does not.

use serde_json::Value;

use super::sides::Sides;
use super::step::{A, Cause, Failure, Step};

/// The agent must not know this.
pub fn refused(sides: &mut Sides, request: Value) -> Step {
    let shown = request.to_string();
    let got = match sides.ask(A, request)? {
        Err(refusal) if refusal.code == "unsupported" => return Ok(()),
        Err(refusal) => refusal.code,
        Ok(_) => "ok".into(),
    };
    let what = format!("{shown} was not refused with unsupported, and hello does not list it");
    Err(Failure::new(Cause::Contract, [A], what).compared("unsupported", got).into())
}

/// The first of `kinds` that the agent has.
pub fn a_type(listed: &[String], kinds: &[&'static str]) -> Option<&'static str> {
    kinds.iter().copied().find(|kind| has(listed, kind))
}

pub fn has(listed: &[String], name: &str) -> bool {
    listed.iter().any(|had| had == name)
}
