//! SIGINT and SIGTERM, wherever the program waits.

use rustix::process::Signal;

use super::asking::Asking;
use super::{Check, Seen};
use crate::role::Role;
use crate::suite::scenario::stage::journal::Kind;

/// A pause that nobody lives to see the end of.
const AN_HOUR: &str = "3600000";

pub fn stop(check: &Check) -> Seen {
    for signal in [Signal::INT, Signal::TERM] {
        match check.role {
            Role::Push => {
                let (waits, _) = check.with_events(&check.nowhere()).open_input().ready()?;
                waits.stop_with(signal)?;
                // Its input has ended, and nobody takes the message.
                let (owes, _) = check.with_events(&check.nowhere()).ready()?;
                owes.stop_with(signal)?;
            }
            Role::Rep | Role::Mrep | Role::Msgqueue => {
                let (waits, _) = check.with_events(&check.nowhere()).ready()?;
                waits.stop_with(signal)?;
            }
            Role::C | Role::Mreq | Role::Req => {
                let mut asks = Asking::begin(check, &[("INTEROP_INTERVAL_MS", AN_HOUR)])?;
                asks.question()?;
                asks.tried.stop_with(signal)?;
                // After an answer it pauses, or waits for the next message.
                let mut pauses = Asking::begin(check, &[("INTEROP_INTERVAL_MS", AN_HOUR)])?;
                let question = pauses.question()?;
                pauses.answer(&question, b"an answer")?;
                pauses.tried.stop_with(signal)?;
                let (mut waits, _) = check.with_events(&check.nowhere()).ready()?;
                if check.role != Role::Req {
                    waits.event(Kind::Sent)?;
                }
                waits.stop_with(signal)?;
            }
        }
    }
    Ok(())
}
