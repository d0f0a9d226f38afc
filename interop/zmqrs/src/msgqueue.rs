//! msgqueue: the request-reply broker, any number of clients in front, of servers behind.

use tokio::select;
use zeromq::{
    DealerSocket, RouterSocket, Socket as _, SocketRecv as _, SocketSend, ZmqMessage, ZmqResult,
};

use crate::Failure;
use crate::role::Program;

pub async fn run(program: &Program, frontend: &str, backend: &str) -> Result<(), Failure> {
    let mut clients = RouterSocket::new();
    let mut servers = DealerSocket::new();
    let front = clients.bind(frontend).await.map_err(|e| Failure::at(frontend, &e))?;
    let back = servers.bind(backend).await.map_err(|e| Failure::at(backend, &e))?;
    program.ready(&[front.to_string(), back.to_string()])?;

    // zeromq::proxy would do, but it ends with the first message that cannot be delivered, because its
    // client or all servers have gone. Here such a message is dropped: clients ask again.
    loop {
        select! {
            request = clients.recv() => forward(request, &mut servers).await,
            reply = servers.recv() => forward(reply, &mut clients).await,
        }
    }
}

async fn forward(message: ZmqResult<ZmqMessage>, to: &mut impl SocketSend) {
    if let Ok(message) = message {
        let _ = to.send(message).await;
    } // else a connection broke
}
