//! Which messages are sent and received, and in which order.

use serde_json::{Value, json};

use super::data::seen;
use super::{Liar, Lie};

impl Liar {
    /// Changes what is sent, or pretends that it is.
    pub fn send_asked(&mut self, request: &mut Value) -> Option<Value> {
        let lie = self.lie;
        let most = self.at.parse().unwrap_or(usize::MAX);
        let socket = self.socket(request);
        match lie {
            Lie::Stops if socket.sent > most => Some(json!({"sent": 1})),
            Lie::OutOfOrder if socket.sent % 10 == 9 => {
                socket.held = Some(request.clone());
                Some(json!({"sent": 1}))
            }
            Lie::StrayPart => {
                if let Some(mut part) = socket.held.take() {
                    part["id"] = request["id"].clone();
                    socket.first = Some(request.clone());
                    *request = part;
                }
                None
            }
            _ => None,
        }
    }

    /// What the honest one is asked besides, after a request.
    pub fn more(&mut self, request: &Value, response: &Value) -> Vec<Value> {
        let (lie, op) = (self.lie, request["op"].as_str().unwrap_or_default());
        let at = self.at.parse().unwrap_or(0);
        if lie == Lie::Again && op == self.at {
            return vec![request.clone()];
        }
        if lie == Lie::ComesAgain && op == "connect" {
            let name = request["socket"].as_str().unwrap_or_default();
            let others = self.sockets.iter().filter(|(other, _)| *other != name);
            let connected = others.filter(|(_, other)| other.connected > 0);
            let again = |(other, socket): (&String, &super::Socket)| json!({"id": 0, "op": "connect", "socket": other, "endpoint": socket.endpoints.first()});
            return connected.map(again).collect();
        }
        let own = |op: &str, topic: Value| json!({"id": 0, "op": op, "socket": request["socket"], "topic": topic});
        let all = json!({"text": ""});
        let most = self.at.parse().ok();
        let socket = self.socket(request);
        match (lie, op) {
            (Lie::Favourite, "connect") if at == 0 && socket.connected == 1 => {
                vec![request.clone()]
            }
            (Lie::Favourite, "send") if socket.sent == at => {
                let first = socket.endpoints.first().cloned();
                vec![
                    json!({"id": 0, "op": "connect", "socket": request["socket"], "endpoint": first}),
                ]
            }
            (Lie::Everything, "recv") if socket.kind == "XPUB" => {
                response["ok"]["frames"].get(0).map(|_| own("subscribe", all)).into_iter().collect()
            }
            (Lie::OpenAtFirst, "socket") => {
                let known = json!({"early": "secret", "guest": "secret", "admin": "secret"});
                vec![json!({"id": 0, "op": "zap", "allow": {"plain": known}})]
            }
            (Lie::Promiscuous, "socket") if socket.kind == "SUB" => vec![own("subscribe", all)],
            (Lie::CancelAll, "unsubscribe") => vec![request.clone(); socket.topics.len()],
            (Lie::OutOfOrder, "send") if socket.sent.is_multiple_of(10) => {
                socket.held.take().into_iter().collect()
            }
            (Lie::Replay, "send") => {
                let first = socket.first.get_or_insert_with(|| request.clone());
                if socket.sent > most.unwrap_or(11) { vec![first.clone()] } else { vec![] }
            }
            (Lie::StrayPart, "send") => {
                if response["error"]["code"] == "EAGAIN" {
                    let mut part = request.clone();
                    part["frames"].as_array_mut().into_iter().for_each(|frames| frames.truncate(1));
                    part["count"] = 1.into();
                    socket.held = Some(part);
                }
                socket.first.take().into_iter().collect()
            }
            _ => vec![],
        }
    }

    /// Is the message that came lost? Then the next is received in its place.
    pub fn loses(&mut self, request: &Value, response: &mut Value) -> bool {
        if request["op"] != "recv" {
            return false;
        }
        let lie = self.lie;
        let socket = self.socket(request);
        let Some(frames) = response["ok"]["frames"].as_array().cloned() else {
            if let Some(several) =
                response.pointer_mut("/ok/messages").and_then(Value::as_array_mut)
            {
                several.retain(|_| {
                    socket.came += 1;
                    lie != Lie::LoseFourth || !socket.came.is_multiple_of(4)
                });
            }
            socket.timed_out = response["error"]["code"] == "EAGAIN";
            return false;
        };
        socket.came += 1;
        match lie {
            Lie::LoseFourth => socket.came.is_multiple_of(4),
            Lie::Swallow => std::mem::take(&mut socket.timed_out),
            Lie::NoLeave if socket.kind == "XPUB" => seen(&frames[0]).first() == Some(&0),
            Lie::Partial => {
                // Of what came before, a part is told first; what came now comes then.
                if let Some(part) = socket.held.take()
                    && frames.len() == 1
                {
                    socket.early = Some(json!(frames));
                    response["ok"]["frames"] = part;
                } else if frames.len() > 1 {
                    socket.held = Some(json!([frames[0]]));
                }
                false
            }
            _ => false,
        }
    }
}
