//! mrep: echoes each request.

use zmq::Context;

use super::program::{Event, Program};
use super::{Error, socket};
use crate::digest::shown::Shown;

pub fn run(program: &Program, backend: &str) -> Result<(), Error> {
    let context = Context::new();
    let rep = context.socket(zmq::REP)?;
    socket::connect(&rep, backend)?;
    program.ready(&[])?;

    for _ in 0..program.count {
        let request = socket::receive(&rep)?;
        program.say(
            Event::Received,
            &request,
            format_args!("rust: received '{}' from client.", Shown(&request)),
        )?;
        rep.send(&*request, 0)?;
        program.say(
            Event::Replied,
            &request,
            format_args!(
                "rust (pid={}): sending back the received data: {}",
                program.pid,
                Shown(&request)
            ),
        )?;
    }
    Ok(())
}
