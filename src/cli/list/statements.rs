//! The statements of the RFCs as they are listed, and which of them.

use std::collections::BTreeMap;

use clap::ValueEnum;
use miette::{Result, miette};
use serde::Serialize;

use crate::statement::{self, Cases, Coverage, How, Level, Rfc, Statement, Status};
use crate::suite::conformance;

/// Which statements.
#[derive(clap::Args)]
#[command(next_help_heading = "Statements")]
pub struct Filter {
    /// Only those of these RFCs; the drafts are listed only so, and count in no coverage
    #[arg(long = "rfc", value_name = "NUMBER", value_delimiter = ',')]
    rfcs: Vec<u8>,
    /// Only those that can be observed and that no case checks whole
    #[arg(long)]
    uncovered: bool,
    /// Only those that can be tested so
    #[arg(long, value_enum, ignore_case = true, value_name = "HOW", value_delimiter = ',')]
    how: Vec<How>,
    /// Only those of this strength
    #[arg(long, value_enum, ignore_case = true, value_name = "LEVEL", value_delimiter = ',')]
    level: Vec<Level>,
}

impl Filter {
    /// The first option that is given.
    pub fn given(&self) -> Option<&'static str> {
        let options = [
            (!self.rfcs.is_empty(), "--rfc"),
            (self.uncovered, "--uncovered"),
            (!self.how.is_empty(), "--how"),
            (!self.level.is_empty(), "--level"),
        ];
        options.iter().find(|(given, _)| *given).map(|(_, option)| *option)
    }

    fn selects(&self, statement: &Statement, status: Status) -> bool {
        (self.how.is_empty() || self.how.contains(&statement.how))
            && (self.level.is_empty() || self.level.contains(&statement.level))
            && (!self.uncovered || matches!(status, Status::Partly | Status::Uncovered))
    }
}

/// The statements of an RFC in figures.
#[derive(Serialize)]
pub struct CoverageRow {
    pub rfc: u8,
    pub title: &'static str,
    pub draft: bool,
    /// What the RFC demands without a keyword, and which statements it repeats.
    pub about: String,
    #[serde(flatten)]
    pub counts: Coverage,
}

#[derive(Serialize)]
pub struct StatementRow {
    pub id: &'static str,
    pub rfc: u8,
    pub level: Level,
    pub demand: &'static str,
    pub how: How,
    pub status: Status,
    /// The cases that check it whole.
    pub cases: Vec<&'static str>,
    /// The cases that see a part of it.
    pub partly: Vec<&'static str>,
    /// Cases of two libraries that are proposed and don't exist yet.
    pub proposed: Vec<&'static str>,
    /// Cases of a raw peer, likewise.
    pub wire: Vec<&'static str>,
    pub note: &'static str,
    /// The statement of another RFC that it repeats.
    pub repeats: Option<&'static str>,
    /// How many statements a draft's row gathers; else one.
    pub count: usize,
}

#[derive(Serialize)]
pub struct PlannedRow {
    pub name: &'static str,
    pub how: How,
    pub plan: &'static str,
    pub statements: Vec<&'static str>,
}

/// The statements that `filter` selects, and the coverage of their RFCs.
pub fn list(filter: &Filter) -> Result<(Vec<CoverageRow>, Vec<StatementRow>)> {
    let cases = existing();
    let rfcs = selected(&filter.rfcs)?;
    let covered = rfcs.iter().map(|rfc| coverage(rfc, &cases)).collect();
    let mut rows = vec![];
    for rfc in rfcs {
        let selected = rfc.statements.iter().filter(|s| filter.selects(s, cases.status(s)));
        rows.extend(selected.map(|statement| row(rfc, statement, &cases)));
    }
    Ok((covered, rows))
}

/// The statements of these `ids`.
pub fn single(ids: &[String]) -> Result<Vec<StatementRow>> {
    let cases = existing();
    ids.iter().map(|id| found(id, &cases)).collect()
}

/// The cases that are planned and don't exist.
pub fn planned() -> Vec<PlannedRow> {
    let cases = existing();
    let row = |statement::Planned { name, how, plan }| {
        let wanting = |s: &&Statement| s.proposed.iter().chain(&s.wire).any(|named| named == name);
        let statements = statement::rfcs().iter().flat_map(|rfc| &rfc.statements);
        let statements = statements.filter(|s| s.repeats.is_none()).filter(wanting);
        PlannedRow { name, how, plan, statements: statements.map(|s| s.id.as_str()).collect() }
    };
    statement::planned().filter(|planned| !cases.exists(planned.name)).map(row).collect()
}

