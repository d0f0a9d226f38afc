//! The agent: does what it is told on standard input. See docs/agent-contract.md.

mod language;
mod socket;

use std::collections::HashMap;
use std::io;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};
use tokio::select;
use tokio::sync::oneshot;
use zeromq::ZmqMessage;

use crate::Failure;
use crate::held::{OPTIONS, TYPES};
use crate::program::line;
use crate::versions::VERSIONS;
use language::{Answer, Refusal, Request, answered};
use socket::Socket;

/// How many milliseconds an op waits that doesn't say how long.
const PATIENCE: u64 = 1000;

/// What the harness has made since the last reset.
struct Remote {
    /// Takes the place of a context: all connections are tasks in it.
    runtime: Runtime,
    sockets: HashMap<String, Socket>,
    /// Each stops when its sender is dropped.
    proxies: Vec<(oneshot::Sender<()>, JoinHandle<()>)>,
}

pub fn run() -> Result<(), Failure> {
    let mut remote = Remote { runtime: runtime()?, sockets: HashMap::new(), proxies: vec![] };
    for text in io::stdin().lines() {
        let text = text?;
        let request: Value = serde_json::from_str(&text).unwrap_or_default();
        let id = request.get("id").filter(|id| id.is_number()).cloned();
        let mut op = String::new();
        let answer = match (&id, serde_json::from_value::<Request>(request)) {
            (None, _) => Err(Refusal::bad("a request is an object with a number, its id")),
            (_, Err(error)) => Err(Refusal::bad(error.to_string())),
            (_, Ok(request)) => {
                op.clone_from(&request.op);
                remote.perform(request)
            }
        };
        let id = id.unwrap_or_default();
        line(&answered(id, answer))?;
        if op == "exit" {
            break;
        }
    }
    remote.runtime.shutdown_background();
    Ok(())
}

fn runtime() -> io::Result<Runtime> {
    Builder::new_multi_thread().worker_threads(1).enable_all().build()
}

impl Remote {
    fn perform(&mut self, request: Request) -> Answer {
        match request.op.as_str() {
            "hello" => Ok(hello()),
            "exit" => Ok(json!({})),
            "reset" => self.reset(),
            "socket" => self.create(request),
            "proxy" => self.proxy(&request),
            "set" | "bind" | "unbind" | "connect" | "send" | "recv" | "subscribe"
            | "unsubscribe" | "monitor" | "events" => {
                let Some(socket) = self.sockets.get_mut(&request.socket) else {
                    return Err(Refusal::bad(format!("there is no socket '{}'", request.socket)));
                };
                self.runtime.block_on(perform(socket, request))
            }
            "close" => match self.sockets.remove(&request.socket) {
                Some(socket) => {
                    self.runtime.block_on(socket.close());
                    Ok(json!({}))
                }
                None => Err(Refusal::bad(format!("there is no socket '{}'", request.socket))),
            },
            op => Err(Refusal::unsupported(format!("the crate has no '{op}'"))),
        }
    }

    fn reset(&mut self) -> Answer {
        self.sockets.clear();
        for (stop, thread) in self.proxies.drain(..) {
            drop(stop);
            let _ = thread.join();
        }
        let fresh = runtime().map_err(|e| Refusal::new("other", e.to_string()))?;
        // Its tasks end where they are, and with them all that they hold: this takes no time.
        std::mem::replace(&mut self.runtime, fresh).shutdown_timeout(Duration::from_secs(1));
        Ok(json!({}))
    }

    fn create(&mut self, request: Request) -> Answer {
        if request.socket.is_empty() || self.sockets.contains_key(&request.socket) {
            return Err(Refusal::bad(format!("'{}' can't be a new socket", request.socket)));
        }
        if !TYPES.contains(&request.kind.as_str()) {
            return Err(Refusal::unsupported(format!("the crate has no type '{}'", request.kind)));
        }
        let mut socket = Socket::new(request.kind);
        for (option, value) in request.options {
            socket.set(&option, value)?;
        }
        self.sockets.insert(request.socket, socket);
        Ok(json!({}))
    }

    fn proxy(&mut self, request: &Request) -> Answer {
        let (front, back) = (&request.frontend, &request.backend);
        if front == back || !(self.sockets.contains_key(front) && self.sockets.contains_key(back)) {
            return Err(Refusal::bad(format!("there is no socket '{front}', or no '{back}'")));
        }
        for name in [front, back] {
            let socket = self.sockets.get_mut(name).expect("it is there");
            if !self.runtime.block_on(socket.goes_both_ways()) {
                let reason = "the crate's proxy wants sockets that both send and receive";
                return Err(Refusal::unsupported(reason));
            }
        }
        let mut take = |name| {
            let socket = self.sockets.remove(name).expect("it is there");
            let held = self.runtime.block_on(socket.into_inner());
            held.ok_or_else(|| Refusal::new("EAGAIN", format!("'{name}' is not yet connected")))
        };
        let (frontend, backend) = (take(front)?, take(back)?);
        // The crate's proxy cannot be a task (its future is not Send), so it has a thread.
        let (stop, stopped) = oneshot::channel::<()>();
        let runtime = self.runtime.handle().clone();
        let thread = thread::spawn(move || {
            runtime.block_on(async {
                select! {
                    _ = stopped => {}
                    ended = zeromq::proxy(frontend, backend, None) => {
                        eprintln!("zmqrs: the proxy ended: {ended:?}");
                    }
                }
            });
        });
        self.proxies.push((stop, thread));
        Ok(json!({}))
    }
}

async fn perform(socket: &mut Socket, request: Request) -> Answer {
    let patience = Duration::from_millis(request.timeout_ms.unwrap_or(PATIENCE));
    match request.op.as_str() {
        "set" => socket.set(&request.option, request.value)?,
        "bind" => return socket.bind(&request.endpoint).await,
        "unbind" => socket.unbind(&request.endpoint).await?,
        "connect" => socket.connect(request.endpoint).await?,
        "subscribe" | "unsubscribe" => {
            let topic = request.topic.ok_or_else(|| Refusal::bad("no topic"))?;
            socket.subscribe(request.op == "subscribe", topic.bytes()?).await?;
        }
        "monitor" => socket.monitor().await,
        "events" => return Ok(socket.events(patience, request.until.as_deref()).await),
        "recv" => return socket.receive(patience, request.count).await,
        _ => {
            let mut message: Option<ZmqMessage> = None;
            for frame in request.frames {
                let frame = frame.bytes()?;
                match &mut message {
                    Some(message) => message.push_back(frame.into()),
                    None => message = Some(frame.into()),
                }
            }
            let message = message.ok_or_else(|| Refusal::bad("a message has frames"))?;
            return socket.send(patience, message, request.count.unwrap_or(1)).await;
        }
    }
    Ok(json!({}))
}

fn hello() -> Value {
    let mut hello = json!({
        "contract": 1,
        "zmtp": ["3.0"],
        "socket_types": TYPES,
        "options": OPTIONS,
        "mechanisms": ["NULL"],
        "transports": ["tcp", "ipc"],
        "features": ["proxy", "monitor", "unbind", "count"],
    });
    let versions = serde_json::to_value(&VERSIONS).expect("strings have a JSON form");
    if let (Value::Object(hello), Value::Object(versions)) = (&mut hello, versions) {
        hello.extend(versions);
    }
    hello
}
