//! The sockets that the agent has, and all that is done with one but what `message` does.

use std::collections::HashMap;
use std::thread::{self, JoinHandle};

use serde_json::{Map, Value, json};
use zmq::{Context, Result as Zmq, Socket, SocketEvent};

use super::data::{Answer, Attachment, Refusal};
use super::message::Deadline;
use super::options::set_option;

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
