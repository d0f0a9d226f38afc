//! The sockets that the agent has, and all that is done with one: each op waits until its deadline.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::thread::{self, JoinHandle as Thread};
use std::time::Duration;

use futures::StreamExt as _;
use futures::channel::mpsc::Receiver;
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};
use tokio::select;
use tokio::sync::{Mutex, oneshot};
use tokio::task::{JoinHandle, yield_now};
use tokio::time::{Instant, sleep, timeout, timeout_at};
use zeromq::{Endpoint, SocketEvent, SocketRecv as _, SocketSend as _, ZmqError, ZmqMessage};

use super::any_socket::{AnySocket, TYPES};
use super::data::{Answer, Refusal, Request, describe};
use super::options::Options;

/// The crate's connect keeps the socket to itself until the peer is there. The agent lets go of one that
/// takes so long, so that something else can be done with the socket, and tries again.
const ATTEMPT: Duration = Duration::from_secs(1);

/// How long an op waits where it does not say.
const DEFAULT_TIMEOUT: u64 = 1000;

/// How long after its deadline an op goes on with what needs no waiting: it takes what is queued, but
/// does not follow a peer that never stops sending.
const GRACE: Duration = Duration::from_millis(500);

/// What the harness has made since the last reset.
pub struct Sockets {
    /// Takes the place of a context: all connections are tasks in it.
    pub runtime: Runtime,
    named: HashMap<String, AgentSocket>,
    /// Each stops when its sender is dropped.
    proxies: Vec<(oneshot::Sender<()>, Thread<()>)>,
}

fn runtime() -> io::Result<Runtime> {
    Builder::new_multi_thread().worker_threads(1).enable_all().build()
}

impl Sockets {
    pub fn new() -> io::Result<Sockets> {
        Ok(Sockets { runtime: runtime()?, named: HashMap::new(), proxies: vec![] })
    }

    pub fn find(&mut self, name: &str) -> Result<&mut AgentSocket, Refusal> {
        let missing = || Refusal::bad_request(format!("there is no socket '{name}'"));
        self.named.get_mut(name).ok_or_else(missing)
    }

    pub fn open(&mut self, request: Request) -> Answer {
        if request.socket.is_empty() || self.named.contains_key(&request.socket) {
            let wrong = format!("'{}' can't be a new socket", request.socket);
            return Err(Refusal::bad_request(wrong));
        }
        if !TYPES.contains(&request.kind.as_str()) {
            return Err(Refusal::unsupported(format!("the crate has no type '{}'", request.kind)));
        }
        let mut socket = AgentSocket::new(request.kind);
        for (option, value) in request.options {
            socket.set(&option, value)?;
        }
        self.named.insert(request.socket, socket);
        Ok(json!({}))
    }

    pub fn close(&mut self, name: &str) -> Answer {
        self.find(name)?;
        let socket = self.named.remove(name).expect("it was found");
        // A connection that does not take what is written to it must not hold up the agent.
        let _ = self.runtime.block_on(async { timeout(ATTEMPT, socket.close()).await });
        Ok(json!({}))
    }

