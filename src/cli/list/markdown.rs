//! Lists as tables for the documents, where tests/documents.rs keeps them current.

use super::coverage;
use super::listing::{
    CaseRow, Listing, MutantRow, OptionRow, PeerRow, PlaceRow, RoleRow, ScenarioRow, ScoreRow,
};
use crate::role::Role;
use crate::statement::{PlannedRow, StatementRow, word};
use crate::suite::wire::{self, grade::Grade};

/// The tables, with an empty line between two.
pub fn written(listing: &Listing) -> String {
    let mut tables = vec![];
    if let Some(rows) = &listing.peers {
        let head = ["peer", "language", "binding", "roles", "agent", "in CI"];
        tables.push(table(&head, rows.iter().map(peer)));
    }
    if let Some(rows) = &listing.roles {
        tables.push(table(&["role", "what it does", "endpoints"], rows.iter().map(role)));
    }
    if let Some(rows) = &listing.scenarios {
        tables.push(table(&["scenario", "places", "what must hold"], rows.iter().map(scenario)));
    }
    if let Some(rows) = &listing.cases {
        for family in rows.chunk_by(|one, next| one.family == next.family) {
            let table = match family[0].suite == wire::SUITE.name {
                true => {
                    let head =
                        ["case", "requirement", "wanted (or lenient)", "source", "statements"];
                    table(&head, family.iter().map(wire_case))
                }
                false => {
                    let head = ["case", "requirement", "source", "statements"];
                    table(&head, family.iter().map(case))
                }
            };
            tables.push(format!("### {}\n\n{table}", family[0].family));
        }
    }
    if let Some(rows) = &listing.mutants {
        let head = ["lie", "what it is", "told in", "cause", "blamed"];
        tables.push(table(&head, rows.iter().map(mutant)));
    }
    if let Some(rows) = &listing.score {
        tables.push(table(&ScoreRow::HEAD, rows.iter().map(ScoreRow::cells)));
    }
    if let Some(rows) = &listing.options {
        tables.push(table(&["option", "seen by"], rows.iter().map(option)));
    }
    if let Some(rows) = &listing.cells {
        let row = |cell: &super::listing::CellRow| {
            let why = |u: &super::listing::UnableRow| format!("{}: {}", u.verdict, u.reason);
            [code(&cell.id), cell.unable.as_ref().map_or(String::new(), why)]
        };
        tables.push(table(&["cell", "can't run"], rows.iter().map(row)));
    }
    if let Some(rows) = &listing.statements {
        tables.extend(statements(listing, rows));
    }
    if let Some(rows) = &listing.planned {
        let head = ["case", "how", "what is to be done", "statements"];
        tables.push(table(&head, rows.iter().map(planned)));
    }
    tables.join("\n")
}

/// Coverage, then a section for each RFC; of some statements alone the sections that have any, and of single ones one
/// table. What an RFC repeats of another is told by the text above its table.
fn statements(listing: &Listing, rows: &[StatementRow]) -> Vec<String> {
    const HEAD: [&str; 8] =
        ["id", "level", "demand", "how", "cases", "proposed", "wire case", "note"];
    let Some(rfcs) = &listing.coverage else {
        return vec![table(&HEAD, rows.iter().map(statement))];
    };
    let mut tables = vec![];
    if !listing.narrowed {
        tables.push(table(&coverage::HEAD, coverage::lines(rfcs)));
    }
    for rfc in rfcs {
        let mut own = rows.iter().filter(|r| r.rfc == rfc.rfc && r.repeats.is_none()).peekable();
        if listing.narrowed && own.peek().is_none() {
            continue;
        }
        let mut section = format!("### RFC {}, {}\n", rfc.rfc, rfc.title);
        if !rfc.about.is_empty() {
            section += &format!("\n{}\n", rfc.about);
        }
        if own.peek().is_some() {
            section += &format!("\n{}", table(&HEAD, own.map(statement)));
        }
        tables.push(section);
    }
    tables
}

