//! The events of the role contract, and a line to whoever tests the harness.

use std::io::Write as _;
use std::os::unix::net::UnixStream;

use serde_json::json;
use zmq_interop::digest::D;
use zmq_interop::role::Role;

use super::Result;

pub fn ready(endpoints: &[String]) -> Result {
    line(&json!({"event": "ready", "pid": std::process::id(), "endpoints": endpoints}))
}

pub fn say(event: &str, data: &[u8]) -> Result {
    told(event, &D::of(data))
}

/// An event with data that may be anything.
pub fn told(event: &str, data: &D) -> Result {
    line(&json!({"event": event, "pid": std::process::id(), "data": data}))
}

fn line(event: &serde_json::Value) -> Result {
    Ok(std::io::stdout().lock().write_all(format!("{event}\n").as_bytes())?)
}

/// INTEROP_COUNT, or very many.
pub fn count() -> usize {
    number("INTEROP_COUNT").unwrap_or(usize::MAX)
}

/// INTEROP_INTERVAL_MS, or a second.
pub fn interval() -> std::time::Duration {
    std::time::Duration::from_millis(number("INTEROP_INTERVAL_MS").unwrap_or(1000) as u64)
}

fn number(name: &str) -> Option<usize> {
    std::env::var(name).ok()?.parse().ok()
}

/// Connects to the socket LIAR_HELLO, if there is one, says its role there in four letters, and keeps the
/// connection for life: who listens learns that this program runs, and when it ends.
pub fn hello(role: Role) {
    // Who only shows that it is reached is no part of a cell.
    let mark = std::env::var("ZMQ_INTEROP_MARK").unwrap_or_default();
    if !mark.ends_with(".reach.")
        && let Some(path) = std::env::var_os("LIAR_HELLO")
        && let Ok(mut listener) = UnixStream::connect(path)
    {
        let _ = write!(listener, "{role:<4.4}");
        std::mem::forget(listener);
    }
}
