//! req: pulls messages, asks a rep for the SHA-1 of each, and prints both.

use zeromq::{PullSocket, Socket as _, SocketRecv as _};

use crate::Failure;
use crate::client::Client;
use crate::role::{Program, Shown, joined};

pub async fn run(program: &Program, pull: &str, rep: &str) -> Result<(), Failure> {
    let mut client = Client::new(rep)?;
    let mut receiver = PullSocket::new();
    let bound = receiver.bind(pull).await.map_err(|e| Failure::at(pull, &e))?;
    program.ready(&[bound.to_string()])?;

    let mut exchanges = 0;
    while exchanges < program.count {
        let Ok(message) = receiver.recv().await else { continue }; // one connection broke
        let message = joined(&message);
        program.say("pulled", &message, format_args!("zmqrs: received '{}'", Shown(&message)))?;
        let answer = client.ask(program, &message).await?;
        program.say(
            "answered",
            &answer,
            format_args!(
                "zmqrs (pid={}): received sha1 from server: {}",
                program.pid,
                Shown(&answer)
            ),
        )?;
        exchanges += 1;
    }
    Ok(())
}
