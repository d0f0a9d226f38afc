//! What `zmq-interop run` expects: which files, of which peers, and the file anew after a run.

use std::path::{Path, PathBuf};

use miette::{IntoDiagnostic as _, Result, WrapErr as _, miette};

use crate::expectation::{self, Expectations, Peers, Subject};
use crate::outcome::Verdict;
use crate::peer::Peer;
use crate::peer::discovery::{self, Found};
use crate::report::files;
use crate::report::record::{CellRecord, Record};

#[derive(clap::Args)]
pub struct Expected {
    /// More known failures, beside those of this repository (may be repeated)
    #[arg(long, value_name = "FILE")]
    expectations: Vec<PathBuf>,
    /// Leave out the known failures of this repository
    #[arg(long)]
    no_built_in_expectations: bool,
    /// Rewrite the known failures after a whole run, in the last FILE or else in this repository's
    #[arg(long, conflicts_with_all = ["cells", "scenarios", "suites", "names", "repeat"])]
    update_expectations: bool,
}

/// The file of this repository.
fn built_in() -> PathBuf {
    discovery::home().join("expectations.toml")
}

/// All that is expected of those who were `found`. Conditions may speak of all that is declared.
pub fn read(arguments: &Expected, declared: &[Peer], found: &[Found]) -> Result<Expectations> {
    let mut expectations = Expectations::new(peers(declared, found)?);
    if !arguments.no_built_in_expectations {
        let file = built_in();
        if let Ok(text) = std::fs::read_to_string(&file) {
            expectations.add(&text, &file)?;
        }
    }
    for file in &arguments.expectations {
        match std::fs::read_to_string(file) {
            Ok(text) => expectations.add(&text, file)?,
            // Who wants it written may not have it yet.
            Err(_) if arguments.update_expectations && !file.exists() => {}
            Err(e) => return Err(miette!("--expectations {}: {e}", file.display())),
        }
    }
    Ok(expectations)
}

/// Our own peers are known even where another manifest declares others by their names: our file speaks of them.
fn peers(declared: &[Peer], found: &[Found]) -> Result<Peers> {
    let mut peers = Peers::default();
    for peer in discovery::built_in()?.iter().chain(declared) {
        peers.declare(&peer.name, &peer.declared_components());
    }
    for found in found.iter().filter(|found| found.state.is_ok()) {
        peers.add(&found.peer.name, found.engine(), found.components());
    }
    Ok(peers)
}

/// A cell of the record, as expectations see it.
fn subject(cell: &CellRecord) -> Subject<'_> {
    let places = cell.places.iter().map(|place| (place.role.as_str(), &place.peers[..]));
    Subject { id: &cell.id, places: places.collect() }
}

/// Writes the file anew where that was asked for. Never from a partial run: what did not run would be forgotten.
pub fn update(arguments: &Expected, old: &Expectations, record: &Record) -> Result<()> {
    if !arguments.update_expectations {
        return Ok(());
    }
    let file = arguments.expectations.last().cloned().unwrap_or_else(built_in);
    let all: Option<Vec<_>> = record.cells.iter().map(ended).collect();
    let Some(all) = all.filter(|_| !record.interrupted) else {
        let help = "every cell must have run that can";
        return Err(miette!(help = help, "the expectations are not rewritten from a partial run"));
    };
    write(&file, &expectation::rewrite(old, &file, &all)?)
}

/// What became of a cell that was not left out.
fn ended(cell: &CellRecord) -> Option<expectation::Ended<'_>> {
    let outcome = cell.outcome.as_ref().filter(|outcome| outcome.verdict != Verdict::NotRun)?;
    Some((subject(cell), outcome))
}

fn write(file: &Path, text: &str) -> Result<()> {
    files::write(file, text.as_bytes())
        .into_diagnostic()
        .wrap_err_with(|| format!("{} can't be written", file.display()))
}