/// The ids of the statements that the case `name` checks, and of those of which it sees a part. What an RFC repeats of
/// another is named once.
pub fn checked_by(name: &'static str) -> (Vec<&'static str>, Vec<&'static str>) {
    let case = Cases::new([name]);
    let ids = |of: fn(&Cases<'static>, &Statement) -> Vec<&'static str>| {
        let statements = statement::all().filter(|s| s.repeats.is_none());
        statements.filter(|s| !of(&case, s).is_empty()).map(|s| s.id.as_str()).collect()
    };
    (ids(Cases::whole), ids(Cases::partly))
}

/// What the cases, planned ones too, are about, by their names.
pub fn explained() -> BTreeMap<&'static str, &'static str> {
    let planned = statement::planned().map(|planned| (planned.name, planned.plan));
    planned.chain(conformance::all().map(|case| (case.name, case.requirement))).collect()
}

/// The cases of all suites.
fn existing() -> Cases<'static> {
    Cases::new(conformance::all().map(|case| case.name))
}

/// The RFCs of these numbers; of none, all that are no drafts.
fn selected(numbers: &[u8]) -> Result<Vec<&'static Rfc>> {
    let rfcs = statement::rfcs();
    if numbers.is_empty() {
        return Ok(rfcs.iter().filter(|rfc| !rfc.draft).collect());
    }
    if let Some(number) =
        numbers.iter().find(|number| rfcs.iter().all(|rfc| rfc.number != **number))
    {
        let known: Vec<_> = rfcs.iter().map(|rfc| rfc.number.to_string()).collect();
        return Err(miette!("no statements of an RFC {number}; there are {}", known.join(", ")));
    }
    Ok(rfcs.iter().filter(|rfc| numbers.contains(&rfc.number)).collect())
}

/// The statement `id`, or the row of a draft that gathers it.
fn found(id: &str, cases: &Cases<'static>) -> Result<StatementRow> {
    let wanted = id.to_uppercase();
    for rfc in statement::rfcs() {
        let mut statements = rfc.statements.iter();
        if let Some(found) = statements.find(|s| s.id == wanted || s.ids().contains(&wanted)) {
            return Ok(row(rfc, found, cases));
        }
    }
    let help = "zmq-interop list statements --rfc 28 has those of RFC 28";
    Err(miette!(help = help, "there is no statement '{id}'"))
}

fn coverage(rfc: &'static Rfc, cases: &Cases) -> CoverageRow {
    CoverageRow {
        rfc: rfc.number,
        title: &rfc.title,
        draft: rfc.draft,
        about: about(rfc),
        counts: Coverage::of(&rfc.statements, cases),
    }
}

fn about(rfc: &Rfc) -> String {
    let repeated = rfc.statements.iter().filter(|s| s.repeats.is_some()).count();
    let repeats = match repeated {
        0 => String::new(),
        count => format!(
            "Repeats {count} statements: {}. Their numbers, tests and cases hold here, too.",
            rfc.repeats.join("; ")
        ),
    };
    let words = repeats.split_whitespace().chain(rfc.about.split_whitespace());
    words.collect::<Vec<_>>().join(" ")
}

fn row(rfc: &'static Rfc, statement: &'static Statement, cases: &Cases<'static>) -> StatementRow {
    StatementRow {
        id: &statement.id,
        rfc: rfc.number,
        level: statement.level,
        demand: &statement.demand,
        how: statement.how,
        status: cases.status(statement),
        cases: cases.whole(statement),
        partly: cases.partly(statement),
        proposed: cases.missing(&statement.proposed),
        wire: cases.missing(&statement.wire),
        note: &statement.note,
        repeats: statement.repeats.as_deref(),
        count: statement.ids().len(),
    }
}

/// How a value of the data is written in its file: `MUST`, `wire-c`, `n/o`.
pub fn word(value: &impl ValueEnum) -> String {
    value.to_possible_value().expect("no value is hidden").get_name().to_owned()
}
