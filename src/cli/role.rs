//! The seven roles as commands, and the two hidden programs of this peer.

use std::fmt::Display;
use std::process::ExitCode;

use clap::{Arg, ArgMatches, Command};

use crate::report::exit::Exit;
use crate::role::{self, Role};
use crate::suite::scenario::probe as own_client;

/// The command of `role`.
pub fn command(role: Role) -> Command {
    let argument = |p: &role::Parameter| {
        let verb = if p.binds { "Bind here" } else { "Connect to this endpoint" };
        Arg::new(p.name).value_name("ENDPOINT").help(verb).default_value(p.default)
    };
    Command::new(role.name())
        .about(role.summary())
        .hide(true)
        .args(role.parameters().iter().map(argument))
        .after_help(
            "Environment: INTEROP_EVENTS=1 prints JSON events instead of sentences, INTEROP_COUNT=N stops \
             after N exchanges, INTEROP_INTERVAL_MS=N pauses between messages (docs/role-contract.md).",
        )
}

/// Runs `role` as a program.
pub fn run(role: Role, arguments: &ArgMatches) -> ExitCode {
    let endpoint = |p: &role::Parameter| arguments.get_one::<String>(p.name).cloned();
    let endpoints: Vec<_> = role.parameters().iter().filter_map(endpoint).collect();
    ended(role, role::run(role, &endpoints))
}

/// Runs the harness's own client as a program, or what it pushes with.
pub fn probe(push: bool, endpoint: &str) -> ExitCode {
    ended("probe", if push { own_client::push(endpoint) } else { own_client::run(endpoint) })
}

fn ended(name: impl Display, result: Result<(), role::Error>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("zmq-interop {name}: {error}");
            if error.is_usage() { ExitCode::from(2) } else { ExitCode::FAILURE }
        }
    }
}

/// One JSON line, as each peer's `versions` command prints it.
pub fn versions() -> miette::Result<Exit> {
    let (major, minor, patch) = zmq::version();
    let libzmq = format!("{major}.{minor}.{patch}");
    let line = serde_json::json!({
        "language": "Rust",
        "interpreter": env!("RUSTC_VERSION"),
        "binding": concat!("zmq ", env!("ZMQ_CRATE_VERSION")),
        "libzmq": libzmq,
        "engine": {"name": "libzmq", "version": libzmq},
    });
    println!("{line}");
    Ok(Exit::Well)
}
