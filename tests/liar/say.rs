//! The events of the role contract, and a line to whoever tests the harness.

use std::io::Write as _;
use std::os::unix::net::UnixStream;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use data_encoding::{HEXLOWER, HEXUPPER};
use serde_json::json;
use zmq_interop::digest::{D, HEX_LIMIT, sha1_hex};
use zmq_interop::role::Role;
use zmq_interop::suite::scenario::lie::Lie;

use super::Result;

/// The lie of this program; it may be one of form.
static LIE: OnceLock<Lie> = OnceLock::new();

/// Has it said that it is ready?
static READY: AtomicBool = AtomicBool::new(false);

/// From now on `lie` is told.
pub fn lie(lie: Lie) {
    let _ = LIE.set(lie);
}

pub fn ready(endpoints: &[String]) -> Result {
    if READY.swap(true, Ordering::Relaxed) {
        return Ok(()); // It said so before it was.
    }
    let mut endpoints = endpoints.to_vec();
    match LIE.get() {
        Some(Lie::EndpointsSwapped) => endpoints.reverse(),
        Some(Lie::EndpointTooMany) => endpoints.push("tcp://127.0.0.1:5555".into()),
        _ => {}
    }
    let event = json!({"event": "ready", "pid": std::process::id(), "endpoints": endpoints});
    if LIE.get() == Some(&Lie::ReadyTwice) {
        line(event.clone())?;
    }
    line(event)
}

pub fn say(event: &str, data: &[u8]) -> Result {
    let mut described = json!(D::of(data));
    let large = data.len() > HEX_LIMIT;
    match LIE.get() {
        Some(Lie::UntoldRequest) if ["sent", "pulled", "received"].contains(&event) => {
            return Ok(());
        }
        Some(Lie::UntoldAnswer) if ["replied", "answered"].contains(&event) => return Ok(()),
        Some(Lie::WrongSize) if large => described["size"] = json!(data.len() + 1),
        Some(Lie::WrongSmallSize) if !large => described["size"] = json!(data.len() + 1),
        Some(Lie::UpperHex) if !large => described["hex"] = json!(HEXUPPER.encode(data)),
        Some(Lie::NoHex) => drop(described.as_object_mut().and_then(|d| d.remove("hex"))),
        Some(Lie::LongHex) => described["hex"] = json!(HEXLOWER.encode(data)),
        Some(Lie::UpperSha1) if large => {
            described["sha1"] = json!(sha1_hex(data).to_ascii_uppercase());
        }
        _ => {}
    }
    let mut event = json!({"event": event, "pid": std::process::id(), "data": described});
    if LIE.get() == Some(&Lie::NoData) {
        event.as_object_mut().and_then(|event| event.remove("data"));
    }
    line(event)
}

/// An event with data that may be anything.
pub fn told(event: &str, data: &D) -> Result {
    line(json!({"event": event, "pid": std::process::id(), "data": data}))
}

fn line(mut event: serde_json::Value) -> Result {
    match LIE.get() {
        Some(Lie::WrongPid) => event["pid"] = json!(std::os::unix::process::parent_id()),
        Some(Lie::NoPid) => drop(event.as_object_mut().and_then(|event| event.remove("pid"))),
        _ => {}
    }
    Ok(std::io::stdout().lock().write_all(format!("{event}\n").as_bytes())?)
}

/// INTEROP_COUNT, or very many.
pub fn count() -> usize {
    let count = number("INTEROP_COUNT").unwrap_or(usize::MAX);
    match LIE.get() {
        Some(Lie::OneMore) => count.saturating_add(1),
        Some(Lie::OneLess) => count - 1,
        _ => count,
    }
}

/// INTEROP_INTERVAL_MS, or a second.
pub fn interval() -> std::time::Duration {
    let ms = match LIE.get() {
        Some(Lie::NoPause) => 0,
        Some(Lie::LongPause) => 1000,
        _ => number("INTEROP_INTERVAL_MS").unwrap_or(1000) as u64,
    };
    std::time::Duration::from_millis(ms)
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
