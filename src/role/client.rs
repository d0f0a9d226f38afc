//! A REQ socket that outlives servers: it asks until it is answered.

use zmq::{Context, Message, Socket};

use super::socket::{connect, receive};
use super::{Error, program::Program};

/// How long to wait for an answer before asking again.
const PATIENCE_MS: i32 = 1000;

pub struct Client(Socket);

impl Client {
    pub fn connect(context: &Context, endpoint: &str) -> Result<Client, Error> {
        let socket = context.socket(zmq::REQ)?;
        // May ask again without an answer, and numbers its requests: what still comes as an answer to
        // an earlier one is dropped.
        socket.set_req_relaxed(true)?;
        socket.set_req_correlate(true)?;
        // Told to stop, it doesn't wait for an absent server.
        socket.set_linger(0)?;
        // Hands a request only to a server that is there. Otherwise libzmq would store each repetition
        // for an absent server, let it answer them all when it comes back, and once there are 1000 of
        // them (ZMQ_SNDHWM) wait in send without end.
        socket.set_immediate(true)?;
        socket.set_sndtimeo(PATIENCE_MS)?;
        // Not a poll before the receive: poll also wakes up for a late answer that is then dropped.
        socket.set_rcvtimeo(PATIENCE_MS)?;
        connect(&socket, endpoint)?;
        Ok(Client(socket))
    }

    /// Sends `request`, again and again if need be, until its answer comes.
    pub fn ask(&self, program: &Program, request: &[u8]) -> Result<Message, Error> {
        loop {
            match self.0.send(request, 0).and_then(|()| receive(&self.0)) {
                Err(zmq::Error::EAGAIN) => program.resent(request)?,
                answer => return Ok(answer?),
            }
        }
    }
}
