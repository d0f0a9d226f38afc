//! `zmq-interop list`: what there is, for people, for documents and for scripts.

mod columns;
mod coverage;
mod json;
mod listing;
mod markdown;
mod mutants;
mod statements;
mod text;

use std::io::Write as _;
use std::sync::Arc;

use clap::ValueEnum;
use miette::Result;

use super::{Declared, Selected};
use crate::peer::{Peer, discovery, orphans};
use crate::plan;
use crate::report::exit::Exit;
use crate::suite::{self, reach::Reach};
use listing::Listing;

#[derive(clap::Args)]
#[command(args_conflicts_with_subcommands = true, disable_help_subcommand = true)]
#[command(subcommand_value_name = "WHAT", subcommand_help_heading = "What")]
#[command(after_help = "Without WHAT there is an overview of peers, roles, scenarios and cases.")]
pub struct Arguments {
    #[command(subcommand)]
    kind: Option<Kind>,
    #[command(flatten)]
    declared: Declared,
    #[command(flatten)]
    written: Written,
}

/// What can be listed, each with the arguments that mean something for it.
#[derive(clap::Subcommand)]
enum Kind {
    /// The declared peers and their roles
    Peers {
        #[command(flatten)]
        declared: Declared,
        #[command(flatten)]
        output: Output,
    },
    /// The seven programs, with their endpoints
    Roles {
        #[command(flatten)]
        output: Output,
    },
    /// The scenarios and what must hold
    Scenarios {
        #[command(flatten)]
        output: Output,
    },
    /// The cases of two libraries, and of the raw peer, with what they require
    Cases {
        /// Only those of this suite: conformance, or wire [default: both]
        #[arg(long = "suite", value_name = "NAME", value_delimiter = ',')]
        suites: Vec<String>,
        #[command(flatten)]
        output: Output,
    },
    /// The lies that turn each scenario and each case red, and whom that blames
    Mutants {
        #[command(flatten)]
        filter: mutants::Filter,
        #[command(flatten)]
        output: Output,
    },
    /// How many lies are caught in each suite, and how surely the liar is blamed
    Score {
        #[command(flatten)]
        written: Written,
    },
    /// The options of the agent contract, with the cases that see whether they are set
    Options {
        #[command(flatten)]
        output: Output,
    },
    /// The ids of the cells that a run would play, and why some can't be played
    Cells {
        #[command(flatten)]
        declared: Declared,
        #[command(flatten)]
        selected: Selected,
        #[command(flatten)]
        output: Output,
    },
    /// The statements of the RFCs, the cases that check them, and how many are checked
    Statements {
        #[command(flatten)]
        filter: statements::Filter,
        #[command(flatten)]
        output: Output,
    },
    /// The cases that statements want and nobody has written yet
    Planned {
        #[command(flatten)]
        output: Output,
    },
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
struct Written {
    /// How it is written
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    format: Format,
}

#[derive(clap::Args)]
struct Output {
    #[command(flatten)]
    written: Written,
    /// Only how many there are
    #[arg(long, conflicts_with = "format")]
    count: bool,
}

pub fn run(arguments: &Arguments) -> Result<Exit> {
    let (listing, format, count) = match &arguments.kind {
        None => (overview(&arguments.declared)?, arguments.written.format, false),
        Some(kind) => {
            let (format, count) = kind.output();
            (kind.listing()?, format, count)
        }
    };
    let text = match format {
        _ if count => format!("{}\n", listing.len()),
        Format::Text if arguments.kind.is_none() => text::overview(&listing),
        Format::Text => text::written(&listing),
        Format::Markdown => markdown::written(&listing),
        Format::Json => json::written(&listing),
    };
    let _ = anstream::stdout().lock().write_all(text.as_bytes());
    Ok(Exit::Well)
}

/// What a newcomer wants to see first.
fn overview(declared: &Declared) -> Result<Listing> {
    Ok(Listing {
        peers: Some(peers(declared)?.iter().map(listing::peer).collect()),
        roles: Some(listing::roles()),
        scenarios: Some(listing::scenarios()),
        cases: Some(listing::cases(&suite::ALL)),
        ..Listing::default()
    })
}

fn peers(declared: &Declared) -> Result<Vec<Peer>> {
    plan::peers(discovery::declared(&declared.files)?, &declared.names)
}

impl Kind {
    fn output(&self) -> (Format, bool) {
        match self {
            Kind::Score { written } => (written.format, false),
            Kind::Peers { output, .. }
            | Kind::Roles { output }
            | Kind::Scenarios { output }
            | Kind::Cases { output, .. }
            | Kind::Mutants { output, .. }
            | Kind::Options { output }
            | Kind::Cells { output, .. }
            | Kind::Statements { output, .. }
            | Kind::Planned { output } => (output.written.format, output.count),
        }
    }

    fn listing(&self) -> Result<Listing> {
        let mut listing = Listing::default();
        match self {
            Kind::Peers { declared, .. } => {
                listing.peers = Some(peers(declared)?.iter().map(listing::peer).collect());
            }
            Kind::Roles { .. } => listing.roles = Some(listing::roles()),
            Kind::Scenarios { .. } => listing.scenarios = Some(listing::scenarios()),
            Kind::Cases { suites, .. } => {
                listing.cases = Some(listing::cases(&plan::suites(suites)?));
            }
            Kind::Mutants { filter, .. } => listing.mutants = Some(filter.rows()?),
            Kind::Score { .. } => listing.score = Some(listing::score()),
            Kind::Options { .. } => listing.options = Some(listing::options()),
            Kind::Cells { declared, selected, .. } => {
                let found = discovery::find(peers(declared)?);
                orphans::adopt();
                let selection = selected.selection();
                let plan = plan::plan(&found, &Arc::default(), &selection, &Reach::default())?;
                listing.cells = Some(plan.iter().map(listing::cell).collect());
            }
            Kind::Statements { filter, .. } => filter.list(&mut listing)?,
            Kind::Planned { .. } => listing.planned = Some(statements::planned()),
        }
        Ok(listing)
    }
}
