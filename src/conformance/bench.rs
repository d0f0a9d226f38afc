//! The bench on which a case works: sockets of two agents, and what must come out of them. Requests
//! whose answer is not needed at once are only posted; that they succeeded is checked before the next
//! answer of that agent is used, and at the end.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};

use super::pool::Pool;
use super::value::Frame;
use crate::digest::D;
use crate::peer::Peer;
use crate::peer::agent::{Agent, Answer, Broken, Hello, PATIENCE, Refusal};
use crate::run::answer::show;
use crate::run::failure::{Cause, End, Failure, Step};
use crate::run::interrupt::Interrupt;
use crate::run::stage::Setting;

/// How long a message that must come may take.
pub const COMES: Duration = Duration::from_millis(2000);

/// How many of the last requests and answers are evidence.
const LINES: usize = 14;

/// The first side, in the order of a cell's id.
pub const A: usize = 0;
/// The second side.
pub const B: usize = 1;

/// A socket of one side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sock {
    /// Whose.
    pub side: usize,
    /// Its name towards the agent.
    pub name: String,
    /// Its type.
    pub kind: String,
}

/// See the module.
pub struct Bench {
    /// The agents of the two sides.
    pub agents: [Agent; 2],
    /// Does the first side bind where either may?
    pub flip: bool,
    /// A folder of this cell for ipc sockets.
    pub scratch: std::path::PathBuf,
    peers: [Peer; 2],
    pool: Arc<Pool>,
    interrupt: Interrupt,
    sockets: usize,
    posted: [VecDeque<(u64, String)>; 2],
    log: VecDeque<String>,
}

impl Bench {
    /// A bench for two agents fresh from a reset.
    pub fn new(agents: [Agent; 2], peers: [Peer; 2], flip: bool, setting: &Setting) -> Bench {
        Bench {
            agents,
            flip,
            scratch: setting.scratch.clone(),
            peers,
            pool: setting.pool.clone(),
            interrupt: setting.interrupt.clone(),
            sockets: 0,
            posted: Default::default(),
            log: VecDeque::new(),
        }
    }

    /// The last lines of the conversation with the agents.
    pub fn log(&self) -> Vec<String> {
        self.log.iter().cloned().collect()
    }

    fn note(&mut self, side: usize, arrow: char, what: &impl ToString) {
        let mut line: String = what.to_string().chars().take(200).collect();
        if line.len() >= 200 {
            line.push('…');
        }
        self.log.push_back(format!("{} {arrow} {line}", ['A', 'B'][side]));
        if self.log.len() > LINES {
            self.log.pop_front();
        }
    }

    /// Posts a request that must succeed.
    pub fn post(&mut self, side: usize, request: Value) -> Step {
        self.note(side, '→', &request);
        let op = request["op"].as_str().unwrap_or_default().to_owned();
        let id = self.agents[side].post(request).map_err(|e| broken(side, &e))?;
        self.posted[side].push_back((id, op));
        Ok(())
    }

    /// Takes the answers to all that was posted to `side`.
    pub fn settle(&mut self, side: usize) -> Step {
        while let Some((id, op)) = self.posted[side].pop_front() {
            let answer = self.agents[side].answer(id, PATIENCE).map_err(|e| broken(side, &e))?;
            self.must(side, &op, answer)?;
        }
        Ok(())
    }

    /// Sends a request and waits for its answer, which may be a refusal.
    pub fn ask(&mut self, side: usize, request: Value, patience: Duration) -> Step<Answer> {
        if self.interrupt.raised() {
            return Err(End::Interrupted);
        }
        self.settle(side)?;
        self.note(side, '→', &request);
        let id = self.agents[side].post(request).map_err(|e| broken(side, &e))?;
        self.taken(side, id, patience + PATIENCE)
    }

    fn taken(&mut self, side: usize, id: u64, patience: Duration) -> Step<Answer> {
        let answer = self.agents[side].answer(id, patience).map_err(|e| broken(side, &e))?;
        match &answer {
            Ok(fields) => self.note(side, '←', &Value::from(fields.clone())),
            Err(refusal) => self.note(side, '←', &format!("{}: {}", refusal.code, refusal.message)),
        }
        Ok(answer)
    }

    /// Sends a request that must succeed, and waits for its answer.
    pub fn do_it(&mut self, side: usize, request: Value) -> Step<Map<String, Value>> {
        let op = request["op"].as_str().unwrap_or_default().to_owned();
        let answer = self.ask(side, request, Duration::ZERO)?;
        self.must(side, &op, answer)
    }

