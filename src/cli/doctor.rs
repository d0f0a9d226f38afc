//! `zmq-interop doctor`.

use std::io::Write as _;

use owo_colors::OwoColorize as _;

use super::Declared;
use crate::peer::discovery;
use crate::plan;
use crate::report::exit::Exit;
use crate::report::record::PeerRecord;

#[derive(clap::Args)]
#[command(after_help = "Exit status: 0; 1 when a peer named with --require is missing.")]
pub struct Arguments {
    #[command(flatten)]
    declared: Declared,
    /// Fail if one of these peers is missing
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    require: Vec<String>,
}

pub fn run(arguments: &Arguments) -> miette::Result<Exit> {
    let declared = discovery::declared(&arguments.declared.files)?;
    plan::peers(declared.clone(), &arguments.require)?;
    let found = discovery::find(plan::peers(declared, &arguments.declared.names)?);
    let files = arguments.declared.files.iter();
    let files: String = files.map(|file| format!(" --peers {}", file.display())).collect();
    let mut out = anstream::stdout().lock();
    let width = found.iter().map(|f| f.peer.name.len()).max().unwrap_or(0);
    for f in &found {
        let name = format!("{:width$}", f.peer.name);
        let _ = match &f.state {
            Ok(_) => {
                writeln!(
                    out,
                    "{} {}  {}",
                    "✓".green(),
                    name.bold(),
                    PeerRecord::new(f, None).in_words()
                )
            }
            Err(reason) => writeln!(
                out,
                "{} {}  {} is missing: {reason}",
                "✗".red(),
                name.bold(),
                f.peer.language
            ),
        };
        if f.state.is_err() {
            let gap = " ".repeat(width + 4);
            if let Some(install) = &f.peer.install {
                let _ = writeln!(out, "{gap}install: {install}");
            }
            if !f.peer.setup.is_empty() {
                let _ = writeln!(out, "{gap}then:    zmq-interop setup{files} {}", f.peer.name);
            }
        }
    }
    let missing = |name: &String| found.iter().any(|f| f.peer.name == *name && f.state.is_err());
    Ok(if arguments.require.iter().any(missing) { Exit::Failed } else { Exit::Well })
}
