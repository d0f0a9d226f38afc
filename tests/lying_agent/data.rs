//! Frames of requests and responses.

use data_encoding::HEXLOWER;
use serde::Deserialize as _;
use serde_json::{Value, json};
use zmq_interop::agent::data::Frame;
use zmq_interop::digest::D;

pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().into()
}

pub fn frames(request: &mut Value) -> Option<&mut Vec<Value>> {
    request["frames"].as_array_mut()
}

pub fn each(frames: &mut Value, change: impl FnMut(&mut Value)) {
    frames.as_array_mut().into_iter().flatten().for_each(change);
}

/// The bytes of a frame in a request.
pub fn bytes(frame: &Value) -> Vec<u8> {
    Frame::deserialize(frame).ok().and_then(|data| data.bytes().ok()).unwrap_or_default()
}

/// A frame for a request.
pub fn hex(bytes: &[u8]) -> Value {
    json!({"hex": HEXLOWER.encode(bytes)})
}

/// Ends a frame before its first NUL.
pub fn cut(frame: &mut Value) {
    let bytes = bytes(frame);
    if let Some(end) = bytes.iter().position(|&byte| byte == 0) {
        *frame = hex(&bytes[..end]);
    }
}

/// A frame of a request as a response tells it, and other values as they are.
pub fn as_told(value: &Value) -> Value {
    if value.is_object() { json!(D::of(&bytes(value))) } else { value.clone() }
}

/// The bytes of a frame in a response, where they are told.
pub fn seen(frame: &Value) -> Vec<u8> {
    HEXLOWER.decode(frame["hex"].as_str().unwrap_or_default().as_bytes()).unwrap_or_default()
}

/// Changes the message, or each of several, that was received.
pub fn messages(response: &mut Value, mut change: impl FnMut(&mut Vec<Value>)) {
    let Some(ok) = response.get_mut("ok").and_then(Value::as_object_mut) else { return };
    if let Some(frames) = ok.get_mut("frames").and_then(Value::as_array_mut) {
        change(frames);
    }
    let several = ok.get_mut("messages").and_then(Value::as_array_mut);
    several.into_iter().flatten().filter_map(Value::as_array_mut).for_each(change);
}
