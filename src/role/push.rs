//! push: sends all of standard input, less trailing newlines, as one message.

use std::io::{self, Read as _};

use zmq::Context;

use super::program::{Event, Program};
use super::{Error, socket};

pub fn run(program: &Program, pull: &str) -> Result<(), Error> {
    let context = Context::new();
    let push = context.socket(zmq::PUSH)?;
    push.set_linger(-1)?; // Whoever owes a message stays until it is handed over.
    socket::connect(&push, pull)?;
    program.ready(&[])?;

    let mut message = Vec::new();
    io::stdin().lock().read_to_end(&mut message).map_err(Error::Input)?;
    while message.ends_with(b"\n") {
        message.pop();
    }
    push.send(message.as_slice(), 0)?;

    // Closing a context is what waits for its sockets to linger.
    drop(push);
    drop(context);
    program.note(Event::Sent, &message)
}
