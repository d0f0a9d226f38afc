//! What agents answer, and a line that one printed as the response that it should be.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What an agent says about itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// The version of the contract: 1.
    pub contract: u32,
    /// Its process id, where it runs: behind a launcher that is not what was started here.
    #[serde(default)]
    pub pid: Option<u32>,
    /// The binding's name and version.
    #[serde(default)]
    pub binding: Option<String>,
    /// Socket types by ZeroMQ's names.
    #[serde(default)]
    pub socket_types: Vec<String>,
    /// Options by libzmq's names without `ZMQ_`.
    #[serde(default)]
    pub options: Vec<String>,
    /// For an option that not all socket types have which should: those that do.
    #[serde(default)]
    pub only: BTreeMap<String, Vec<String>>,
    /// Security mechanisms.
    #[serde(default)]
    pub mechanisms: Vec<String>,
    /// Transports.
    #[serde(default)]
    pub transports: Vec<String>,
    /// What else it can do, by the contract's names.
    #[serde(default)]
    pub features: Vec<String>,
    /// Versions of ZMTP that it speaks.
    #[serde(default)]
    pub zmtp: Vec<String>,
}

/// An answer that says that something could not be done.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Refusal {
    /// `EAGAIN`, `unsupported`, …
    pub code: String,
    /// For people.
    #[serde(default)]
    pub message: String,
    /// How many messages of a `send` had been sent before.
    #[serde(default)]
    pub sent: u64,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self.message.as_str() {
            "" => f.write_str(&self.code),
            message => write!(f, "{}: {message}", self.code),
        }
    }
}

/// What an agent answered: the fields of `ok`, or why not.
pub type Answer = Result<Map<String, Value>, Refusal>;

/// What a line says; or, for who wrote the agent, what is wrong with it and what should stand there.
pub fn parse(line: &[u8]) -> Result<(Option<u64>, Answer), String> {
    let mut fields: Map<String, Value> = serde_json::from_slice(line).map_err(|_| {
        "its standard output is for responses, a JSON object on each line; anything else belongs on \
         standard error"
    })?;
    let id = match fields.remove("id") {
        None => return Err("a response repeats the \"id\" of its request".into()),
        Some(id) => serde_json::from_value(id)
            .map_err(|_| "\"id\" is the number that its request had, or null where it had none")?,
    };
    let answer = match (fields.remove("ok"), fields.remove("error")) {
        (Some(Value::Object(ok)), None) => Ok(ok),
        (Some(_), None) => {
            return Err("\"ok\" is an object, {} where there is nothing to say".into());
        }
        (None, Some(error)) => Err(serde_json::from_value(error)
            .map_err(|_| r#""error" is an object, {"code":"EAGAIN","message":"why"}"#)?),
        _ => return Err("a response has either \"ok\" or \"error\"".into()),
    };
    match fields.keys().next() {
        None => Ok((id, answer)),
        Some(key) => {
            Err(format!("a response has \"id\" and \"ok\" or \"error\", but not \"{key}\""))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_response_that_is_none_is_told_in_the_words_of_the_contract() {
        let wrong = |line: &str| parse(line.as_bytes()).unwrap_err();
        for banner in ["my agent 1.0", "", "7", "[]"] {
            assert!(wrong(banner).contains("standard error"), "{banner}");
        }
        assert!(wrong(r#"{"ok":{}}"#).contains("repeats the \"id\""));
        assert!(wrong(r#"{"id":"7","ok":{}}"#).contains("\"id\" is the number"));
        assert!(wrong(r#"{"id":7,"ok":true}"#).contains("\"ok\" is an object"));
        assert!(wrong(r#"{"id":7,"error":"EAGAIN"}"#).contains("\"error\" is an object"));
        assert!(wrong(r#"{"id":7}"#).contains("either"));
        assert!(wrong(r#"{"id":7,"ok":{},"error":null}"#).contains("either"));
        assert!(wrong(r#"{"id":7,"ok":{},"op":"recv"}"#).contains("not \"op\""));
        assert_eq!(parse(br#"{"id":7,"ok":{}}"#), Ok((Some(7), Ok(Map::new()))));
        let refusal = parse(br#"{"id":null,"error":{"code":"EAGAIN"}}"#).unwrap();
        assert_eq!(refusal.1.unwrap_err().code, "EAGAIN");
    }
}
