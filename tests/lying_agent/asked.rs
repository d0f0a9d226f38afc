//! What the lie makes of a request.

use data_encoding::HEXLOWER;
use serde::Deserialize as _;
use serde_json::{Value, json};
use zmq_interop::agent::data::Frame;
use zmq_interop::digest::D;

use super::Liar;
use zmq_interop::suite::conformance::lie::Lie;

impl Liar {
    /// Changes a request, or pretends that it is done: then these are the fields of `ok`.
    pub fn asked(&mut self, request: &mut Value) -> Option<Value> {
        let op = request["op"].as_str()?.to_owned();
        let socket = request["socket"].as_str().unwrap_or_default().to_owned();
        match op.as_str() {
            "socket" => drop(self.kinds.insert(socket.clone(), text(&request["type"]))),
            "connect" => *self.connected.entry(socket.clone()).or_default() += 1,
            "reset" => *self = Liar { lie: self.lie, at: self.at.clone(), ..Liar::default() },
            _ => {}
        }
        let kind = self.kinds.get(&socket).cloned().unwrap_or_default();
        match (self.lie, op.as_str(), kind.as_str()) {
            (Lie::Ignore, op, _) if op == self.at => {
                return Some(match op {
                    "send" => json!({"sent": request["count"].as_u64().unwrap_or(1)}),
                    _ => json!({}),
                });
            }
            (Lie::Boundary, "send", _) => each(&mut request["frames"], |frame| {
                let mut bytes = bytes(frame);
                if bytes.len().to_string() == self.at
                    && let Some(last) = bytes.last_mut()
                {
                    *last ^= 1;
                    *frame = hex(&bytes);
                }
            }),
            (Lie::Reorder, "send", _) => {
                if let Some([_, .., first, second]) = frames(request).map(Vec::as_mut_slice) {
                    std::mem::swap(first, second);
                }
            }
            (Lie::DropEmpty, "send", _) => {
                if let Some(frames) = frames(request).filter(|frames| frames.len() > 1) {
                    frames.retain(|frame| !bytes(frame).is_empty());
                }
            }
            (Lie::NulTerminated, "send", _) => each(&mut request["frames"], cut),
            (Lie::NulTerminated, "subscribe" | "unsubscribe", _) => cut(&mut request["topic"]),
            (Lie::OtherType, "socket", kind) => {
                request["type"] = if kind == "PAIR" { "DEALER" } else { "PAIR" }.into();
                // Its options are those of the right type.
                request["options"] = json!({});
            }
            (Lie::Forget, "socket", _) => {
                let options = request["options"].as_object_mut()?;
                if let Some(value) = options.remove(&self.at) {
                    self.forgotten.insert(socket, value);
                }
            }
            (Lie::Forget, "set", _) if request["option"] == *self.at => {
                self.forgotten.insert(socket, request["value"].clone());
                return Some(json!({}));
            }
            (Lie::Forget, "get", _) if request["option"] == *self.at => {
                return Some(json!({"value": told(self.forgotten.get(&socket)?)}));
            }
            (Lie::Force, "socket", _) => {
                let (option, value) = self.at.split_once('=')?;
                request["options"][option] = value.parse::<i64>().ok()?.into();
            }
            (Lie::NoDelimiter, "socket", "REQ") | (Lie::ForgetEnvelope, "socket", "REP") => {
                request["type"] = "DEALER".into();
            }
            (Lie::ForgetEnvelope, "send", "REP") => frames(request)?.insert(0, hex(b"")),
            (Lie::WrongClient, "socket", "REP") => request["type"] = "ROUTER".into(),
            (Lie::WrongClient, "send", "REP") => {
                let frames = frames(request)?;
                let clients = self.clients.get(&socket)?;
                // The last is the one that asked.
                frames.splice(..0, clients.first()?.clone());
            }
            (Lie::WrongClient, "send", "ROUTER") => {
                let id = &mut frames(request)?[0];
                let asked = bytes(id);
                let others = self.clients.get(&socket)?.iter().map(|envelope| &envelope[0]);
                *id = others.clone().find(|other| bytes(other) != asked)?.clone();
            }
            (Lie::OnePeer, "connect", _) if self.connected[&socket] > 1 => return Some(json!({})),
            (Lie::NotFirst, "connect", _) if self.connected[&socket] == 1 => {
                return Some(json!({}));
            }
            (Lie::ConnectsOnly, "connect", kind) if kind != self.at => return Some(json!({})),
            (Lie::NoSecond, "connect", kind) => {
                let like = |other: &&String| self.kinds.get(*other).is_some_and(|k| k == kind);
                if self.connected.keys().filter(like).count() == 2 {
                    return Some(json!({}));
                }
            }
            (Lie::Impatient, "recv", _) => {
                request["timeout_ms"] = (request["timeout_ms"].as_u64()? / 3).into();
            }
            (Lie::EmptyHanded, "recv", _) if request["count"].is_number() => {
                return Some(json!({"messages": []}));
            }
            (Lie::Wide, "subscribe" | "unsubscribe", _) => {
                let mut topic = bytes(&request["topic"]);
                topic.pop();
                request["topic"] = hex(&topic);
            }
            (Lie::Bare, "socket", _) => request["options"] = json!({}),
            (Lie::Everything, "socket", "XPUB") => request["options"]["XPUB_MANUAL"] = 1.into(),
            (Lie::NoCurve, "socket", _) => {
                let options = request["options"].as_object_mut()?;
                options.retain(|option, _| !option.starts_with("CURVE_"));
            }
            (Lie::NoCurve, "curve_keypair", _) => {
                self.made += 1;
                let key = format!("{:040}", self.made);
                return Some(json!({"public": key, "secret": key}));
            }
            (Lie::AnyKey, "curve_keypair", _) => return self.keys.clone(),
            (Lie::AnyKey, "zap", _) => return Some(json!({})),
            _ => {}
        }
        None
    }
}

/// The value of an option as `get` tells it: binary ones as a D.
fn told(value: &Value) -> Value {
    if value.is_object() { json!(D::of(&bytes(value))) } else { value.clone() }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().into()
}

fn frames(request: &mut Value) -> Option<&mut Vec<Value>> {
    request["frames"].as_array_mut()
}

fn each(frames: &mut Value, change: impl FnMut(&mut Value)) {
    frames.as_array_mut().into_iter().flatten().for_each(change);
}

/// The bytes of a frame in a request.
fn bytes(frame: &Value) -> Vec<u8> {
    Frame::deserialize(frame).ok().and_then(|data| data.bytes().ok()).unwrap_or_default()
}

/// A frame for a request.
fn hex(bytes: &[u8]) -> Value {
    json!({"hex": HEXLOWER.encode(bytes)})
}

fn cut(frame: &mut Value) {
    let bytes = bytes(frame);
    if let Some(end) = bytes.iter().position(|&byte| byte == 0) {
        *frame = hex(&bytes[..end]);
    }
}
