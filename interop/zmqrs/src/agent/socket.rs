//! A named socket of the agent, and what can be done with it.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt as _;
use futures::channel::mpsc::Receiver;
use serde_json::{Value, json};
use tokio::sync::Mutex;
use tokio::task::{JoinHandle, yield_now};
use tokio::time::{Instant, sleep, timeout, timeout_at};
use zeromq::util::PeerIdentity;
use zeromq::{
    Endpoint, SocketEvent, SocketOptions, SocketRecv as _, SocketSend as _, ZmqError, ZmqMessage,
};

use super::language::{Answer, Frame, Refusal};
use crate::data::D;
use crate::held::{Held, OPTIONS};

/// The crate's connect keeps the socket to itself until the peer is there. The agent lets go of one that
/// takes so long, so that something else can be done with the socket, and tries again.
const ATTEMPT: Duration = Duration::from_secs(1);

pub struct Socket {
    kind: String,
    identity: Option<PeerIdentity>,
    /// Made by the first thing that is done with it: the crate takes options no later.
    held: Option<Arc<Mutex<Held>>>,
    connecting: Vec<JoinHandle<()>>,
    /// Comes with `held`. The agent itself waits there for somebody to send to.
    events: Option<Receiver<SocketEvent>>,
    /// The names of those that came since the harness wanted them.
    kept: Option<Vec<&'static str>>,
}

impl Socket {
    pub fn new(kind: String) -> Socket {
        Socket { kind, identity: None, held: None, connecting: vec![], events: None, kept: None }
    }

    fn held(&mut self) -> &Arc<Mutex<Held>> {
        let Socket { kind, identity, held, events, .. } = self;
        held.get_or_insert_with(|| {
            let mut options = SocketOptions::default();
            options.connect_timeout(ATTEMPT);
            if let Some(identity) = identity.take() {
                options.peer_identity(identity);
            }
            let mut held = Held::new(kind, options).expect("the type was checked");
            *events = Some(held.monitor());
            Arc::new(Mutex::new(held))
        })
    }

    pub fn set(&mut self, option: &str, value: Value) -> Result<(), Refusal> {
        if !OPTIONS.contains(&option) {
            return Err(Refusal::unsupported(format!("the crate has no option '{option}'")));
        }
        if self.held.is_some() {
            return Err(Refusal::unsupported("the crate's options are for a socket to be made"));
        }
        let frame: Frame =
            serde_json::from_value(value).map_err(|e| Refusal::bad(e.to_string()))?;
        self.identity = Some(frame.bytes()?.try_into()?);
        Ok(())
    }

    pub async fn bind(&mut self, endpoint: &str) -> Answer {
        let endpoint = endpoint.replace(":*", ":0");
        let bound = self.held().lock().await.bind(&endpoint).await?;
        Ok(json!({"endpoint": bound.to_string()}))
    }

    pub async fn unbind(&mut self, endpoint: &str) -> Result<(), Refusal> {
        let endpoint = parse(endpoint)?;
        Ok(self.held().lock().await.unbind(endpoint).await?)
    }

    /// Waits for a peer that is there, so that two of them take turns from the start, but not for an
    /// absent one.
    pub async fn connect(&mut self, endpoint: String) -> Result<(), Refusal> {
        parse(&endpoint)?;
        let held = self.held().clone();
        let mut first = held.clone().try_lock_owned().ok();
        let mut task = tokio::spawn(async move {
            loop {
                let mut socket = match first.take() {
                    Some(socket) => socket,
                    None => held.clone().lock_owned().await,
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
        let mut socket = self.held().lock().await;
        Ok(match on {
            true => socket.subscribe(&topic).await,
            false => socket.unsubscribe(&topic).await,
        }?)
    }

    pub async fn send(&mut self, patience: Duration, message: ZmqMessage, count: usize) -> Answer {
        // What the crate is not given a moment for it does not even refuse.
        let deadline = Instant::now() + patience.max(Duration::from_millis(20));
        let held = self.held().clone();
        let mut sent = 0;
        let all = async {
            while sent < count {
                while self.event(Duration::ZERO).await {} // old ones
                let outcome = held.lock().await.send(message.clone()).await;
                match outcome.map_err(Refusal::from) {
                    Ok(()) => sent += 1,
                    // Nobody is there: the crate does not wait, the agent does.
                    Err(Refusal { code: "EAGAIN", .. }) if self.event(patience).await => {}
                    Err(refusal) => return Err(refusal),
                }
            }
            Ok(json!({"sent": count}))
        };
        let answer = timeout_at(deadline, all).await.unwrap_or_else(|_| Err(Refusal::again()));
        answer.map_err(|refusal| Refusal { sent: Some(sent), ..refusal })
    }

    pub async fn receive(&mut self, patience: Duration, count: Option<usize>) -> Answer {
        let deadline = Instant::now() + patience;
        let mut messages = vec![];
        let socket = self.held();
        let all = async {
            let mut socket = socket.lock().await;
            while messages.len() < count.unwrap_or(1) {
                match socket.recv().await {
                    Ok(message) => messages.push(message),
                    // That was about a connection; and it may go on for ever without a pause.
                    Err(error) if socket.survives(&error) => yield_now().await,
                    Err(error) => return Err(error),
                }
            }
            Ok(())
        };
        let in_time = timeout_at(deadline, all).await;
        let describe = |message: ZmqMessage| message.iter().map(|f| D::of(f)).collect::<Vec<_>>();
        match (in_time, count) {
            // What came before it is not lost.
            (Ok(Err(error)), _) if messages.is_empty() => Err(error.into()),
            (_, Some(_)) => {
                Ok(json!({"messages": messages.into_iter().map(describe).collect::<Vec<_>>()}))
            }
            (_, None) => match messages.pop() {
                Some(message) => Ok(json!({"frames": describe(message)})),
                None => Err(Refusal::again()),
            },
        }
    }

    pub async fn monitor(&mut self) {
        self.held();
        while self.event(Duration::ZERO).await {}
        self.kept.get_or_insert_default();
    }

    pub async fn events(&mut self, patience: Duration, until: Option<&str>) -> Value {
        let deadline = Instant::now() + if until.is_some() { patience } else { Duration::ZERO };
        while until.is_none_or(|until| !self.kept.iter().flatten().any(|&name| name == until)) {
            if !self.event(deadline.saturating_duration_since(Instant::now())).await {
                break;
            }
        }
        json!({"events": self.kept.as_mut().map(std::mem::take).unwrap_or_default()})
    }

    /// Waits for something to happen to the socket; false if nothing does.
    async fn event(&mut self, patience: Duration) -> bool {
        let Some(events) = &mut self.events else { return false };
        let Ok(Some(event)) = timeout(patience, events.next()).await else { return false };
        if let Some(kept) = &mut self.kept {
            kept.push(name(&event));
        }
        true
    }

    pub async fn goes_both_ways(&mut self) -> bool {
        self.held().lock().await.goes_both_ways()
    }

    /// The crate's socket, when it has connected; none if that takes too long.
    pub async fn into_inner(mut self) -> Option<Held> {
        self.held();
        for task in self.connecting {
            timeout(ATTEMPT, task).await.ok()?.ok()?;
        }
        Some(Arc::into_inner(self.held?)?.into_inner())
    }

    pub async fn close(self) {
        for task in self.connecting {
            task.abort();
            let _ = task.await;
        }
        if let Some(held) = self.held.and_then(Arc::into_inner) {
            held.into_inner().close().await;
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
