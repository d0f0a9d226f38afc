//! What a tap hears, for programs: one object a line, as docs/tap.schema.json says.

use std::time::{Instant, SystemTime};

use data_encoding::HEXLOWER;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::summary::Summary;
use crate::zmtp::command::{Command, Metadata};
use crate::zmtp::conversation::Item;
use crate::zmtp::greeting::Announced;
use crate::zmtp::tap::{Event, Heard};

/// Makes the lines; it knows what time it was when it was made, as events say only how much later they are.
pub struct Lines {
    begun: (Instant, SystemTime),
}

impl Lines {
    pub fn new() -> Lines {
        Lines { begun: (Instant::now(), SystemTime::now()) }
    }

    /// Of what was captured before: at that time it was `begun`.
    pub fn of(begun: Instant, at: SystemTime) -> Lines {
        Lines { begun: (begun, at) }
    }

    pub fn begin(&self, listen: &str, connect: &str) -> Value {
        json!({"event": "listening", "at": self.at(self.begun.0), "listen": listen, "connect": connect})
    }

    /// `None` for what is not told.
    pub fn line(&self, heard: &Heard) -> Option<Value> {
        let (event, more) = match &heard.event {
            Event::Octets(..) => return None,
            Event::Opened(from) if from.is_empty() => ("opened", json!({})),
            Event::Opened(from) => ("opened", json!({"address": from})),
            Event::Refused => ("refused", json!({})),
            Event::Closed([connector, binder]) => {
                ("closed", json!({"bytes": {"connector": connector, "binder": binder}}))
            }
            Event::Lost(side, octets) => {
                ("lost", json!({"from": side.to_string(), "octets": octets}))
            }
            Event::Said(entry) => {
                let (event, mut more) = said(&entry.item);
                more["from"] = entry.from.to_string().into();
                (event, more)
            }
        };
        let mut line = Map::new();
        line.insert("event".into(), event.into());
        line.insert("connection".into(), heard.link.into());
        line.insert("at".into(), self.at(heard.at));
        if let Value::Object(more) = more {
            line.extend(more);
        }
        Some(line.into())
    }

    pub fn end(&self, summary: &Summary) -> Value {
        let both =
            |[connector, binder]: [u64; 2]| json!({"connector": connector, "binder": binder});
        let slowest = summary
            .slowest
            .map(|(took, link)| json!({"seconds": took.as_secs_f64(), "connection": link}));
        json!({
            "event": "summary", "at": self.at(Instant::now()),
            "connections": summary.connections, "refused": summary.refused,
            "messages": both(summary.messages), "bytes": both(summary.bytes),
            "requests": summary.requests, "answered": summary.answered, "slowest": slowest,
            "violations": summary.violations, "lost": summary.lost,
        })
    }

    /// A time as RFC 3339 has it, with microseconds.
    fn at(&self, instant: Instant) -> Value {
        let (begun, time) = self.begun;
        let at = Timestamp::try_from(time + instant.saturating_duration_since(begun));
        at.map_or(Value::Null, |at| format!("{at:.6}").into())
    }
}

/// What was said, and its name.
fn said(item: &Item) -> (&'static str, Value) {
    match item {
        Item::Greeting(greeting) => {
            let offered = match greeting.announced {
                Announced::Versioned { major, minor } => {
                    Some(json!({"major": major, "minor": minor}))
                }
                Announced::Unversioned | Announced::Signature => None,
            };
            let version = greeting.version.to_string();
            let more = json!({
                "version": version.trim_start_matches("ZMTP "), "offered": offered,
                "mechanism": greeting.mechanism, "as_server": greeting.as_server,
                "socket_type": greeting.socket_type, "identity": greeting.identity,
            });
            ("greeting", more)
        }
        Item::Command(command) => {
            let mut more = json!({"name": command.name()});
            match command {
                Command::Ready(metadata) | Command::Initiate(metadata) => {
                    more["metadata"] = properties(metadata);
                }
                Command::Error { reason } => more["reason"] = reason.clone().into(),
                Command::Ping { ttl, context } => {
                    more["ttl_ms"] = (u64::from(*ttl) * 100).into();
                    more["context"] = HEXLOWER.encode(context).into();
                }
                Command::Pong { context } => more["context"] = HEXLOWER.encode(context).into(),
                Command::Subscribe(topic) | Command::Cancel(topic) => more["topic"] = json!(topic),
                // What it carries is secret.
                Command::Handshake { size, .. } => more["size"] = (*size).into(),
                Command::Unknown { body, .. } => more["body"] = json!(body),
            }
            ("command", more)
        }
        Item::Message(message) => {
            let more = json!({"frames": message.frames, "frames_dropped": message.frames_dropped});
            ("message", more)
        }
        Item::Opaque(body) => ("encrypted", json!({"size": body.size})),
        Item::Violation(violation) => {
            ("violation", json!({"offset": violation.offset, "what": violation.what}))
        }
        Item::Closed { reset, unfinished } => {
            ("end", json!({"reset": reset, "unfinished": unfinished}))
        }
    }
}

/// Names and values in their order; a name may come twice. Values are hexadecimal, and text where they are that.
fn properties(metadata: &Metadata) -> Value {
    let property = |(name, value): &(String, Vec<u8>)| json!({"name": name, "hex": HEXLOWER.encode(value), "text": str::from_utf8(value).ok()});
    metadata.0.iter().map(property).collect()
}
