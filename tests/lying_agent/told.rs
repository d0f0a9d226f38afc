//! What the lie makes of a response.

use std::cmp::Reverse;

use serde_json::{Value, json};
use zmq_interop::digest::{D, sha1_hex};

use super::data::{messages, seen};
use super::{Liar, Lie};

const CURVE: [&str; 4] = ["CURVE_SERVER", "CURVE_PUBLICKEY", "CURVE_SECRETKEY", "CURVE_SERVERKEY"];

impl Liar {
    /// Changes the response to a request.
    pub fn told(&mut self, request: &Value, response: &mut Value) {
        let op = request["op"].as_str().unwrap_or_default();
        let kind = self.socket(request).kind.clone();
        let kind = kind.as_str();
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
            (Lie::WrongValue, "recv_property") if request["property"] == *self.at => {
                response["ok"]["value"] = "somebody else".into();
            }
            (Lie::OtherTopics, "recv") if kind == "XPUB" => messages(response, |frames| {
                frames.iter_mut().for_each(|frame| {
                    *frame = json!(D::of(&[&seen(frame)[..], b"!"].concat()));
                });
            }),
            (Lie::Forgive, _) if response["error"]["code"] == "bad-request" => {
                *response = json!({"id": response["id"], "ok": {}});
            }
            (Lie::NoHex, "recv") => messages(response, |frames| {
                frames.iter_mut().filter_map(Value::as_object_mut).for_each(|frame| {
                    frame.remove("hex");
                });
            }),
            (Lie::LostEvent, "events") => {
                if let Some(events) =
                    response.pointer_mut("/ok/events").and_then(Value::as_array_mut)
                {
                    events.retain(|event| event != &*self.at);
                }
            }
            (Lie::MadeUpEvent, "events") => {
                if let Some(events) =
                    response.pointer_mut("/ok/events").and_then(Value::as_array_mut)
                {
                    events.push(self.at.clone().into());
                }
            }
            (Lie::Boast, "hello") => {
                if let Some((list, name)) = entry(response, &self.at) {
                    list.push(name.into());
                }
            }
            (Lie::Deny, "hello") => {
                if let Some((list, name)) = entry(response, &self.at) {
                    list.retain(|had| had != name);
                }
            }
            (Lie::NoCurve, "hello") => {
                add(response, "mechanisms", &["CURVE"]);
                add(response, "options", &CURVE);
            }
            (Lie::AnyKey, "curve_keypair") => self.keys = response.get("ok").cloned(),
            (Lie::ForgetEnvelope, "recv") if kind == "REP" => drop(envelope(response)),
            (Lie::Lenient, "recv") if kind == "REQ" || kind == "REP" => drop(envelope(response)),
            (Lie::ClaimSent, "send") if response["error"]["code"] == "EAGAIN" => {
                let sent = request["count"].as_u64().unwrap_or(1);
                *response = json!({"id": response["id"], "ok": {"sent": sent}});
            }
            (Lie::NoIpv6, "bind") => {
                if let Some(Value::String(told)) = response.pointer_mut("/ok/endpoint") {
                    *told = told.replace("127.0.0.1", "[::1]");
                }
            }
            (Lie::Beside, "bind") => {
                if let Some(Value::String(told)) = response.pointer_mut("/ok/endpoint") {
                    *told = told.trim_end_matches(".new").into();
                }
            }
            (Lie::OtherAddress, "zap_log") => {
                let asked = response.pointer_mut("/ok/requests").and_then(Value::as_array_mut);
                for request in asked.into_iter().flatten() {
                    request[3] = json!(D::of(b"203.0.113.1"));
                }
            }
            (Lie::AlwaysEagain, op) if op == self.at && response["error"].is_object() => {
                response["error"]["code"] = "EAGAIN".into();
            }
            (Lie::HeldUp, op) => {
                // A receive has become a poll.
                let held_up = op == self.at || op == "poll";
                let socket = self.socket(request);
                if held_up && socket.full {
                    *response = json!({"id": response["id"], "error": {"code": "EAGAIN", "message": "", "sent": 0}});
                }
                socket.full |= op == "send" && response["error"]["code"] == "EAGAIN";
            }
            (Lie::WrongClient | Lie::Misroute | Lie::Block | Lie::Starve, "recv")
                if kind == "REP" || kind == "ROUTER" && self.lie != Lie::Starve =>
            {
                if self.lie == Lie::Starve {
                    one_of_most(response, &mut self.socket(request).waiting);
                }
                let known = &mut self.socket(request).clients;
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
            (Lie::Wildcard, "bind") => {
                if let Some(endpoint) = response.pointer_mut("/ok/endpoint") {
                    let port = endpoint.as_str().and_then(|it| it.rsplit(':').next());
                    *endpoint = format!("tcp://*:{}", port.unwrap_or_default()).into();
                }
            }
            (Lie::InUseToo, "bind") if response["error"]["code"] == "EADDRINUSE" => {
                let ok = json!({"endpoint": request["endpoint"]});
                *response = json!({"id": response["id"], "ok": ok});
            }
            (Lie::PartLeft, "recv") if self.socket(request).let_go => {
                messages(response, |frames| {
                    // A ROUTER's id comes first.
                    let kept = if kind == "ROUTER" { 2 } else { 1 };
                    if frames.len() > kept {
                        frames.truncate(kept);
                    } else if let Some(last) = frames.last_mut() {
                        let bytes = seen(last);
                        *last = json!(D::of(&bytes[..bytes.len() / 2]));
                    }
                })
            }
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
        if op == "bind"
            && let Some(Value::String(told)) = response.pointer_mut("/ok/endpoint")
        {
            let before = match self.lie {
                Lie::AnyType => super::relay::before(told, kind),
                lie if super::wire::tells(lie) => super::wire::before(lie, &self.at, told, kind),
                _ => Ok(told.clone()),
            };
            *told = before.unwrap_or_default();
        }
        if op == "bind"
            && let Some(told) = response.pointer("/ok/endpoint")
        {
            self.socket(request).endpoints.push(told.clone());
        }
    }
}

/// One of hello's lists, and a name, as in `transports=ws`.
fn entry<'a>(response: &'a mut Value, at: &'a str) -> Option<(&'a mut Vec<Value>, &'a str)> {
    let (list, name) = at.split_once('=')?;
    Some((response["ok"][list].as_array_mut()?, name))
}

/// Adds to one of hello's lists.
fn add(response: &mut Value, list: &str, names: &[&str]) {
    if let Some(list) = response["ok"][list].as_array_mut() {
        list.extend(names.iter().map(|name| json!(name)));
    }
}

/// Hands over one of several messages, of which there are most, and keeps the others.
fn one_of_most(response: &mut Value, waiting: &mut Vec<Value>) {
    let Some(messages) = response["ok"]["messages"].as_array().cloned() else { return };
    let count = |message: &Value| messages.iter().filter(|m| *m == message).count();
    *waiting = messages.clone();
    waiting.sort_by_key(count);
    *response = match waiting.pop() {
        Some(frames) => json!({"id": response["id"], "ok": {"frames": frames}}),
        None => {
            json!({"id": response["id"], "error": {"code": "EAGAIN", "message": "nothing came"}})
        }
    };
}

/// Takes the envelope and its delimiter off a message, as a REP does.
fn envelope(response: &mut Value) -> Option<Vec<Value>> {
    let frames = response.pointer_mut("/ok/frames")?.as_array_mut()?;
    let delimiter = frames.iter().position(|frame| frame["size"] == 0)?;
    Some(frames.drain(..=delimiter).collect())
}
