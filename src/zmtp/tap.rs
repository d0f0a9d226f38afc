//! A tap on a TCP link: programs connect to it instead of to each other, every byte is passed on
//! unchanged, and what it meant is recorded.
//!
//! It differs from a wire in four ways that a case must allow for: a connector is accepted before it
//! is known whether anybody listens upstream (if not, it is disconnected); there is room for more
//! bytes on the way, so a high-water mark is reached later; a reset arrives as a close; and upstream
//! sees the tap's address as its peer's.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream, ToSocketAddrs};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::Side;
use super::conversation::Conversation;
use super::decoder::Decoder;

/// How long upstream may take to accept; also the most by which a stop is delayed.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
/// Pause before accepting again after the operating system refused (too many open files).
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// So many connections are remembered, the last ones: who is not served may connect thousands of times.
pub const CONVERSATIONS_LIMIT: usize = 1000;
/// Octets of a buffer: it begins small, as who is not served may leave thousands of connections open, and grows once.
const SMALL: usize = 2 * 1024;
const LARGE: usize = 64 * 1024;

/// Listens on a port of its own and relays each connection to `upstream`, until it is dropped.
#[derive(Debug)]
pub struct Tap {
    address: SocketAddr,
    shared: Arc<Shared>,
    acceptor: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    upstream: Vec<SocketAddr>,
    state: Mutex<State>,
    /// The last open connection has ended.
    idle: Condvar,
    /// Something was recorded.
    heard: Condvar,
}

#[derive(Debug, Default)]
struct State {
    stopping: bool,
    open: usize,
    /// How often something was recorded.
    changes: u64,
    sockets: Vec<Weak<TcpStream>>,
    records: VecDeque<Arc<Mutex<Record>>>,
}

#[derive(Debug)]
struct Record {
    conversation: Conversation,
    decoder: Decoder,
    /// One side was reset, and the other was shut by us: its end says nothing about it.
    reset: bool,
}

impl Tap {
    /// Starts a tap in front of `upstream` (`tcp://host:port`), which need not be there yet.
    pub fn start(upstream: &str) -> io::Result<Tap> {
        Tap::start_on("127.0.0.1", upstream)
    }

