//! What a tap does with a connection: it makes another one upstream, and passes on what either side says.

use std::io::{ErrorKind, Read, Write};
use std::net::Shutdown;
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use socket2::Socket;

use super::{
    CONNECT_TIMEOUT, CONVERSATIONS_LIMIT, Event, Heard, NARROW, Record, Shared, State, Width, lock,
};
use crate::zmtp::Side;
use crate::zmtp::conversation::{Conversation, Entry};
use crate::zmtp::decoder::Decoder;

/// Pause before accepting again after the operating system refused (too many open files).
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// Octets of a buffer: it begins small, as who is not served may leave thousands of connections open, and grows once.
const SMALL: usize = 2 * 1024;
const LARGE: usize = 64 * 1024;

/// Serves whoever connects, until the tap stops, or stops listening.
pub(super) fn accept(listener: Socket, shared: &Arc<Shared>) {
    let mut links = Vec::<JoinHandle<()>>::new();
    loop {
        let connector = listener.accept();
        let state = lock(&shared.state);
        if state.stopping || state.refusing {
            break;
        }
        drop(state);
        links.retain(|link| !link.is_finished());
        let started = connector.and_then(|(connector, _)| {
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
    // A program that is about to start may have it as well.
    let _ = listener.shutdown(Shutdown::Both);
    drop(listener);
    lock(&shared.state).is_free = true;
    shared.changed();
    for link in links {
        let _ = link.join();
    }
}

/// Serves one connection until both sides have ended.
fn link(connector: Socket, opened: Instant, shared: &Shared) {
    let record = shared.open_record(opened);
    let number = lock(&record).link;
    let from = connector.peer_addr().ok().and_then(|address| address.as_socket());
    let from = from.map(|address| address.to_string()).unwrap_or_default();
    shared.tell(number, opened, || Event::Opened(from));
    match shared.connect_upstream() {
        Some(binder) => relay(Arc::new(connector), Arc::new(binder), shared, &record),
        None => {
            lock(&record).conversation.upstream_refused = true;
            shared.tell(number, Instant::now(), || Event::Refused);
        }
    }
    let closed = Instant::now();
    let sent = {
        let conversation = &mut lock(&record).conversation;
        conversation.closed = Some(closed);
        conversation.sent
    };
    shared.tell(number, closed, || Event::Closed(sent));
    lock(&shared.state).open -= 1;
    shared.idle.notify_all();
    shared.changed();
}

fn relay(connector: Arc<Socket>, binder: Arc<Socket>, shared: &Shared, record: &Mutex<Record>) {
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
fn pump(from: Side, source: &Socket, sink: &Socket, shared: &Shared, record: &Mutex<Record>) {
    let (mut input, mut output) = (source, sink);
    let mut buffer = vec![0; SMALL];
    if shared.width == Width::Narrow {
        // The system's least is a limit as well, where this is below it.
        let _ = sink.set_send_buffer_size(NARROW);
    }
    loop {
        match input.read(&mut buffer) {
            Ok(0) => {
                lock(record).end(from, false, shared);
                shared.changed();
                shared.wait_while_held(from);
                let _ = sink.shutdown(Shutdown::Write);
                return;
            }
            Ok(size) => {
                lock(record).feed(from, &buffer[..size], shared);
                shared.changed();
                shared.wait_while_held(from);
                // A sink that is gone ends this direction; the other one ends when it reads that.
                if output.write_all(&buffer[..size]).is_err() {
                    return;
                }
                if shared.width == Width::Wide && size == buffer.len() && size < LARGE {
                    buffer = vec![0; LARGE];
                }
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(_) => {
                lock(record).end(from, true, shared);
                shared.changed();
                shared.wait_while_held(from);
                let _ = sink.shutdown(Shutdown::Both);
                return;
            }
        }
    }
}

impl Shared {
    /// Wakes who waits for something to be recorded, or to be passed on.
    pub(super) fn changed(&self) {
        lock(&self.state).changes += 1;
        self.heard.notify_all();
    }

    fn wait_while_held(&self, from: Side) {
        let held = |state: &mut State| state.held[from as usize] && !state.stopping;
        drop(self.heard.wait_while(lock(&self.state), held));
    }

    /// Tells who wants to hear; who does not want to any more is no reason to stop.
    fn tell(&self, link: u64, at: Instant, event: impl FnOnce() -> Event) {
        if let Some(tell) = &self.tell {
            let _ = tell.to.send(Heard { link, at, event: event() });
        }
    }

    fn open_record(&self, opened: Instant) -> Arc<Mutex<Record>> {
        let mut state = lock(&self.state);
        state.open += 1;
        state.links += 1;
        let record = Arc::new(Mutex::new(Record {
            link: state.links,
            conversation: Conversation::new(opened),
            decoder: Decoder::default(),
            reset: false,
        }));
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

    fn connect_upstream(&self) -> Option<Socket> {
        let prepare = |socket: &Socket| match self.width {
            // Before it connects: what the other side was told once that it may send stays true.
            Width::Narrow => socket.set_recv_buffer_size(NARROW),
            Width::Wide => Ok(()),
        };
        self.upstream.connect(CONNECT_TIMEOUT, prepare).ok()
    }

    /// Makes the sockets known to whoever stops the tap; false if it is stopping already.
    fn register(&self, sockets: &[&Arc<Socket>]) -> bool {
        let mut state = lock(&self.state);
        state.sockets.retain(|socket| socket.strong_count() > 0);
        for socket in sockets {
            let _ = socket.set_tcp_nodelay(true);
            state.sockets.push(Arc::downgrade(socket));
        }
        !state.stopping
    }
}

impl Record {
    fn feed(&mut self, from: Side, bytes: &[u8], shared: &Shared) {
        let at = Instant::now();
        self.conversation.sent[from as usize] += bytes.len() as u64;
        if shared.tell.as_ref().is_some_and(|tell| tell.octets) {
            shared.tell(self.link, at, || Event::Octets(from, bytes.to_vec()));
        }
        for entry in self.decoder.feed(from, bytes, at) {
            self.record(entry, shared);
        }
    }

    fn end(&mut self, from: Side, reset: bool, shared: &Shared) {
        if !self.reset {
            let entry = self.decoder.close(from, reset, Instant::now());
            self.record(entry, shared);
        }
        self.reset |= reset;
    }

    fn record(&mut self, entry: Entry, shared: &Shared) {
        match &shared.tell {
            Some(_) => shared.tell(self.link, entry.at, || Event::Said(entry)),
            None => self.conversation.record(entry),
        }
    }
}
