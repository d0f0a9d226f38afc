//! junit.xml, which most CI systems show: one suite for each scenario, one case for each cell; and a suite
//! for what fails the run and is no cell.

use std::time::Duration;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestRerun, TestSuite};

use super::failures;
use super::matrix::Matrix;
use super::record::{CellRecord, Record, why_stale};
use crate::outcome::{Outcome, Verdict};

/// The suite of what is no cell.
const RUN: &str = "run";

/// The text of junit.xml.
pub fn render(record: &Record) -> std::io::Result<String> {
    let mut report = Report::new("zmq-interop");
    report.set_time(Duration::from_millis(record.duration_ms));
    let run = run(record);
    if run.tests > 0 {
        report.add_test_suite(run);
    }
    for matrix in Matrix::all(record) {
        let mut suite = TestSuite::new(matrix.group.clone());
        let cells = record.cells.iter().filter(|cell| cell.group == matrix.group);
        suite.add_test_cases(cells.map(case));
        report.add_test_suite(suite);
    }
    report.to_string().map_err(std::io::Error::other)
}

/// The run exits with 1 for these, whatever became of its cells.
fn run(record: &Record) -> TestSuite {
    let mut suite = TestSuite::new(RUN);
    let mut add = |name: String, kind: &str, what: String| {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
        status.set_type(kind).set_message(what);
        let mut case = TestCase::new(name, status);
        case.set_classname(RUN).set_time(Duration::ZERO);
        suite.add_test_case(case);
    };
    for name in &record.required_missing {
        add(format!("required/{name}"), "required-missing", record.why_missing(name));
    }
    for pattern in &record.stale_expectations {
        add(format!("expectations/{pattern}"), "stale-expectation", why_stale(pattern));
    }
    suite
}

fn case(cell: &CellRecord) -> TestCase {
    let mut case = TestCase::new(cell.id.clone(), status(cell));
    case.set_classname(cell.group.clone());
    for (name, versions) in cell.peers() {
        case.add_property((name, versions));
    }
    if let Some(times) = cell.outcome.as_ref().and_then(Outcome::times) {
        case.add_property(("how-often", times.as_str()));
    }
    case.set_time(Duration::from_millis(cell.outcome.as_ref().map_or(0, |o| o.duration_ms)));
    case
}

/// Each verdict by its own element or, where JUnit has none for it, by its name as the type.
fn status(cell: &CellRecord) -> TestCaseStatus {
    let verdict = cell.verdict();
    let message = message(cell);
    let story = || anstream::adapter::strip_str(&failures::story(cell)).to_string();
    let failed = |kind, named: &str| {
        let mut status = TestCaseStatus::non_success(kind);
        status.set_type(named).set_message(message.as_str()).set_description(story());
        status
    };
    match verdict {
        Verdict::Pass => TestCaseStatus::success(),
        Verdict::Flaky => {
            let mut rerun = TestRerun::new(NonSuccessKind::Failure);
            rerun.set_type(cause(cell)).set_message(message.as_str()).set_description(story());
            let mut status = TestCaseStatus::success();
            status.add_rerun(rerun);
            status
        }
        Verdict::Known | Verdict::Skipped | Verdict::Unsupported => {
            let mut status = TestCaseStatus::skipped();
            status.set_type(verdict.name()).set_message(message.as_str());
            status
        }
        Verdict::Fail => failed(NonSuccessKind::Failure, cause(cell)),
        Verdict::UnexpectedPass => failed(NonSuccessKind::Failure, verdict.name()),
        Verdict::NotRun | Verdict::Broken => failed(NonSuccessKind::Error, verdict.name()),
    }
}

fn cause(cell: &CellRecord) -> &'static str {
    let failure = cell.outcome.as_ref().and_then(|outcome| outcome.failure.as_ref());
    failure.map_or(Verdict::Fail.name(), |failure| failure.cause.name())
}

/// What is shown where only a line of a case is: the verdict, and its reason or what happened.
fn message(cell: &CellRecord) -> String {
    let verdict = cell.verdict();
    let outcome = cell.outcome.as_ref();
    let happened = outcome.and_then(|o| Some(o.failure.as_ref()?.what.clone()));
    let reason = outcome.and_then(|o| o.reason.clone());
    match verdict {
        Verdict::Fail | Verdict::Flaky => {
            let mut words: Vec<_> = happened.into_iter().chain(reason).collect();
            words.extend(outcome.and_then(Outcome::times));
            words.join("; ")
        }
        _ => match reason.or(happened) {
            Some(why) => format!("{verdict}: {why}"),
            None => verdict.to_string(),
        },
    }
}

#[cfg(test)]
mod tests;
