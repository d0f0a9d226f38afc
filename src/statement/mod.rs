//! The statements of the RFCs: what each demands of a library, how that can be tested, and which cases check it.
//! Plain data from `rfc/*.toml`, the one place where a case is named beside what it checks; the reverse is derived. What
//! is covered depends on the cases that there are, which [`Cases`] is told.

mod cases;
mod coverage;
mod file;
mod id;
mod planned;
mod row;

use std::sync::LazyLock;

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

pub use cases::Cases;
pub use coverage::{Coverage, Status};
pub use planned::{Planned, planned, resting_on_no_statement};
pub use row::{CoverageRow, PlannedRow, StatementRow};

/// How strongly an RFC demands something; SHALL is MUST. The negations are meant, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, ValueEnum)]
#[serde(rename_all = "UPPERCASE")]
#[value(rename_all = "UPPER")]
pub enum Level {
    /// A library that does otherwise breaks the RFC
    Must,
    /// A library may do otherwise for a reason
    Should,
    /// A library may do so, and its peers must live with it
    May,
}

/// How a statement can be tested.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum How {
    /// By two library sockets under agents
    Pair,
    /// By a raw peer
    Wire,
    /// By a raw peer that is the client: it connects, it subscribes
    WireC,
    /// By a raw peer that is the server: it binds, it publishes
    WireS,
    /// By a raw peer, in each role in turn
    BothRoles,
    /// Not at all: it can't be observed, or demands nothing of a library
    #[serde(rename = "n/o")]
    #[value(name = "n/o")]
    NotObservable,
}

/// An RFC and its statements.
#[derive(Debug)]
pub struct Rfc {
    /// Its number.
    pub number: u8,
    /// What it specifies.
    pub title: String,
    /// Is it a draft whose sockets no agent has? Its rows gather several statements each, and count in no coverage.
    pub draft: bool,
    /// What it demands without a keyword, which has no row, and what else its reader should know.
    pub about: String,
    /// The statements of another RFC that it repeats, as they are written there in the file: `23-VER-01..08, 10..12`.
    pub repeats: Vec<String>,
    /// In the order of the RFC; those that it repeats from another RFC come first.
    pub statements: Vec<Statement>,
}

/// One demand of a sentence with MUST, SHALL, SHOULD or MAY.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    /// RFC, group and number: `28-REQ-06`. A draft's row gathers several: `41-CLIENT-02..05`, `41-CLIENT-01, 17`.
    pub id: String,
    pub level: Level,
    /// What is demanded, in our words; octets are hexadecimal, sizes decimal.
    pub demand: String,
    pub how: How,
    /// The cases that fail where the demand is broken; `hs-null-*` is all that begin so.
    #[serde(default)]
    pub cases: Vec<String>,
    /// The cases that see a part of the demand, or its effect between two libraries only.
    #[serde(default)]
    pub partly: Vec<String>,
    /// Names proposed for cases of two libraries, each of which checks the demand as soon as it exists.
    #[serde(default)]
    pub proposed: Vec<String>,
    /// Names proposed for cases of a raw peer, likewise.
    #[serde(default)]
    pub wire: Vec<String>,
    /// Contradictions between RFCs, and where a library is known to deviate.
    #[serde(default)]
    pub note: String,
    /// The statement of another RFC that this one repeats, with everything but the id.
    #[serde(skip)]
    pub repeats: Option<String>,
}

impl Statement {
    /// The ids of all statements that the row gathers: of a row that is no draft's one.
    pub fn ids(&self) -> Vec<String> {
        id::expand(&self.id).expect("file.rs expanded it")
    }
}

/// All RFCs with statements, by number, drafts last.
pub fn rfcs() -> &'static [Rfc] {
    static RFCS: LazyLock<Vec<Rfc>> =
        LazyLock::new(|| file::built_in().unwrap_or_else(|wrong| panic!("src/statement/{wrong}")));
    &RFCS
}

