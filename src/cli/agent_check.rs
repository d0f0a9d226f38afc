//! `zmq-interop agent-check`.

use std::io::Write as _;

use owo_colors::OwoColorize as _;

use crate::peer::{Peer, orphans};
use crate::report::exit::Exit;
use crate::suite::conformance::agent_check;

#[derive(clap::Args)]
#[command(after_help = "Example: zmq-interop agent-check -- lua agent.lua\n\
                        Exit status: 0 all is well, 1 something is wrong.")]
pub struct Arguments {
    /// The agent's command
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<String>,
}

pub fn run(arguments: &Arguments) -> miette::Result<Exit> {
    orphans::adopt();
    let peer = Peer { agent: arguments.command.clone(), ..Peer::here("agent") };
    let mut out = anstream::stdout().lock();
    let failed = agent_check::check(&peer, &mut |step, result| {
        let _ = match result {
            Ok(more) if more.is_empty() => writeln!(out, "{} {step}", "✓".green()),
            Ok(more) => writeln!(out, "{} {step} ({more})", "✓".green()),
            Err(wrong) => writeln!(out, "{} {step}\n    {wrong}", "✗".red()),
        };
    });
    let _ = match failed {
        0 => writeln!(out, "the agent keeps the contract"),
        n => writeln!(out, "{n} wrong; docs/agent-contract.md says what is expected"),
    };
    Ok(if failed == 0 { Exit::Well } else { Exit::Failed })
}
