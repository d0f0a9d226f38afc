//! Lists as lines.

use owo_colors::OwoColorize as _;

use super::listing::{CaseRow, CellRow, Listing, MutantRow, PeerRow, RoleRow, ScenarioRow};
use crate::role::Role;

/// The lists; `titled`: under their titles, and indented.
pub fn written(listing: &Listing, titled: bool) -> String {
    let sections = [
        section("Peers", &listing.peers, peer, titled),
        section("Roles", &listing.roles, role, titled),
        section("Scenarios", &listing.scenarios, scenario, titled),
        section("Cases", &listing.cases, case, titled),
        section("Mutants", &listing.mutants, mutant, titled),
        section("Cells", &listing.cells, cell, titled),
    ];
    sections.into_iter().flatten().collect::<Vec<_>>().join("\n")
}

fn section<T>(
    title: &str,
    rows: &Option<Vec<T>>,
    line: fn(&T) -> String,
    titled: bool,
) -> Option<String> {
    let rows = rows.as_ref()?;
    let mut text = String::new();
    if titled {
        text += &format!("{}\n", title.bold());
    }
    let indent = if titled { "  " } else { "" };
    rows.iter().for_each(|row| text += &format!("{indent}{}\n", line(row)));
    Some(text)
}

fn peer(peer: &PeerRow) -> String {
    let of = format!("{} ({})", peer.language, peer.binding);
    let roles: Vec<_> = peer.roles.iter().map(|role: &Role| role.name()).collect();
    format!("{:<10} {of:<22} {}", peer.name, roles.join(" "))
}

fn role(role: &RoleRow) -> String {
    let ends = role.endpoints.iter().map(|endpoint| {
        format!("{} {}", if endpoint.binds { "binds" } else { "connects to" }, endpoint.default)
    });
    format!("{:<10} {} ({})", role.name, role.summary, ends.collect::<Vec<_>>().join(", "))
}

fn scenario(scenario: &ScenarioRow) -> String {
    let places: Vec<_> = scenario.places.iter().map(|place| place.role.name()).collect();
    format!("{:<15} {:<28} {}", scenario.name, places.join(" → "), scenario.holds)
}

fn case(case: &CaseRow) -> String {
    format!("{:<24} {} ({})", case.name, case.requirement, case.source)
}

fn mutant(mutant: &MutantRow) -> String {
    let blamed = if mutant.alone { "the liar" } else { "both" };
    format!("{:<40} {:<13} {blamed:<9} {}", mutant.cell, mutant.cause, mutant.says)
}

fn cell(cell: &CellRow) -> String {
    match &cell.unable {
        None => cell.id.clone(),
        Some(unable) => {
            let why = format!("{}: {}", unable.verdict, unable.reason);
            format!("{}  {}", cell.id, why.dimmed())
        }
    }
}
