//! A socket that leaves: it is seen to do so on the way between the two, and the library at the other end sees it.

use std::time::Duration;

use serde_json::json;

use super::sides::{COMES, Sides, Sock, Tapped, Until};
use super::step::{A, B, Cause, Failure, Side, Step};
use super::value::message;

/// A library sees that a peer left within so long, if its monitor tells at all.
const GONE: Duration = Duration::from_millis(500);

/// So many messages pass between others.
const ROUNDS: usize = 10;

const EVENT: &str = "DISCONNECTED";

fn is_watched(sides: &mut Sides, side: Side) -> Step<bool> {
    Ok(sides.hello(side)?.features.iter().any(|had| had == "monitor"))
}

/// Starts the monitor of `sock`, if its library has one.
pub fn watch(sides: &mut Sides, sock: &Sock) -> Step {
    match is_watched(sides, sock.side)? {
        true => sides.post(sock.side, json!({"op": "monitor", "socket": sock.name})),
        false => Ok(()),
    }
}

/// `leaves` is closed and leaves `way`, and the monitor of `stays` tells that its peer went. What is sent before may be
/// lost with the connection.
pub fn lost(sides: &mut Sides, leaves: &Sock, way: &Tapped, stays: &Sock) -> Step {
    sides.leave_place(leaves, way)?;
    let seen = sides.events(stays, EVENT, COMES)?;
    if seen.iter().any(|event| event == EVENT) {
        return Ok(());
    }
    let suspects: &[Side] = if way.is_seen() { &[stays.side] } else { &[A, B] };
    let failure = Failure::new(Cause::Timeout, suspects, "a monitor did not see its peer go");
    Err(failure.compared(EVENT, format!("{seen:?}")).into())
}

/// `leaves` is closed and leaves `way`; the library of `stays`, not its application, sees that. Some monitors never tell.
pub fn sees_it_leave(sides: &mut Sides, leaves: &Sock, way: &Tapped, stays: &Sock) -> Step {
    sides.leave_place(leaves, way)?;
    if is_watched(sides, stays.side)? {
        sides.events(stays, EVENT, GONE)?;
    }
    time_passes(sides)
}

/// `connects` has said on `way`, at which one took the place of another, who it is; as far as that can be seen.
pub fn is_back(sides: &mut Sides, connects: &Sock, way: &Tapped) -> Step {
    sides.settle(connects.side)?;
    match way.is_seen() {
        true => sides.wait_until(connects, way, Until::Command("READY")),
        false => Ok(()),
    }
}

/// A connection is made each way, and used: what a library was told before on another one it has heard by then, though
/// its application did not ask.
pub fn time_passes(sides: &mut Sides) -> Step {
    for side in Side::BOTH {
        let (push, pull) = (sides.socket(side, "PUSH")?, sides.socket(side.other(), "PULL")?);
        let endpoint = sides.bind(&pull)?;
        sides.connect(&push, &endpoint)?;
        for _ in 0..ROUNDS {
            sides.pass(&push, &pull, &message(["time passes"]))?;
        }
    }
    Ok(())
}