fn table<const N: usize>(head: &[&str; N], rows: impl IntoIterator<Item = [String; N]>) -> String {
    let mut text = format!("| {} |\n|{}\n", head.join(" | "), "---|".repeat(N));
    for row in rows {
        let cells = row.map(|cell| cell.replace('|', "\\|"));
        text += &format!("| {} |\n", cells.join(" | "));
    }
    text
}

fn peer(peer: &PeerRow) -> [String; 6] {
    let roles: Vec<_> = peer.roles.iter().map(|role| role.name()).collect();
    let roles = if roles.len() == Role::ALL.len() { "all".to_owned() } else { roles.join(", ") };
    let ci = match &peer.ci {
        None => "–",
        Some(ci) if ci.required => "required",
        Some(_) => "in the matrix",
    };
    let agent = if peer.agent { "yes" } else { "–" };
    [
        code(&peer.name),
        peer.language.clone(),
        peer.binding.clone(),
        roles,
        agent.to_owned(),
        ci.to_owned(),
    ]
}

fn role(role: &RoleRow) -> [String; 3] {
    let ends: Vec<_> = role
        .endpoints
        .iter()
        .map(|e| format!("{} {}", if e.binds { "binds" } else { "connects to" }, code(e.default)))
        .collect();
    [code(role.name.name()), role.summary.to_owned(), ends.join(", ")]
}

fn scenario(scenario: &ScenarioRow) -> [String; 3] {
    let place = |place: &PlaceRow| match place.all {
        true => format!("all {}", place.role),
        false => place.role.to_string(),
    };
    let places: Vec<_> = scenario.places.iter().map(place).collect();
    [scenario.name.to_owned(), places.join(" → "), scenario.holds.to_owned()]
}

fn wire_case(row: &CaseRow) -> [String; 5] {
    let words =
        |grades: &[Grade]| grades.iter().map(Grade::to_string).collect::<Vec<_>>().join(", ");
    let wanted = match (words(&row.conform), words(&row.lenient)) {
        (conform, lenient) if lenient.is_empty() => conform,
        (conform, lenient) => format!("{conform} ({lenient})"),
    };
    let [name, requirement, source, statements] = case(row);
    [name, requirement, wanted, source, statements]
}

fn case(case: &CaseRow) -> [String; 4] {
    let statements = in_part(&case.statements, &case.partly, str::to_owned);
    [code(case.name), case.requirement.to_owned(), case.source.to_owned(), statements]
}

fn statement(row: &StatementRow) -> [String; 8] {
    [
        row.id.to_owned(),
        word(&row.level),
        row.demand.to_owned(),
        word(&row.how),
        in_part(&row.cases, &row.partly, code),
        in_part(&row.proposed, &[], code),
        in_part(&row.wire, &[], code),
        row.note.to_owned(),
    ]
}

fn planned(row: &PlannedRow) -> [String; 4] {
    [code(row.name), word(&row.how), row.plan.to_owned(), row.statements.join(", ")]
}

/// The names, those that count in part in brackets.
fn in_part(whole: &[&str], partly: &[&str], name: fn(&str) -> String) -> String {
    let whole = whole.iter().map(|text| name(text));
    let partly = partly.iter().map(|text| format!("({})", name(text)));
    whole.chain(partly).collect::<Vec<_>>().join(", ")
}

fn mutant(mutant: &MutantRow) -> [String; 5] {
    let blamed = if mutant.alone { "the liar" } else { "both" };
    [
        code(mutant.lie),
        mutant.says.clone(),
        code(&mutant.cell),
        mutant.cause.to_owned(),
        blamed.to_owned(),
    ]
}

fn option(option: &OptionRow) -> [String; 2] {
    let cases: Vec<_> = option.cases.iter().map(|case| code(case)).collect();
    [code(option.name), cases.join(", ")]
}

fn code(text: &str) -> String {
    format!("`{text}`")
}
