//! Where a socket binds and connects.

use serde_json::{Value, json};

use super::data::text;
use super::{Liar, Lie};

impl Liar {
    pub fn place_asked(&mut self, op: &str, kind: &str, request: &mut Value) -> Option<Value> {
        let endpoint = text(&request["endpoint"]);
        let (host, port) = endpoint.rsplit_once(':').unwrap_or((&endpoint, ""));
        let times = self.socket(request).connected;
        match (self.lie, op) {
            (Lie::OnePeer, "connect") if times > 1 => return Some(json!({})),
            (Lie::Twice, "connect") if times > 1 => {
                // libzmq ignores a second connect to the same text.
                request["endpoint"] = endpoint.replace("127.0.0.1", "localhost").into();
            }
            (Lie::OneAddress, "bind") if host == "tcp://*" || host == "tcp://0.0.0.0" => {
                request["endpoint"] = format!("tcp://127.0.0.2:{port}").into();
            }
            (Lie::PartLeft, "disconnect" | "unbind") => {
                self.socket(request).let_go = true;
                return Some(json!({}));
            }
            (Lie::NotFirst, "connect") if times == 1 => return Some(json!({})),
            (Lie::PingInside, "connect") => {
                let size = self.at.parse().ok()?;
                if let Ok(before) = super::relay::ping_inside(&endpoint, size) {
                    request["endpoint"] = before.into();
                }
            }
            (Lie::NoReturn, "connect") => {
                if let Ok(once) = super::relay::once(&endpoint) {
                    request["endpoint"] = once.into();
                }
            }
            (Lie::ConnectsOnly, "connect") if kind != self.at => return Some(json!({})),
            (Lie::NoSecond, "connect") if self.at.is_empty() || kind == self.at => {
                let like = |other: &&super::Socket| other.kind == kind && other.connected > 0;
                if self.sockets.values().filter(like).count() == 2 {
                    return Some(json!({}));
                }
            }
            (Lie::NoNames, "connect") if host.ends_with(|c: char| c.is_alphabetic()) => {
                return Some(json!({}));
            }
            (Lie::DeafWith, "connect") if self.socket(request).marked => return Some(json!({})),
            (Lie::BindFirst, "connect") if endpoint.starts_with("inproc:") => {
                let bound = |socket: &super::Socket| {
                    socket.connected == 0 && socket.endpoints.contains(&request["endpoint"])
                };
                if !self.sockets.values().any(bound) {
                    return Some(json!({}));
                }
            }
            (Lie::IpcIsTcp, _) if endpoint.starts_with("ipc:") => {
                // As JeroMQ did: a port that the path decides.
                let port =
                    endpoint.bytes().fold(0u32, |sum, byte| 31 * sum % 9973 + u32::from(byte));
                request["endpoint"] = format!("tcp://127.0.0.1:{}", 20_000 + port).into();
            }
            (Lie::NoOverride | Lie::Beside, "bind") => {
                let path = endpoint.strip_prefix("ipc://")?;
                if std::fs::exists(path).unwrap_or_default() {
                    // What is below a file is nowhere.
                    let other = if self.lie == Lie::Beside { ".new" } else { "/below" };
                    request["endpoint"] = format!("{endpoint}{other}").into();
                }
            }
            (Lie::NoIpv6, "bind") if host.contains("[::1]") => {
                request["endpoint"] = format!("tcp://127.0.0.1:{port}").into();
            }
            (Lie::OtherEndpoint, op) if op == self.at => {
                if let Some(first) = self.socket(request).endpoints.first().cloned() {
                    request["endpoint"] = first;
                }
            }
            _ => {}
        }
        if op == "connect" {
            let endpoint = request["endpoint"].clone();
            self.socket(request).endpoints.push(endpoint);
        }
        None
    }
}
