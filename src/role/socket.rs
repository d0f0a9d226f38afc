//! Sockets that say clearly what is wrong with an endpoint, and how a message is received.

use zmq::{Message, Socket};

use super::Error;

/// Binds, and returns the real endpoint: the one with the port where `endpoint` ends in `:*`.
pub fn bind(socket: &Socket, endpoint: &str) -> Result<String, Error> {
    socket.bind(endpoint).map_err(|reason| cannot("bind", endpoint, reason))?;
    let real = socket.get_last_endpoint()?;
    Ok(real.unwrap_or_else(|_| endpoint.to_owned()))
}

/// Connects, which only looks at the endpoint: nobody needs to be there yet.
pub fn connect(socket: &Socket, endpoint: &str) -> Result<(), Error> {
    socket.connect(endpoint).map_err(|reason| cannot("connect to", endpoint, reason))
}

fn cannot(action: &'static str, endpoint: &str, reason: zmq::Error) -> Error {
    Error::Endpoint { action, endpoint: endpoint.to_owned(), reason }
}

/// Receives one message. The contract's have one frame; the frames of a stranger's are joined. (All of
/// them must be read: a REP may not reply before.)
pub fn receive(socket: &Socket) -> Result<Message, zmq::Error> {
    let message = socket.recv_msg(0)?;
    if !message.get_more() {
        return Ok(message);
    }
    let rest = socket.recv_multipart(0)?;
    Ok([&*message, &rest.concat()].concat().into())
}
