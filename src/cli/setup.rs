//! `zmq-interop setup`.

use std::io::Write as _;
use std::path::PathBuf;

use owo_colors::OwoColorize as _;

use crate::peer::setup::{Prepared, prepare};
use crate::peer::{discovery, orphans};
use crate::plan;
use crate::report::exit::Exit;

#[derive(clap::Args)]
#[command(
    after_help = "Exit status: 0 all are ready or can't be had on this machine; 1 a setup failed, or \
                        a peer named with --require is not ready."
)]
pub struct Arguments {
    /// Only these peers
    names: Vec<String>,
    /// Declare more peers with this manifest (may be repeated)
    #[arg(long = "peers", value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Fail if one of these peers can't be had
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    require: Vec<String>,
}

pub fn run(arguments: &Arguments) -> miette::Result<Exit> {
    orphans::adopt();
    let declared = discovery::declared(&arguments.files)?;
    plan::peers(declared.clone(), &arguments.require)?;
    let mut out = anstream::stdout().lock();
    let mut exit = Exit::Well;
    for peer in plan::peers(declared, &arguments.names)? {
        let _ = write!(out, "{} ... ", peer.name.bold());
        let _ = out.flush();
        let prepared = prepare(&peer);
        let _ = match &prepared {
            Prepared::Ready => writeln!(out, "{}", "ready".green()),
            Prepared::Impossible(reason) => writeln!(out, "{} {reason}", "left out:".yellow()),
            Prepared::Failed(lines) => {
                writeln!(out, "{}\n    {}", "failed".red().bold(), lines.join("\n    "))
            }
        };
        let failed = matches!(prepared, Prepared::Failed(_));
        if failed || prepared != Prepared::Ready && arguments.require.contains(&peer.name) {
            exit = Exit::Failed;
        }
    }
    Ok(exit)
}
