//! What the lie makes of a response.

use std::cmp::Reverse;

use data_encoding::HEXLOWER;
use serde_json::{Value, json};
use zmq_interop::digest::{D, sha1_hex};

use super::Liar;
use zmq_interop::suite::conformance::lie::Lie;

const CURVE: [&str; 4] = ["CURVE_SERVER", "CURVE_PUBLICKEY", "CURVE_SECRETKEY", "CURVE_SERVERKEY"];

impl Liar {
    /// Changes the response to a request.
    pub fn told(&mut self, request: &Value, response: &mut Value) {
        let op = request["op"].as_str().unwrap_or_default();
        let socket = request["socket"].as_str().unwrap_or_default();
        let kind = self.kinds.get(socket).map(String::as_str).unwrap_or_default();
        match (self.lie, op) {
            (Lie::WrongId, op) if op == self.at => {
                response["id"] = (response["id"].as_u64().unwrap_or_default() + 1).into();
            }
            (Lie::Both, op) if op == self.at => {
                response["ok"] = json!({});
                response["error"] = json!({"code": "EAGAIN", "message": "or not"});
            }
            (Lie::OtherCode, op) if op == self.at && response["error"]["code"] == "EAGAIN" => {
                response["error"]["code"] = "EPERM".into();
            }
            (Lie::NoNumber, "send") => {
                if let Some(ok) = response.get_mut("ok").and_then(Value::as_object_mut) {
                    ok.remove("sent");
                }
            }
            (Lie::WrongValue, "get") if request["option"] == *self.at => {
                if let Some(value) = response.pointer_mut("/ok/value") {
                    *value = if value.is_number() { 7.into() } else { "something else".into() };
                }
            }
            (Lie::OtherTopics, "recv") if kind == "XPUB" => messages(response, |frames| {
                for frame in frames {
                    let hex = frame["hex"].as_str().unwrap_or_default();
                    let notice = HEXLOWER.decode(hex.as_bytes()).unwrap_or_default();
                    *frame = json!(D::of(&[&notice[..], b"!"].concat()));
                }
            }),
            (Lie::Boast, "hello") => add(response, "socket_types", &["STREAM"]),
            (Lie::Deny, "hello") => {
                if let Some(types) = response["ok"]["socket_types"].as_array_mut() {
                    types.retain(|kind| kind != "PAIR");
                }
            }
            (Lie::NoMonitor, "hello") => {
                if let Some(features) = response["ok"]["features"].as_array_mut() {
                    features.retain(|feature| feature != "monitor");
                }
            }
            (Lie::NoCurve, "hello") => {
                add(response, "mechanisms", &["CURVE"]);
                add(response, "options", &CURVE);
            }
            (Lie::AnyKey, "curve_keypair") => self.keys = response.get("ok").cloned(),
            (Lie::ForgetEnvelope, "recv") if kind == "REP" => drop(envelope(response)),
            (Lie::WrongClient, "recv") if kind == "REP" || kind == "ROUTER" => {
                let known = self.clients.entry(socket.into()).or_default();
                let envelope = match kind {
                    "REP" => envelope(response),
                    _ => response["ok"]["frames"].as_array().map(|frames| frames[..1].to_vec()),
                };
                if let Some(envelope) = envelope {
                    // In the form that a request has.
                    let frame = |seen: &Value| json!({"hex": seen["hex"]});
                    let envelope: Vec<Value> = envelope.iter().map(frame).collect();
                    known.retain(|other| *other != envelope);
                    known.push(envelope);
                }
            }
            (Lie::DropEmpty, "recv") => messages(response, |frames| {
                if frames.len() > 1 {
                    frames.retain(|frame| frame["size"] != 0);
                }
            }),
            (Lie::NoFrames, "recv") => messages(response, Vec::clear),
            (Lie::Contradict, "recv") => messages(response, |frames| {
                for frame in frames {
                    frame["sha1"] = sha1_hex(b"something else").into();
                }
            }),
            (Lie::Starve, "recv") => {
                let messages = response.pointer_mut("/ok/messages").and_then(Value::as_array_mut);
                if let Some(messages) = messages {
                    let all = messages.clone();
                    let count = |message: &Value| all.iter().filter(|m| *m == message).count();
                    messages.sort_by_key(|message| Reverse(count(message)));
                }
            }
            _ => {}
        }
    }
}

/// Adds to one of hello's lists.
fn add(response: &mut Value, list: &str, names: &[&str]) {
    if let Some(list) = response["ok"][list].as_array_mut() {
        list.extend(names.iter().map(|name| json!(name)));
    }
}

/// Changes the message, or each of several, that was received.
fn messages(response: &mut Value, mut change: impl FnMut(&mut Vec<Value>)) {
    let Some(ok) = response.get_mut("ok").and_then(Value::as_object_mut) else { return };
    if let Some(frames) = ok.get_mut("frames").and_then(Value::as_array_mut) {
        change(frames);
    }
    let several = ok.get_mut("messages").and_then(Value::as_array_mut);
    several.into_iter().flatten().filter_map(Value::as_array_mut).for_each(change);
}

/// Takes the envelope and its delimiter off a message, as a REP does.
fn envelope(response: &mut Value) -> Option<Vec<Value>> {
    let frames = response["ok"]["frames"].as_array_mut()?;
    let delimiter = frames.iter().position(|frame| frame["size"] == 0)?;
    Some(frames.drain(..=delimiter).collect())
}
