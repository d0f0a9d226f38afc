//! `zmq-interop list`.

use std::io::Write as _;
use std::sync::Arc;

use clap::ValueEnum;
use owo_colors::OwoColorize as _;

use super::{Declared, Selected};
use crate::peer::{discovery, orphans};
use crate::plan;
use crate::report::exit::Exit;
use crate::role::Role;
use crate::suite::conformance::case::Case;
use crate::suite::play::{Planned, Unable};
use crate::suite::scenario::topology::Scenario;
use crate::suite::{conformance, scenario};

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
    /// The ids of the cells, one a line
    Cells,
}

#[derive(clap::Args)]
pub struct Arguments {
    /// Only this; without it everything but the cells
    what: Option<What>,
    #[command(flatten)]
    declared: Declared,
    #[command(flatten)]
    selected: Selected,
}

pub fn run(arguments: &Arguments) -> miette::Result<Exit> {
    let mut out = anstream::stdout().lock();
    let mut text = String::new();
    let declared =
        plan::peers(discovery::declared(&arguments.declared.files)?, &arguments.declared.names)?;
    let all = arguments.what.is_none();
    let wanted = |what| all || arguments.what == Some(what);
    // Alone, a list is bare, for scripts.
    let mut section = |title: &str, lines: Vec<String>| {
        if all {
            text += &format!("{}\n", title.bold());
        }
        let indent = if all { "  " } else { "" };
        lines.iter().for_each(|line| text += &format!("{indent}{line}\n"));
        if all && title != "Cases" {
            text.push('\n');
        }
    };
    if wanted(What::Peers) {
        let roles = |peer: &crate::peer::Peer| {
            peer.commands.keys().map(|role| role.name()).collect::<Vec<_>>().join(" ")
        };
        let line = |peer: &crate::peer::Peer| {
            format!(
                "{:<10} {:<22} {}",
                peer.name,
                format!("{} ({})", peer.language, peer.binding),
                roles(peer)
            )
        };
        section("Peers", declared.iter().map(line).collect());
    }
    if wanted(What::Roles) {
        let line = |role: &Role| {
            let ends = role.parameters().iter().map(|p| {
                format!("{} {}", if p.binds { "binds" } else { "connects to" }, p.default)
            });
            format!("{role:<10} {} ({})", role.summary(), ends.collect::<Vec<_>>().join(", "))
        };
        section("Roles", Role::ALL.iter().map(line).collect());
    }
    if wanted(What::Scenarios) {
        let line = |s: &&dyn Scenario| {
            let places: Vec<_> = s.places().iter().map(|place| place.role().name()).collect();
            format!("{:<15} {:<28} {}", s.name(), places.join(" → "), s.holds())
        };
        section("Scenarios", scenario::ALL.iter().map(line).collect());
    }
    if wanted(What::Cases) {
        let line =
            |case: &Case| format!("{:<24} {} ({})", case.name, case.requirement, case.source);
        section("Cases", conformance::all().map(line).collect());
    }
    if arguments.what == Some(What::Cells) {
        let found = discovery::find(declared);
        orphans::adopt();
        let selection = arguments.selected.selection();
        let plan = plan::plan(&found, &Arc::default(), &selection)?;
        let line = |planned: &Planned| match &planned.unable {
            None => planned.cell.id(),
            Some(Unable::Skipped(reason) | Unable::Unsupported(reason)) => {
                format!("{}  {}", planned.cell.id(), format!("skipped: {reason}").dimmed())
            }
        };
        section("Cells", plan.iter().map(line).collect());
    }
    let _ = out.write_all(text.as_bytes());
    Ok(Exit::Well)
}
