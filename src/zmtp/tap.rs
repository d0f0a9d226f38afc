//! A tap on a link: programs connect to it instead of to each other, every byte is passed on
//! unchanged, and what it meant is recorded.
//!
//! It differs from a wire in four ways that a case must allow for: a connector is accepted before it
//! is known whether anybody listens upstream (if not, it is disconnected); there is room for more
//! bytes on the way, so a high-water mark is reached later; a reset arrives as a close; and upstream
//! sees the tap's address as its peer's.

use std::collections::VecDeque;
use std::io;
use std::net::Shutdown;
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use socket2::Socket;

use super::Side;
use super::conversation::{Conversation, Entry};
use super::decoder::Decoder;
use super::endpoint::Endpoint;

mod relay;

use relay::accept;

/// How long upstream may take to accept; also the most by which a stop is delayed.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
/// So many connections are remembered, the last ones: who is not served may connect thousands of times.
pub const CONVERSATIONS_LIMIT: usize = 1000;
/// Octets of each of the system's buffers of a narrow tap; it gives no less than about twice as many.
const NARROW: usize = 2 * 1024;

/// Listens at an endpoint of its own and relays each connection to `upstream`, until it is dropped.
#[derive(Debug)]
pub struct Tap {
    endpoint: Endpoint,
    shared: Arc<Shared>,
    acceptor: Option<JoinHandle<()>>,
}

/// How much room there is on the way between the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Width {
    /// As much as the system gives: megabytes.
    Wide,
    /// About ten kilobytes each way: what was sent is on the way for a moment only, or else the other side has no
    /// room for it.
    Narrow,
}

/// Something that happened on a connection, for who wants to hear it at once.
#[derive(Debug)]
pub struct Heard {
    /// The connection: they are counted from 1.
    pub link: u64,
    /// When it happened.
    pub at: Instant,
    /// What happened.
    pub event: Event,
}

/// What can happen on a connection.
#[derive(Debug)]
pub enum Event {
    /// Somebody connected, from this address; it is empty where addresses say nothing (IPC).
    Opened(String),
    /// Nobody listens upstream.
    Refused,
    /// A side sent octets: before what they say is told.
    Octets(Side, Vec<u8>),
    /// A side said something.
    Said(Entry),
    /// Of a side so many octets were not captured; what it says after them can't be read.
    Lost(Side, u64),
    /// Both sides have ended; so many octets the connector and the binder have sent.
    Closed([u64; 2]),
}

/// To whom a tap tells what happens. Who can't hear as fast as the programs speak slows them down.
#[derive(Clone, Debug)]
pub struct Tell {
    /// Where it goes.
    pub to: SyncSender<Heard>,
    /// The octets, too.
    pub octets: bool,
}

#[derive(Debug)]
struct Shared {
    upstream: Endpoint,
    width: Width,
    tell: Option<Tell>,
    state: Mutex<State>,
    /// The last open connection has ended.
    idle: Condvar,
    /// Something was recorded.
    heard: Condvar,
}

#[derive(Debug, Default)]
struct State {
    stopping: bool,
    /// It is to take nobody any more, and its endpoint is free.
    refusing: bool,
    is_free: bool,
    open: usize,
    /// How many connections there were.
    links: u64,
    /// How often something was recorded.
    changes: u64,
    /// What the connector and the binder say is not passed on.
    held: [bool; 2],
    sockets: Vec<Weak<Socket>>,
    records: VecDeque<Arc<Mutex<Record>>>,
}

#[derive(Debug)]
struct Record {
    link: u64,
    conversation: Conversation,
    decoder: Decoder,
    /// One side was reset, and the other was shut by us: its end says nothing about it.
    reset: bool,
}

impl Tap {
    /// Starts a tap in front of `upstream` (`tcp://host:port`), which need not be there yet.
    pub fn start(upstream: &str) -> io::Result<Tap> {
        Tap::start_on("127.0.0.1", upstream, Width::Wide)
    }

    /// The same on an address of this machine that connectors elsewhere can reach.
    pub fn start_on(host: &str, upstream: &str, width: Width) -> io::Result<Tap> {
        let listen = Endpoint::new(&format!("tcp://{host}:0"))?;
        Tap::start_at(&listen, Endpoint::new(upstream)?, width, None)
    }

