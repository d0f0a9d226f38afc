//! msgqueue: a request-reply broker. Clients connect to the frontend, servers to the backend, and
//! neither needs to know how many of the others there are.

use zmq::{Context, DONTWAIT, POLLIN, POLLOUT, SNDMORE, Socket};

use super::frame::Frame;
use super::program::Program;
use super::{Error, socket};

/// So many messages go one way before the other way gets its turn.
const BURST: usize = 100;

pub fn run(program: &Program, frontend: &str, backend: &str) -> Result<(), Error> {
    let context = Context::new();
    let mut clients = context.socket(zmq::ROUTER)?;
    let mut servers = context.socket(zmq::DEALER)?;
    let frontend = socket::bind(&clients, frontend)?;
    let backend = socket::bind(&servers, backend)?;
    program.ready(&[frontend, backend])?;

    // zmq::proxy would do, but it spins, a whole CPU, while a request waits and no server is there.
    // Here requests are not even looked at before a server can take them.
    let mut frame = Frame::new();
    loop {
        let open = servers.get_events()?.contains(POLLOUT);
        let wanted = if open { POLLIN } else { POLLIN | POLLOUT };
        let mut ways = [servers.as_poll_item(wanted), clients.as_poll_item(POLLIN)];
        zmq::poll(&mut ways[..if open { 2 } else { 1 }], -1)?;
        let [answered, asked] = ways.map(|way| way.is_readable());
        if answered {
            carry(&mut frame, &mut servers, &mut clients)?;
        }
        if open && asked {
            carry(&mut frame, &mut clients, &mut servers)?;
        }
    }
}

/// Carries whole messages, with all their frames, for as long as there are any. In the middle of a burst servers
/// that have become too busy are waited for: to ask before each message would cost a tenth of the speed.
fn carry(frame: &mut Frame, from: &mut Socket, to: &mut Socket) -> Result<(), zmq::Error> {
    for _ in 0..BURST {
        match frame.receive(from, DONTWAIT) {
            Err(zmq::Error::EAGAIN) => break,
            received => received?,
        }
        while frame.has_more() {
            frame.send(to, SNDMORE)?;
            frame.receive(from, 0)?;
        }
        frame.send(to, 0)?;
    }
    Ok(())
}
