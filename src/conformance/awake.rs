//! A libzmq socket to which somebody connects says its part (subscriptions, a welcome, a probe) only
//! when its application calls it next. So it is called while the other end waits for that.

use super::bench::{A, B, Bench, Sock, parts, same};
use super::value::Frame;
use crate::run::failure::{Cause, Failure, Step};

/// `sock` receives exactly this, while `idle` is called as well and gets nothing.
pub fn expect_with(bench: &mut Bench, sock: &Sock, idle: &Sock, message: &[Frame]) -> Step {
    let mut came = None;
    bench.until("a message did not come", |bench, ms| {
        came = bench.try_recv(sock, ms)?.ok();
        if came.is_none()
            && let Ok(got) = bench.try_recv(idle, 0)?
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
