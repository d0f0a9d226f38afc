//! A libzmq socket to which somebody connects says its part (subscriptions, a welcome, a probe) only
//! when its application calls it next. So it is called while the other end waits for that.

use super::sides::{Sides, Sock, parts, same};
use super::step::{A, B};
use super::step::{Cause, Failure, Step};
use super::value::Frame;

/// `sock` receives exactly this, while `idle` is called as well and gets nothing.
pub fn expect_with(sides: &mut Sides, sock: &Sock, idle: &Sock, message: &[Frame]) -> Step {
    let mut came = None;
    sides.until("a message did not come", |sides, ms| {
        came = sides.try_recv(sock, ms)?.ok();
        if came.is_none()
            && let Ok(got) = sides.try_recv(idle, 0)?
        {
            let what = "a message came that nobody sent";
            return Err(Failure::new(Cause::WrongAnswer, [A, B], what)
                .compared("nothing", parts(&got))
                .into());
        }
        Ok(came.is_some())
    })?;
    same(message, &came.expect("until it came"))
}
