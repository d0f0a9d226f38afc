//! Lists as lines.

use std::collections::BTreeMap;

use owo_colors::OwoColorize as _;

use super::columns::{aligned, wrapped};
use super::listing::{
    CaseRow, CellRow, Listing, MutantRow, OptionRow, PeerRow, RoleRow, ScenarioRow, ScoreRow,
};
use super::{coverage, statements};
use crate::role::Role;
use crate::statement::{CoverageRow, PlannedRow, StatementRow, Status, word};

/// The lists, bare: lines that scripts can read, too.
pub fn written(listing: &Listing) -> String {
    let sections = [
        lines(&listing.peers, peer),
        lines(&listing.roles, role),
        lines(&listing.scenarios, scenario),
        lines(&listing.cases, case),
        listing.mutants.as_ref().map(|rows| mutants(rows)),
        listing.score.as_ref().map(|rows| score(rows)),
        lines(&listing.options, option),
        lines(&listing.cells, cell),
        match listing.coverage {
            Some(_) => lines(&listing.statements, statement),
            None => listing.statements.as_ref().map(|rows| whole(rows)),
        },
        // Last, where it is seen after a long list.
        listing.coverage.as_ref().filter(|_| !listing.narrowed).map(|rows| covered(rows)),
        lines(&listing.planned, planned),
    ];
    sections.into_iter().flatten().collect::<Vec<_>>().join("\n")
}

/// Peers, roles, scenarios and the names of the cases under their titles, as wide as a screen.
pub fn overview(listing: &Listing) -> String {
    let families = listing.cases.as_ref().map(|rows| {
        let families = rows.chunk_by(|one, next| one.family == next.family);
        families.map(family).collect::<Vec<_>>()
    });
    let sections = [
        section("Peers", &listing.peers, peer),
        section("Roles", &listing.roles, role),
        section("Scenarios", &listing.scenarios, scenario),
        section("Cases (zmq-interop list cases says what each requires)", &families, Clone::clone),
    ];
    sections.into_iter().flatten().collect::<Vec<_>>().join("\n")
}

/// What a row begins with, padded, and the rest of it.
type Line = (String, String);

fn lines<T>(rows: &Option<Vec<T>>, line: fn(&T) -> Line) -> Option<String> {
    let joined = |row| {
        let (head, text) = line(row);
        format!("{}\n", format!("{head} {text}").trim_end())
    };
    Some(rows.as_ref()?.iter().map(joined).collect())
}

fn section<T>(title: &str, rows: &Option<Vec<T>>, line: fn(&T) -> Line) -> Option<String> {
    let indented = |row| {
        let (head, text) = line(row);
        wrapped(&format!("  {head}"), &text, head.chars().count() + 3)
    };
    let rows = rows.as_ref()?.iter().map(indented);
    Some(format!("{}\n{}", title.bold(), rows.collect::<String>()))
}

fn family(cases: &[CaseRow]) -> Line {
    let names: Vec<_> = cases.iter().map(|case| case.name).collect();
    (format!("{:<15}", cases[0].family), names.join(" "))
}

fn peer(peer: &PeerRow) -> Line {
    let of = format!("{} ({})", peer.language, peer.binding);
    let roles: Vec<_> = peer.roles.iter().map(|role: &Role| role.name()).collect();
    (format!("{:<10} {of:<22}", peer.name), roles.join(" "))
}

fn role(role: &RoleRow) -> Line {
    let ends = role.endpoints.iter().map(|endpoint| {
        format!("{} {}", if endpoint.binds { "binds" } else { "connects to" }, endpoint.default)
    });
    let ends = ends.collect::<Vec<_>>().join(", ");
    (format!("{:<10}", role.name), format!("{} ({ends})", role.summary))
}

fn scenario(scenario: &ScenarioRow) -> Line {
    let places: Vec<_> = scenario.places.iter().map(|place| place.role.name()).collect();
    (format!("{:<15} {:<28}", scenario.name, places.join(" → ")), scenario.holds.to_owned())
}

fn case(case: &CaseRow) -> Line {
    (format!("{:<24}", case.name), format!("{} ({})", case.requirement, case.source))
}

/// Suite by suite, since each has its own lies: a line for each telling, then what the lies are, each once.
fn mutants(rows: &[MutantRow]) -> String {
    let suites = rows.chunk_by(|one, next| one.suite == next.suite);
    suites.map(of_suite).collect::<Vec<_>>().join("\n")
}

fn of_suite(rows: &[MutantRow]) -> String {
    let line = |row: &MutantRow| {
        let blames = if row.alone { "blames the liar" } else { "blames both" };
        [row.lie, &row.cell, row.cause, blames].map(str::to_owned)
    };
    let name = |row: &MutantRow| row.lie.split(':').next().unwrap_or_default().to_owned();
    let lies: BTreeMap<_, _> = rows.iter().map(|row| (name(row), &row.says)).collect();
    let indent = lies.keys().map(String::len).max().unwrap_or(0) + 2;
    let words: String = lies.iter().map(|(name, says)| wrapped(name, says, indent)).collect();
    let lines: Vec<_> = rows.iter().map(line).collect();
    format!("{}\n{words}", aligned(&lines, 4))
}

fn score(rows: &[ScoreRow]) -> String {
    let head = ScoreRow::HEAD.map(str::to_owned);
    let lines: Vec<_> = [head].into_iter().chain(rows.iter().map(ScoreRow::cells)).collect();
    aligned(&lines, 2)
}

fn option(option: &OptionRow) -> Line {
    (format!("{:<20}", option.name), option.cases.join(" "))
}

fn cell(cell: &CellRow) -> Line {
    let why = cell.unable.as_ref().map(|unable| {
        let why = format!("{}: {}", unable.verdict, unable.reason);
        format!(" {}", why.dimmed())
    });
    (cell.id.clone(), why.unwrap_or_default())
}

fn covered(rows: &[CoverageRow]) -> String {
    let head = coverage::HEAD.map(str::to_owned);
    let lines: Vec<_> = [head].into_iter().chain(coverage::lines(rows)).collect();
    aligned(&lines, 1)
}

fn statement(row: &StatementRow) -> Line {
    let status = match row.status {
        Status::Covered => "covered",
        Status::Partly => "partly",
        Status::Uncovered => "not",
        Status::NotObservable => "–",
    };
    let head = format!("{:<13} {:<6} {:<10} {status:<7}", row.id, word(&row.level), word(&row.how));
    let mut names: Vec<_> = row.cases.iter().map(|&name| name.to_owned()).collect();
    names.extend(row.partly.iter().map(|name| format!("({name})")));
    let planned: Vec<_> = row.proposed.iter().chain(&row.wire).copied().collect();
    if !planned.is_empty() {
        names.push(format!("planned: {}", planned.join(" ")));
    }
    let names = match names.is_empty() {
        true => String::new(),
        false => format!(" [{}]", names.join(" ")),
    };
    (head, format!("{}{}", row.demand, names.dimmed()))
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

fn planned(row: &PlannedRow) -> Line {
    let head = format!("{:<20} {:<4}", row.name, word(&row.how));
    (head, format!("{} ({})", row.plan, row.statements.join(", ")))
}
