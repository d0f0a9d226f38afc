//! push: sends all of standard input, less trailing newlines, as ONE message.

use std::io::{self, Read as _};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::time::sleep;
use zeromq::{PushSocket, SocketSend as _};

use crate::Failure;
use crate::role::{self, Program, check, connect};

pub async fn run(program: &Program, pull: &str) -> Result<(), Failure> {
    check(pull)?;
    program.ready(&[])?;
    let mut message = vec![];
    io::stdin().read_to_end(&mut message)?;
    message.truncate(message.iter().rposition(|&byte| byte != b'\n').map_or(0, |last| last + 1));

    let mut socket: PushSocket = role::socket();
    connect(&mut socket, pull).await;
    socket.send(message.clone().into()).await?;
    drop(socket);
    // That handed the message to a task. The crate has no ZMQ_LINGER, and nothing to wait for: the
    // message has left when that task, the only one here, has ended.
    while Handle::current().metrics().num_alive_tasks() > 0 {
        sleep(Duration::from_millis(1)).await;
    }
    program.note("sent", &message)?;
    Ok(())
}
