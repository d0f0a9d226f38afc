//! The sockets that the agent has, and all that is done with one: each op waits until its deadline.

use std::collections::HashMap;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};
use zmq::{Context, Result as Zmq, Socket, SocketEvent};

use super::data::{Answer, Attachment, Frame, PollEvents, Refusal};
use super::options::set_option;
use crate::digest::D;

/// Names of the socket types.
pub const TYPES: &[(&str, zmq::SocketType)] = &[
    ("REQ", zmq::REQ),
    ("REP", zmq::REP),
    ("DEALER", zmq::DEALER),
    ("ROUTER", zmq::ROUTER),
    ("PUB", zmq::PUB),
    ("SUB", zmq::SUB),
    ("XPUB", zmq::XPUB),
    ("XSUB", zmq::XSUB),
    ("PUSH", zmq::PUSH),
    ("PULL", zmq::PULL),
    ("PAIR", zmq::PAIR),
];

/// How many milliseconds an op waits where neither it nor its socket says.
const DEFAULT_TIMEOUT: u64 = 1000;

/// How long after its deadline an op goes on with what needs no waiting: it takes what is queued, but
/// does not follow a peer that never stops sending.
const GRACE: Duration = Duration::from_millis(500);

struct AgentSocket {
    zmq: Socket,
    /// A PAIR on which its events arrive.
    monitor: Option<Socket>,
}

/// The sockets by the harness's names, and what goes on in the background.
#[derive(Default)]
pub struct Sockets {
    context: Context,
    named: HashMap<String, AgentSocket>,
    background: Vec<Background>,
    lingering: bool,
    /// There are names in the context, or threads, that the next sockets must not meet.
    needs_new_context: bool,
}

/// Whether libzmq was built with something.
pub fn has(capability: &str) -> bool {
    zmq::has(capability) == Some(true)
}

/// The transports that it was built with.
pub fn transports() -> Vec<&'static str> {
    [&["tcp", "inproc"][..], if has("ipc") { &["ipc"] } else { &[] }].concat()
}

impl Sockets {
    /// The context, for a thread that is added to those in the background.
    pub fn context(&self) -> &Context {
        &self.context
    }

    /// Has a thread stopped by the next reset.
    pub fn add(&mut self, thread: Background) {
        self.background.push(thread);
    }

    /// A socket that is closed may still have something to send.
    pub fn lingers(&self) -> bool {
        self.lingering
    }

    fn entry(&self, name: &str) -> Result<&AgentSocket, Refusal> {
        let missing = || Refusal::bad_request(format!("there is no socket {name}"));
        self.named.get(name).ok_or_else(missing)
    }

    /// The socket of this name.
    pub fn find(&self, name: &str) -> Result<&Socket, Refusal> {
        Ok(&self.entry(name)?.zmq)
    }

    /// Removes a socket from the table, and stops its monitor.
    fn take(&mut self, name: &str) -> Result<Socket, Refusal> {
        if self.entry(name)?.monitor.is_some() {
            // The crate has no way to stop a monitor but to start another, of no events. Otherwise the
            // last event of a socket that closes waits for ever for a reader, and the socket with it.
            self.find(name)?.monitor(&format!("inproc://agent.no.monitor.{name}"), 0)?;
        }
        Ok(self.named.remove(name).expect("it was found").zmq)
    }

    /// Creates a socket.
    pub fn open(&mut self, name: String, kind: &str, options: &Map<String, Value>) -> Answer {
        if self.named.contains_key(&name) {
            return Err(Refusal::bad_request(format!("there is a socket {name} already")));
        }
        let known = TYPES.iter().find(|(known, _)| *known == kind);
        let unknown = || Refusal::unsupported(format!("no socket type {kind}"));
        let socket = self.context.socket(known.ok_or_else(unknown)?.1)?;
        socket.set_linger(0)?;
        for (option, value) in options {
            set_option(&socket, option, value)?;
        }
        self.named.insert(name, AgentSocket { zmq: socket, monitor: None });
        Ok(json!({}))
    }

    /// Keeps the events of a socket from now on.
    pub fn monitor(&mut self, name: &str) -> Answer {
        self.needs_new_context = true;
        if self.entry(name)?.monitor.is_none() {
            let monitor = self.context.socket(zmq::PAIR)?;
            monitor.set_rcvhwm(0)?; // at a high-water mark libzmq's own thread would wait for us
            let endpoint = format!("inproc://agent.monitor.{name}");
            self.find(name)?.monitor(&endpoint, SocketEvent::ALL.to_raw().into())?;
            monitor.connect(&endpoint)?;
            self.named.get_mut(name).expect("it was found").monitor = Some(monitor);
        }
        Ok(json!({}))
    }

    /// Lets the library proxy two sockets in the background.
    pub fn proxy(&mut self, frontend: &str, backend: &str) -> Answer {
        if frontend == backend {
            return Err(Refusal::bad_request("a proxy has two sockets"));
        }
        self.find(backend)?;
        let pair = [self.take(frontend)?, self.take(backend)?];
        for socket in &pair {
            socket.set_linger(0)?;
        }
        let proxy = Background::proxy(&self.context, &format!("{frontend}.{backend}"), pair)?;
        self.background.push(proxy);
        Ok(json!({}))
    }

