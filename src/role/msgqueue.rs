//! msgqueue: a request-reply broker. Clients connect to the frontend, servers to the backend, and
//! neither needs to know how many of the others there are.

use zmq::{Context, DONTWAIT, POLLIN, POLLOUT, SNDMORE, Socket};

use super::program::Program;
use super::{Error, socket};

/// So many messages go one way before the other way gets its turn.
const BURST: usize = 100;

pub fn run(program: &Program, frontend: &str, backend: &str) -> Result<(), Error> {
    let context = Context::new();
    let clients = context.socket(zmq::ROUTER)?;
    let servers = context.socket(zmq::DEALER)?;
    let frontend = socket::bind(&clients, frontend)?;
    let backend = socket::bind(&servers, backend)?;
    program.ready(&[frontend, backend])?;

    // zmq::proxy would do, but it spins, a whole CPU, while a request waits and no server is there.
    // Here requests are not even looked at before a server can take them.
    loop {
        let open = can_send(&servers)?;
        let wanted = if open { POLLIN } else { POLLIN | POLLOUT };
        let mut ways = [servers.as_poll_item(wanted), clients.as_poll_item(POLLIN)];
        zmq::poll(&mut ways[..if open { 2 } else { 1 }], -1)?;
        carry(&servers, &clients)?;
        carry(&clients, &servers)?;
    }
}

fn can_send(socket: &Socket) -> Result<bool, zmq::Error> {
    Ok(socket.get_events()?.contains(POLLOUT))
}

/// Carries whole messages, with all their frames, for as long as there are any and `to` takes them.
fn carry(from: &Socket, to: &Socket) -> Result<(), zmq::Error> {
    for _ in 0..BURST {
        if !can_send(to)? {
            break;
        }
        let mut frame = match from.recv_msg(DONTWAIT) {
            Err(zmq::Error::EAGAIN) => break,
            frame => frame?,
        };
        while frame.get_more() {
            to.send(frame, SNDMORE)?;
            frame = from.recv_msg(0)?;
        }
        to.send(frame, 0)?;
    }
    Ok(())
}
