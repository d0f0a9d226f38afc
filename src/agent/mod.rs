//! The agent of the peer `rust`: has sockets of crate zmq, and does with them what it is told.
//! docs/agent-contract.md is its contract. It knows nothing of the harness, and shares only its digests.
//!
//! Here are the main loop, the dispatch of the ops, hello and errors; interop/README.md shows the files.

pub mod data;
pub mod message;
pub mod options;
pub mod socket;
pub mod zap;

use std::convert::Infallible;
use std::ffi::{OsStr, OsString};
use std::io::{self, Read, Write};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::os::unix::process::CommandExt as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::{self, ExitCode};

use serde::Deserialize as _;
use serde_json::{Value, json};
use zmq::{Socket, SocketType};

use data::{Answer, Op, Refusal, Rules};
use message::{poll, receive, receive_property, send};
use options::{get_option, option_names, set_option};
use socket::{Sockets, has};
use zap::{Zap, curve_keypair};

/// The sockets, and the ZAP handler.
#[derive(Default)]
struct Agent {
    sockets: Sockets,
    zap: Option<Zap>,
}

/// Runs the agent on standard input and output. `unread` is input that an earlier self left behind.
pub fn main(unread: Option<OsString>) -> ExitCode {
    let unread = unread.map(OsString::into_vec).unwrap_or_default();
    let mut agent = Agent::default();
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
        if matches!(request, (_, Ok(Op::Reset))) && agent.sockets.lingers() {
            restart(&unread)?;
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

impl Agent {
    /// Does what a request asks for.
    fn perform(&mut self, op: Op) -> Answer {
        let sockets = &mut self.sockets;
        match op {
            Op::Hello => Ok(hello()),
            Op::Socket { socket, kind, options } => sockets.open(socket, &kind, &options),
            Op::Set { socket, option, value } => {
                done(set_option(sockets.find(&socket)?, &option, &value))
            }
            Op::Get { socket, option } => {
                Ok(json!({ "value": get_option(sockets.find(&socket)?, &option)? }))
            }
            Op::Bind(at) => sockets.bind(&at),
            Op::Unbind(at) => sockets.attach(&at, Socket::unbind),
            Op::Connect(at) => sockets.attach(&at, Socket::connect),
            Op::Disconnect(at) => sockets.attach(&at, Socket::disconnect),
            Op::Send { socket, frames, count, timeout_ms } => {
                send(sockets.find(&socket)?, &frames, count.unwrap_or(1), timeout_ms)
            }
            Op::Recv { socket, count, timeout_ms } => {
                receive(sockets.find(&socket)?, count, timeout_ms)
            }
            Op::RecvProperty { socket, property, timeout_ms } => {
                receive_property(sockets.find(&socket)?, &property, timeout_ms)
            }
            Op::Subscribe(to) => done(sockets.find(&to.socket)?.set_subscribe(&to.topic.bytes()?)),
            Op::Unsubscribe(to) => {
                done(sockets.find(&to.socket)?.set_unsubscribe(&to.topic.bytes()?))
            }
            Op::Poll { socket, events, timeout_ms } => {
                poll(sockets.find(&socket)?, events, timeout_ms)
            }
            Op::Monitor { socket } => sockets.monitor(&socket),
            Op::Events { socket, until, timeout_ms } => {
                sockets.events(&socket, until.as_deref(), timeout_ms)
            }
            Op::Proxy { frontend, backend } => sockets.proxy(&frontend, &backend),
            Op::Zap(rules) => self.set_rules(zmq::REP, rules),
            Op::ZapRouter(rules) => self.set_rules(zmq::ROUTER, rules),
            Op::ZapLog => {
                let log = self.zap.as_ref().map_or_else(|| json!([]), Zap::log);
                Ok(json!({ "requests": log }))
            }
            Op::CurveKeypair => curve_keypair(),
            Op::Close { socket } => sockets.close(&socket),
            Op::Reset => {
                self.zap = None;
                sockets.reset()
            }
            Op::Exit => Ok(json!({})),
            Op::Unknown => Err(Refusal::unsupported("no such op")),
        }
    }

    /// Starts the ZAP handler, or gives it other rules.
    fn set_rules(&mut self, kind: SocketType, rules: Rules) -> Answer {
        rules.check()?;
        match &self.zap {
            Some(zap) => zap.set_rules(rules),
            None => {
                let (zap, thread) = Zap::start(self.sockets.context(), kind, rules)?;
                self.sockets.add(thread);
                self.zap = Some(zap);
            }
        }
        Ok(json!({}))
    }
}

fn done(result: Result<(), impl Into<Refusal>>) -> Answer {
    result.map(|()| json!({})).map_err(Into::into)
}

fn hello() -> Value {
    let version = zmq::version();
    let (major, minor, patch) = version;
    let newest: &[&str] = if version >= (4, 3, 3) { &["3.1"] } else { &[] };
    let curve: &[&str] = if has("curve") { &["CURVE"] } else { &[] };
    json!({
        "contract": 1,
        "pid": process::id(),
        "language": "Rust",
        "interpreter": env!("RUSTC_VERSION"),
        "binding": concat!("zmq ", env!("ZMQ_CRATE_VERSION")),
        "libzmq": format!("{major}.{minor}.{patch}"),
        "zmtp": ([&["1.0", "2.0", "3.0"], newest].concat()),
        "socket_types": socket::TYPES.iter().map(|(name, _)| name).collect::<Vec<_>>(),
        "options": option_names().collect::<Vec<_>>(),
        "mechanisms": ([&["NULL", "PLAIN"], curve].concat()),
        "transports": socket::transports(),
        "features": [
            "proxy", "monitor", "zap", "poll", "disconnect", "unbind", "count", "zap-reply", "zap-router", "property",
        ],
    })
}

/// Becomes a new agent, which answers this request and those that were read already: nothing in
/// libzmq ends a closed socket that lingers.
fn restart(unread: &[u8]) -> io::Result<Infallible> {
    let program = std::env::current_exe()?;
    Err(process::Command::new(program).arg("agent").arg(OsStr::from_bytes(unread)).exec())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answers(lines: &[&str]) -> Vec<Value> {
        let mut output = vec![];
        let lines = (lines.join("\n") + "\n").into_bytes();
        converse(&mut Agent::default(), &mut io::empty(), &mut output, lines).unwrap();
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
