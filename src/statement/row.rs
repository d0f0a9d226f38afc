//! Statements, RFCs and planned cases as they are listed: what stands in the files, and what the cases make of it.
//! A key is added freely, and renamed or removed only with a new schema of the lists.

use serde::Serialize;

use super::{Cases, Coverage, How, Level, Planned, Rfc, Statement, Status};

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

impl CoverageRow {
    /// Of `rfc`, as `cases` check it.
    pub fn of(rfc: &'static Rfc, cases: &Cases) -> Self {
        Self {
            rfc: rfc.number,
            title: &rfc.title,
            draft: rfc.draft,
            about: about(rfc),
            counts: Coverage::of(&rfc.statements, cases),
        }
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

/// A statement, and who checks it.
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

impl StatementRow {
    /// Of `statement` of `rfc`, as `cases` check it.
    pub fn of(rfc: &Rfc, statement: &'static Statement, cases: &Cases<'static>) -> Self {
        Self {
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
}

/// A case that is planned, and the statements that want it.
#[derive(Serialize)]
pub struct PlannedRow {
    pub name: &'static str,
    pub how: How,
    pub plan: &'static str,
    pub statements: Vec<&'static str>,
}

impl From<Planned> for PlannedRow {
    fn from(Planned { name, how, plan }: Planned) -> Self {
        let wanting = |s: &&Statement| s.proposed.iter().chain(&s.wire).any(|named| named == name);
        let statements = super::rfcs().iter().flat_map(|rfc| &rfc.statements);
        let statements = statements.filter(|s| s.repeats.is_none()).filter(wanting);
        Self { name, how, plan, statements: statements.map(|s| s.id.as_str()).collect() }
    }
}
