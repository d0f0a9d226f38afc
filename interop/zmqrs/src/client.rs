//! A REQ socket that outlives servers: it asks until it is answered.

use std::time::Duration;

use tokio::time::{Instant, sleep_until, timeout_at};
use zeromq::{ReqSocket, Socket as _, SocketRecv as _, SocketSend as _, ZmqResult};

use crate::Failure;
use crate::role::{Program, check, joined};

/// How long to wait for an answer before asking again.
const RESEND_AFTER: Duration = Duration::from_secs(1);

/// The crate has neither ZMQ_REQ_RELAXED nor ZMQ_REQ_CORRELATE: a sending that was in vain takes its
/// socket with it, and so a late answer finds nobody.
pub struct Client {
    endpoint: String,
    socket: Option<ReqSocket>,
}

impl Client {
    /// Checks the endpoint. The crate's connect waits until somebody is there, so that comes later.
    pub fn new(endpoint: &str) -> Result<Client, Failure> {
        check(endpoint)?;
        Ok(Client { endpoint: endpoint.into(), socket: None })
    }

    pub async fn ask(&mut self, program: &Program, request: &[u8]) -> Result<Vec<u8>, Failure> {
        loop {
            let late = Instant::now() + RESEND_AFTER;
            if let Ok(Ok(answer)) = timeout_at(late, self.exchange(request)).await {
                return Ok(answer);
            }
            self.socket = None;
            sleep_until(late).await; // the connection broke earlier
            program.resent(request)?;
        }
    }

    async fn exchange(&mut self, request: &[u8]) -> ZmqResult<Vec<u8>> {
        let socket = match &mut self.socket {
            Some(socket) => socket,
            None => {
                let mut socket = ReqSocket::new();
                socket.connect(&self.endpoint).await?;
                self.socket.insert(socket)
            }
        };
        socket.send(request.to_vec().into()).await?;
        Ok(joined(&socket.recv().await?))
    }
}
