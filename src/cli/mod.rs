//! The command line: what each command takes, and what it does with it.

mod agent_check;
mod decode;
mod doctor;
mod examine;
mod expectations;
mod list;
mod role;
mod role_check;
mod run;
mod setup;
mod tap;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

use crate::agent;
use crate::peer::far;
use crate::plan::Selection;
use crate::report::exit::Exit;
use crate::role::Role;
use crate::suite::coverage::Coverage;

/// Proves that ZeroMQ talks across languages
#[derive(Parser)]
#[command(name = "zmq-interop", version, arg_required_else_help = true)]
#[command(after_help = "The roles push, req, rep, c, msgqueue, mrep and mreq are commands too: \
                        `zmq-interop rep --help`.\n\
                        Exit status: 0 all well, 1 a cell failed or a required peer is missing, 2 wrong \
                        usage, 3 nothing ran, 4 the harness failed, 130 interrupted.")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the cells: pair the programs across languages and check every answer
    Run(run::Arguments),
    /// List peers, roles, scenarios, cases and their mutants, cells, statements of the RFCs
    List(list::Arguments),
    /// Show what is here, which versions, and what installs the rest
    Doctor(doctor::Arguments),
    /// Prepare the peers: each fetches what it needs from its own package manager
    Setup(setup::Arguments),
    /// Exercise one agent alone and explain every mistake in its own terms
    AgentCheck(agent_check::Arguments),
    /// Exercise one role program alone and explain every mistake in the contract's words
    RoleCheck(role_check::Arguments),
    /// Examine a running server: what it makes of what no library would say
    Examine(examine::Arguments),
    /// Show the conversations in a capture of tcpdump or Wireshark
    Decode(decode::Arguments),
    /// Show the conversation between two programs: stand between them, and pass on every byte
    Tap(tap::Arguments),
    /// Print this program's versions as a peer does
    #[command(hide = true)]
    Versions,
    /// Hold sockets and do with them what standard input says (docs/agent-contract.md)
    #[command(hide = true)]
    Agent {
        /// What an agent that started itself anew had read already
        unread: Option<OsString>,
    },
    /// The harness's own client
    #[command(hide = true)]
    Probe {
        /// Push, instead of asking
        #[arg(long)]
        push: bool,
        /// Where to ask
        endpoint: String,
    },
}

/// Which peers there are.
#[derive(clap::Args, Clone, Default)]
pub struct Declared {
    /// Declare more peers with this manifest (may be repeated; see docs/peers.md)
    #[arg(long = "peers", value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Only these peers
    #[arg(long = "peer", value_name = "NAME", value_delimiter = ',')]
    names: Vec<String>,
}

/// Which cells.
#[derive(clap::Args, Clone, Default)]
pub struct Selected {
    /// Only this suite: scenarios, conformance, or wire [default: all]
    #[arg(long = "suite", value_name = "NAME", value_delimiter = ',')]
    suites: Vec<String>,
    /// Only these scenarios
    #[arg(long = "scenario", value_name = "NAME", value_delimiter = ',')]
    scenarios: Vec<String>,
    /// Only the cells whose id matches this glob, e.g. 'pipeline/*-python' (may be repeated)
    #[arg(long = "cell", value_name = "GLOB")]
    cells: Vec<String>,
    /// How many of all combinations of peers
    #[arg(long, value_enum, default_value_t, value_name = "HOW")]
    coverage: Coverage,
}

impl Selected {
    fn selection(&self) -> Selection {
        Selection {
            suites: self.suites.clone(),
            scenarios: self.scenarios.clone(),
            cells: self.cells.clone(),
            coverage: self.coverage,
        }
    }
}

/// Parses the command line and does what it says.
pub fn main() -> ExitCode {
    let roles = Role::ALL.map(role::command);
    let mut cli = Cli::command().subcommands(roles);
    let matches = cli.get_matches_mut();
    if let Some((name, arguments)) = matches.subcommand()
        && let Ok(role) = name.parse::<Role>()
    {
        return role::run(role, arguments);
    }
    let command = match Cli::from_arg_matches(&matches) {
        Ok(cli) => cli.command,
        Err(error) => error.format(&mut cli).exit(),
    };
    let done = match command {
        Command::Run(arguments) => run::run(&arguments),
        Command::List(arguments) => list::run(&arguments),
        Command::Doctor(arguments) => doctor::run(&arguments),
        Command::Setup(arguments) => setup::run(&arguments),
        Command::AgentCheck(arguments) => agent_check::run(&arguments),
        Command::RoleCheck(arguments) => role_check::run(&arguments),
        Command::Decode(arguments) => decode::run(&arguments),
        Command::Examine(arguments) => examine::run(&arguments),
        Command::Tap(arguments) => tap::run(&arguments),
        Command::Versions => role::versions(),
        Command::Agent { unread } => return agent::main(unread),
        Command::Probe { push, endpoint } => return role::probe(push, &endpoint),
    };
    far::leave();
    match done {
        Ok(exit) => exit.into(),
        Err(report) => {
            eprintln!("{report:?}");
            Exit::Usage.into()
        }
    }
}
