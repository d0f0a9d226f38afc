//! `zmq-interop list`: what there is, for people, for documents and for scripts.

mod json;
mod listing;
mod markdown;
mod text;

use std::io::Write as _;
use std::sync::Arc;

use clap::ValueEnum;

use super::{Declared, Selected};
use crate::peer::{discovery, orphans};
use crate::plan;
use crate::report::exit::Exit;
use crate::suite::reach::Reach;
use listing::Listing;

/// What can be listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum What {
    /// The declared peers and their roles
    Peers,
    /// The seven programs
    Roles,
    /// The scenarios and what must hold
    Scenarios,
    /// The conformance cases, with what they require and where that is written
    Cases,
    /// The lies that turn each case red
    Mutants,
    /// The ids of the cells, one a line
    Cells,
}

/// For whom.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Lines, for people and simple scripts
    #[default]
    Text,
    /// Tables, for documents
    Markdown,
    /// One object, for scripts; its `schema` says which shape it has
    Json,
}

#[derive(clap::Args)]
pub struct Arguments {
    /// Only this; without it everything but the mutants and the cells
    what: Option<What>,
    /// How it is written
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,
    /// Only how many there are
    #[arg(long, requires = "what", conflicts_with = "format")]
    count: bool,
    #[command(flatten)]
    declared: Declared,
    #[command(flatten)]
    selected: Selected,
}

pub fn run(arguments: &Arguments) -> miette::Result<Exit> {
    let listing = listed(arguments)?;
    let text = match arguments.format {
        _ if arguments.count => format!("{}\n", listing.len()),
        // Alone, a list is bare, for scripts.
        Format::Text => text::written(&listing, arguments.what.is_none()),
        Format::Markdown => markdown::written(&listing),
        Format::Json => json::written(&listing),
    };
    let _ = anstream::stdout().lock().write_all(text.as_bytes());
    Ok(Exit::Well)
}

fn listed(arguments: &Arguments) -> miette::Result<Listing> {
    let declared =
        plan::peers(discovery::declared(&arguments.declared.files)?, &arguments.declared.names)?;
    let wanted = |what| arguments.what.is_none_or(|only| only == what);
    let mut listing = Listing::default();
    if wanted(What::Peers) {
        listing.peers = Some(declared.iter().map(listing::peer).collect());
    }
    if wanted(What::Roles) {
        listing.roles = Some(listing::roles());
    }
    if wanted(What::Scenarios) {
        listing.scenarios = Some(listing::scenarios());
    }
    if wanted(What::Cases) {
        listing.cases = Some(listing::cases());
    }
    if arguments.what == Some(What::Mutants) {
        listing.mutants = Some(listing::mutants());
    }
    if arguments.what == Some(What::Cells) {
        let found = discovery::find(declared);
        orphans::adopt();
        let selection = arguments.selected.selection();
        let plan = plan::plan(&found, &Arc::default(), &selection, &Reach::default())?;
        listing.cells = Some(plan.iter().map(listing::cell).collect());
    }
    Ok(listing)
}
