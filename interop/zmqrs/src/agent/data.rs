//! What requests and responses consist of: fields, frames as JSON, and refusals.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::{Value, json};
use zeromq::{ZmqError, ZmqMessage};

use crate::role::D;

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Request {
    pub op: String,
    pub socket: String,
    #[serde(rename = "type")]
    pub kind: String,
    pub options: HashMap<String, Value>,
    pub option: String,
    pub value: Value,
    pub endpoint: String,
    pub frames: Vec<Frame>,
    pub topic: Option<Frame>,
    pub count: Option<usize>,
    pub timeout_ms: Option<u64>,
    pub until: Option<String>,
    pub frontend: String,
    pub backend: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Frame {
    Hex(String),
    Text(String),
    Fill { size: usize, seed: usize },
}

impl Frame {
    pub fn bytes(self) -> Result<Vec<u8>, Refusal> {
        match self {
            Frame::Hex(digits) => {
                hex::decode(digits).map_err(|e| Refusal::bad_request(e.to_string()))
            }
            Frame::Text(text) => Ok(text.into_bytes()),
            Frame::Fill { size, seed } => Ok((0..size).map(|i| ((seed + i) % 251) as u8).collect()),
        }
    }
}

pub type Answer = Result<Value, Refusal>;

pub struct Refusal {
    pub code: &'static str,
    pub message: String,
    pub sent: Option<usize>,
}

impl Refusal {
    pub fn new(code: &'static str, message: impl Into<String>) -> Refusal {
        Refusal { code, message: message.into(), sent: None }
    }

    pub fn bad_request(message: impl Into<String>) -> Refusal {
        Refusal::new("bad-request", message)
    }

    pub fn unsupported(message: impl Into<String>) -> Refusal {
        Refusal::new("unsupported", message)
    }

    pub fn again() -> Refusal {
        Refusal::new("EAGAIN", "nothing came, or could be sent, in time")
    }
}

/// The crate's errors are mostly sentences: this finds ZeroMQ's names for them.
impl From<ZmqError> for Refusal {
    fn from(error: ZmqError) -> Refusal {
        let text = error.to_string();
        let code = match &error {
            ZmqError::Network(io) if io.kind() == std::io::ErrorKind::AddrInUse => "EADDRINUSE",
            ZmqError::Endpoint(_) if text.contains("transport type") => "unsupported",
            ZmqError::Endpoint(_) | ZmqError::PeerIdentity => "EINVAL",
            ZmqError::NoSuchBind(_) => "ENOENT",
            ZmqError::Socket(reason) if reason.starts_with("cannot") => "ENOTSUP",
            _ if text.contains("Not connected to peers") => "EAGAIN",
            _ if text.contains("equest already in progress") => "EFSM",
            _ if text.contains("No request in progress") => "EFSM",
            _ if text.contains("not found by identity") => "EHOSTUNREACH",
            _ if text.contains("Client disconnected") => "EHOSTUNREACH",
            _ => "other",
        };
        Refusal::new(code, text)
    }
}

pub fn response(id: Value, answer: Answer) -> Value {
    match answer {
        Ok(ok) => json!({"id": id, "ok": ok}),
        Err(Refusal { code, message, sent: None }) => {
            json!({"id": id, "error": {"code": code, "message": message}})
        }
        Err(Refusal { code, message, sent }) => {
            json!({"id": id, "error": {"code": code, "message": message, "sent": sent}})
        }
    }
}

/// The frames of a message as a response describes them.
pub fn describe(message: &ZmqMessage) -> Vec<D> {
    message.iter().map(|frame| D::of(frame)).collect()
}

/// The message of a request.
pub fn message(frames: Vec<Frame>) -> Result<ZmqMessage, Refusal> {
    let mut message: Option<ZmqMessage> = None;
    for frame in frames {
        let frame = frame.bytes()?;
        match &mut message {
            Some(message) => message.push_back(frame.into()),
            None => message = Some(frame.into()),
        }
    }
    message.ok_or_else(|| Refusal::bad_request("a message has frames"))
}
