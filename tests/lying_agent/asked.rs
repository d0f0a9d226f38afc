//! What the lie makes of a request.

use serde_json::{Value, json};

use super::data::{bytes, cut, each, frames, hex, text};
use super::{Liar, Lie};

/// A REP that starves clients takes so many requests at a time, or what came in so long, in ms.
const TOGETHER: u64 = 106;
const GATHERS_MS: u64 = 300;

impl Liar {
    /// Changes a request, or pretends that it is done: then these are the fields of `ok`.
    pub fn asked(&mut self, request: &mut Value) -> Option<Value> {
        let op = request["op"].as_str()?.to_owned();
        self.remember(&op, request);
        if self.lie == Lie::Ignore && op == self.at {
            return Some(match op.as_str() {
                "send" => json!({"sent": request["count"].as_u64().unwrap_or(1)}),
                _ => json!({}),
            });
        }
        if op == self.at {
            // Who is not told how long waits for a second.
            let given = request.get("timeout_ms").cloned().unwrap_or(json!(1000));
            if let Some(other) = self.scaled(&given) {
                request["timeout_ms"] = other;
            }
        }
        let kind = self.socket(request).kind.clone();
        match op.as_str() {
            "socket" | "set" | "get" => self.option_asked(&op, &kind, request),
            "bind" | "unbind" | "connect" | "disconnect" => self.place_asked(&op, &kind, request),
            "subscribe" | "unsubscribe" => self.topic_asked(&op, request),
            "send" => self.frames_asked(&kind, request).or_else(|| self.send_asked(request)),
            "recv" => self.recv_asked(request),
            _ => self.other_asked(&op, request),
        }
    }

    fn remember(&mut self, op: &str, request: &Value) {
        match op {
            "socket" => self.socket(request).kind = text(&request["type"]),
            "connect" => self.socket(request).connected += 1,
            "send" => self.socket(request).sent += 1,
            "reset" => *self = Liar { lie: self.lie, at: self.at.clone(), ..Liar::default() },
            _ => {}
        }
    }

    /// The frames of a message that is sent.
    fn frames_asked(&mut self, kind: &str, request: &mut Value) -> Option<Value> {
        match (self.lie, kind) {
            (Lie::Boundary, _) => each(&mut request["frames"], |frame| {
                let mut bytes = bytes(frame);
                if bytes.len().to_string() == self.at
                    && let Some(last) = bytes.last_mut()
                {
                    *last ^= 1;
                    *frame = hex(&bytes);
                }
            }),
            (Lie::Reorder, _) => {
                if let Some([_, .., first, second]) = frames(request).map(Vec::as_mut_slice) {
                    std::mem::swap(first, second);
                }
            }
            (Lie::DropEmpty, _) => {
                if let Some(frames) = frames(request).filter(|frames| frames.len() > 1) {
                    frames.retain(|frame| !bytes(frame).is_empty());
                }
            }
            (Lie::NulTerminated, _) => each(&mut request["frames"], cut),
            (Lie::ForgetEnvelope, "REP") | (Lie::Lenient, "REQ" | "REP") => {
                frames(request)?.insert(0, hex(b""));
            }
            (Lie::Block | Lie::Starve, "REP") => {
                let client = self.socket(request).clients.last()?.clone();
                frames(request)?.splice(..0, client);
            }
            (Lie::WrongClient, "REP") => {
                let client = self.socket(request).clients.first()?.clone();
                // The last is the one that asked.
                frames(request)?.splice(..0, client);
            }
            (Lie::WrongClient, "ROUTER") => {
                let asked = bytes(&request["frames"][0]);
                let mut others = self.socket(request).clients.iter().map(|envelope| &envelope[0]);
                let other = others.find(|other| bytes(other) != asked)?.clone();
                frames(request)?[0] = other;
            }
            (Lie::Misroute, "ROUTER") => {
                let asked = bytes(&request["frames"][0]);
                let known = &self.socket(request).clients;
                let other = known.first()?[0].clone();
                if !known.iter().any(|client| bytes(&client[0]) == asked) {
                    frames(request)?[0] = other;
                }
            }
            _ => {}
        }
        None
    }

    fn recv_asked(&mut self, request: &mut Value) -> Option<Value> {
        let (lie, at) = (self.lie, self.at.clone());
        let socket = self.socket(request);
        match lie {
            // It must not be too quick where there are no more.
            Lie::LoseFourth if request["count"].is_number() => {
                let count = request["count"].as_u64()?;
                request["count"] = (count + count.div_ceil(3)).into();
                None
            }
            Lie::EmptyHanded if request["count"].is_number() => Some(json!({"messages": []})),
            Lie::HeldUp if at == "recv" && socket.full => {
                // Waits for room, which does not come.
                request["op"] = "poll".into();
                request["events"] = "out".into();
                None
            }
            Lie::Starve if socket.kind == "REP" => {
                let next = socket.waiting.pop();
                if next.is_none() {
                    request["count"] = TOGETHER.into();
                    request["timeout_ms"] = request["timeout_ms"].as_u64()?.min(GATHERS_MS).into();
                }
                next.map(|frames| json!({"frames": frames}))
            }
            Lie::Partial => socket.early.take().map(|frames| json!({"frames": frames})),
            _ => None,
        }
    }

    /// Security.
    fn other_asked(&mut self, op: &str, request: &mut Value) -> Option<Value> {
        match (self.lie, op) {
            (Lie::Blind, "poll") if request["events"] == *self.at => {
                return Some(json!({"ready": false}));
            }
            (Lie::NoCurve, "curve_keypair") => {
                self.made += 1;
                let key = format!("{:040}", self.made);
                return Some(json!({"public": key, "secret": key}));
            }
            (Lie::AnyKey, "curve_keypair") => return self.keys.clone(),
            (Lie::RepHandler, "zap_router") => request["op"] = "zap".into(),
            (Lie::OwnReply, "zap") => {
                let given = !request["reply"][self.at.parse::<usize>().ok()?].is_null();
                if given {
                    request["reply"] = "400".into();
                }
            }
            (Lie::AnyKey, "zap") => return Some(json!({})),
            (Lie::LetIn, "zap") => {
                request.as_object_mut()?.remove("reply");
                request["allow"]["plain"]["guest"] = "guest".into();
                request["allow"]["null"] = true.into();
            }
            (Lie::ShortName, "zap") => {
                let known = request["allow"]["plain"].as_object_mut()?;
                for (mut name, password) in known.clone() {
                    name.pop();
                    known.insert(name, password);
                }
            }
            _ => {}
        }
        None
    }
}
