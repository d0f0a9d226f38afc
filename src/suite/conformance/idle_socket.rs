//! A libzmq socket to which somebody connects says its part (subscriptions, a welcome, a probe) only
//! when its application calls it next. So it is called while the other end waits for that.

use super::exchange::silent;
use super::sides::{Sides, Sock, same};
use super::step::Step;
use super::value::Frame;

/// `sock` receives exactly this, while `idle` is called as well and gets nothing.
pub fn expect_with(sides: &mut Sides, sock: &Sock, idle: &Sock, message: &[Frame]) -> Step {
    let mut came = None;
    sides.until("a message did not come", |sides, ms| {
        came = sides.try_recv(sock, ms)?;
        if came.is_none() {
            silent(sides, idle)?;
        }
        Ok(came.is_some())
    })?;
    same(message, &came.expect("until it came"))
}
