//! What `push` hands over.

use std::fs::File;
use std::io::{Seek as _, Write as _};

use super::arguments::ANY;
use super::other_side::{OtherSide, kept};
use super::tried::{STARTING, Tried, told};
use super::{Check, Seen, Step, odd, step};
use crate::digest::D;
use crate::suite::scenario::stage::journal::Kind;

pub fn steps() -> Vec<Step> {
    vec![
        step("its standard input is one message, byte for byte", bytes),
        step("trailing newlines are taken away, and nothing else", newlines),
        step("it waits for somebody who pulls, and says sent when it is handed over", owes),
        step("it always sends one message, whatever INTEROP_COUNT is", count),
        step("without INTEROP_EVENTS it prints nothing", silent),
    ]
}

/// A file with this content.
fn file(content: &[u8]) -> File {
    let mut file = tempfile::tempfile().expect("a temporary file");
    file.write_all(content).and_then(|()| file.rewind()).expect("it can be written");
    file
}

/// What comes must be this, in one frame.
fn pulled(pull: &OtherSide, tried: &mut Tried, message: &[u8]) -> Seen {
    let right = D::of(message);
    let wanted = format!("the message {}", right.described());
    match &pull.receive_within(tried, &wanted, STARTING)?[..] {
        [frame] if frame == message => Ok(()),
        [frame] => {
            let got = D::of(frame).described();
            tried.wrong(format!("it must send {}, and sent {got}", right.described()))
        }
        frames => tried.wrong(format!("it must send one frame, and sent {}", frames.len())),
    }
}

fn sends(check: &Check, content: &[u8], message: &[u8], env: &[(&str, &str)]) -> Seen {
    let (pull, endpoint) = OtherSide::bound(zmq::PULL, ANY);
    let mut program = check.with_events(&[&endpoint]).input(file(content));
    for (name, value) in env {
        program = program.env(name, value);
    }
    let (mut tried, _) = program.ready()?;
    pulled(&pull, &mut tried, message)?;
    says_sent(&mut tried, message)?;
    tried.exits_0("once its message is handed over")?;
    pull.nothing_more("it must send one message")
}

fn says_sent(tried: &mut Tried, message: &[u8]) -> Seen {
    let told = tried.event(Kind::Sent)?.data;
    match told == D::of(message) {
        true => Ok(()),
        false => {
            let [sent, told] = [&D::of(message), &told].map(D::described);
            tried.wrong(format!("it sent {sent}, and told of {told}"))
        }
    }
}

fn bytes(check: &Check) -> Seen {
    odd::all().iter().try_for_each(|message| sends(check, message, message, &[]))
}

fn newlines(check: &Check) -> Seen {
    for (content, message) in
        [("psy\n", "psy"), ("psy\n\n\n", "psy"), ("\n", ""), ("\npsy\r\n \n", "\npsy\r\n ")]
    {
        sends(check, content.as_bytes(), message.as_bytes(), &[]).map_err(|wrong| {
            format!("of '{}' on standard input: {wrong}", told(content.as_bytes()))
        })?;
    }
    Ok(())
}

fn owes(check: &Check) -> Seen {
    let (_port, endpoint) = kept();
    let message = b"for whoever comes later";
    let (mut tried, _) = check.with_events(&[&endpoint]).input(file(message)).ready()?;
    tried.said_nothing()?;
    let (pull, _) = OtherSide::bound(zmq::PULL, &endpoint);
    pulled(&pull, &mut tried, message)?;
    says_sent(&mut tried, message)?;
    tried.exits_0("once its message is handed over")
}

fn count(check: &Check) -> Seen {
    sends(check, b"one", b"one", &[("INTEROP_COUNT", "0")])
}

fn silent(check: &Check) -> Seen {
    let (pull, endpoint) = OtherSide::bound(zmq::PULL, ANY);
    let mut tried = check.program(&[&endpoint]).input(file(b"psy\n")).begin()?;
    pulled(&pull, &mut tried, b"psy")?;
    tried.exits_0("once its message is handed over")
}
