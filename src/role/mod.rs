//! The seven programs of docs/role-contract.md in Rust, one file each. Nothing of the harness belongs
//! here: a role is a program like its sisters in interop/, and is started as one.
//!
//! The programs: [`push`], [`req`], [`rep`], [`c`], [`msgqueue`], [`mrep`], [`mreq`]. What they share:
//! `program` (sentences, events, the environment), `socket` (bind,
//! connect, receive), `frame` (what a broker carries) and `client` (a REQ that outlives servers).

use std::fmt;
use std::io;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

mod c;
mod client;
mod frame;
mod mrep;
mod mreq;
mod msgqueue;
mod program;
mod push;
mod rep;
mod req;
mod socket;

/// One of the seven programs.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    clap::ValueEnum,
    Serialize,
    Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    Push,
    Req,
    Rep,
    C,
    Msgqueue,
    Mrep,
    Mreq,
}

/// An endpoint that a role takes as an argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameter {
    pub name: &'static str,
    pub default: &'static str,
    /// Whether the role binds here; otherwise it connects.
    pub binds: bool,
}

const fn binds(name: &'static str, default: &'static str) -> Parameter {
    Parameter { name, default, binds: true }
}

const fn connects(name: &'static str, default: &'static str) -> Parameter {
    Parameter { name, default, binds: false }
}

impl Role {
    /// All roles, in the contract's order.
    pub const ALL: [Role; 7] =
        [Role::Push, Role::Req, Role::Rep, Role::C, Role::Msgqueue, Role::Mrep, Role::Mreq];

    /// Does it receive requests and reply to them?
    pub fn is_server(self) -> bool {
        matches!(self, Role::Rep | Role::Mrep)
    }

