//! mreq: sends ten random letters every second, and prints what comes back.

use rand::seq::IndexedRandom as _;
use zmq::Context;

use super::Error;
use super::client::Client;
use super::program::{Event, Program};
use crate::digest::shown::Shown;

pub fn run(program: &Program, frontend: &str) -> Result<(), Error> {
    let context = Context::new();
    let client = Client::connect(&context, frontend)?;
    program.ready(&[])?;

    for exchange in 0..program.count {
        if exchange > 0 {
            program.pause();
        }
        let request = format!("{} (from client pid={})", letters(), program.pid);
        program.note(Event::Sent, request.as_bytes())?;
        let answer = client.ask(program, request.as_bytes())?;
        program.say(
            Event::Answered,
            &answer,
            format_args!(
                "rust (pid={}): received the original data: {}",
                program.pid,
                Shown(&answer)
            ),
        )?;
    }
    Ok(())
}

fn letters() -> String {
    let mut rng = rand::rng();
    (0..10)
        .map(|_| char::from(*b"qwertyuiop".choose(&mut rng).expect("there are ten letters")))
        .collect()
}