    pub fn proxy(&mut self, request: &Request) -> Answer {
        let (front, back) = (&request.frontend, &request.backend);
        if front == back || !(self.named.contains_key(front) && self.named.contains_key(back)) {
            return Err(Refusal::bad_request(format!(
                "there is no socket '{front}', or no '{back}'"
            )));
        }
        for name in [front, back] {
            let socket = self.named.get_mut(name).expect("it is there");
            if !self.runtime.block_on(socket.goes_both_ways()) {
                let reason = "the crate's proxy wants sockets that both send and receive";
                return Err(Refusal::unsupported(reason));
            }
        }
        let mut take = |name| {
            let socket = self.named.remove(name).expect("it is there");
            let inner = self.runtime.block_on(socket.into_inner());
            inner.ok_or_else(|| Refusal::new("EAGAIN", format!("'{name}' is not yet connected")))
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

    pub fn reset(&mut self) -> Answer {
        self.named.clear();
        for (stop, thread) in self.proxies.drain(..) {
            drop(stop);
            let _ = thread.join();
        }
        let fresh = runtime().map_err(|e| Refusal::new("other", e.to_string()))?;
        // Its tasks end where they are, and with them all that they hold: this takes no time.
        std::mem::replace(&mut self.runtime, fresh).shutdown_timeout(Duration::from_secs(1));
        Ok(json!({}))
    }
}

/// A socket by its name in the requests.
pub struct AgentSocket {
    kind: String,
    options: Options,
    /// Made by the first thing that is done with it: the crate takes options no later.
    inner: Option<Arc<Mutex<AnySocket>>>,
    connecting: Vec<JoinHandle<()>>,
    /// Comes with `inner`. The agent itself waits there for somebody to send to.
    events: Option<Receiver<SocketEvent>>,
    /// The names of those that came since the harness wanted them.
    kept: Option<Vec<&'static str>>,
}

/// The time at which an op must be answered.
fn deadline(timeout_ms: Option<u64>) -> Instant {
    Instant::now() + Duration::from_millis(timeout_ms.unwrap_or(DEFAULT_TIMEOUT))
}

/// Must an op end although it need not wait?
fn is_over(deadline: Instant) -> bool {
    Instant::now() > deadline + GRACE
}

fn left(deadline: Instant) -> Duration {
    deadline.saturating_duration_since(Instant::now())
}

impl AgentSocket {
    fn new(kind: String) -> AgentSocket {
        AgentSocket {
            kind,
            options: Options::default(),
            inner: None,
            connecting: vec![],
            events: None,
            kept: None,
        }
    }

    fn inner(&mut self) -> &Arc<Mutex<AnySocket>> {
        let AgentSocket { kind, options, inner, events, .. } = self;
        inner.get_or_insert_with(|| {
            let mut socket =
                AnySocket::new(kind, options.take(ATTEMPT)).expect("the type was checked");
            *events = Some(socket.monitor());
            Arc::new(Mutex::new(socket))
        })
    }

    pub fn set(&mut self, option: &str, value: Value) -> Result<(), Refusal> {
        if self.inner.is_some() {
            return Err(Refusal::unsupported("the crate's options are for a socket to be made"));
        }
        self.options.set(option, value)
    }

    pub async fn bind(&mut self, endpoint: &str) -> Answer {
        let endpoint = endpoint.replace(":*", ":0");
        let bound = self.inner().lock().await.bind(&endpoint).await?;
        Ok(json!({"endpoint": bound.to_string()}))
    }

    pub async fn unbind(&mut self, endpoint: &str) -> Result<(), Refusal> {
        let endpoint = parse(endpoint)?;
        Ok(self.inner().lock().await.unbind(endpoint).await?)
    }

    /// Waits for a peer that is there, so that two of them take turns from the start, but not for an
    /// absent one.
    pub async fn connect(&mut self, endpoint: String) -> Result<(), Refusal> {
        parse(&endpoint)?;
        let inner = self.inner().clone();
        let mut first = inner.clone().try_lock_owned().ok();
        let mut task = tokio::spawn(async move {
            loop {
                let mut socket = match first.take() {
                    Some(socket) => socket,
                    None => inner.clone().lock_owned().await,
                };
                match socket.connect(&endpoint).await {
                    Err(ZmqError::ConnectTimeout(_)) => {}
                    Err(error) => eprintln!("zmqrs: cannot connect to {endpoint}: {error}"),
                    Ok(()) => break,
                }
                drop(socket);
                sleep(Duration::from_millis(20)).await;
            }
        });
        if timeout(Duration::from_millis(20), &mut task).await.is_err() {
            self.connecting.push(task);
        }
        Ok(())
    }

    pub async fn subscribe(&mut self, on: bool, topic: Vec<u8>) -> Result<(), Refusal> {
        let topic = String::from_utf8(topic)
            .map_err(|_| Refusal::unsupported("the crate subscribes to UTF-8 only"))?;
        let mut socket = self.inner().lock().await;
        Ok(match on {
            true => socket.subscribe(&topic).await,
            false => socket.unsubscribe(&topic).await,
        }?)
    }

    pub async fn send(
        &mut self,
        timeout_ms: Option<u64>,
        message: ZmqMessage,
        count: usize,
    ) -> Answer {
        // What the crate is not given some time for it does not even refuse.
        let deadline = deadline(timeout_ms).max(Instant::now() + Duration::from_millis(20));
        let inner = self.inner().clone();
        let mut sent = 0;
        let all = async {
            while sent < count {
                if sent > 0 && is_over(deadline) {
                    return Err(Refusal::again());
                }
                while self.event(Duration::ZERO).await {} // old ones
                let outcome = inner.lock().await.send(message.clone()).await;
                match outcome.map_err(Refusal::from) {
                    Ok(()) => sent += 1,
                    // Nobody is there: the crate does not wait, the agent does.
                    Err(Refusal { code: "EAGAIN", .. }) if self.event(left(deadline)).await => {}
                    Err(refusal) => return Err(refusal),
                }
            }
            Ok(json!({"sent": count}))
        };
        let answer = timeout_at(deadline, all).await.unwrap_or_else(|_| Err(Refusal::again()));
        answer.map_err(|refusal| Refusal { sent: Some(sent), ..refusal })
    }

    pub async fn receive(&mut self, timeout_ms: Option<u64>, count: Option<usize>) -> Answer {
        let deadline = deadline(timeout_ms);
        let mut messages = vec![];
        let socket = self.inner();
        let all = async {
            let mut socket = socket.lock().await;
            while messages.len() < count.unwrap_or(1) && !is_over(deadline) {
                match socket.recv().await {
                    Ok(message) => messages.push(describe(&message)),
                    // That was about a connection; and it may go on for ever without a pause.
                    Err(error) if socket.survives(&error) => yield_now().await,
                    Err(error) => return Err(error),
                }
            }
            Ok(())
        };
        let in_time = timeout_at(deadline, all).await;
        match (in_time, count) {
            // What came before it is not lost.
            (Ok(Err(error)), _) if messages.is_empty() => Err(error.into()),
            (_, Some(_)) => Ok(json!({ "messages": messages })),
            (_, None) => match messages.pop() {
                Some(frames) => Ok(json!({ "frames": frames })),
                None => Err(Refusal::again()),
            },
        }
    }

    pub async fn monitor(&mut self) {
        self.inner();
        while self.event(Duration::ZERO).await {}
        self.kept.get_or_insert_default();
    }

    pub async fn events(&mut self, timeout_ms: Option<u64>, until: Option<&str>) -> Value {
        let deadline = if until.is_some() { deadline(timeout_ms) } else { Instant::now() };
        while until.is_none_or(|until| !self.kept.iter().flatten().any(|&name| name == until)) {
            if is_over(deadline) || !self.event(left(deadline)).await {
                break;
            }
        }
        json!({"events": self.kept.as_mut().map(std::mem::take).unwrap_or_default()})
    }

    /// Waits for something to happen to the socket; false if nothing does.
    async fn event(&mut self, time: Duration) -> bool {
        let Some(events) = &mut self.events else { return false };
        let Ok(Some(event)) = timeout(time, events.next()).await else { return false };
        if let Some(kept) = &mut self.kept {
            kept.push(name(&event));
        }
        true
    }

    pub async fn goes_both_ways(&mut self) -> bool {
        self.inner().lock().await.goes_both_ways()
    }

    /// The crate's socket, when it has connected; none if that takes too long.
    pub async fn into_inner(mut self) -> Option<AnySocket> {
        self.inner();
        for task in self.connecting {
            timeout(ATTEMPT, task).await.ok()?.ok()?;
        }
        Some(Arc::into_inner(self.inner?)?.into_inner())
    }

    pub async fn close(self) {
        for task in self.connecting {
            task.abort();
            let _ = task.await;
        }
        if let Some(inner) = self.inner.and_then(Arc::into_inner) {
            inner.into_inner().close().await;
        }
    }
}

fn parse(endpoint: &str) -> Result<Endpoint, Refusal> {
    endpoint.parse().map_err(|error| ZmqError::Endpoint(error).into())
}

/// ZeroMQ's names for the crate's events. It tells of a connection when the handshake is done.
fn name(event: &SocketEvent) -> &'static str {
    match event {
        SocketEvent::Connected(..) => "CONNECTED",
        SocketEvent::ConnectDelayed => "CONNECT_DELAYED",
        SocketEvent::ConnectRetried => "CONNECT_RETRIED",
        SocketEvent::Listening(_) => "LISTENING",
        SocketEvent::Accepted(..) => "ACCEPTED",
        SocketEvent::AcceptFailed(_) => "ACCEPT_FAILED",
        SocketEvent::Closed => "CLOSED",
        SocketEvent::CloseFailed => "CLOSE_FAILED",
        SocketEvent::Disconnected(_) => "DISCONNECTED",
    }
}
