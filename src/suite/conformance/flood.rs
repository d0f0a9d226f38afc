//! A sender whose peer does not read: how much it takes, and what becomes of that.

use serde_json::{Value, json};

use super::exchange::exchange;
use super::sides::{Sides, Sock, same, wrong};
use super::step::{A, B, Cause, Failure, Step};
use super::value::{Frame, message};

/// Options of the two.
pub const SENDER: &[&str] = &["SNDHWM"];
/// See [`SENDER`].
pub const READER: &[&str] = &["RCVHWM", "RCVBUF"];

/// Messages until a sender must have met its limit: both marks, and what the kernel buffers towards a
/// reader whose buffer is small, hold far less.
pub const FLOOD: u64 = 1000;
/// It must have met it long before.
pub const BOUND: u64 = FLOOD / 2;
/// Octets of such a message.
pub const BODY: usize = 64 << 10;

/// A sender, and a reader with a small buffer, which has said hello.
pub fn with_small_buffers(
    sides: &mut Sides,
    kinds: [&str; 2],
    mut ours: Value,
) -> Step<(Sock, Sock)> {
    ours["SNDHWM"] = 10.into();
    let sender = sides.socket_with(A, kinds[0], ours)?;
    let reader = sides.socket_with(B, kinds[1], json!({"RCVHWM": 10, "RCVBUF": 8192}))?;
    sides.link(&sender, &reader)?;
    exchange(sides, &sender, &reader)?;
    Ok((sender, reader))
}

/// Sends more than fits, which must be refused at some point; tells how many were taken.
pub fn fill_up(sides: &mut Sides, sender: &Sock, message: &[Frame]) -> Step<u64> {
    let taken = sides.send_until_full(sender, message, FLOOD)?;
    if (1..BOUND).contains(&taken) {
        return Ok(taken);
    }
    let what = format!("a {} whose peer does not read has no limit", sender.kind);
    let failure = Failure::new(Cause::WrongAnswer, [A, B], what);
    Err(failure.compared(format!("EAGAIN after 1 to {BOUND}"), format!("{taken} taken")).into())
}

/// Exactly `count` times `message` is there.
pub fn all_there(sides: &mut Sides, reader: &Sock, count: u64, message: &[Frame]) -> Step {
    let got = sides.recv_all(reader, count as usize)?;
    if got.len() as u64 != count {
        return Err(wrong(format!("of {count} messages that were taken {} came", got.len())));
    }
    got.iter().try_for_each(|got| same(message, got))
}

/// A sender takes as many messages as fit, loses none of them, and goes on as soon as there is room.
pub fn blocks_when_full(sides: &mut Sides, kinds: [&str; 2]) -> Step {
    let (sender, reader) = with_small_buffers(sides, kinds, json!({}))?;
    let body = [Frame::Fill { size: BODY, seed: 1 }];
    let taken = fill_up(sides, &sender, &body)?;
    all_there(sides, &reader, taken, &body)?;
    sides.pass(&sender, &reader, &message(["last"]))
}
