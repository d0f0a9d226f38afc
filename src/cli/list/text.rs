//! Lists as lines.

use owo_colors::OwoColorize as _;

use super::listing::{
    CaseRow, CellRow, Listing, MutantRow, OptionRow, PeerRow, RoleRow, ScenarioRow, ScoreRow,
};
use super::statements::{self, PlannedRow, StatementRow, word};
use super::{coverage, coverage::HEAD};
use crate::role::Role;
use crate::statement::Status;

/// The lists; `titled`: under their titles, and indented.
pub fn written(listing: &Listing, titled: bool) -> String {
    let sections = [
        section("Peers", &listing.peers, peer, titled),
        section("Roles", &listing.roles, role, titled),
        section("Scenarios", &listing.scenarios, scenario, titled),
        section("Cases", &listing.cases, case, titled),
        section("Mutants", &listing.mutants, mutant, titled),
        section("Score", &listing.score, score, titled),
        section("Options", &listing.options, option, titled),
        section("Cells", &listing.cells, cell, titled),
        listing.coverage.as_ref().map(|rows| covered(&coverage::lines(rows))),
        match listing.coverage {
            Some(_) => section("Statements", &listing.statements, statement, titled),
            None => listing.statements.as_ref().map(|rows| whole(rows)),
        },
        section("Planned", &listing.planned, planned, titled),
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

fn score(row: &ScoreRow) -> String {
    let ScoreRow { told_by, mutants, alone } = row;
    format!("{told_by:<10} {mutants:>4} lies caught, the liar alone blamed for {alone}")
}

fn option(option: &OptionRow) -> String {
    format!("{:<20} {}", option.name, option.cases.join(" "))
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

/// The table, numbers to the right.
fn covered(lines: &[[String; HEAD.len()]]) -> String {
    let head = HEAD.map(str::to_owned);
    let widths: [usize; HEAD.len()] = std::array::from_fn(|column| {
        let lines = lines.iter().chain([&head]);
        lines.map(|line| line[column].len()).max().unwrap_or(0)
    });
    let mut text = String::new();
    for line in [&head].into_iter().chain(lines) {
        let rfc = format!("{:<width$}", line[0], width = widths[0]);
        let numbers = line.iter().zip(widths).skip(1);
        let numbers = numbers.map(|(number, width)| format!("  {number:>width$}"));
        text += &format!("{rfc}{}\n", numbers.collect::<String>());
    }
    text
}

fn statement(row: &StatementRow) -> String {
    let status = match row.status {
        Status::Covered => "covered",
        Status::Partly => "partly",
        Status::Uncovered => "not",
        Status::NotObservable => "–",
    };
    let line = format!(
        "{:<13} {:<6} {:<10} {status:<7} {}",
        row.id,
        word(&row.level),
        word(&row.how),
        row.demand
    );
    let mut names: Vec<_> = row.cases.iter().map(|&name| name.to_owned()).collect();
    names.extend(row.partly.iter().map(|name| format!("({name})")));
    let planned: Vec<_> = row.proposed.iter().chain(&row.wire).copied().collect();
    if !planned.is_empty() {
        names.push(format!("planned: {}", planned.join(" ")));
    }
    match names.is_empty() {
        true => line,
        false => format!("{line} {}", names.join(" ").dimmed()),
    }
}

/// All that is known of each of `rows`.
fn whole(rows: &[StatementRow]) -> String {
    let explained = statements::explained();
    let one = |row: &StatementRow| {
        let mut text = format!("{} {}: {}\n", row.id.bold(), word(&row.level), row.demand);
        text += &format!("  how      {}\n", word(&row.how));
        let names = [
            ("checked", &row.cases),
            ("partly", &row.partly),
            ("proposed", &row.proposed),
            ("wire", &row.wire),
        ];
        for (title, names) in names {
            for name in names {
                let about = explained.get(name).copied().unwrap_or_default();
                text += &format!("  {title:<8} {name}: {about}\n");
            }
        }
        if let Some(id) = row.repeats {
            text += &format!("  repeats  {id}\n");
        }
        if !row.note.is_empty() {
            text += &format!("  note     {}\n", row.note);
        }
        text
    };
    rows.iter().map(one).collect::<Vec<_>>().join("\n")
}

fn planned(row: &PlannedRow) -> String {
    format!("{:<20} {:<4} {} ({})", row.name, word(&row.how), row.plan, row.statements.join(", "))
}
