//! agent: has sockets, and does with them what it is told. docs/agent-contract.md is its contract.
//!
//! Here are the main loop, the dispatch of the ops, hello and errors; interop/README.md shows the files.

mod any_socket;
mod data;
mod options;
mod socket;

use std::io;

use serde_json::{Value, json};

use crate::Failure;
use crate::role::line;
use crate::versions::VERSIONS;
use any_socket::TYPES;
use data::{Answer, Refusal, Request, message, response};
use options::OPTIONS;
use socket::{AgentSocket, Sockets};

pub fn run() -> Result<(), Failure> {
    let mut sockets = Sockets::new()?;
    for text in io::stdin().lines() {
        let text = text?;
        let request: Value = serde_json::from_str(&text).unwrap_or_default();
        let id = request.get("id").filter(|id| id.is_number()).cloned();
        let mut op = String::new();
        let answer = match (&id, serde_json::from_value::<Request>(request)) {
            (None, _) => Err(Refusal::bad_request("a request is an object with a number, its id")),
            (_, Err(error)) => Err(Refusal::bad_request(error.to_string())),
            (_, Ok(request)) => {
                op.clone_from(&request.op);
                perform(&mut sockets, request)
            }
        };
        let id = id.unwrap_or_default();
        line(&response(id, answer))?;
        if op == "exit" {
            break;
        }
    }
    sockets.runtime.shutdown_background();
    Ok(())
}

fn perform(sockets: &mut Sockets, request: Request) -> Answer {
    match request.op.as_str() {
        "hello" => Ok(hello()),
        "exit" => Ok(json!({})),
        "reset" => sockets.reset(),
        "socket" => sockets.open(request),
        "close" => sockets.close(&request.socket),
        "proxy" => sockets.proxy(&request),
        "set" | "bind" | "unbind" | "connect" | "send" | "recv" | "subscribe" | "unsubscribe"
        | "monitor" | "events" => {
            let runtime = sockets.runtime.handle().clone();
            runtime.block_on(perform_on(sockets.find(&request.socket)?, request))
        }
        op => Err(Refusal::unsupported(format!("the crate has no '{op}'"))),
    }
}

async fn perform_on(socket: &mut AgentSocket, request: Request) -> Answer {
    match request.op.as_str() {
        "set" => socket.set(&request.option, request.value)?,
        "bind" => return socket.bind(&request.endpoint).await,
        "unbind" => socket.unbind(&request.endpoint).await?,
        "connect" => socket.connect(request.endpoint).await?,
        "subscribe" | "unsubscribe" => {
            let topic = request.topic.ok_or_else(|| Refusal::bad_request("no topic"))?;
            socket.subscribe(request.op == "subscribe", topic.bytes()?).await?;
        }
        "monitor" => socket.monitor().await,
        "events" => {
            return Ok(socket.events(request.timeout_ms, request.until.as_deref()).await);
        }
        "recv" => return socket.receive(request.timeout_ms, request.count).await,
        _ => {
            let message = message(request.frames)?;
            return socket.send(request.timeout_ms, message, request.count.unwrap_or(1)).await;
        }
    }
    Ok(json!({}))
}

fn hello() -> Value {
    let mut hello = json!({
        "contract": 1,
        "pid": std::process::id(),
        "zmtp": ["3.0"],
        "socket_types": TYPES,
        "options": OPTIONS,
        "mechanisms": ["NULL"],
        "transports": ["tcp", "ipc"],
        "features": ["proxy", "monitor", "unbind", "count"],
    });
    let versions = serde_json::to_value(&VERSIONS).expect("strings have a JSON form");
    if let (Value::Object(hello), Value::Object(versions)) = (&mut hello, versions) {
        hello.extend(versions);
    }
    hello
}
