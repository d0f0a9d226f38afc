//! What a person sees, word for word.

use std::time::Instant;

use super::asking::{Asking, Question};
use super::other_side::{OtherSide, kept};
use super::serving::Serving;
use super::tried::{SOON, STARTING, Tried};
use super::{Check, Seen, odd};
use crate::digest::sha1_hex;
use crate::digest::shown::Shown;
use crate::role::Role;

/// The name that the program gives its peer, once it is known.
#[derive(Default)]
struct Speaker(Option<String>);

impl Speaker {
    /// The next line must be `NAME: rest`, or `NAME (pid=N): rest`.
    fn says(&mut self, tried: &mut Tried, with_pid: bool, rest: &str) -> Seen {
        let pid = if with_pid { " (pid=N)" } else { "" };
        let wanted = format!("the sentence `NAME{pid}: {rest}`");
        let line = tried.sentence(&wanted, STARTING)?;
        self.check(tried, &line, with_pid, rest)
    }

    fn check(&mut self, tried: &Tried, line: &str, with_pid: bool, rest: &str) -> Seen {
        let until = |c: char| !(c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
        let end = line.find(until).unwrap_or(line.len());
        let (found, after) = line.split_at(end);
        let name = self.0.get_or_insert_with(|| found.to_owned()).clone();
        let head = match with_pid {
            true => after.strip_prefix(" (pid=").and_then(|after| after.split_once("): ")),
            false => after.strip_prefix(": ").map(|said| ("", said)),
        };
        let right =
            !found.is_empty() && found == name && head.is_some_and(|(_, said)| said == rest);
        if !right {
            let name = if name.is_empty() { "NAME" } else { &name };
            let pid = if with_pid { " (pid=N)" } else { "" };
            return tried.wrong(format!(
                "a person must read\n    {name}{pid}: {rest}\n    and reads\n    {line}"
            ));
        }
        let pid = head.map(|(pid, _)| pid).unwrap_or_default();
        match !with_pid || pid.parse().is_ok_and(|pid| tried.is_one_of_us(pid)) {
            true => Ok(()),
            false => tried.wrong(format!(
                "N in `(pid=N)` must be the process id of the program, and is {pid}"
            )),
        }
    }
}

pub fn server(check: &Check) -> Seen {
    serves(check, &[b"psy oppa gangnam style".to_vec(), b"again".to_vec()])
}

pub fn server_odd(check: &Check) -> Seen {
    serves(check, &odd::shown())
}

fn serves(check: &Check, requests: &[Vec<u8>]) -> Seen {
    let (_port, endpoint) = kept();
    let role = check.role;
    let asker = match role {
        Role::Rep => OtherSide::connected(zmq::DEALER, &endpoint),
        _ => OtherSide::bound(zmq::DEALER, &endpoint).0,
    };
    let tried = check.program(&[&endpoint]).begin()?;
    let mut serving = Serving { tried, asker, role };
    let mut speaker = Speaker::default();
    for request in requests {
        serving.ask(&[request])?;
        let shown = Shown(request);
        let answer = match role {
            Role::Rep => format!("sending back sha1 of the received data: {}", sha1_hex(request)),
            _ => format!("sending back the received data: {shown}"),
        };
        speaker.says(&mut serving.tried, false, &format!("received '{shown}' from client."))?;
        speaker.says(&mut serving.tried, true, &answer)?;
        serving.answered(request)?;
    }
    serving.tried.stop()
}

pub fn client(check: &Check) -> Seen {
    asks(check, &[b"psy oppa gangnam style".to_vec(), b"again".to_vec()])
}

pub fn client_odd(check: &Check) -> Seen {
    asks(check, &odd::shown())
}

/// A client that prints sentences.
fn person(check: &Check) -> Seen<(Asking, impl Sized + use<>)> {
    let (server, endpoint) = OtherSide::bound(zmq::ROUTER, super::arguments::ANY);
    let (port, pull) = kept();
    let arguments = match check.role {
        Role::Req => vec![&pull, &endpoint],
        _ => vec![&endpoint],
    };
    let arguments: Vec<_> = arguments.into_iter().map(String::as_str).collect();
    let tried = check.program(&arguments).env("INTEROP_INTERVAL_MS", "0").begin()?;
    let source = (check.role == Role::Req).then(|| OtherSide::connected(zmq::PUSH, &pull));
    Ok((Asking::of(tried, server, source), port))
}

/// A question of a person's client, with what is said before it.
fn question(
    check: &Check,
    asks: &mut Asking,
    speaker: &mut Speaker,
    message: &[u8],
) -> Seen<Question> {
    if let Some(source) = &asks.source {
        source.send(&asks.tried, &[message])?;
    }
    let question = asks.arrived("a message")?;
    let shown = Shown(&question.body);
    match check.role {
        Role::Req => speaker.says(&mut asks.tried, false, &format!("received '{shown}'"))?,
        Role::C => speaker.says(&mut asks.tried, true, &format!("sending data: '{shown}'"))?,
        _ => {}
    }
    Ok(question)
}

fn asks(check: &Check, messages: &[Vec<u8>]) -> Seen {
    let (mut asks, _port) = person(check)?;
    let mut speaker = Speaker::default();
    for message in messages {
        let question = question(check, &mut asks, &mut speaker, message)?;
        asks.send_answer(&question, message)?;
        let said = match check.role {
            Role::Req => "received sha1 from server",
            Role::C => "received sha1 of data",
            _ => "received the original data",
        };
        speaker.says(&mut asks.tried, true, &format!("{said}: {}", Shown(message)))?;
    }
    asks.tried.stop()
}

pub fn again(check: &Check) -> Seen {
    let (mut asks, _port) = person(check)?;
    question(check, &mut asks, &mut Speaker::default(), b"psy")?;
    asks.arrived("the message again, after a second")?;
    let deadline = Instant::now() + SOON;
    // It may say so just before or after it does it.
    while asks.tried.errors().is_empty() && Instant::now() < deadline && !asks.tried.has_ended() {
        std::thread::park_timeout(std::time::Duration::from_millis(5));
    }
    let said = "no answer for 1 s, sending again";
    match asks.tried.errors().first().cloned() {
        Some(line) => Speaker::default().check(&asks.tried, &line, true, said),
        None => asks.tried.wrong(format!("it must say on standard error `NAME (pid=N): {said}`")),
    }
}
