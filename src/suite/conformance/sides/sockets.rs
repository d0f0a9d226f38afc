//! What a case does with sockets: each op of the contract as a method, and what must come out of it.

use serde_json::{Map, Value, json};

use super::{Sides, Sock, comes};
use crate::digest::D;
use crate::peer::agent::Refusal;
use crate::suite::conformance::step::{A, B, Cause, End, Failure, Side, Step};
use crate::suite::conformance::value::Frame;
use crate::suite::port::Kept;

impl Sides {
    /// The address on which `side` binds and from which it connects.
    pub fn host(&self, side: Side) -> &str {
        &self.hosts[side]
    }

    /// A new socket.
    pub fn socket(&mut self, side: Side, kind: &str) -> Step<Sock> {
        self.socket_with(side, kind, json!({}))
    }

    /// A new socket with options.
    pub fn socket_with(&mut self, side: Side, kind: &str, options: Value) -> Step<Sock> {
        self.sockets += 1;
        let sock = Sock { side, name: format!("s{}", self.sockets), kind: kind.into() };
        let request =
            json!({"op": "socket", "socket": sock.name, "type": kind, "options": options});
        self.post(side, request)?;
        Ok(sock)
    }

    /// Binds to any port and returns the real endpoint.
    pub fn bind(&mut self, sock: &Sock) -> Step<String> {
        let endpoint = format!("tcp://{}:*", self.hosts[sock.side]);
        self.bind_at(sock, &endpoint)
    }

    /// Binds there and returns the real endpoint.
    pub fn bind_at(&mut self, sock: &Sock, endpoint: &str) -> Step<String> {
        let request = json!({"op": "bind", "socket": sock.name, "endpoint": endpoint});
        let ok = self.do_it(sock.side, request)?;
        match ok.get("endpoint").and_then(Value::as_str) {
            Some(real) => Ok(real.to_owned()),
            None => {
                Err(Failure::new(Cause::Contract, [sock.side], "bind without an endpoint").into())
            }
        }
    }

    /// An endpoint of the second side that nobody else gets in this cell, while nobody is there.
    pub fn keep_endpoint(&mut self) -> Step<String> {
        let host = &self.hosts[B];
        let kept = Kept::new(host).map_err(End::Broken)?;
        let endpoint = format!("tcp://{host}:{}", kept.port);
        self.kept.push(kept);
        Ok(endpoint)
    }

    /// Binds where another socket was until just now; the system may take a while to see that.
    pub fn rebind(&mut self, sock: &Sock, endpoint: &str) -> Step {
        let request = json!({"op": "bind", "socket": sock.name, "endpoint": endpoint});
        self.until("an endpoint can't be bound again", |sides, _| {
            Ok(sides.ask(sock.side, request.clone())?.is_ok())
        })
    }

    /// Connects.
    pub fn connect(&mut self, sock: &Sock, endpoint: &str) -> Step {
        self.post(sock.side, json!({"op": "connect", "socket": sock.name, "endpoint": endpoint}))
    }

    /// Binds the second and connects the first, or the other way round where the cell flips.
    pub fn link(&mut self, first: &Sock, second: &Sock) -> Step<String> {
        let (connects, binds) = if self.flip { (second, first) } else { (first, second) };
        let endpoint = self.bind(binds)?;
        self.connect(connects, &endpoint)?;
        Ok(endpoint)
    }

    /// A socket on each side, linked.
    pub fn pair(&mut self, first: &str, second: &str) -> Step<(Sock, Sock)> {
        let (a, b) = (self.socket(A, first)?, self.socket(B, second)?);
        self.link(&a, &b)?;
        Ok((a, b))
    }

    /// Sets an option.
    pub fn set(&mut self, sock: &Sock, option: &str, value: Value) -> Step {
        self.post(
            sock.side,
            json!({"op": "set", "socket": sock.name, "option": option, "value": value}),
        )
    }

    /// Closes a socket.
    pub fn close(&mut self, sock: &Sock) -> Step {
        self.do_it(sock.side, json!({"op": "close", "socket": sock.name})).map(drop)
    }

