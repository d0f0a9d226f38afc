//! The statements of the RFCs as they are listed, and which of them.

use std::collections::BTreeMap;

use miette::{Result, miette};

use super::listing::Listing;
use crate::statement::{
    self, Cases, CoverageRow, How, Level, PlannedRow, Rfc, Statement, StatementRow, Status,
};
use crate::suite::{conformance, wire};

/// Which statements.
#[derive(clap::Args)]
pub struct Filter {
    /// All that is known of these, e.g. 28-REQ-06
    #[arg(value_name = "ID", conflicts_with_all = ["rfcs", "uncovered", "how", "level"])]
    ids: Vec<String>,
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
    /// Lists the statements that are wanted; those that are not wanted by their ids with the coverage of their RFCs.
    pub fn list(&self, listing: &mut Listing) -> Result<()> {
        let cases = existing();
        if !self.ids.is_empty() {
            let rows = self.ids.iter().map(|id| found(id, &cases));
            listing.statements = Some(rows.collect::<Result<_>>()?);
            return Ok(());
        }
        let rfcs = self.rfcs()?;
        let mut rows = vec![];
        for &rfc in &rfcs {
            let selected = rfc.statements.iter().filter(|s| self.selects(s, cases.status(s)));
            rows.extend(selected.map(|statement| StatementRow::of(rfc, statement, &cases)));
        }
        listing.statements = Some(rows);
        listing.coverage = Some(rfcs.iter().map(|rfc| CoverageRow::of(rfc, &cases)).collect());
        listing.narrowed = self.uncovered || !self.how.is_empty() || !self.level.is_empty();
        Ok(())
    }

    fn selects(&self, statement: &Statement, status: Status) -> bool {
        (self.how.is_empty() || self.how.contains(&statement.how))
            && (self.level.is_empty() || self.level.contains(&statement.level))
            && (!self.uncovered || matches!(status, Status::Partly | Status::Uncovered))
    }

    /// The RFCs that are named; if none is, all that are no drafts.
    fn rfcs(&self) -> Result<Vec<&'static Rfc>> {
        let rfcs = statement::rfcs();
        if self.rfcs.is_empty() {
            return Ok(rfcs.iter().filter(|rfc| !rfc.draft).collect());
        }
        let known: Vec<_> = rfcs.iter().map(|rfc| rfc.number).collect();
        if let Some(number) = self.rfcs.iter().find(|number| !known.contains(number)) {
            let known: Vec<_> = known.iter().map(u8::to_string).collect();
            return Err(miette!(
                "no statements of an RFC {number}; there are {}",
                known.join(", ")
            ));
        }
        Ok(rfcs.iter().filter(|rfc| self.rfcs.contains(&rfc.number)).collect())
    }
}

/// The cases that are planned and don't exist.
pub fn planned() -> Vec<PlannedRow> {
    let cases = existing();
    let missing = statement::planned().filter(|planned| !cases.exists(planned.name));
    missing.map(PlannedRow::from).collect()
}

/// What the cases, planned ones too, are about, by their names.
pub fn explained() -> BTreeMap<&'static str, &'static str> {
    let planned = statement::planned().map(|planned| (planned.name, planned.plan));
    let cases = conformance::all().map(|case| (case.name, case.requirement));
    let of_wire = wire::all().map(|case| (case.name, case.requirement));
    planned.chain(cases).chain(of_wire).collect()
}

/// The cases of all suites.
fn existing() -> Cases<'static> {
    let of_wire = wire::all().map(|case| case.name);
    Cases::new(conformance::all().map(|case| case.name).chain(of_wire))
}

fn found(id: &str, cases: &Cases<'static>) -> Result<StatementRow> {
    let help = "zmq-interop list statements --rfc 28 has those of RFC 28";
    let (rfc, statement) =
        statement::find(id).ok_or_else(|| miette!(help = help, "there is no statement '{id}'"))?;
    Ok(StatementRow::of(rfc, statement, cases))
}
