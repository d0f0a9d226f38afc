//! `zmq-interop list`: what there is, for people, for documents and for scripts.

mod coverage;
mod json;
mod listing;
mod markdown;
mod statements;
mod text;

use std::io::Write as _;
use std::sync::Arc;

use clap::ValueEnum;
use miette::miette;

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
    /// The lies that turn each scenario and each case red
    Mutants,
    /// How many lies each role and agents tell, and how surely they are blamed
    Score,
    /// The options of the agent contract, with the cases that see whether they are set
    Options,
    /// The ids of the cells, one a line
    Cells,
    /// The statements of the RFCs, how many of them are checked, and by which cases
    Statements,
    /// The cases that statements want and nobody has written yet
    Planned,
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
    /// Only this; without it peers, roles, scenarios and cases
    what: Option<What>,
    /// With statements: all that is known of these, e.g. 28-REQ-06
    #[arg(value_name = "ID", conflicts_with_all = ["rfcs", "uncovered", "how", "level"])]
    ids: Vec<String>,
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
    #[command(flatten)]
    statements: statements::Filter,
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
    let statements = &arguments.statements;
    if arguments.what != Some(What::Statements)
        && let Some(given) = arguments.ids.first().map(String::as_str).or(statements.given())
    {
        let help = "zmq-interop list statements --help";
        return Err(miette!(help = help, "'{given}' is for statements alone"));
    }
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
        listing.mutants = Some(listing::mutants(&arguments.selected.suites));
    }
    if arguments.what == Some(What::Score) {
        listing.score = Some(listing::score());
    }
    if arguments.what == Some(What::Options) {
        listing.options = Some(listing::options());
    }
    if arguments.what == Some(What::Cells) {
        let found = discovery::find(declared);
        orphans::adopt();
        let selection = arguments.selected.selection();
        let plan = plan::plan(&found, &Arc::default(), &selection, &Reach::default())?;
        listing.cells = Some(plan.iter().map(listing::cell).collect());
    }
    if arguments.what == Some(What::Statements) {
        match arguments.ids.is_empty() {
            true => {
                let (coverage, rows) = statements::list(statements)?;
                (listing.coverage, listing.statements) = (Some(coverage), Some(rows));
            }
            false => listing.statements = Some(statements::single(&arguments.ids)?),
        }
    }
    if arguments.what == Some(What::Planned) {
        listing.planned = Some(statements::planned());
    }
    Ok(listing)
}
