//! What waits for messages: send, receive and poll, each until its deadline.

use std::time::{Duration, Instant};

use serde_json::json;
use zmq::{Result as Zmq, Socket};

use super::data::{Answer, Frame, PollEvents, Refusal};
use crate::digest::D;

/// How many milliseconds an op waits where neither it nor its socket says.
const DEFAULT_TIMEOUT: u64 = 1000;

/// How long after its deadline an op goes on with what needs no waiting: it takes what is queued, but
/// does not follow a peer that never stops sending.
const GRACE: Duration = Duration::from_millis(500);

/// The time at which an op must be answered.
#[derive(Clone, Copy)]
pub struct Deadline(Instant);

impl Deadline {
    /// In so many milliseconds.
    pub fn after(timeout_ms: Option<u64>) -> Deadline {
        Deadline(Instant::now() + Duration::from_millis(timeout_ms.unwrap_or(DEFAULT_TIMEOUT)))
    }

    /// The milliseconds that are left, rounded up.
    pub fn left(self) -> i32 {
        let left = self.0.saturating_duration_since(Instant::now()).as_nanos();
        i32::try_from(left.div_ceil(1_000_000)).unwrap_or(i32::MAX)
    }

    /// Must an op end although it need not wait?
    pub fn is_over(self) -> bool {
        Instant::now() > self.0 + GRACE
    }
}

/// A socket's own timeout, of sending or of receiving.
struct Timeout {
    get: fn(&Socket) -> Zmq<i32>,
    set: fn(&Socket, i32) -> Zmq<()>,
}

const SENDING: Timeout = Timeout { get: Socket::get_sndtimeo, set: Socket::set_sndtimeo };
const RECEIVING: Timeout = Timeout { get: Socket::get_rcvtimeo, set: Socket::set_rcvtimeo };

impl Timeout {
    /// The deadline of an op, which the socket's own timeout gives where the op doesn't.
    fn deadline(&self, socket: &Socket, timeout_ms: Option<u64>) -> Zmq<Deadline> {
        let own = u64::try_from((self.get)(socket)?).ok();
        Ok(Deadline::after(timeout_ms.or(own)))
    }

    /// Sends or receives: at once, or as soon as it is possible before the deadline.
    ///
    /// The socket's timeout waits, not a poll, which doesn't know that a REQ may not receive at all.
    fn call_until<T>(
        &self,
        socket: &Socket,
        deadline: Deadline,
        call: impl Fn(i32) -> Zmq<T>,
    ) -> Zmq<T> {
        let done = call(zmq::DONTWAIT);
        if done.as_ref().err() != Some(&zmq::Error::EAGAIN) || deadline.left() == 0 {
            return done;
        }
        let own = (self.get)(socket)?;
        (self.set)(socket, deadline.left())?;
        let done = call(0);
        (self.set)(socket, own)?;
        done
    }
}

/// Sends a message `count` times.
pub fn send(socket: &Socket, frames: &[Frame], count: u64, timeout_ms: Option<u64>) -> Answer {
    let frames = frames.iter().map(Frame::bytes).collect::<Result<Vec<_>, _>>()?;
    let Some(last) = frames.len().checked_sub(1) else {
        return Err(Refusal::bad_request("a message has one frame at least"));
    };
    let deadline = SENDING.deadline(socket, timeout_ms)?;
    for sent in 0..count {
        if sent > 0 && deadline.is_over() {
            return Err(Refusal { sent: Some(sent), ..zmq::Error::EAGAIN.into() });
        }
        for (i, frame) in frames.iter().enumerate() {
            let more = if i < last { zmq::SNDMORE } else { 0 };
            SENDING
                .call_until(socket, deadline, |flags| socket.send(frame, flags | more))
                .map_err(|error| Refusal { sent: Some(sent), ..error.into() })?;
        }
    }
    Ok(json!({ "sent": count }))
}

/// Receives one message or, with `count`, as many as come before the deadline.
pub fn receive(socket: &Socket, count: Option<usize>, timeout_ms: Option<u64>) -> Answer {
    let deadline = RECEIVING.deadline(socket, timeout_ms)?;
    let message = || -> Zmq<Vec<D>> {
        let frames =
            RECEIVING.call_until(socket, deadline, |flags| socket.recv_multipart(flags))?;
        Ok(frames.iter().map(|frame| D::of(frame)).collect())
    };
    let Some(count) = count else { return Ok(json!({ "frames": message()? })) };
    let mut messages = vec![];
    while messages.len() < count && (messages.is_empty() || !deadline.is_over()) {
        match message() {
            Ok(message) => messages.push(message),
            Err(error) if messages.is_empty() && error != zmq::Error::EAGAIN => {
                return Err(error.into());
            }
            Err(_) => break, // what came before it is not lost
        }
    }
    Ok(json!({ "messages": messages }))
}

/// Receives one message, and tells a property of the connection that it came on.
pub fn receive_property(socket: &Socket, property: &str, timeout_ms: Option<u64>) -> Answer {
    let deadline = RECEIVING.deadline(socket, timeout_ms)?;
    let mut first = RECEIVING.call_until(socket, deadline, |flags| socket.recv_msg(flags))?;
    let mut frames = vec![D::of(&first)];
    while socket.get_rcvmore()? {
        frames.push(D::of(&socket.recv_msg(0)?));
    }
    Ok(json!({ "frames": frames, "value": first.gets(property) }))
}

/// Waits until a socket is ready.
pub fn poll(socket: &Socket, events: PollEvents, timeout_ms: Option<u64>) -> Answer {
    let wanted = match events {
        PollEvents::In => zmq::POLLIN,
        PollEvents::Out => zmq::POLLOUT,
    };
    let timeout = Deadline::after(timeout_ms).left().into();
    Ok(json!({ "ready": socket.poll(wanted, timeout)? > 0 }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_rounds_up_and_never_below_zero() {
        assert_eq!(Deadline::after(Some(0)).left(), 0);
        assert!((1..=50).contains(&Deadline::after(Some(50)).left()));
        assert_eq!(Deadline::after(Some(1 << 40)).left(), i32::MAX);
    }

    #[test]
    fn the_sockets_own_timeout_is_kept() {
        let socket = zmq::Context::new().socket(zmq::PULL).unwrap();
        socket.set_rcvtimeo(7).unwrap();
        let deadline = RECEIVING.deadline(&socket, Some(20)).unwrap();
        let received = RECEIVING.call_until(&socket, deadline, |flags| socket.recv_bytes(flags));
        assert_eq!(received, Err(zmq::Error::EAGAIN));
        assert_eq!(socket.get_rcvtimeo(), Ok(7));
        assert!(RECEIVING.deadline(&socket, None).unwrap().left() <= 7);
    }
}
