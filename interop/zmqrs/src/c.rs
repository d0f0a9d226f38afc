//! c: sends the date and time every second, and prints the digest that it gets.

use jiff::Zoned;

use crate::Failure;
use crate::client::Client;
use crate::role::{Program, Shown};

pub async fn run(program: &Program, rep: &str) -> Result<(), Failure> {
    let mut client = Client::new(rep)?;
    program.ready(&[])?;
    for exchange in 0..program.count {
        if exchange > 0 {
            program.pause().await;
        }
        let now = Zoned::now().strftime("%a %b %e %H:%M:%S %Y").to_string(); // as ctime(3) has it
        program.say(
            "sent",
            now.as_bytes(),
            format_args!("zmqrs (pid={}): sending data: '{now}'", program.pid),
        )?;
        let answer = client.ask(program, now.as_bytes()).await?;
        program.say(
            "answered",
            &answer,
            format_args!("zmqrs (pid={}): received sha1 of data: {}", program.pid, Shown(&answer)),
        )?;
    }
    Ok(())
}