    /// Binds a socket, and tells its real endpoint.
    pub fn bind(&mut self, at: &Attachment) -> Answer {
        self.attach(at, Socket::bind)?;
        let real = self.find(&at.socket)?.get_last_endpoint()?;
        Ok(json!({ "endpoint": real.unwrap_or_else(|_| at.endpoint.clone()) }))
    }

    /// Binds, unbinds, connects or disconnects.
    pub fn attach(&mut self, at: &Attachment, how: fn(&Socket, &str) -> Zmq<()>) -> Answer {
        if let Some((scheme, _)) = at.endpoint.split_once("://")
            && !transports().contains(&scheme)
        {
            return Err(Refusal::unsupported(format!("no transport {scheme}")));
        }
        self.needs_new_context |= !at.endpoint.starts_with("tcp:");
        how(self.find(&at.socket)?, &at.endpoint)?;
        Ok(json!({}))
    }

    /// Closes a socket, whose LINGER holds.
    pub fn close(&mut self, name: &str) -> Answer {
        self.lingering |= self.find(name)?.get_linger()? != 0;
        self.take(name)?;
        Ok(json!({}))
    }

    /// Hands out the events that were kept, and waits for the one that is wanted.
    pub fn events(&self, name: &str, wanted: Option<&str>, timeout_ms: Option<u64>) -> Answer {
        let missing = || Refusal::bad_request(format!("{name} has no monitor"));
        let monitor = self.entry(name)?.monitor.as_ref().ok_or_else(missing)?;
        let deadline = Deadline::after(timeout_ms);
        let mut events: Vec<String> = vec![];
        while !deadline.is_over() {
            let enough = wanted.is_none_or(|wanted| events.iter().any(|event| event == wanted));
            let timeout = if enough { 0 } else { deadline.left() };
            if monitor.poll(zmq::POLLIN, timeout.into())? == 0 {
                break;
            }
            let frames = monitor.recv_multipart(0)?;
            let number = u16::from_ne_bytes([frames[0][0], frames[0][1]]);
            events.push(format!("{:?}", SocketEvent::from_raw(number)));
        }
        Ok(json!({ "events": events }))
    }

    /// Drops everything. A new context costs as much as the rest of a simple case, so the old one is kept if
    /// nothing in it can leak into what follows; otherwise its end waits until the last socket is closed.
    pub fn reset(&mut self) -> Answer {
        for name in self.named.keys().cloned().collect::<Vec<_>>() {
            self.take(&name)?.set_linger(0)?;
        }
        let needs_new_context = self.needs_new_context || !self.background.is_empty();
        self.background.drain(..).for_each(Background::stop);
        if needs_new_context {
            self.context = Context::new();
        }
        (self.lingering, self.needs_new_context) = (false, false);
        Ok(json!({}))
    }
}

/// The time at which an op must be answered.
#[derive(Clone, Copy)]
struct Deadline(Instant);

impl Deadline {
    /// In so many milliseconds.
    fn after(timeout_ms: Option<u64>) -> Deadline {
        Deadline(Instant::now() + Duration::from_millis(timeout_ms.unwrap_or(DEFAULT_TIMEOUT)))
    }

    /// The milliseconds that are left, rounded up.
    fn left(self) -> i32 {
        let left = self.0.saturating_duration_since(Instant::now()).as_nanos();
        i32::try_from(left.div_ceil(1_000_000)).unwrap_or(i32::MAX)
    }

    /// Must an op end although it need not wait?
    fn is_over(self) -> bool {
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

/// Waits until a socket is ready.
pub fn poll(socket: &Socket, events: PollEvents, timeout_ms: Option<u64>) -> Answer {
    let wanted = match events {
        PollEvents::In => zmq::POLLIN,
        PollEvents::Out => zmq::POLLOUT,
    };
    let timeout = Deadline::after(timeout_ms).left().into();
    Ok(json!({ "ready": socket.poll(wanted, timeout)? > 0 }))
}

/// A thread that stops when it is told so: the crate can't shut down a context that is in use.
pub struct Background {
    control: Socket,
    thread: JoinHandle<()>,
}

impl Background {
    /// Starts `work`, which ends when the socket that it gets becomes readable. `name` is its own.
    pub fn start(
        context: &Context,
        name: &str,
        work: impl FnOnce(Socket) + Send + 'static,
    ) -> zmq::Result<Background> {
        let pair = [context.socket(zmq::PAIR)?, context.socket(zmq::PAIR)?];
        let endpoint = format!("inproc://agent.control.{name}");
        pair[0].bind(&endpoint)?;
        pair[1].connect(&endpoint)?;
        let [control, controlled] = pair;
        Ok(Background { control, thread: thread::spawn(move || work(controlled)) })
    }

    /// Lets the library proxy two sockets.
    fn proxy(context: &Context, name: &str, mut pair: [Socket; 2]) -> zmq::Result<Background> {
        Background::start(context, name, move |mut control| {
            let [frontend, backend] = &mut pair;
            if let Err(error) = zmq::proxy_steerable(frontend, backend, &mut control) {
                eprintln!("zmq-interop agent: the proxy stopped: {error}");
            }
        })
    }

    /// Waits until its sockets are closed.
    pub fn stop(self) {
        let told = self.control.send("TERMINATE", zmq::DONTWAIT); // the word that a proxy knows
        if told.is_err() || self.thread.join().is_err() {
            eprintln!("zmq-interop agent: a thread had stopped already");
        }
    }
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
