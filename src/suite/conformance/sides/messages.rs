//! What a case sends and receives, and what must come out of it.

use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};

use super::{Sides, Sock, breach, refused};
use crate::digest::D;
use crate::peer::agent::Refusal;
use crate::suite::conformance::step::{A, B, Cause, Failure, Side, Step};
use crate::suite::conformance::value::Frame;

/// By so much a wait may seem too short: timers count whole milliseconds, those of some systems about
/// sixteen of them.
pub const GRANULARITY: Duration = Duration::from_millis(20);

/// A socket that takes no message for so long, in ms, is full.
const FULL_MS: u64 = 200;

impl Sides {
    /// Sends a message that must be taken.
    pub fn send(&mut self, sock: &Sock, message: &[Frame]) -> Step {
        let frames: Vec<_> = message.iter().map(Frame::request).collect();
        let ms = self.comes(message);
        let request =
            json!({"op": "send", "socket": sock.name, "frames": frames, "timeout_ms": ms});
        self.post(sock.side, request)
    }

    /// Sends a message, `count` times, which may be refused within `ms`; tells how often it was taken.
    pub fn try_send(
        &mut self,
        sock: &Sock,
        message: &[Frame],
        count: u64,
        ms: u64,
    ) -> Step<Result<u64, Refusal>> {
        let frames: Vec<_> = message.iter().map(Frame::request).collect();
        let request = json!({"op": "send", "socket": sock.name, "frames": frames, "count": count, "timeout_ms": ms});
        let asked = Instant::now();
        match self.ask(sock.side, request)? {
            Ok(fields) => match fields.get("sent").and_then(Value::as_u64) {
                Some(sent) if sent == count => Ok(Ok(sent)),
                sent => {
                    let failure = breach(sock.side, "send was answered with ok and another number");
                    let got = sent.map_or("no number".into(), |sent| sent.to_string());
                    Err(failure.compared(format!("\"sent\":{count}"), got).into())
                }
            },
            Err(refusal) => {
                let expected = format!("ok, or a refusal after at most {count}, for a reason");
                match refusal.code.as_str() {
                    "unsupported" | "bad-request" => {
                        return Err(refused(sock.side, "send", &expected, &refusal));
                    }
                    "EAGAIN" => waited(sock.side, "send", asked, ms)?,
                    _ => {}
                }
                match refusal.sent >= count {
                    true => Err(refused(sock.side, "send", &expected, &refusal)),
                    false => Ok(Err(refusal)),
                }
            }
        }
    }

    /// Sends a message again and again until none is taken for a while; tells how many were, `most` where it was never
    /// full.
    pub fn send_until_full(&mut self, sock: &Sock, message: &[Frame], most: u64) -> Step<u64> {
        let mut taken = 0;
        while taken < most {
            match self.try_send(sock, message, most - taken, FULL_MS)? {
                Ok(more) => taken += more,
                // A peer that still reads makes room now and then.
                Err(refusal) if refusal.code == "EAGAIN" && refusal.sent > 0 => {
                    taken += refusal.sent;
                }
                Err(refusal) if refusal.code == "EAGAIN" => break,
                Err(refusal) => {
                    return Err(refused(sock.side, "send", "EAGAIN at the limit", &refusal));
                }
            }
        }
        Ok(taken)
    }

    /// Tries to send a message within `ms`. False: it was refused with one of `codes`; by no other must
    /// it be refused.
    pub fn is_taken(
        &mut self,
        sock: &Sock,
        message: &[Frame],
        ms: u64,
        codes: &[&str],
    ) -> Step<bool> {
        match self.try_send(sock, message, 1, ms)? {
            Ok(_) => Ok(true),
            Err(refusal) if codes.contains(&refusal.code.as_str()) => Ok(false),
            Err(refusal) => {
                let expected = format!("ok or {}", codes.join(" or "));
                Err(refused(sock.side, "send", &expected, &refusal))
            }
        }
    }

    /// Receives a message, if one comes within `ms`. That none comes is said with EAGAIN, and not before
    /// the time is over; by anything else a receive must not be refused.
    pub fn try_recv(&mut self, sock: &Sock, ms: u64) -> Step<Option<Vec<D>>> {
        match self.recv_or_refusal(sock, ms)? {
            Ok(frames) => Ok(Some(frames)),
            Err(refusal) if refusal.code == "EAGAIN" => Ok(None),
            Err(refusal) => {
                let expected = format!("a message, or EAGAIN after {ms} ms");
                Err(refused(sock.side, "recv", &expected, &refusal))
            }
        }
    }

    /// Receives a message within `ms`, where the case has to look at a refusal itself.
    pub fn recv_or_refusal(&mut self, sock: &Sock, ms: u64) -> Step<Result<Vec<D>, Refusal>> {
        let request = json!({"op": "recv", "socket": sock.name, "timeout_ms": ms});
        let asked = Instant::now();
        match self.ask(sock.side, request)? {
            Ok(fields) => frames_of(sock.side, fields).map(Ok),
            Err(refusal) => {
                if refusal.code == "EAGAIN" {
                    waited(sock.side, "recv", asked, ms)?;
                }
                Ok(Err(refusal))
            }
        }
    }

