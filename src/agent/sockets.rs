//! The sockets, and the ops.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use serde_json::{Map, Value, json};
use zmq::{Context, Socket, SocketEvent};

use super::background::{Background, Zap};
use super::option;
use super::patience::{Deadline, RECEIVING, SENDING};
use super::request::{Data, Op, Readiness, Refusal, Rules};
use crate::digest::D;

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

type Done = Result<Value, Refusal>;

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
                let socket = self.socket(&at.socket)?;
                socket.bind(possible(&at.endpoint)?)?;
                let real = socket.get_last_endpoint()?.unwrap_or(at.endpoint);
                Ok(json!({ "endpoint": real }))
            }
            Op::Unbind(at) => done(self.socket(&at.socket)?.unbind(possible(&at.endpoint)?)),
            Op::Connect(at) => done(self.socket(&at.socket)?.connect(possible(&at.endpoint)?)),
            Op::Disconnect(at) => {
                done(self.socket(&at.socket)?.disconnect(possible(&at.endpoint)?))
            }
            Op::Send { socket, frames, count, timeout_ms } => {
                send(self.socket(&socket)?, &frames, count.unwrap_or(1), timeout_ms)
            }
            Op::Recv { socket, count, timeout_ms } => {
                receive(self.socket(&socket)?, count, timeout_ms)
            }
            Op::Subscribe(to) => {
                done(self.socket(&to.socket)?.set_subscribe(&to.topic.bytes()?))
            }
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
                self.sockets.remove(&socket);
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
        for name in [frontend, backend] {
            self.socket(name)?.set_linger(0)?;
        }
        let pair =
            [frontend, backend].map(|name| self.sockets.remove(name).expect("it is held").zmq);
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

    /// Starts anew. A new context costs less than half a millisecond. The end of the old one waits
    /// until the last socket is closed and its port free: nothing can leak into what follows.
    fn reset(&mut self) -> Done {
        for held in self.sockets.values() {
            held.zmq.set_linger(0)?;
        }
        self.background.drain(..).for_each(Background::stop);
        *self = Agent::new();
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
        "zmtp": [&["1.0", "2.0", "3.0"], newest].concat(),
        "socket_types": TYPES.iter().map(|(name, _)| name).collect::<Vec<_>>(),
        "options": option::names().collect::<Vec<_>>(),
        "mechanisms": [&["NULL", "PLAIN"], curve].concat(),
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

fn send(socket: &Socket, frames: &[Data], count: u64, timeout_ms: Option<u64>) -> Done {
    let frames = frames.iter().map(Data::bytes).collect::<Result<Vec<_>, _>>()?;
    let Some(last) = frames.len().checked_sub(1) else {
        return Err(Refusal::bad_request("a message has one frame at least"));
    };
    let until = SENDING.deadline(socket, timeout_ms)?;
    for sent in 0..count {
        for (i, frame) in frames.iter().enumerate() {
            let more = if i < last { zmq::SNDMORE } else { 0 };
            SENDING
                .patiently(socket, until, |flags| socket.send(frame, flags | more))
                .map_err(|error| Refusal { sent: Some(sent), ..error.into() })?;
        }
    }
    Ok(json!({ "sent": count }))
}

fn receive(socket: &Socket, count: Option<usize>, timeout_ms: Option<u64>) -> Done {
    let until = RECEIVING.deadline(socket, timeout_ms)?;
    let message = || -> zmq::Result<Vec<D>> {
        let frames = RECEIVING.patiently(socket, until, |flags| socket.recv_multipart(flags))?;
        Ok(frames.iter().map(|frame| D::of(frame)).collect())
    };
    let Some(count) = count else { return Ok(json!({ "frames": message()? })) };
    let mut messages = vec![];
    while messages.len() < count {
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

fn events(monitor: &Socket, wanted: Option<&str>, until: Deadline) -> Done {
    let mut events: Vec<String> = vec![];
    loop {
        let enough = wanted.is_none_or(|wanted| events.iter().any(|event| event == wanted));
        let timeout = if enough { 0 } else { until.left() };
        if monitor.poll(zmq::POLLIN, timeout.into())? == 0 {
            return Ok(json!({ "events": events }));
        }
        let frames = monitor.recv_multipart(0)?;
        let number = u16::from_ne_bytes([frames[0][0], frames[0][1]]);
        events.push(format!("{:?}", SocketEvent::from_raw(number)));
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
