//! Values of options, as an agent tells them: those that were set, and those that can only be read.

use serde_json::{Value, json};

use super::sides::{Sides, Sock, breach, refused};
use super::step::{A, Step};
use super::value::Frame;
use crate::digest::D;

/// libzmq's numbers of the socket types (zmq.h).
const NUMBERS: [&str; 12] = [
    "PAIR", "PUB", "SUB", "REQ", "REP", "DEALER", "ROUTER", "PULL", "PUSH", "XPUB", "XSUB",
    "STREAM",
];

/// An option that can be read has the value that it was given.
pub fn read_back(sides: &mut Sides, sock: &str, option: &str, value: &Value) -> Step {
    let get = json!({"op": "get", "socket": sock, "option": option});
    let got = match sides.ask(A, get)? {
        Ok(mut fields) => fields.remove("value").unwrap_or_default(),
        // It can only be set.
        Err(refusal) if matches!(refusal.code.as_str(), "unsupported" | "EINVAL") => return Ok(()),
        Err(refusal) => {
            let what = format!("get of {option}");
            return Err(refused(A, &what, "its value, unsupported or EINVAL", &refusal));
        }
    };
    let right = match value {
        Value::Number(_) if option.ends_with("BUF") => is_buffer(option, value, &got),
        Value::Object(_) => is_binary(value, &got),
        _ => got == *value,
    };
    match right {
        true => Ok(()),
        false => {
            let failure = breach(A, format!("{option} is not what it was set to"));
            Err(failure.compared(value.to_string(), got.to_string()).into())
        }
    }
}

/// A binary option is told as a D.
fn is_binary(text: &Value, got: &Value) -> bool {
    let text = text["text"].as_str().unwrap_or_default();
    serde_json::from_value::<D>(got.clone()).is_ok_and(|got| got == Frame::from(text).seen())
}

/// The system may give a buffer more than was asked for, and less only where that is more than its limit.
fn is_buffer(option: &str, wanted: &Value, got: &Value) -> bool {
    let limit = if option == "SNDBUF" { "wmem_max" } else { "rmem_max" };
    let limit = std::fs::read_to_string(format!("/proc/sys/net/core/{limit}"));
    let limit = limit.ok().and_then(|text| text.trim().parse().ok()).unwrap_or(u64::MAX);
    let least = wanted.as_u64().map(|wanted| wanted.min(limit));
    got.as_u64().zip(least).is_some_and(|(got, least)| got >= least)
}

/// What can only be read of a socket that is bound to `endpoint`, and has no peer and no mechanism.
pub fn read_only(sock: &Sock, endpoint: &str, option: &str, got: &Value) -> Step {
    let number = NUMBERS.iter().position(|kind| *kind == sock.kind);
    let (expected, right) = match option {
        "LAST_ENDPOINT" => (json!(endpoint), got == endpoint),
        "TYPE" => (json!(number), number.is_some_and(|number| *got == number)),
        "MECHANISM" => (json!(0), *got == 0),
        // Of reading and writing, 1 and 2, a socket without a peer can do nothing, or write what it drops.
        _ => (json!("0 or 2"), *got == 0 || *got == 2),
    };
    match right {
        true => Ok(()),
        false => {
            let failure = breach(A, format!("{option} of a {} is wrong", sock.kind));
            Err(failure.compared(expected.to_string(), got.to_string()).into())
        }
    }
}
