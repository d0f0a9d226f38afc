//! What is no endpoint, and what names no address: refused by bind and by connect, and not taken for a file.

use super::case::{Binds, Case};
use super::endpoint::{folder, try_it};
use super::needs::Needs;
use super::sides::Sides;
use super::step::{A, Cause, Failure, Step};
use crate::outcome::Cause::*;
use crate::suite::mutant::{Blame::*, Mutant, mutant};

const fn wrong(
    name: &'static str,
    requirement: &'static str,
    source: &'static str,
    mutants: &'static [Mutant],
    play: fn(&mut Sides) -> Step,
) -> Case {
    let needs = [Needs::types(&["REQ", "REP"]); 2];
    Case { name, requirement, source, needs, binds: Binds::Alone, mutants, play }
}

/// See the module.
pub const CASES: &[Case] = &[
    wrong(
        "tr-wrong",
        "what is no endpoint is refused by bind and by connect, and not taken for a file",
        "zmq_bind(3), zmq_connect(3): EINVAL, EPROTONOSUPPORT; libzmq#949",
        &[
            mutant("ignore:bind", "/liar", WrongAnswer, Surely),
            mutant("ignore:connect", "/liar", WrongAnswer, Surely),
        ],
        no_endpoints,
    ),
    wrong(
        "tr-wrong-address",
        "an address without a host, or without a port from 0 to 65535, is refused by bind and by connect",
        "zmq_tcp(7): an interface or a peer address, a colon and the port number; libzmq#949",
        // Most libraries take some of these: zmq.rs does not.
        &[
            mutant("ignore:bind", "/liar", WrongAnswer, Surely).over("zmqrs"),
            mutant("ignore:connect", "/liar", WrongAnswer, Surely).over("zmqrs"),
        ],
        no_addresses,
    ),
];

fn no_endpoints(sides: &mut Sides) -> Step {
    let path = folder(sides)?.join("file");
    let file = path.display().to_string();
    let none = [
        "",
        "tcp",
        "tcp:",
        "tcp://",
        "tcp://127.0.0.1",
        "tcp:/127.0.0.1:5555",
        "tcp//127.0.0.1:5555",
        "127.0.0.1:5555",
        "://127.0.0.1:5555",
        "tcp://127.0.0.1:port",
        &file,
        &format!("ipc:{file}"),
        &format!("file://{file}"),
        &format!("pigeon://{file}"),
    ];
    all_refused(sides, &none)?;
    match path.exists() {
        false => Ok(()),
        true => {
            Err(Failure::new(Cause::WrongAnswer, [A], "no endpoint was taken for a file").into())
        }
    }
}

fn no_addresses(sides: &mut Sides) -> Step {
    let none = ["tcp://127.0.0.1:", "tcp://127.0.0.1:-1", "tcp://127.0.0.1:65536", "tcp://:5555"];
    all_refused(sides, &none)
}

/// Neither bind nor connect takes one of these.
fn all_refused(sides: &mut Sides, endpoints: &[&str]) -> Step {
    let mut taken = vec![];
    for (op, kind) in [("bind", "REP"), ("connect", "REQ")] {
        for endpoint in endpoints {
            let sock = sides.socket(A, kind)?;
            if try_it(sides, &sock, op, endpoint)?.is_some() {
                taken.push(format!("{op} '{endpoint}'"));
            }
            sides.close(&sock)?;
        }
    }
    match taken.is_empty() {
        true => Ok(()),
        false => {
            let failure = Failure::new(Cause::WrongAnswer, [A], "what is no endpoint was taken");
            Err(failure.compared("refused", taken.join(", ")).into())
        }
    }
}