    /// The same at an endpoint that is known before. Where there is somebody to be told what happens, nothing of it is
    /// kept.
    pub fn start_at(
        listen: &Endpoint,
        upstream: Endpoint,
        width: Width,
        tell: Option<Tell>,
    ) -> io::Result<Tap> {
        let (listener, endpoint) = listen.listen(|socket| match width {
            // Those that are accepted have it from the start.
            Width::Narrow => socket.set_recv_buffer_size(NARROW),
            Width::Wide => Ok(()),
        })?;
        let shared = Arc::new(Shared {
            upstream,
            width,
            tell,
            state: Mutex::default(),
            idle: Condvar::new(),
            heard: Condvar::new(),
        });
        let acceptor = {
            let shared = Arc::clone(&shared);
            thread::Builder::new().name("tap".into()).spawn(move || accept(listener, &shared))?
        };
        Ok(Tap { endpoint, shared, acceptor: Some(acceptor) })
    }

    /// Where to connect instead of upstream.
    pub fn endpoint(&self) -> String {
        self.endpoint.to_string()
    }

    /// Takes nobody any more, and leaves its endpoint to others; who is connected stays so.
    pub fn stop_listening(&self) {
        lock(&self.shared.state).refusing = true;
        // An accept that waits is woken by a connection.
        let woken = self.endpoint.connect(CONNECT_TIMEOUT, |_| Ok(()));
        self.wait_until(CONNECT_TIMEOUT, || lock(&self.shared.state).is_free);
        drop(woken);
    }

    /// From now on nothing that `from` says is passed on, nor its end. It is recorded up to what a buffer holds.
    pub fn hold(&self, from: Side) {
        lock(&self.shared.state).held[from as usize] = true;
    }

    /// What is held is passed on.
    pub fn release(&self, from: Side) {
        lock(&self.shared.state).held[from as usize] = false;
        self.shared.changed();
    }

    /// What was said until now, in the order in which the connections were opened.
    pub fn conversations(&self) -> Vec<Conversation> {
        self.each(Conversation::clone)
    }

    /// Something of each conversation, in that order. There may be hundreds, so they are not copied to be looked at.
    pub fn each<T>(&self, look: impl Fn(&Conversation) -> T) -> Vec<T> {
        let records = lock(&self.shared.state).records.clone();
        records.iter().map(|record| look(&lock(record).conversation)).collect()
    }

    /// Waits until `check` holds of a conversation, which is told whether it is the last one; gives all of them if it
    /// does not within `timeout`.
    pub fn wait_for(
        &self,
        timeout: Duration,
        check: impl Fn(&Conversation, bool) -> bool,
    ) -> Result<(), Vec<Conversation>> {
        let holds = || {
            let records = lock(&self.shared.state).records.clone();
            let mut newest_first = records.iter().rev().enumerate();
            newest_first.any(|(n, record)| check(&lock(record).conversation, n == 0))
        };
        if self.wait_until(timeout, holds) { Ok(()) } else { Err(self.conversations()) }
    }

    /// Waits until `check` holds, which is asked whenever something was recorded; false if it does not within `timeout`.
    pub fn wait_until(&self, timeout: Duration, check: impl Fn() -> bool) -> bool {
        let deadline = Instant::now() + timeout;
        loop {
            let seen = lock(&self.shared.state).changes;
            if check() {
                return true;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            let state = lock(&self.shared.state);
            let heard = &self.shared.heard;
            let unchanged = |state: &mut State| state.changes == seen;
            drop(heard.wait_timeout_while(state, left, unchanged));
        }
    }

    /// Waits until no connection is open; false if one still is after `timeout`. All that a program
    /// received was recorded before; this is for what its end tells.
    pub fn wait_closed(&self, timeout: Duration) -> bool {
        let state = lock(&self.shared.state);
        let idle = &self.shared.idle;
        match idle.wait_timeout_while(state, timeout, |state| state.open > 0) {
            Ok((_, result)) => !result.timed_out(),
            Err(_) => false,
        }
    }
}

impl Drop for Tap {
    fn drop(&mut self) {
        let is_free = {
            let mut state = lock(&self.shared.state);
            state.stopping = true;
            for socket in state.sockets.iter().filter_map(Weak::upgrade) {
                let _ = socket.shutdown(Shutdown::Both);
            }
            state.is_free
        };
        // Who is held sees that it ends.
        self.shared.changed();
        let Some(acceptor) = self.acceptor.take() else { return };
        acceptor.thread().unpark();
        if is_free {
            let _ = acceptor.join();
            return;
        }
        // An accept that waits is woken by a connection; without one, joining could wait for ever.
        if self.endpoint.connect(CONNECT_TIMEOUT, |_| Ok(())).is_ok() || acceptor.is_finished() {
            let _ = acceptor.join();
        }
        self.endpoint.remove_file();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