    fn must(&mut self, side: usize, op: &str, answer: Answer) -> Step<Map<String, Value>> {
        answer.map_err(|refusal| {
            self.note(side, '←', &format!("{}: {}", refusal.code, refusal.message));
            let (cause, suspects) = match refusal.code.as_str() {
                // What hello promised must not be refused afterwards.
                "unsupported" | "bad-request" => (Cause::Contract, vec![side]),
                // What can't be sent in time the other end may not take.
                "EAGAIN" => (Cause::Timeout, vec![A, B]),
                _ => (Cause::WrongAnswer, vec![side]),
            };
            let what = format!("{} answered {op} with {}", ['A', 'B'][side], refusal.code);
            Failure::new(cause, suspects, what).compared("ok", refusal.message).into()
        })
    }

    /// What the agent of `side` says that it can.
    pub fn hello(&mut self, side: usize) -> Step<Hello> {
        self.settle(side)?;
        self.agents[side].hello().map_err(|e| broken(side, &e))
    }

    /// Those of `options` that `side` has for sockets of this type: for what makes a case quicker or
    /// sharper, but not other.
    pub fn if_had(&mut self, side: usize, kind: &str, options: Value) -> Step<Value> {
        let listed = self.hello(side)?.options;
        let mut had = json!({});
        for (name, value) in options.as_object().into_iter().flatten() {
            let set =
                json!({"op": "socket", "socket": "if had", "type": kind, "options": {name: value}});
            if listed.contains(name) && self.ask(side, set, Duration::ZERO)?.is_ok() {
                self.post(side, json!({"op": "close", "socket": "if had"}))?;
                had[name] = value.clone();
            }
        }
        Ok(had)
    }

    /// Kills the agent of `side`, in the middle of whatever it does, and puts a fresh one in its place.
    pub fn kill(&mut self, side: usize) -> Step {
        self.agents[side].kill();
        self.posted[side].clear();
        self.note(side, '→', &"SIGKILL; a fresh agent takes its place");
        let fresh = self.pool.take(&self.peers[side]);
        self.agents[side] = fresh.map_err(|e| broken(side, &e))?;
        self.hello(side).map(drop)
    }

    /// A new socket.
    pub fn socket(&mut self, side: usize, kind: &str) -> Step<Sock> {
        self.socket_with(side, kind, json!({}))
    }

    /// A new socket with options.
    pub fn socket_with(&mut self, side: usize, kind: &str, options: Value) -> Step<Sock> {
        self.sockets += 1;
        let sock = Sock { side, name: format!("s{}", self.sockets), kind: kind.into() };
        let request =
            json!({"op": "socket", "socket": sock.name, "type": kind, "options": options});
        self.post(side, request)?;
        Ok(sock)
    }

