//! report.json: the whole record, written and read back.

use std::path::Path;

use miette::{IntoDiagnostic as _, Result, WrapErr as _, miette};

use super::files;
use super::record::{Record, SCHEMA};

/// Writes `DIR/report.json`.
pub fn write(record: &Record, dir: &Path) -> std::io::Result<()> {
    let mut json = serde_json::to_string_pretty(record)?;
    json.push('\n');
    files::write(&dir.join("report.json"), json.as_bytes())
}

/// Reads a report.json.
pub fn read(file: &Path) -> Result<Record> {
    let text = std::fs::read_to_string(file).into_diagnostic();
    let text = text.wrap_err_with(|| format!("{} can't be read", file.display()))?;
    let value: serde_json::Value =
        serde_json::from_str(&text).map_err(|e| miette!("{} is no report: {e}", file.display()))?;
    let schema = value["schema"].as_str().unwrap_or_default();
    if schema != SCHEMA {
        let help = "run the same cells again with this zmq-interop";
        return Err(miette!(
            help = help,
            "{} has the schema '{schema}', and this zmq-interop reads {SCHEMA}",
            file.display()
        ));
    }
    serde_json::from_value(value).map_err(|e| miette!("{} is no report: {e}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::{
        Cause, Failure, Measurements, Outcome, Program, Repeated, Suspect, Verdict,
    };
    use crate::report::record::{CellRecord, PeerRecord, PlaceRecord};

    /// A record in which every field has a value of its own.
    fn full() -> Record {
        let suspect = Suspect { name: "perl rep #2".into(), peer: "perl".into() };
        let failure = Failure::new(Cause::WrongAnswer, [suspect], "it answered wrongly");
        let mut failure = failure.compared("a", "b\u{1b}[0m");
        failure.evidence.push("0.001 s  ROUTER → REP".into());
        let outcome = Outcome {
            verdict: Verdict::UnexpectedPass,
            failure: Some(failure),
            requirement: Some("RFC 28".into()),
            programs: vec![Program {
                name: "perl rep".into(),
                peer: "perl".into(),
                command: vec!["perl".into(), "rep.pl".into()],
                status: "was running".into(),
                stderr: vec!["a warning".into()],
            }],
            reason: Some("known".into()),
            played: 3,
            repeated: Some(Repeated { passed: 2, of: 3 }),
            duration_ms: 17,
            measurements: Measurements {
                exchanges: 20,
                requests_per_second: Some(12.5),
                shares: [("perl mrep".to_owned(), 7)].into(),
                longest_stall_ms: Some(1001),
            },
        };
        let place = |role: &str| PlaceRecord {
            role: role.into(),
            peers: vec!["perl".into()],
            versions: vec!["Perl 5.36".into()],
        };
        let cell = |outcome| CellRecord {
            id: "fan-in/all-perl".into(),
            suite: "scenarios".into(),
            group: "fan-in".into(),
            places: vec![place("c"), place("rep")],
            outcome,
            again: "zmq-interop run --cell fan-in/all-perl".into(),
        };
        let unplayed = Outcome::unplayed(Verdict::Skipped, "perl: gone".to_owned());
        Record {
            schema: SCHEMA.into(),
            version: "0.1.0".into(),
            platform: "linux x86_64".into(),
            started_at: "2026-11-26T01:00:00Z".into(),
            duration_ms: 18,
            seed: 7,
            interrupted: true,
            required_missing: vec!["q".into()],
            stale_expectations: vec!["a/*".into()],
            exit: 130,
            summary: [(Verdict::UnexpectedPass, 1), (Verdict::Skipped, 1)].into(),
            peers: vec![PeerRecord {
                name: "perl".into(),
                language: "Perl".into(),
                versions: Default::default(),
                missing: Some("gone".into()),
                install: Some("apt-get install perl".into()),
                evidence: Some("verified elsewhere".into()),
            }],
            cells: vec![cell(Some(outcome)), cell(Some(unplayed)), cell(None)],
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        let dir = tempfile::tempdir().unwrap();
        write(&full(), dir.path()).unwrap();
        assert_eq!(read(&dir.path().join("report.json")).unwrap(), full());
    }

    #[test]
    fn another_schema_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("report.json");
        std::fs::write(&file, r#"{"schema":"zmq-interop/report/1"}"#).unwrap();
        assert!(read(&file).unwrap_err().to_string().contains("report/1"));
        std::fs::write(&file, "{").unwrap();
        assert!(read(&file).unwrap_err().to_string().contains("no report"));
    }
}
