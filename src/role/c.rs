//! c: sends the date and time every second, and prints the digest that comes back.

use jiff::Zoned;
use zmq::Context;

use super::Error;
use super::client::Client;
use super::program::{Event, Program};
use crate::digest::shown::Shown;

pub fn run(program: &Program, rep: &str) -> Result<(), Error> {
    let context = Context::new();
    let client = Client::connect(&context, rep)?;
    program.ready(&[])?;

    for exchange in 0..program.count {
        if exchange > 0 {
            program.pause();
        }
        let now = ctime(&Zoned::now());
        program.say(
            Event::Sent,
            now.as_bytes(),
            format_args!("rust (pid={}): sending data: '{now}'", program.pid),
        )?;
        let answer = client.ask(program, now.as_bytes())?;
        program.say(
            Event::Answered,
            &answer,
            format_args!("rust (pid={}): received sha1 of data: {}", program.pid, Shown(&answer)),
        )?;
    }
    Ok(())
}

/// The form of ctime(3), without its newline.
fn ctime(time: &Zoned) -> String {
    time.strftime("%a %b %e %H:%M:%S %Y").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_of_the_month_is_padded_with_a_space() {
        for (time, form) in [
            ("2012-08-10T00:03:40[UTC]", "Fri Aug 10 00:03:40 2012"),
            ("2026-02-01T23:59:59[UTC]", "Sun Feb  1 23:59:59 2026"),
        ] {
            assert_eq!(ctime(&time.parse().unwrap()), form);
        }
    }
}
