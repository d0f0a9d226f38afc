//! rep: answers each message with its SHA-1 in lower-case hex.

use zeromq::{RepSocket, Socket as _, SocketRecv as _, SocketSend as _};

use crate::Failure;
use crate::role::{Program, Shown, digest, joined};

pub async fn run(program: &Program, endpoint: &str) -> Result<(), Failure> {
    let mut server = RepSocket::new();
    let bound = server.bind(endpoint).await.map_err(|e| Failure::at(endpoint, &e))?;
    program.ready(&[bound.to_string()])?;

    let mut exchanges = 0;
    while exchanges < program.count {
        let Ok(request) = server.recv().await else { continue }; // one connection broke
        let request = joined(&request);
        program.say(
            "received",
            &request,
            format_args!("zmqrs: received '{}' from client.", Shown(&request)),
        )?;
        let digest = digest(&request);
        if server.send(digest.clone().into()).await.is_err() {
            continue; // the client has gone
        }
        program.say(
            "replied",
            digest.as_bytes(),
            format_args!(
                "zmqrs (pid={}): sending back sha1 of the received data: {digest}",
                program.pid
            ),
        )?;
        exchanges += 1;
    }
    Ok(())
}