    /// The same on an address of this machine that connectors elsewhere can reach.
    pub fn start_on(host: &str, upstream: &str) -> io::Result<Tap> {
        let wrong = |why: &str| {
            let what = format!("can't tap {upstream}: {why} (expected tcp://host:port)");
            io::Error::new(ErrorKind::InvalidInput, what)
        };
        let place = upstream.strip_prefix("tcp://").ok_or_else(|| wrong("not a TCP endpoint"))?;
        let upstream: Vec<_> =
            place.to_socket_addrs().map_err(|error| wrong(&error.to_string()))?.collect();
        let listener = TcpListener::bind(format!("{host}:0"))?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            upstream,
            state: Mutex::default(),
            idle: Condvar::new(),
            heard: Condvar::new(),
        });
        let acceptor = {
            let shared = Arc::clone(&shared);
            thread::Builder::new().name("tap".into()).spawn(move || accept(&listener, &shared))?
        };
        Ok(Tap { address, shared, acceptor: Some(acceptor) })
    }

    /// Where to connect instead of upstream.
    pub fn endpoint(&self) -> String {
        format!("tcp://{}", self.address)
    }

    /// What was said until now, in the order in which the connections were opened.
    pub fn conversations(&self) -> Vec<Conversation> {
        let records = lock(&self.shared.state).records.clone();
        records.iter().map(|record| lock(record).conversation.clone()).collect()
    }

    /// Waits until `check` holds of a conversation, which is told whether it is the last one; gives all of them if it
    /// does not within `timeout`. There may be hundreds, so they are not copied to be looked at.
    pub fn wait_for(
        &self,
        timeout: Duration,
        check: impl Fn(&Conversation, bool) -> bool,
    ) -> Result<(), Vec<Conversation>> {
        let deadline = Instant::now() + timeout;
        loop {
            let seen = lock(&self.shared.state).changes;
            let records = lock(&self.shared.state).records.clone();
            let mut newest_first = records.iter().rev().enumerate();
            if newest_first.any(|(n, record)| check(&lock(record).conversation, n == 0)) {
                return Ok(());
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(self.conversations());
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
        {
            let mut state = lock(&self.shared.state);
            state.stopping = true;
            for socket in state.sockets.iter().filter_map(Weak::upgrade) {
                let _ = socket.shutdown(Shutdown::Both);
            }
        }
        let Some(acceptor) = self.acceptor.take() else { return };
        acceptor.thread().unpark();
        // An accept that waits is woken by a connection; without one, joining could wait for ever.
        if TcpStream::connect_timeout(&self.address, CONNECT_TIMEOUT).is_ok()
            || acceptor.is_finished()
        {
            let _ = acceptor.join();
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    let mut links = Vec::<JoinHandle<()>>::new();
    for connector in listener.incoming() {
        if lock(&shared.state).stopping {
            break;
        }
        links.retain(|link| !link.is_finished());
        let started = connector.and_then(|connector| {
            let opened = Instant::now();
            let shared = Arc::clone(shared);
            let name = "tap link".into();
            thread::Builder::new().name(name).spawn(move || link(connector, opened, &shared))
        });
        match started {
            Ok(link) => links.push(link),
            Err(_) => thread::park_timeout(ACCEPT_PAUSE),
        }
    }
    for link in links {
        let _ = link.join();
    }
}

/// Serves one connection until both sides have ended.
fn link(connector: TcpStream, opened: Instant, shared: &Shared) {
    let record = shared.open_record(opened);
    match shared.connect_upstream() {
        Some(binder) => relay(Arc::new(connector), Arc::new(binder), shared, &record),
        None => lock(&record).conversation.upstream_refused = true,
    }
    lock(&record).conversation.closed = Some(Instant::now());
    lock(&shared.state).open -= 1;
    shared.idle.notify_all();
    shared.changed();
}

fn relay(
    connector: Arc<TcpStream>,
    binder: Arc<TcpStream>,
    shared: &Shared,
    record: &Mutex<Record>,
) {
    if !shared.register(&[&connector, &binder]) {
        return;
    }
    thread::scope(|scope| {
        let back = || pump(Side::Binder, &binder, &connector, shared, record);
        if thread::Builder::new().name("tap link".into()).spawn_scoped(scope, back).is_ok() {
            pump(Side::Connector, &connector, &binder, shared, record);
        }
    });
}

/// Passes on what one side sends. Recorded first, then written: so a cause is always recorded before
/// its effect.
fn pump(from: Side, source: &TcpStream, sink: &TcpStream, shared: &Shared, record: &Mutex<Record>) {
    let (mut input, mut output) = (source, sink);
    let mut buffer = vec![0; SMALL];
    loop {
        match input.read(&mut buffer) {
            Ok(0) => {
                lock(record).end(from, false);
                shared.changed();
                let _ = sink.shutdown(Shutdown::Write);
                return;
            }
            Ok(size) => {
                lock(record).feed(from, &buffer[..size]);
                shared.changed();
                // A sink that is gone ends this direction; the other one ends when it reads that.
                if output.write_all(&buffer[..size]).is_err() {
                    return;
                }
                if size == buffer.len() && size < LARGE {
                    buffer = vec![0; LARGE];
                }
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(_) => {
                lock(record).end(from, true);
                shared.changed();
                let _ = sink.shutdown(Shutdown::Both);
                return;
            }
        }
    }
}

impl Shared {
    fn changed(&self) {
        lock(&self.state).changes += 1;
        self.heard.notify_all();
    }

    fn open_record(&self, opened: Instant) -> Arc<Mutex<Record>> {
        let record = Arc::new(Mutex::new(Record {
            conversation: Conversation::new(opened),
            decoder: Decoder::default(),
            reset: false,
        }));
        let mut state = lock(&self.state);
        state.open += 1;
        state.records.push_back(Arc::clone(&record));
        if state.records.len() > CONVERSATIONS_LIMIT {
            // What is not there means nothing any more: the next one says that something is missing.
            let forgotten =
                state.records.pop_front().map_or(0, |old| lock(&old).conversation.dropped);
            if let Some(next) = state.records.front() {
                lock(next).conversation.dropped += forgotten + 1;
            }
        }
        record
    }

    fn connect_upstream(&self) -> Option<TcpStream> {
        let mut candidates = self.upstream.iter();
        let stream = candidates
            .find_map(|address| TcpStream::connect_timeout(address, CONNECT_TIMEOUT).ok())?;
        // A connect to a free port may be given that very port, meet itself, and occupy it.
        let met_itself = stream.local_addr().ok()? == stream.peer_addr().ok()?;
        (!met_itself).then_some(stream)
    }

    /// Makes the sockets known to whoever stops the tap; false if it is stopping already.
    fn register(&self, sockets: &[&Arc<TcpStream>]) -> bool {
        let mut state = lock(&self.state);
        state.sockets.retain(|socket| socket.strong_count() > 0);
        for socket in sockets {
            let _ = socket.set_nodelay(true);
            state.sockets.push(Arc::downgrade(socket));
        }
        !state.stopping
    }
}

impl Record {
    fn feed(&mut self, from: Side, bytes: &[u8]) {
        self.conversation.sent[from as usize] += bytes.len() as u64;
        for entry in self.decoder.feed(from, bytes, Instant::now()) {
            self.conversation.record(entry);
        }
    }

    fn end(&mut self, from: Side, reset: bool) {
        if !self.reset {
            let entry = self.decoder.close(from, reset, Instant::now());
            self.conversation.record(entry);
        }
        self.reset |= reset;
    }
}