    /// Binds to any port and returns the real endpoint.
    pub fn bind(&mut self, sock: &Sock) -> Step<String> {
        self.bind_at(sock, "tcp://127.0.0.1:*")
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

    /// Binds where another socket was until just now; the system may take a while to see that.
    pub fn rebind(&mut self, sock: &Sock, endpoint: &str) -> Step {
        let request = json!({"op": "bind", "socket": sock.name, "endpoint": endpoint});
        self.until("an endpoint can't be bound again", |bench, _| {
            Ok(bench.ask(sock.side, request.clone(), Duration::ZERO)?.is_ok())
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
        let ms = COMES.as_millis() as u64;
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
        let answer = self.ask(sock.side, request, Duration::from_millis(ms))?;
        Ok(answer.map(|ok| ok.get("sent").and_then(Value::as_u64).unwrap_or(count)))
    }

    /// Receives a message, if one comes within `ms`.
    pub fn try_recv(&mut self, sock: &Sock, ms: u64) -> Step<Result<Vec<D>, Refusal>> {
        let request = json!({"op": "recv", "socket": sock.name, "timeout_ms": ms});
        match self.ask(sock.side, request, Duration::from_millis(ms))? {
            Ok(fields) => frames_of(sock.side, fields).map(Ok),
            Err(refusal) => Ok(Err(refusal)),
        }
    }

    /// Receives the message that must come now.
    pub fn recv(&mut self, sock: &Sock) -> Step<Vec<D>> {
        match self.try_recv(sock, COMES.as_millis() as u64)? {
            Ok(frames) => Ok(frames),
            // A send that failed on the other side explains a silence.
            Err(refusal) => {
                self.settle(1 - sock.side)?;
                let failure = Failure::new(Cause::Timeout, [A, B], "a message did not come");
                Err(failure.compared("a message", refusal.code).into())
            }
        }
    }

    /// Receives up to `count` messages until `ms` are over.
    pub fn recv_many(&mut self, sock: &Sock, count: usize, ms: u64) -> Step<Vec<Vec<D>>> {
        let request = json!({"op": "recv", "socket": sock.name, "timeout_ms": ms, "count": count});
        let side = sock.side;
        let mut fields = match self.ask(side, request, Duration::from_millis(ms))? {
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
        let got = self.recv(sock)?;
        same(message, &got)
    }

    /// Sends from one and receives at the other, exactly this.
    pub fn pass(&mut self, from: &Sock, to: &Sock, message: &[Frame]) -> Step {
        self.send(from, message)?;
        self.expect(to, message)
    }

    /// Nothing may come to `sock` that was sent before `sentinel`, which is sent by `from` now.
    pub fn expect_only(&mut self, from: &Sock, to: &Sock, sentinel: &[Frame]) -> Step {
        self.pass(from, to, sentinel)
    }

    /// Asks again and again until `check` holds or time is over: for what has no event. `check` is told
    /// for how many ms to wait for a message this time: longer and longer, to leave the processor to
    /// others when nothing comes.
    pub fn until(
        &mut self,
        what: &str,
        mut check: impl FnMut(&mut Bench, u64) -> Step<bool>,
    ) -> Step {
        let deadline = Instant::now() + COMES;
        let mut ms = 2;
        while !check(self, ms)? {
            if Instant::now() >= deadline {
                // Who does not answer, or refuses, explains a silence.
                for side in [A, B] {
                    self.settle(side)?;
                }
                return Err(Failure::new(Cause::Timeout, [A, B], what).into());
            }
            ms = (2 * ms).min(64);
        }
        Ok(())
    }

    /// After the case: everything that was posted must have succeeded, and both agents start afresh.
    /// Returns the agents that can go on.
    pub fn finish(mut self, end: &mut Step) -> Vec<Agent> {
        for side in [A, B] {
            if end.is_ok() {
                *end = self.settle(side);
            }
        }
        // A library that failed may also hang in a close: not worth more than a fresh start.
        let patience = if end.is_ok() { 2 * PATIENCE } else { COMES };
        let mut resets = vec![];
        for side in [A, B] {
            // Who was seen to hang, or to talk nonsense, would only do so again. After a failure answers
            // may still be outstanding; they are skipped.
            if !self.agents[side].is_useless() {
                resets.push((side, self.agents[side].post(json!({"op": "reset"}))));
            }
        }
        let mut usable = [false, false];
        for (side, id) in resets {
            let done = id.and_then(|id| {
                loop {
                    match self.agents[side].any_answer(patience)? {
                        (Some(found), answer) if found == id => break Ok(answer),
                        (Some(earlier), _) if earlier < id => {}
                        _ => {
                            break Err(Broken::Contract(
                                "its answer to reset has a wrong id".into(),
                            ));
                        }
                    }
                }
            });
            match done {
                Ok(Ok(_)) => usable[side] = true,
                // It can't be rid of what lingers: another one is started in its place.
                Ok(Err(refusal)) if refusal.code == "other" => {}
                Ok(Err(refusal)) if end.is_ok() => {
                    let what = format!("{} answered reset with {}", ['A', 'B'][side], refusal.code);
                    *end = Err(Failure::new(Cause::Contract, [side], what).into());
                }
                Err(e) if end.is_ok() => *end = Err(broken(side, &e)),
                _ => {}
            }
        }
        self.agents
            .into_iter()
            .zip(usable)
            .filter(|(_, usable)| *usable)
            .map(|(agent, _)| agent)
            .collect()
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

/// What did not hold, by the fault of either side.
pub fn wrong(what: impl Into<String>) -> End {
    Failure::new(Cause::WrongAnswer, [A, B], what).into()
}

/// A message for a line of text.
pub fn parts(frames: &[D]) -> String {
    let shown: Vec<_> = frames.iter().map(show).collect();
    format!("[{}]", shown.join(", "))
}

fn frames_of(side: usize, mut fields: Map<String, Value>) -> Step<Vec<D>> {
    let frames: Vec<D> = serde_json::from_value(fields.remove("frames").unwrap_or_default())
        .map_err(|e| Failure::new(Cause::Contract, [side], format!("recv without frames: {e}")))?;
    credible(side, frames)
}

/// Frames of which none contradicts itself.
fn credible(side: usize, frames: Vec<D>) -> Step<Vec<D>> {
    match frames.iter().find_map(D::contradiction) {
        Some(lie) => {
            Err(Failure::new(Cause::Contract, [side], format!("a frame contradicts itself: {lie}"))
                .into())
        }
        None => Ok(frames),
    }
}

/// An agent of no use any more, as the failure of its side.
pub fn broken(side: usize, error: &Broken) -> End {
    let cause = match error {
        Broken::Start(_) | Broken::Ended(_) => Cause::Crash,
        Broken::Silent { .. } => Cause::Timeout,
        Broken::Contract(_) => Cause::Contract,
    };
    Failure::new(cause, [side], format!("{}: {error}", ['A', 'B'][side])).into()
}
