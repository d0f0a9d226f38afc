//! req: pulls messages, and asks a rep for the SHA-1 of each.

use zmq::Context;

use super::client::Client;
use super::program::{Event, Program};
use super::{Error, socket};
use crate::digest::shown::Shown;

pub fn run(program: &Program, pull: &str, rep: &str) -> Result<(), Error> {
    let context = Context::new();
    let source = context.socket(zmq::PULL)?;
    let endpoint = socket::bind(&source, pull)?;
    let client = Client::connect(&context, rep)?;
    program.ready(&[endpoint])?;

    for _ in 0..program.count {
        let message = socket::receive(&source)?;
        program.say(
            Event::Pulled,
            &message,
            format_args!("rust: received '{}'", Shown(&message)),
        )?;
        let answer = client.ask(program, &message)?;
        program.say(
            Event::Answered,
            &answer,
            format_args!(
                "rust (pid={}): received sha1 from server: {}",
                program.pid,
                Shown(&answer)
            ),
        )?;
    }
    Ok(())
}
