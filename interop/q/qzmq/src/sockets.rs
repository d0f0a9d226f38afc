//! The sockets behind the handles, and what can be done with them.
//!
//! q is one thread, but nothing here relies on it: a socket is held while it is used, so that a second
//! thread gets an error and not a race. No lock is held across a blocking call except the socket's own.

use crate::guard::{Error, Result, error};
use crate::k::Value;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use zmq::{Context, Message, POLLIN, Socket, SocketType};

#[derive(Default)]
struct Table {
    context: Option<Context>,
    sockets: BTreeMap<i64, Arc<Mutex<Socket>>>,
    /// Handles are never used twice: an old one must not reach a new socket.
    last: i64,
}

static TABLE: Mutex<Table> = Mutex::new(Table { context: None, sockets: BTreeMap::new(), last: 0 });

fn table() -> MutexGuard<'static, Table> {
    TABLE.lock().unwrap_or_else(PoisonError::into_inner)
}

impl From<zmq::Error> for Error {
    fn from(e: zmq::Error) -> Error {
        Error(match e {
            zmq::Error::EAGAIN => "timeout".to_owned(),
            zmq::Error::EINTR => "interrupted".to_owned(),
            e => e.message().to_owned(),
        })
    }
}

fn find(handle: i64) -> Result<Arc<Mutex<Socket>>> {
    match table().sockets.get(&handle) {
        Some(socket) => Ok(socket.clone()),
        None => Err(Error(format!("socket {handle} is not open"))),
    }
}

fn hold(socket: &Mutex<Socket>) -> Result<MutexGuard<'_, Socket>> {
    match socket.try_lock() {
        Ok(held) => Ok(held),
        Err(TryLockError::Poisoned(held)) => Ok(held.into_inner()),
        Err(TryLockError::WouldBlock) => error("socket is in use"),
    }
}

fn with<T>(handle: i64, f: impl FnOnce(&Socket) -> Result<T>) -> Result<T> {
    let socket = find(handle)?;
    let held = hold(&socket)?;
    f(&held)
}

pub fn new(kind: &str) -> Result<i64> {
    let kind = match kind.to_ascii_uppercase().as_str() {
        "REQ" => SocketType::REQ,
        "REP" => SocketType::REP,
        "ROUTER" => SocketType::ROUTER,
        "DEALER" => SocketType::DEALER,
        "PUSH" => SocketType::PUSH,
        "PULL" => SocketType::PULL,
        "PUB" => SocketType::PUB,
        "SUB" => SocketType::SUB,
        "XPUB" => SocketType::XPUB,
        "XSUB" => SocketType::XSUB,
        "PAIR" => SocketType::PAIR,
        "STREAM" => SocketType::STREAM,
        other => return Err(Error(format!("{other}: no such socket type"))),
    };
    let mut table = table();
    let socket = table.context.get_or_insert_with(Context::new).socket(kind)?;
    table.last += 1;
    let handle = table.last;
    table.sockets.insert(handle, Arc::new(Mutex::new(socket)));
    Ok(handle)
}

pub fn bind(handle: i64, endpoint: &str) -> Result<String> {
    with(handle, |socket| {
        socket.bind(endpoint).map_err(|e| at(endpoint, e))?;
        let real = socket.get_last_endpoint()?;
        real.or_else(|_| error("the endpoint is not UTF-8"))
    })
}

pub fn connect(handle: i64, endpoint: &str) -> Result<()> {
    with(handle, |socket| socket.connect(endpoint).map_err(|e| at(endpoint, e)))
}

fn at(endpoint: &str, e: zmq::Error) -> Error {
    Error(format!("{endpoint}: {}", Error::from(e).0))
}

pub fn send(handle: i64, frames: Vec<&[u8]>) -> Result<()> {
    with(handle, |socket| Ok(socket.send_multipart(frames, 0)?))
}

