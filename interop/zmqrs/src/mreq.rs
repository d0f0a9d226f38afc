//! mreq: sends msgqueue ten random letters every second, and prints what comes back.

use rand::RngExt as _;

use crate::Failure;
use crate::client::Client;
use crate::role::{Program, Shown};

pub async fn run(program: &Program, frontend: &str) -> Result<(), Failure> {
    let mut client = Client::new(frontend)?;
    program.ready(&[])?;
    for exchange in 0..program.count {
        if exchange > 0 {
            program.pause().await;
        }
        let letters: String = (0..10)
            .map(|_| char::from(b"qwertyuiop"[rand::rng().random_range(0..10usize)]))
            .collect();
        let message = format!("{letters} (from client pid={})", program.pid).into_bytes();
        program.note("sent", &message)?;
        let echo = client.ask(program, &message).await?;
        program.say(
            "answered",
            &echo,
            format_args!(
                "zmqrs (pid={}): received the original data: {}",
                program.pid,
                Shown(&echo)
            ),
        )?;
    }
    Ok(())
}
