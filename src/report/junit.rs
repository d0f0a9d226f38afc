//! junit.xml, which most CI systems show: one suite for each scenario, one case for each cell.

use std::path::Path;
use std::time::Duration;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::record::{CellRecord, Record};
use super::{failures, files};
use crate::outcome::Verdict;

/// Writes `DIR/junit.xml`.
pub fn write(record: &Record, dir: &Path) -> std::io::Result<()> {
    let mut report = Report::new("zmq-interop");
    for matrix in super::matrix::Matrix::all(record) {
        let mut suite = TestSuite::new(matrix.group.clone());
        let cells = record.cells.iter().filter(|cell| cell.group == matrix.group);
        suite.add_test_cases(cells.map(case));
        report.add_test_suite(suite);
    }
    let xml = report.to_string().map_err(std::io::Error::other)?;
    files::write(&dir.join("junit.xml"), xml.as_bytes())
}

fn case(cell: &CellRecord) -> TestCase {
    let status = match cell.verdict() {
        Verdict::Pass | Verdict::Flaky => TestCaseStatus::success(),
        Verdict::Skipped | Verdict::Unsupported | Verdict::Known => {
            let mut status = TestCaseStatus::skipped();
            status.set_message(
                cell.outcome.as_ref().and_then(|o| o.reason.clone()).unwrap_or_default(),
            );
            status
        }
        verdict => {
            let kind = match verdict {
                Verdict::Fail => NonSuccessKind::Failure,
                _ => NonSuccessKind::Error,
            };
            let mut status = TestCaseStatus::non_success(kind);
            let failure = cell.outcome.as_ref().and_then(|o| o.failure.as_ref());
            status.set_message(failure.map_or("not run".into(), |f| f.what.clone()));
            status.set_type(failure.map_or("harness", |f| f.cause.name()));
            status
                .set_description(anstream::adapter::strip_str(&failures::story(cell)).to_string());
            status
        }
    };
    let mut case = TestCase::new(cell.id.clone(), status);
    case.set_classname(cell.group.clone());
    for (name, versions) in cell.peers() {
        case.add_property((name, versions));
    }
    case.set_time(Duration::from_millis(cell.outcome.as_ref().map_or(0, |o| o.duration_ms)));
    case
}
