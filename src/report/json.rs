//! report.json: the whole record, written and read back.

use std::path::Path;

use miette::{IntoDiagnostic as _, Result, WrapErr as _, miette};

use super::record::{Record, SCHEMA};

/// The text of report.json.
pub fn render(record: &Record) -> std::io::Result<String> {
    Ok(serde_json::to_string_pretty(record)? + "\n")
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
    use crate::report::sample::full;

    #[test]
    fn what_is_written_is_read_back() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("report.json");
        std::fs::write(&file, render(&full()).unwrap()).unwrap();
        assert_eq!(read(&file).unwrap(), full());
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
