//! The programs of this peer in one binary: interop ROLE [ENDPOINT...], interop agent, interop versions.
//! docs/role-contract.md says what each role does and prints; each has a file of its own.

mod agent;
mod c;
mod client;
mod mrep;
mod mreq;
mod msgqueue;
mod push;
mod rep;
mod req;
mod role;
mod versions;

use std::io;
use std::process::ExitCode;

use role::Program;
use zeromq::ZmqError;

/// Why a program ends: one line for standard error.
#[derive(Debug)]
struct Failure(String);

impl Failure {
    fn at(endpoint: &str, error: &ZmqError) -> Failure {
        let hint = match error {
            ZmqError::Network(error) if error.kind() == io::ErrorKind::AddrInUse => {
                ": stop what uses it, or give another endpoint"
            }
            ZmqError::Endpoint(_) => ": an endpoint looks like tcp://127.0.0.1:5555",
            _ => "",
        };
        Failure(format!("{endpoint}: {error}{hint}"))
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Failure {
        Failure(error.to_string())
    }
}

impl From<ZmqError> for Failure {
    fn from(error: ZmqError) -> Failure {
        Failure(error.to_string())
    }
}

/// A program's name, what it does, and its arguments with their defaults.
type Role = (&'static str, &'static str, &'static [(&'static str, &'static str)]);

const ROLES: [Role; 9] = [
    (
        "push",
        "sends all of standard input, less trailing newlines, as ONE message",
        &[("pull", "tcp://127.0.0.1:5555")],
    ),
    (
        "req",
        "pulls messages, asks a rep for the SHA-1 of each, prints both",
        &[("pull", "tcp://127.0.0.1:5555"), ("rep", "tcp://127.0.0.1:5556")],
    ),
    (
        "rep",
        "answers each message with its SHA-1 in lower-case hex",
        &[("endpoint", "tcp://127.0.0.1:5556")],
    ),
    (
        "c",
        "sends the date and time every second, prints the digest that it gets",
        &[("rep", "tcp://127.0.0.1:5556")],
    ),
    (
        "msgqueue",
        "the request-reply broker: any number of clients in front, of servers behind",
        &[("frontend", "tcp://127.0.0.1:5559"), ("backend", "tcp://127.0.0.1:5560")],
    ),
    (
        "mrep",
        "a server behind msgqueue that echoes each request",
        &[("backend", "tcp://127.0.0.1:5560")],
    ),
    (
        "mreq",
        "sends msgqueue ten random letters every second, prints what comes back",
        &[("frontend", "tcp://127.0.0.1:5559")],
    ),
    ("agent", "does what it is told on standard input, see docs/agent-contract.md", &[]),
    ("versions", "prints what this peer consists of as one line of JSON", &[]),
];

fn main() -> ExitCode {
    let mut given = std::env::args().skip(1);
    let name = given.next().unwrap_or_default();
    let Some((name, does, arguments)) = ROLES.into_iter().find(|role| role.0 == name) else {
        eprintln!("usage: interop ROLE [-h] [ENDPOINT...], ROLE being one of");
        for (name, does, _) in ROLES {
            eprintln!("  {name:9} {does}");
        }
        return ExitCode::from(2);
    };
    let given: Vec<String> = given.collect();
    let names: String = arguments.iter().map(|(name, _)| format!(" [{name}]")).collect();
    let usage = format!("usage: interop {name} [-h]{names}");
    if given.iter().any(|word| word == "-h" || word == "--help") {
        println!("{usage}\n\n{name}: {does}");
        for (name, default) in arguments {
            println!("  {name:9} default: {default}");
        }
        return ExitCode::SUCCESS;
    }
    if given.len() > arguments.len() {
        eprintln!("{usage}");
        return ExitCode::from(2);
    }
    let endpoint =
        |i: usize| given.get(i).map_or(arguments[i].1, String::as_str).replace(":*", ":0");
    let done = match name {
        "agent" => agent::run(),
        "versions" => versions::run(),
        role => run(role, &endpoint),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure(reason)) => {
            eprintln!("zmqrs: {reason}");
            ExitCode::FAILURE
        }
    }
}

#[tokio::main]
async fn run(role: &str, endpoint: &dyn Fn(usize) -> String) -> Result<(), Failure> {
    let program = Program::from_env();
    match role {
        "push" => push::run(&program, &endpoint(0)).await,
        "req" => req::run(&program, &endpoint(0), &endpoint(1)).await,
        "rep" => rep::run(&program, &endpoint(0)).await,
        "c" => c::run(&program, &endpoint(0)).await,
        "msgqueue" => msgqueue::run(&program, &endpoint(0), &endpoint(1)).await,
        "mrep" => mrep::run(&program, &endpoint(0)).await,
        _ => mreq::run(&program, &endpoint(0)).await,
    }
}
