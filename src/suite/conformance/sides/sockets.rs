//! What a case does with sockets: makes them, sets their options, links them and closes them.

use serde_json::{Value, json};

use super::{Sides, Sock, Tapped, breach, refused};
use crate::suite::conformance::step::{A, B, End, Side, Step};
use crate::suite::conformance::value::Frame;
use crate::suite::port::Kept;

impl Sides {
    /// The address on which `side` binds and from which it connects.
    pub fn host(&self, side: Side) -> &str {
        self.reach.host_of(&self.peers[side])
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
        let endpoint = format!("tcp://{}:*", self.host(sock.side));
        self.bind_at(sock, &endpoint)
    }

    /// Binds there and returns the real endpoint.
    pub fn bind_at(&mut self, sock: &Sock, endpoint: &str) -> Step<String> {
        let request = json!({"op": "bind", "socket": sock.name, "endpoint": endpoint});
        let ok = self.do_it(sock.side, request)?;
        match ok.get("endpoint").and_then(Value::as_str) {
            Some(real) => Ok(real.to_owned()),
            None => Err(breach(sock.side, "bind was answered without an endpoint").into()),
        }
    }

    /// An endpoint of the second side that nobody else gets in this cell, while nobody is there.
    pub fn keep_endpoint(&mut self) -> Step<String> {
        let host = self.host(B).to_owned();
        self.keep(&host)
    }

    pub(super) fn keep(&mut self, host: &str) -> Step<String> {
        let kept = Kept::new(host).map_err(End::Broken)?;
        let endpoint = format!("tcp://{host}:{}", kept.port);
        self.kept.push(kept);
        Ok(endpoint)
    }

    /// Binds where another socket was until just now; the system may take a while to see that.
    pub fn rebind(&mut self, sock: &Sock, endpoint: &str) -> Step {
        let request = json!({"op": "bind", "socket": sock.name, "endpoint": endpoint});
        self.until("an endpoint can't be bound again", |sides, _| {
            match sides.ask(sock.side, request.clone())? {
                Ok(_) => Ok(true),
                Err(refusal) if refusal.code == "EADDRINUSE" => Ok(false),
                Err(refusal) => Err(refused(sock.side, "bind", "ok or EADDRINUSE", &refusal)),
            }
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

    /// The same, on a way that is watched.
    pub fn link_tapped(&mut self, first: &Sock, second: &Sock) -> Step<Tapped> {
        let (connects, binds) = if self.flip { (second, first) } else { (first, second) };
        let endpoint = self.bind(binds)?;
        let way = self.tap(binds.side, &endpoint)?;
        self.connect(connects, &way.endpoint)?;
        Ok(way)
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
}
