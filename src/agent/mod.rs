//! The agent of the peer `rust`: holds sockets of crate zmq and does with them what it is told, as
//! docs/agent-contract.md says. It knows nothing of the harness, and shares only its digests.
//!
//! Here is the conversation; [`sockets`] has the ops, [`patience`] what waits, [`option`] the options,
//! [`background`] what goes on meanwhile, and [`request`] the words.

pub mod background;
pub mod option;
pub mod patience;
pub mod request;
pub mod sockets;

use std::convert::Infallible;
use std::ffi::{OsStr, OsString};
use std::io::{self, Read, Write};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::os::unix::process::CommandExt as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::{self, ExitCode};

use serde::Deserialize as _;
use serde_json::{Value, json};

use request::{Op, Refusal};
use sockets::Agent;

/// Runs the agent on standard input and output. `unread` is input that an earlier self left behind.
pub fn main(unread: Option<OsString>) -> ExitCode {
    let unread = unread.map(OsString::into_vec).unwrap_or_default();
    let mut agent = Agent::new();
    match converse(&mut agent, &mut io::stdin().lock(), &mut io::stdout().lock(), unread) {
        // The agent is not dropped: that would wait for a closed socket that lingers.
        Ok(()) => process::exit(0),
        Err(error) => {
            eprintln!("zmq-interop agent: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Answers line after line until the input ends.
fn converse(
    agent: &mut Agent,
    input: &mut impl Read,
    output: &mut impl Write,
    mut unread: Vec<u8>,
) -> io::Result<()> {
    let mut chunk = [0; 65536];
    loop {
        let Some(end) = unread.iter().position(|&byte| byte == b'\n') else {
            match input.read(&mut chunk)? {
                0 => return Ok(()),
                size => unread.extend_from_slice(&chunk[..size]),
            }
            continue;
        };
        let request = parse(&unread[..end]);
        if matches!(request, (_, Ok(Op::Reset))) && agent.lingers() {
            again(&unread)?;
        }
        unread.drain(..=end);
        let last = matches!(request, (_, Ok(Op::Exit)));
        let mut response = answer(agent, request).to_string();
        response.push('\n');
        output.write_all(response.as_bytes())?;
        output.flush()?;
        if last {
            return Ok(());
        }
    }
}

/// The id of a request and what it asks for.
fn parse(line: &[u8]) -> (Value, Result<Op, Refusal>) {
    let request: Value = serde_json::from_slice(line).unwrap_or_default();
    let id = request.get("id").filter(|id| id.is_number()).cloned().unwrap_or_default();
    if id.is_null() {
        let wrong = Refusal::bad_request("a request is an object with a number, its id");
        return (id, Err(wrong));
    }
    (id, Op::deserialize(request).map_err(Refusal::bad_request))
}

fn answer(agent: &mut Agent, (id, op): (Value, Result<Op, Refusal>)) -> Value {
    // The crate panics at an errno that it doesn't know, and at an endpoint with a NUL.
    let panicked = || Refusal { code: "other", message: "crate zmq panicked".into(), sent: None };
    let done = op.and_then(|op| {
        catch_unwind(AssertUnwindSafe(|| agent.perform(op))).unwrap_or_else(|_| Err(panicked()))
    });
    match done {
        Ok(ok) => json!({ "id": id, "ok": ok }),
        Err(refusal) => json!({ "id": id, "error": refusal }),
    }
}

/// Becomes a new agent, which answers this request and those that were read already: nothing in
/// libzmq ends a closed socket that lingers.
fn again(unread: &[u8]) -> io::Result<Infallible> {
    let program = std::env::current_exe()?;
    Err(process::Command::new(program).arg("agent").arg(OsStr::from_bytes(unread)).exec())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answers(lines: &[&str]) -> Vec<Value> {
        let mut output = vec![];
        let lines = (lines.join("\n") + "\n").into_bytes();
        converse(&mut Agent::new(), &mut io::empty(), &mut output, lines).unwrap();
        output.split(|&b| b == b'\n').filter_map(|l| serde_json::from_slice(l).ok()).collect()
    }

    #[test]
    fn nonsense_is_refused_and_the_conversation_goes_on() {
        let answers = answers(&[
            "{\"id\":1,",
            "",
            "[7]",
            r#"{"id":"2","op":"hello"}"#,
            r#"{"id":3}"#,
            r#"{"id":4,"op":"fly"}"#,
            r#"{"id":5,"op":"recv","socket":"s"}"#,
            r#"{"id":6,"op":"reset"}"#,
        ]);
        let codes: Vec<_> = answers.iter().map(|a| (&a["id"], &a["error"]["code"])).collect();
        for (id, code) in &codes[..4] {
            assert_eq!((*id, *code), (&Value::Null, &json!("bad-request")));
        }
        assert_eq!(codes[4], (&json!(3), &json!("bad-request")));
        assert_eq!(codes[5], (&json!(4), &json!("unsupported")));
        assert_eq!(codes[6], (&json!(5), &json!("bad-request")));
        assert_eq!(answers[7], json!({"id": 6, "ok": {}}));
    }

    #[test]
    fn nothing_is_read_after_exit() {
        let answers = answers(&[r#"{"id":1,"op":"exit"}"#, r#"{"id":2,"op":"hello"}"#]);
        assert_eq!(answers, [json!({"id": 1, "ok": {}})]);
    }

    #[test]
    fn what_the_crate_panics_at_is_an_error() {
        let answers = answers(&[
            r#"{"id":1,"op":"socket","socket":"s","type":"PUB"}"#,
            r#"{"id":2,"op":"bind","socket":"s","endpoint":"inproc://\u0000"}"#,
            r#"{"id":3,"op":"bind","socket":"s","endpoint":"inproc://a"}"#,
        ]);
        assert_eq!(answers[1]["error"]["code"], "other");
        assert_eq!(answers[2]["ok"]["endpoint"], "inproc://a");
    }
}