    /// Subscribes to a topic.
    pub fn subscribe(&mut self, sock: &Sock, topic: impl Into<Frame>) -> Step {
        let topic = topic.into().request();
        self.post(sock.side, json!({"op": "subscribe", "socket": sock.name, "topic": topic}))
    }

    /// Cancels a subscription.
    pub fn unsubscribe(&mut self, sock: &Sock, topic: impl Into<Frame>) -> Step {
        let topic = topic.into().request();
        self.post(sock.side, json!({"op": "unsubscribe", "socket": sock.name, "topic": topic}))
    }

    /// Sends a message that must be taken.
    pub fn send(&mut self, sock: &Sock, message: &[Frame]) -> Step {
        let frames: Vec<_> = message.iter().map(Frame::request).collect();
        let ms = comes(message);
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
        let answer = self.ask(sock.side, request)?;
        Ok(answer.map(|ok| ok.get("sent").and_then(Value::as_u64).unwrap_or(count)))
    }

    /// Receives a message, if one comes within `ms`.
    pub fn try_recv(&mut self, sock: &Sock, ms: u64) -> Step<Result<Vec<D>, Refusal>> {
        let request = json!({"op": "recv", "socket": sock.name, "timeout_ms": ms});
        match self.ask(sock.side, request)? {
            Ok(fields) => frames_of(sock.side, fields).map(Ok),
            Err(refusal) => Ok(Err(refusal)),
        }
    }

    /// Receives the message that must come now.
    pub fn recv(&mut self, sock: &Sock) -> Step<Vec<D>> {
        self.recv_within(sock, comes(&[]))
    }

    fn recv_within(&mut self, sock: &Sock, ms: u64) -> Step<Vec<D>> {
        match self.try_recv(sock, ms)? {
            Ok(frames) => Ok(frames),
            // A send that failed on the other side explains a silence.
            Err(refusal) => {
                self.settle(sock.side.other())?;
                let failure = Failure::new(Cause::Timeout, [A, B], "a message did not come");
                Err(failure.compared("a message", refusal.code).into())
            }
        }
    }

    /// Receives up to `count` messages until `ms` are over.
    pub fn recv_many(&mut self, sock: &Sock, count: usize, ms: u64) -> Step<Vec<Vec<D>>> {
        let request = json!({"op": "recv", "socket": sock.name, "timeout_ms": ms, "count": count});
        let side = sock.side;
        let mut fields = match self.ask(side, request)? {
            Ok(fields) => fields,
            Err(refusal) if refusal.code == "EAGAIN" => return Ok(vec![]),
            Err(refusal) => return self.must(side, "recv", Err(refusal)).map(|_| vec![]),
        };
        let messages = fields.remove("messages").unwrap_or_default();
        let messages: Vec<Vec<D>> = serde_json::from_value(messages).map_err(|e| {
            Failure::new(Cause::Contract, [side], format!("recv without messages: {e}"))
        })?;
        messages.into_iter().map(|message| credible(side, message)).collect()
    }

    /// Receives a message that must be exactly this.
    pub fn expect(&mut self, sock: &Sock, message: &[Frame]) -> Step {
        let got = self.recv_within(sock, comes(message))?;
        same(message, &got)
    }

    /// Sends from one and receives at the other, exactly this.
    pub fn pass(&mut self, from: &Sock, to: &Sock, message: &[Frame]) -> Step {
        self.send(from, message)?;
        self.expect(to, message)
    }
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
        .map_err(|e| Failure::new(Cause::Contract, [side], format!("recv without frames: {e}")))?;
    credible(side, frames)
}

/// Frames of which none contradicts itself.
fn credible(side: Side, frames: Vec<D>) -> Step<Vec<D>> {
    match frames.iter().find_map(D::contradiction) {
        Some(lie) => {
            Err(Failure::new(Cause::Contract, [side], format!("a frame contradicts itself: {lie}"))
                .into())
        }
        None => Ok(frames),
    }
}