    pub fn name(self) -> &'static str {
        match self {
            Role::Push => "push",
            Role::Req => "req",
            Role::Rep => "rep",
            Role::C => "c",
            Role::Msgqueue => "msgqueue",
            Role::Mrep => "mrep",
            Role::Mreq => "mreq",
        }
    }

    /// What it does, in one line.
    pub fn summary(self) -> &'static str {
        match self {
            Role::Push => "Send all of standard input, less trailing newlines, as one message",
            Role::Req => "Pull messages and ask a rep for the SHA-1 of each",
            Role::Rep => "Answer each message with its SHA-1",
            Role::C => "Send the date and time every second and print the digest that comes back",
            Role::Msgqueue => "Carry requests of mreqs to mreps, and the replies back",
            Role::Mrep => "Echo each request",
            Role::Mreq => "Send ten random letters every second and print what comes back",
        }
    }

    /// Does it connect where the other one binds?
    pub fn connects_to(self, other: Role) -> bool {
        let mut bound = other.parameters().iter().filter(|parameter| parameter.binds);
        bound.any(|bound| {
            self.parameters().iter().any(|own| !own.binds && own.default == bound.default)
        })
    }

    /// The endpoints it takes, in the order of its arguments.
    pub fn parameters(self) -> &'static [Parameter] {
        const PULL: &str = "tcp://127.0.0.1:5555";
        const REP: &str = "tcp://127.0.0.1:5556";
        const FRONTEND: &str = "tcp://127.0.0.1:5559";
        const BACKEND: &str = "tcp://127.0.0.1:5560";
        match self {
            Role::Push => const { &[connects("pull-endpoint", PULL)] },
            Role::Req => const { &[binds("pull-endpoint", PULL), connects("rep-endpoint", REP)] },
            Role::Rep => const { &[binds("endpoint", REP)] },
            Role::C => const { &[connects("rep-endpoint", REP)] },
            Role::Msgqueue => const { &[binds("frontend", FRONTEND), binds("backend", BACKEND)] },
            Role::Mrep => const { &[connects("backend", BACKEND)] },
            Role::Mreq => const { &[connects("frontend", FRONTEND)] },
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Role {
    type Err = Error;

    fn from_str(name: &str) -> Result<Role, Error> {
        let known = Role::ALL.into_iter().find(|role| role.name() == name);
        known.ok_or_else(|| Error::UnknownRole(name.to_owned()))
    }
}

/// Why a program ended: one clear line, for standard error.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("no role is called '{0}'; the roles are push, req, rep, c, msgqueue, mrep and mreq")]
    UnknownRole(String),
    #[error("{role} takes at most {} endpoint(s), but got {given}", role.parameters().len())]
    TooManyEndpoints { role: Role, given: usize },
    #[error("{name} must be a number, not '{value}'")]
    Variable { name: &'static str, value: String },
    #[error("cannot {action} '{endpoint}': {reason} ({})", advice(*.reason))]
    Endpoint { action: &'static str, endpoint: String, reason: zmq::Error },
    #[error("cannot read standard input: {0}")]
    Input(io::Error),
    #[error("cannot write to standard output: {0}")]
    Output(io::Error),
    #[error("ZeroMQ failed: {0}")]
    Zmq(#[from] zmq::Error),
}

impl Error {
    /// Was the program called in a wrong way?
    pub fn is_usage(&self) -> bool {
        matches!(
            self,
            Error::UnknownRole(_) | Error::TooManyEndpoints { .. } | Error::Variable { .. }
        )
    }
}

fn advice(reason: zmq::Error) -> &'static str {
    match reason {
        zmq::Error::EADDRINUSE => "stop the program that has it, or give another endpoint",
        zmq::Error::EADDRNOTAVAIL | zmq::Error::ENODEV => "bind to an address of this machine",
        _ => "an endpoint looks like tcp://127.0.0.1:5555",
    }
}

/// Runs `role` on `endpoints`, with the defaults for those that are missing, until its work is done.
pub fn run(role: Role, endpoints: &[String]) -> Result<(), Error> {
    let parameters = role.parameters();
    if endpoints.len() > parameters.len() {
        return Err(Error::TooManyEndpoints { role, given: endpoints.len() });
    }
    let endpoint = |i: usize| endpoints.get(i).map_or(parameters[i].default, String::as_str);
    let program = &program::Program::from_env()?;
    let ended = match role {
        Role::Push => push::run(program, endpoint(0)),
        Role::Req => req::run(program, endpoint(0), endpoint(1)),
        Role::Rep => rep::run(program, endpoint(0)),
        Role::C => c::run(program, endpoint(0)),
        Role::Msgqueue => msgqueue::run(program, endpoint(0), endpoint(1)),
        Role::Mrep => mrep::run(program, endpoint(0)),
        Role::Mreq => mreq::run(program, endpoint(0)),
    };
    match ended {
        // Whoever listened has gone, as in `zmq-interop c | head -1`: nobody is left to tell.
        Err(Error::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        ended => ended,
    }
}

/// A message, as the frames that are sent.
pub type Frames<'m> = Vec<&'m [u8]>;

/// Asks `endpoint` with each of `requests`, as a client of the contract: resends, tells, and stops
/// after INTEROP_COUNT answers.
pub fn ask_each<'r>(
    endpoint: &str,
    requests: impl Iterator<Item = Frames<'r>>,
) -> Result<(), Error> {
    let program = &program::Program::from_env()?;
    let context = zmq::Context::new();
    let client = client::Client::connect(&context, endpoint)?;
    program.ready(&[])?;
    for (exchange, request) in (0..program.count).zip(requests) {
        if exchange > 0 {
            program.pause();
        }
        program.note(program::Event::Sent, &request.concat())?;
        let answer = client.ask_in_frames(program, &request)?;
        program.note(program::Event::Answered, &answer)?;
    }
    Ok(())
}

/// Pushes each of `messages` to `endpoint`, and tells.
pub fn push_each<'r>(
    endpoint: &str,
    messages: impl Iterator<Item = &'r [u8]>,
) -> Result<(), Error> {
    let program = &program::Program::from_env()?;
    let context = zmq::Context::new();
    let push = context.socket(zmq::PUSH)?;
    socket::connect(&push, endpoint)?;
    program.ready(&[])?;
    for message in messages {
        push.send(message, 0)?;
        program.note(program::Event::Sent, message)?;
    }
    Ok(()) // What is still on its way is handed over before the context ends.
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_and_its_role_belong_together() {
        for role in Role::ALL {
            assert_eq!(role.to_string().parse::<Role>().unwrap(), role);
            assert_eq!(serde_json::to_value(role).unwrap(), role.name());
        }
        assert!("REP".parse::<Role>().unwrap_err().to_string().contains("'REP'"));
    }

    #[test]
    fn the_defaults_of_the_contract() {
        let ports: Vec<String> = Role::ALL
            .iter()
            .flat_map(|role| role.parameters().iter().map(move |p| (role, p)))
            .map(|(role, p)| {
                let port = p.default.strip_prefix("tcp://127.0.0.1:").unwrap();
                format!("{role} {} {port}", if p.binds { "binds" } else { "connects" })
            })
            .collect();
        assert_eq!(
            ports,
            [
                "push connects 5555",
                "req binds 5555",
                "req connects 5556",
                "rep binds 5556",
                "c connects 5556",
                "msgqueue binds 5559",
                "msgqueue binds 5560",
                "mrep connects 5560",
                "mreq connects 5559",
            ]
        );
    }
}