pub fn recv(handle: i64) -> Result<Vec<Message>> {
    with(handle, |socket| {
        let mut frames = vec![socket.recv_msg(0)?];
        while frames.last().is_some_and(Message::get_more) {
            frames.push(socket.recv_msg(0)?);
        }
        Ok(frames)
    })
}

/// Options by their names in zmq_setsockopt(3), in lower case and without `ZMQ_`.
pub fn set(handle: i64, option: &str, value: &Value) -> Result<()> {
    let number = || match i32::try_from(value.long()?) {
        Ok(n) => Ok(n),
        Err(_) => error("range: an option's number has 32 bits"),
    };
    with(handle, |socket| {
        match option {
            "linger" => socket.set_linger(number()?),
            "sndhwm" => socket.set_sndhwm(number()?),
            "rcvhwm" => socket.set_rcvhwm(number()?),
            "sndtimeo" => socket.set_sndtimeo(number()?),
            "rcvtimeo" => socket.set_rcvtimeo(number()?),
            "sndbuf" => socket.set_sndbuf(number()?),
            "rcvbuf" => socket.set_rcvbuf(number()?),
            "reconnect_ivl" => socket.set_reconnect_ivl(number()?),
            "handshake_ivl" => socket.set_handshake_ivl(number()?),
            "heartbeat_ivl" => socket.set_heartbeat_ivl(number()?),
            "heartbeat_ttl" => socket.set_heartbeat_ttl(number()?),
            "heartbeat_timeout" => socket.set_heartbeat_timeout(number()?),
            "maxmsgsize" => socket.set_maxmsgsize(value.long()?),
            "immediate" => socket.set_immediate(value.long()? != 0),
            "ipv6" => socket.set_ipv6(value.long()? != 0),
            "conflate" => socket.set_conflate(value.long()? != 0),
            "req_relaxed" => socket.set_req_relaxed(value.long()? != 0),
            "req_correlate" => socket.set_req_correlate(value.long()? != 0),
            "router_mandatory" => socket.set_router_mandatory(value.long()? != 0),
            "router_handover" => socket.set_router_handover(value.long()? != 0),
            "routing_id" => socket.set_identity(value.bytes()?),
            "subscribe" => socket.set_subscribe(value.bytes()?),
            "unsubscribe" => socket.set_unsubscribe(value.bytes()?),
            other => return Err(Error(format!("{other}: no such option"))),
        }?;
        Ok(())
    })
}

pub fn timeout(handle: i64, ms: i32) -> Result<()> {
    with(handle, |socket| {
        socket.set_rcvtimeo(ms)?;
        Ok(socket.set_sndtimeo(ms)?)
    })
}

pub fn poll(handles: &[i64], ms: i32) -> Result<Vec<i64>> {
    let sockets = handles.iter().map(|h| find(*h)).collect::<Result<Vec<_>>>()?;
    let held = sockets.iter().map(|s| hold(s)).collect::<Result<Vec<_>>>()?;
    let mut items: Vec<_> = held.iter().map(|s| s.as_poll_item(POLLIN)).collect();
    zmq::poll(&mut items, ms.into())?;
    Ok(items.iter().zip(handles).filter(|(item, _)| item.is_readable()).map(|(_, h)| *h).collect())
}

pub fn proxy(frontend: i64, backend: i64) -> Result<()> {
    let (frontend, backend) = (find(frontend)?, find(backend)?);
    let (frontend, backend) = (hold(&frontend)?, hold(&backend)?);
    Ok(zmq::proxy(&frontend, &backend)?)
}

/// A socket that another thread is using is closed when that call ends.
pub fn close(handle: i64) -> Result<()> {
    find(handle)?;
    table().sockets.remove(&handle);
    Ok(())
}

pub fn term() -> Result<()> {
    let (context, sockets) = {
        let mut table = table();
        (table.context.clone(), std::mem::take(&mut table.sockets))
    };
    drop(sockets);
    let Some(mut context) = context else { return Ok(()) };
    context.destroy()?;
    // The context is gone, and the crate would end it a second time when its last owner is dropped.
    std::mem::forget(table().context.take());
    Ok(())
}