/// All statements that count in coverage: those of drafts don't.
pub fn all() -> impl Iterator<Item = &'static Statement> {
    rfcs().iter().filter(|rfc| !rfc.draft).flat_map(|rfc| &rfc.statements)
}

/// The statement of this id, or the row of a draft that gathers it, with its RFC; small letters will do.
pub fn find(id: &str) -> Option<(&'static Rfc, &'static Statement)> {
    let wanted = id.to_uppercase();
    let of = |rfc: &'static Rfc| rfc.statements.iter().map(move |statement| (rfc, statement));
    let mut all = rfcs().iter().flat_map(of);
    all.find(|(_, statement)| statement.id == wanted || statement.ids().contains(&wanted))
}

/// The ids of the statements that the case `name` checks, and of those of which it sees a part. What an RFC repeats of
/// another is named once.
pub fn checked_by(name: &'static str) -> (Vec<&'static str>, Vec<&'static str>) {
    let case = Cases::new([name]);
    let ids = |of: fn(&Cases<'static>, &Statement) -> Vec<&'static str>| {
        let statements = all().filter(|s| s.repeats.is_none());
        statements.filter(|s| !of(&case, s).is_empty()).map(|s| s.id.as_str()).collect()
    };
    (ids(Cases::whole), ids(Cases::partly))
}

/// How a value of the data is written in its file: `MUST`, `wire-c`, `n/o`.
pub fn word(value: &impl ValueEnum) -> String {
    value.to_possible_value().expect("no value is hidden").get_name().to_owned()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// RFC, statements, MUST, SHOULD, MAY, and those that can't be observed. Counted when the RFCs of 2024-05-12 were
    /// read: other figures want another look at the RFC.
    const COUNTS: [(u8, [usize; 5]); 18] = [
        (13, [21, 6, 7, 8, 3]),
        (15, [6, 3, 2, 1, 1]),
        (23, [91, 49, 19, 23, 17]),
        (24, [3, 0, 1, 2, 1]),
        (25, [0, 0, 0, 0, 0]),
        (26, [64, 54, 1, 9, 6]),
        (27, [52, 43, 1, 8, 11]),
        (28, [49, 41, 4, 4, 1]),
        (29, [62, 44, 6, 12, 5]),
        (30, [22, 17, 3, 2, 1]),
        (31, [13, 10, 2, 1, 1]),
        (37, [118, 62, 29, 27, 25]),
        (41, [39, 32, 3, 4, 2]),
        (45, [4, 2, 2, 0, 0]),
        (48, [37, 28, 3, 6, 3]),
        (49, [29, 23, 3, 3, 3]),
        (51, [24, 19, 2, 3, 1]),
        (52, [19, 15, 2, 2, 2]),
    ];

    #[test]
    fn no_statement_got_lost() {
        let counts = rfcs().iter().map(|rfc| {
            let Coverage { statements, must, should, may, not_observable, .. } =
                Coverage::of(&rfc.statements, &Cases::new([]));
            (rfc.number, [statements, must, should, may, not_observable])
        });
        assert_eq!(counts.collect::<Vec<_>>(), COUNTS);
        assert_eq!(all().count(), 501);
    }

    #[test]
    fn an_id_is_one_statements_alone() {
        let mut seen = BTreeSet::new();
        for statement in rfcs().iter().flat_map(|rfc| &rfc.statements) {
            for id in statement.ids() {
                assert!(seen.insert(id.clone()), "two statements are {id}");
            }
        }
        assert_eq!(seen.len(), 501 + 152);
    }

    #[test]
    fn what_37_repeats_of_23_is_tested_alike() {
        let of = |id: &str| all().find(|statement| statement.id == id).unwrap();
        let (here, there) = (of("37-FRAME-01"), of("23-FRAME-01"));
        assert_eq!(here.repeats.as_deref(), Some("23-FRAME-01"));
        assert_eq!((&here.demand, &here.wire), (&there.demand, &there.wire));
        assert_eq!(all().filter(|statement| statement.repeats.is_some()).count(), 81);
    }
}
