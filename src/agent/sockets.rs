//! The sockets, and the ops.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use serde_json::{Map, Value, json};
use zmq::{Context, Socket, SocketEvent};

use super::background::{Background, Zap};
use super::option;
use super::patience::{Deadline, events, receive, send};
use super::request::{Done, Op, Readiness, Refusal, Rules};

const TYPES: &[(&str, zmq::SocketType)] = &[
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

struct Held {
    zmq: Socket,
    /// A PAIR on which its events arrive.
    monitor: Option<Socket>,
}

/// Sockets by the harness's names, and what goes on in the background.
#[derive(Default)]
pub struct Agent {
    context: Context,
    sockets: HashMap<String, Held>,
    background: Vec<Background>,
    zap: Option<Arc<Mutex<Zap>>>,
    lingering: bool,
    /// There are names in the context, or threads, that whoever comes next must not meet.
    spent: bool,
}

fn has(capability: &str) -> bool {
    zmq::has(capability) == Some(true)
}

fn transports() -> Vec<&'static str> {
    [&["tcp", "inproc"][..], if has("ipc") { &["ipc"] } else { &[] }].concat()
}

impl Agent {
    /// Starts with nothing.
    pub fn new() -> Agent {
        Agent::default()
    }

    /// A socket that is closed may still have something to send.
    pub fn lingers(&self) -> bool {
        self.lingering
    }

    /// Does what a request asks for.
    pub fn perform(&mut self, op: Op) -> Done {
        match op {
            Op::Hello => Ok(hello()),
            Op::Socket { socket, kind, options } => self.open(socket, &kind, &options),
            Op::Set { socket, option, value } => {
                done(option::set(self.socket(&socket)?, &option, &value))
            }
            Op::Get { socket, option } => {
                Ok(json!({ "value": option::get(self.socket(&socket)?, &option)? }))
            }
            Op::Bind(at) => {
                self.spent |= !at.endpoint.starts_with("tcp:");
                let socket = self.socket(&at.socket)?;
                socket.bind(possible(&at.endpoint)?)?;
                let real = socket.get_last_endpoint()?.unwrap_or(at.endpoint);
                Ok(json!({ "endpoint": real }))
            }
            Op::Unbind(at) => done(self.socket(&at.socket)?.unbind(possible(&at.endpoint)?)),
            Op::Connect(at) => {
                self.spent |= !at.endpoint.starts_with("tcp:");
                done(self.socket(&at.socket)?.connect(possible(&at.endpoint)?))
            }
            Op::Disconnect(at) => {
                done(self.socket(&at.socket)?.disconnect(possible(&at.endpoint)?))
            }
            Op::Send { socket, frames, count, timeout_ms } => {
                send(self.socket(&socket)?, &frames, count.unwrap_or(1), timeout_ms)
            }
            Op::Recv { socket, count, timeout_ms } => {
                receive(self.socket(&socket)?, count, timeout_ms)
            }
            Op::Subscribe(to) => done(self.socket(&to.socket)?.set_subscribe(&to.topic.bytes()?)),
            Op::Unsubscribe(to) => {
                done(self.socket(&to.socket)?.set_unsubscribe(&to.topic.bytes()?))
            }
            Op::Poll { socket, events, timeout_ms } => {
                let wanted = match events {
                    Readiness::In => zmq::POLLIN,
                    Readiness::Out => zmq::POLLOUT,
                };
                let timeout = Deadline::after(timeout_ms).left().into();
                Ok(json!({ "ready": self.socket(&socket)?.poll(wanted, timeout)? > 0 }))
            }
            Op::Monitor { socket } => self.monitor(&socket),
            Op::Events { socket, until, timeout_ms } => {
                let monitor = self.held(&socket)?.monitor.as_ref();
                let monitor = monitor
                    .ok_or_else(|| Refusal::bad_request(format!("{socket} has no monitor")))?;
                events(monitor, until.as_deref(), Deadline::after(timeout_ms))
            }
            Op::Proxy { frontend, backend } => self.proxy(&frontend, &backend),
            Op::Zap(rules) => self.zap(rules),
            Op::ZapLog => {
                let log = self.zap.as_ref().map(|zap| zap.lock().expect("unpoisoned").log.clone());
                Ok(json!({ "requests": log.unwrap_or_default() }))
            }
            Op::CurveKeypair => curve_keypair(),
            Op::Close { socket } => {
                self.lingering |= self.socket(&socket)?.get_linger()? != 0;
                self.take(&socket)?;
                Ok(json!({}))
            }
            Op::Reset => self.reset(),
            Op::Exit => Ok(json!({})),
            Op::Unknown => Err(Refusal::unsupported("no such op")),
        }
    }

    fn held(&self, name: &str) -> Result<&Held, Refusal> {
        let missing = || Refusal::bad_request(format!("there is no socket {name}"));
        self.sockets.get(name).ok_or_else(missing)
    }

    fn socket(&self, name: &str) -> Result<&Socket, Refusal> {
        Ok(&self.held(name)?.zmq)
    }

