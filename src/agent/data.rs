//! What requests and responses consist of: fields, frames as JSON, and refusals.

use std::collections::BTreeMap;

use data_encoding::HEXLOWER_PERMISSIVE;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What a request asks for. Fields that an op doesn't know are ignored.
#[derive(Debug, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case")]
pub enum Op {
    Hello,
    Socket {
        socket: String,
        #[serde(rename = "type")]
        kind: String,
        #[serde(default)]
        options: Map<String, Value>,
    },
    Set {
        socket: String,
        option: String,
        value: Value,
    },
    Get {
        socket: String,
        option: String,
    },
    Bind(Attachment),
    Unbind(Attachment),
    Connect(Attachment),
    Disconnect(Attachment),
    Send {
        socket: String,
        frames: Vec<Frame>,
        count: Option<u64>,
        timeout_ms: Option<u64>,
    },
    Recv {
        socket: String,
        count: Option<usize>,
        timeout_ms: Option<u64>,
    },
    RecvProperty {
        socket: String,
        property: String,
        timeout_ms: Option<u64>,
    },
    Subscribe(Topic),
    Unsubscribe(Topic),
    Poll {
        socket: String,
        events: PollEvents,
        timeout_ms: Option<u64>,
    },
    Monitor {
        socket: String,
    },
    Events {
        socket: String,
        until: Option<String>,
        timeout_ms: Option<u64>,
    },
    Proxy {
        frontend: String,
        backend: String,
    },
    Zap(Rules),
    ZapRouter(Rules),
    ZapLog,
    CurveKeypair,
    Close {
        socket: String,
    },
    Reset,
    Exit,
    #[serde(other)]
    Unknown,
}

/// Whom the ZAP handler lets in.
#[derive(Debug, Default, Deserialize)]
pub struct Rules {
    #[serde(default)]
    pub allow: Allow,
    /// What it answers everybody instead.
    pub reply: Option<Reply>,
}

/// What the ZAP handler answers everybody.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum Reply {
    /// A reply of this name.
    Named(String),
    /// These frames; in place of null that which the rules give.
    Frames(Vec<Option<Frame>>),
}

/// Users with their passwords, clients' public keys, and whether those without either may come in.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Allow {
    pub plain: BTreeMap<String, String>,
    pub curve: Vec<String>,
    pub null: bool,
}

/// Where a socket is bound or connected, or is no longer.
#[derive(Debug, Deserialize)]
pub struct Attachment {
    pub socket: String,
    pub endpoint: String,
}

/// What a socket subscribes to, or does no longer.
#[derive(Debug, Deserialize)]
pub struct Topic {
    pub socket: String,
    pub topic: Frame,
}

/// What `poll` waits for.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PollEvents {
    In,
    Out,
}

/// A frame as a request describes it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Frame {
    Hex(String),
    Text(String),
    Fill { size: usize, seed: usize },
}

impl Frame {
    /// The bytes.
    pub fn bytes(&self) -> Result<Vec<u8>, Refusal> {
        match self {
            Frame::Hex(hex) => HEXLOWER_PERMISSIVE
                .decode(hex.as_bytes())
                .map_err(|wrong| Refusal::bad_request(format!("hex: {wrong}"))),
            Frame::Text(text) => Ok(text.clone().into_bytes()),
            Frame::Fill { size, seed } => {
                let period: Vec<u8> = (0..251).cycle().skip(seed % 251).take(251).collect();
                let mut bytes = period.repeat(size / 251 + 1);
                bytes.truncate(*size);
                Ok(bytes)
            }
        }
    }
}

/// What an op answers.
pub type Answer = Result<Value, Refusal>;

/// Why an op was not done.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Refusal {
    pub code: &'static str,
    pub message: String,
    /// How many messages of a `send` were sent before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sent: Option<u64>,
}

impl Refusal {
    /// The request makes no sense.
    pub fn bad_request(message: impl ToString) -> Refusal {
        Refusal { code: "bad-request", message: message.to_string(), sent: None }
    }

    /// The library can't do that.
    pub fn unsupported(message: impl ToString) -> Refusal {
        Refusal { code: "unsupported", message: message.to_string(), sent: None }
    }
}

impl From<zmq::Error> for Refusal {
    fn from(error: zmq::Error) -> Refusal {
        use zmq::Error::*;
        macro_rules! named {
            ($($name:ident)*) => {
                match error {
                    EPROTONOSUPPORT => "unsupported", // a transport that libzmq is built without
                    $($name => stringify!($name),)*
                }
            };
        }
        let code = named!(
            EACCES EADDRINUSE EAGAIN EBUSY ECONNREFUSED EFAULT EINTR EHOSTUNREACH EINPROGRESS EINVAL
            EMFILE EMSGSIZE ENAMETOOLONG ENODEV ENOENT ENOMEM ENOTCONN ENOTSOCK EPROTO ENOTSUP ENOBUFS
            ENETDOWN EADDRNOTAVAIL EFSM ENOCOMPATPROTO ETERM EMTHREAD
        );
        Refusal { code, message: error.message().to_owned(), sent: None }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{from_value, json};

    use super::*;

    #[test]
    fn a_frame_has_three_forms() {
        let bytes = |frame: Value| from_value::<Frame>(frame).unwrap().bytes();
        assert_eq!(bytes(json!({"hex": "00fF"})).unwrap(), [0, 255]);
        assert_eq!(bytes(json!({"text": "é\0"})).unwrap(), [0xc3, 0xa9, 0]);
        assert_eq!(bytes(json!({"fill": {"size": 4, "seed": 249}})).unwrap(), [249, 250, 0, 1]);
        assert_eq!(bytes(json!({"fill": {"size": 2, "seed": 251 * 9 + 7}})).unwrap(), [7, 8]);
        assert_eq!(bytes(json!({"hex": "0"})).unwrap_err().code, "bad-request");
        for frame in [json!({"fill": {"size": -1, "seed": 0}}), json!({"hax": "00"}), json!("00")] {
            assert!(from_value::<Frame>(frame.clone()).is_err(), "{frame}");
        }
    }

    #[test]
    fn a_made_up_op_is_unknown_and_a_made_up_field_ignored() {
        assert!(matches!(from_value(json!({"op": "fly", "socket": 1})), Ok(Op::Unknown)));
        assert!(matches!(from_value(json!({"op": "reset", "hard": true})), Ok(Op::Reset)));
        assert!(from_value::<Op>(json!({"op": "monitor"})).is_err(), "a field is missing");
    }

    #[test]
    fn errors_have_libzmqs_names() {
        assert_eq!(Refusal::from(zmq::Error::EFSM).code, "EFSM");
        assert_eq!(Refusal::from(zmq::Error::EPROTONOSUPPORT).code, "unsupported");
    }
}
