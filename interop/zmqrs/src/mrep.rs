//! mrep: a server behind msgqueue that echoes each request.

use futures::StreamExt as _;
use tokio::select;
use zeromq::{RepSocket, Socket as _, SocketEvent, SocketRecv as _, SocketSend as _};

use crate::Failure;
use crate::role::{self, Program, Shown, check, connect, joined};

pub async fn run(program: &Program, backend: &str) -> Result<(), Failure> {
    check(backend)?;
    let mut server: RepSocket = role::socket();
    let mut events = server.monitor();
    program.ready(&[])?;
    if program.count > 0 {
        // Else the broker may be absent, and there is nothing to wait for.
        connect(&mut server, backend).await;
    }

    let mut exchanges = 0;
    while exchanges < program.count {
        let request = select! {
            biased;
            // The crate's REP does not reconnect; but it tells that the broker has gone.
            Some(SocketEvent::Disconnected(_)) = events.next() => {
                connect(&mut server, backend).await;
                continue;
            }
            request = server.recv() => request,
        };
        let Ok(request) = request else { continue }; // the connection broke: see above
        let request = joined(&request);
        program.say(
            "received",
            &request,
            format_args!("zmqrs: received '{}' from client.", Shown(&request)),
        )?;
        if server.send(request.clone().into()).await.is_err() {
            continue; // the broker has gone
        }
        program.say(
            "replied",
            &request,
            format_args!(
                "zmqrs (pid={}): sending back the received data: {}",
                program.pid,
                Shown(&request)
            ),
        )?;
        exchanges += 1;
    }
    Ok(())
}
