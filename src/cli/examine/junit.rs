//! What came of an examination, for continuous integration.

use miette::{IntoDiagnostic as _, Result};
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::Judged;

pub fn written(endpoint: &str, judged: &[Judged]) -> Result<String> {
    let mut report = Report::new("zmq-interop examine");
    let mut suite = TestSuite::new(endpoint);
    for one in judged {
        let status = match &one.end {
            Ok(_) => TestCaseStatus::success(),
            Err(failure) => {
                let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
                let evidence = failure.evidence.join("\n");
                status
                    .set_type(failure.cause.name())
                    .set_message(&failure.what)
                    .set_description(evidence);
                status
            }
        };
        let mut case = TestCase::new(one.case.name, status);
        case.set_classname(one.family);
        suite.add_test_case(case);
    }
    report.add_test_suite(suite);
    report.to_string().into_diagnostic()
}
