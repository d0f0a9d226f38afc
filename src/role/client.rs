//! A REQ socket that outlives servers: it asks until it is answered.

use zmq::{Context, Message, Socket};

use super::socket::{connect, receive};
use super::{Error, program::Program};

/// How long to wait for an answer before asking again.
const RESEND_AFTER_MS: i32 = 1000;

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
        // A request that can't leave waits in the queue of its dead connection. With room for one, one
        // stale request is all that a returning server finds there; and as a full queue makes send
        // wait, send has a time limit too. (ZMQ_IMMEDIATE, which queues nothing while nobody is
        // connected, is not for clients: when a server answers and leaves, libzmq drops that answer
        // with the connection, unless the client was quick to read it.)
        socket.set_sndhwm(1)?;
        socket.set_sndtimeo(RESEND_AFTER_MS)?;
        // Not a poll before the receive: poll also wakes up for a late answer that is then dropped.
        socket.set_rcvtimeo(RESEND_AFTER_MS)?;
        connect(&socket, endpoint)?;
        Ok(Client(socket))
    }

    /// Sends `request`, again and again if need be, until its answer comes.
    pub fn ask(&self, program: &Program, request: &[u8]) -> Result<Message, Error> {
        self.ask_in_frames(program, &[request])
    }

    /// The same with a request of several frames.
    pub fn ask_in_frames(&self, program: &Program, frames: &[&[u8]]) -> Result<Message, Error> {
        loop {
            match self.0.send_multipart(frames, 0).and_then(|()| receive(&self.0)) {
                Err(zmq::Error::EAGAIN) => program.resent(&frames.concat())?,
                answer => return Ok(answer?),
            }
        }
    }
}