    /// Lets go of a socket.
    fn take(&mut self, name: &str) -> Result<Socket, Refusal> {
        if self.held(name)?.monitor.is_some() {
            // The crate has no way to stop a monitor but to start another, of no events. Otherwise the
            // last event of a socket that closes waits for ever for a reader, and the socket with it.
            self.socket(name)?.monitor(&format!("inproc://agent.no.monitor.{name}"), 0)?;
        }
        Ok(self.sockets.remove(name).expect("it is held").zmq)
    }

    fn open(&mut self, name: String, kind: &str, options: &Map<String, Value>) -> Done {
        if self.sockets.contains_key(&name) {
            return Err(Refusal::bad_request(format!("there is a socket {name} already")));
        }
        let known = TYPES.iter().find(|(known, _)| *known == kind);
        let unknown = || Refusal::unsupported(format!("no socket type {kind}"));
        let socket = self.context.socket(known.ok_or_else(unknown)?.1)?;
        socket.set_linger(0)?;
        for (option, value) in options {
            option::set(&socket, option, value)?;
        }
        self.sockets.insert(name, Held { zmq: socket, monitor: None });
        Ok(json!({}))
    }

    fn monitor(&mut self, name: &str) -> Done {
        self.spent = true;
        if self.held(name)?.monitor.is_none() {
            let monitor = self.context.socket(zmq::PAIR)?;
            monitor.set_rcvhwm(0)?; // at a high-water mark libzmq's own thread would wait for us
            let endpoint = format!("inproc://agent.monitor.{name}");
            self.socket(name)?.monitor(&endpoint, SocketEvent::ALL.to_raw().into())?;
            monitor.connect(&endpoint)?;
            self.sockets.get_mut(name).expect("it is held").monitor = Some(monitor);
        }
        Ok(json!({}))
    }

    fn proxy(&mut self, frontend: &str, backend: &str) -> Done {
        if frontend == backend {
            return Err(Refusal::bad_request("a proxy has two sockets"));
        }
        self.socket(backend)?;
        let pair = [self.take(frontend)?, self.take(backend)?];
        for socket in &pair {
            socket.set_linger(0)?;
        }
        let proxy = Background::proxy(&self.context, &format!("{frontend}.{backend}"), pair)?;
        self.background.push(proxy);
        Ok(json!({}))
    }

    fn zap(&mut self, rules: Rules) -> Done {
        if let Some(reply) = &rules.reply
            && !["300", "400", "500", "malformed"].contains(&reply.as_str())
        {
            return Err(Refusal::unsupported(format!("no reply {reply}")));
        }
        if let Some(zap) = &self.zap {
            zap.lock().expect("unpoisoned").rules = rules;
        } else {
            let zap = Arc::new(Mutex::new(Zap { rules, log: vec![] }));
            self.background.push(Background::zap(&self.context, zap.clone())?);
            self.zap = Some(zap);
        }
        Ok(json!({}))
    }

    /// Starts anew. A new context costs as much as the rest of a simple case, so the old one is kept if
    /// nothing in it can leak into what follows; otherwise its end waits until the last socket is closed.
    fn reset(&mut self) -> Done {
        for name in self.sockets.keys().cloned().collect::<Vec<_>>() {
            self.take(&name)?.set_linger(0)?;
        }
        let spent = self.spent || !self.background.is_empty();
        self.background.drain(..).for_each(Background::stop);
        if spent {
            self.context = Context::new();
        }
        (self.zap, self.lingering, self.spent) = (None, false, false);
        Ok(json!({}))
    }
}

fn done(result: Result<(), impl Into<Refusal>>) -> Done {
    result.map(|()| json!({})).map_err(Into::into)
}

fn hello() -> Value {
    let version = zmq::version();
    let (major, minor, patch) = version;
    let newest: &[&str] = if version >= (4, 3, 3) { &["3.1"] } else { &[] };
    let curve: &[&str] = if has("curve") { &["CURVE"] } else { &[] };
    json!({
        "contract": 1,
        "language": "Rust",
        "interpreter": env!("RUSTC_VERSION"),
        "binding": concat!("zmq ", env!("ZMQ_CRATE_VERSION")),
        "libzmq": format!("{major}.{minor}.{patch}"),
        "zmtp": ([&["1.0", "2.0", "3.0"], newest].concat()),
        "socket_types": TYPES.iter().map(|(name, _)| name).collect::<Vec<_>>(),
        "options": option::names().collect::<Vec<_>>(),
        "mechanisms": ([&["NULL", "PLAIN"], curve].concat()),
        "transports": transports(),
        "features": ["proxy", "monitor", "zap", "poll", "disconnect", "unbind", "count"],
    })
}

/// An endpoint of a transport that this library has; libzmq judges the rest.
fn possible(endpoint: &str) -> Result<&str, Refusal> {
    match endpoint.split_once("://") {
        Some((scheme, _)) if !transports().contains(&scheme) => {
            Err(Refusal::unsupported(format!("no transport {scheme}")))
        }
        _ => Ok(endpoint),
    }
}

fn curve_keypair() -> Done {
    if !has("curve") {
        return Err(Refusal::unsupported("this libzmq is built without CURVE"));
    }
    let pair = zmq::CurveKeyPair::new()?;
    let [public, secret] = [pair.public_key, pair.secret_key]
        .map(|key| zmq::z85_encode(&key).expect("32 bytes are a multiple of 4"));
    Ok(json!({ "public": public, "secret": secret }))
}