    /// Receives the message that must come now.
    pub fn recv(&mut self, sock: &Sock) -> Step<Vec<D>> {
        self.recv_within(sock, self.comes(&[]))
    }

    fn recv_within(&mut self, sock: &Sock, ms: u64) -> Step<Vec<D>> {
        match self.try_recv(sock, ms)? {
            Some(frames) => Ok(frames),
            // A send that failed on the other side explains a silence.
            None => {
                self.settle(sock.side.other())?;
                let failure = Failure::new(Cause::Timeout, [A, B], "a message did not come");
                Err(failure.compared("a message", "EAGAIN").into())
            }
        }
    }

    /// Receives the message that must come now, and what is known by that name of the connection that it came on.
    pub fn recv_property(&mut self, sock: &Sock, property: &str) -> Step<(Vec<D>, Option<String>)> {
        let ms = self.comes(&[]);
        let (op, socket) = ("recv_property", &sock.name);
        let request = json!({"op": op, "socket": socket, "property": property, "timeout_ms": ms});
        let fields = self.do_it(sock.side, request)?;
        let value = fields.get("value").and_then(Value::as_str).map(str::to_owned);
        Ok((frames_of(sock.side, fields)?, value))
    }

    /// Receives up to `count` messages until `ms` are over.
    pub fn recv_many(&mut self, sock: &Sock, count: usize, ms: u64) -> Step<Vec<Vec<D>>> {
        let request = json!({"op": "recv", "socket": sock.name, "timeout_ms": ms, "count": count});
        let (side, asked) = (sock.side, Instant::now());
        let mut fields = match self.ask(side, request)? {
            Ok(fields) => fields,
            Err(refusal) => return Err(refused(side, "recv with a count", "messages", &refusal)),
        };
        let messages = fields.remove("messages").unwrap_or_default();
        let messages: Vec<Vec<D>> = serde_json::from_value(messages)
            .map_err(|e| breach(side, format!("recv was answered without messages: {e}")))?;
        if messages.len() > count {
            let failure = breach(side, "recv was answered with more messages than were asked for");
            return Err(failure.compared(count.to_string(), messages.len().to_string()).into());
        }
        if messages.len() < count && is_early(asked, ms) {
            // An error may end it: then the next recv meets it again.
            self.try_recv(sock, 0)?;
            waited(side, "recv", asked, ms)?;
        }
        messages.into_iter().map(|message| credible(side, message)).collect()
    }

    /// Receives `count` messages, which must come, though it may take long until the last one does; fewer where no more
    /// come.
    pub fn recv_all(&mut self, sock: &Sock, count: usize) -> Step<Vec<Vec<D>>> {
        let mut came = vec![];
        while came.len() < count {
            let more = self.recv_many(sock, count - came.len(), self.comes(&[]))?;
            if more.is_empty() {
                break;
            }
            came.extend(more);
        }
        Ok(came)
    }

    /// Receives a message that must be exactly this.
    pub fn expect(&mut self, sock: &Sock, message: &[Frame]) -> Step {
        let got = self.recv_within(sock, self.comes(message))?;
        same(message, &got)
    }

    /// Sends from one and receives at the other, exactly this.
    pub fn pass(&mut self, from: &Sock, to: &Sock, message: &[Frame]) -> Step {
        self.send(from, message)?;
        self.expect(to, message)
    }
}

/// Is it too early to say that nothing happened within `ms`? `asked`: no later than the agent was.
fn is_early(asked: Instant, ms: u64) -> bool {
    asked.elapsed() + GRANULARITY < Duration::from_millis(ms)
}

/// Whoever says that nothing happened within `ms` must have waited for so long.
fn waited(side: Side, op: &str, asked: Instant, ms: u64) -> Step {
    if !is_early(asked, ms) {
        return Ok(());
    }
    let what = format!("{side} gave up {op} before its time was over");
    let got = format!("EAGAIN after {} ms", asked.elapsed().as_millis());
    Err(breach(side, what).compared(format!("EAGAIN after {ms} ms"), got).into())
}

/// `got` must be exactly `message`.
pub fn same(message: &[Frame], got: &[D]) -> Step {
    let expected: Vec<D> = message.iter().map(Frame::seen).collect();
    if expected == got {
        return Ok(());
    }
    let failure = Failure::new(Cause::WrongAnswer, [A, B], "another message came than was sent");
    Err(failure.compared(parts(&expected), parts(got)).into())
}

/// A message for a line of text.
pub fn parts(frames: &[D]) -> String {
    let shown: Vec<_> = frames.iter().map(D::described).collect();
    format!("[{}]", shown.join(", "))
}

fn frames_of(side: Side, mut fields: Map<String, Value>) -> Step<Vec<D>> {
    let frames: Vec<D> = serde_json::from_value(fields.remove("frames").unwrap_or_default())
        .map_err(|e| breach(side, format!("recv was answered without frames: {e}")))?;
    credible(side, frames)
}

/// A message has frames, of which none contradicts itself.
fn credible(side: Side, frames: Vec<D>) -> Step<Vec<D>> {
    if frames.is_empty() {
        return Err(breach(side, "recv was answered with a message of no frames").into());
    }
    match frames.iter().find_map(D::contradiction) {
        Some(lie) => Err(breach(side, format!("a frame contradicts itself: {lie}")).into()),
        None => Ok(frames),
    }
}
