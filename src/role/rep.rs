//! rep: answers each message with its SHA-1.

use zmq::Context;

use super::program::{Event, Program};
use super::{Error, socket};
use crate::digest::sha1_hex;
use crate::digest::shown::Shown;

pub fn run(program: &Program, endpoint: &str) -> Result<(), Error> {
    let context = Context::new();
    let rep = context.socket(zmq::REP)?;
    let endpoint = socket::bind(&rep, endpoint)?;
    program.ready(&[endpoint])?;

    for _ in 0..program.count {
        let request = socket::receive(&rep)?;
        program.say(
            Event::Received,
            &request,
            format_args!("rust: received '{}' from client.", Shown(&request)),
        )?;
        let digest = sha1_hex(&request);
        rep.send(&digest, 0)?;
        program.say(
            Event::Replied,
            digest.as_bytes(),
            format_args!(
                "rust (pid={}): sending back sha1 of the received data: {digest}",
                program.pid
            ),
        )?;
    }
    Ok(())
}
