//! Subscriptions.

use serde_json::{Value, json};

use super::data::{bytes, cut, hex};
use super::{Liar, Lie};

impl Liar {
    pub fn topic_asked(&mut self, op: &str, request: &mut Value) -> Option<Value> {
        let mut topic = bytes(&request["topic"]);
        match (self.lie, op) {
            (Lie::NulTerminated, _) => cut(&mut request["topic"]),
            (Lie::Wide, _) => {
                topic.pop();
                request["topic"] = hex(&topic);
            }
            (Lie::NoEmptyTopic, _) if topic.is_empty() => return Some(json!({})),
            (Lie::ShortTopic, _) => {
                topic.truncate(self.at.parse().unwrap_or(usize::MAX));
                request["topic"] = hex(&topic);
            }
            (Lie::OtherTopic, "unsubscribe") => {
                request["topic"] = self.socket(request).topics.last()?.clone();
            }
            (Lie::FewTopics, "subscribe") => {
                let most = self.at.parse().unwrap_or(usize::MAX);
                if self.socket(request).topics.len() >= most {
                    return Some(json!({}));
                }
            }
            _ => {}
        }
        if op == "subscribe" {
            let topic = request["topic"].clone();
            self.socket(request).topics.push(topic);
        }
        None
    }
}
