//! Tables and counts in the documents are written by the program. Each stands between two comments,
//!
//! ```text
//! <!-- zmq-interop list scenarios --format markdown -->
//! …
//! <!-- end -->
//! ```
//!
//! and this test says which are stale. `make docs` (UPDATE_DOCUMENTS=1) rewrites them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const START: &str = "<!-- zmq-interop ";
const END: &str = "<!-- end -->";

#[test]
fn tables_and_counts_are_current() {
    let update = std::env::var_os("UPDATE_DOCUMENTS").is_some();
    let mut stale = vec![];
    let mut found = 0;
    for file in documents() {
        let text = fs::read_to_string(&file).unwrap();
        let (current, marked) =
            rewritten(&text).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
        found += marked;
        if current == text {
            continue;
        }
        if update {
            fs::write(&file, current).unwrap();
        } else {
            let line =
                text.lines().zip(current.lines()).take_while(|(old, new)| old == new).count();
            let file = file.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap_or(&file);
            stale.push(format!("{}:{}", file.display(), line + 1));
        }
    }
    assert!(found > 0, "the markers are gone");
    assert!(stale.is_empty(), "stale: {}; `make docs` rewrites them", stale.join(", "));
}

/// docs/portraits.md is written by a run, so its grades are those of one day; its rows are the cases of today.
#[test]
fn every_case_of_the_raw_peer_is_in_the_portraits() {
    let portraits = include_str!("../docs/portraits.md");
    for case in zmq_interop::suite::wire::all() {
        let row = format!("\n| `{}` |", case.name);
        assert!(portraits.contains(&row), "{} is missing; `make portraits` writes it", case.name);
    }
}

/// One finding is one entry, and a section.
#[test]
fn every_known_failure_is_a_section_of_the_findings() {
    let known: toml::Table = include_str!("../interop/expectations.toml").parse().unwrap();
    let findings = include_str!("../docs/findings.md");
    let sections: Vec<_> = findings.lines().filter_map(|line| line.strip_prefix("### ")).collect();
    let mut told = vec![];
    for entry in known["known"].as_array().unwrap() {
        let finding = entry.get("finding").and_then(toml::Value::as_str);
        let finding = finding.unwrap_or_else(|| panic!("{entry} names no section"));
        let count = sections.iter().filter(|section| **section == finding).count();
        assert_eq!(count, 1, "{finding:?} must be the heading of one section of docs/findings.md");
        assert!(!told.contains(&finding), "{finding:?} has two entries");
        told.push(finding);
    }
    assert!(told.len() > 20, "{told:?}");
}

#[test]
fn a_marker_that_is_wrong_is_said() {
    for (text, said) in [
        ("<!-- zmq-interop list roles -->\nwithout an end", "no <!-- end -->"),
        ("<!-- zmq-interop list dances --><!-- end -->", "dances"),
        ("<!-- zmq-interop run -->\n<!-- end -->", "only list"),
    ] {
        let error = rewritten(text).unwrap_err();
        assert!(error.contains(said), "{error}");
    }
}

/// The Markdown files that may have markers.
fn documents() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = vec![];
    for folder in [root.to_owned(), root.join("docs")] {
        let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        files.extend(entries.filter(|path| path.extension().is_some_and(|e| e == "md")));
    }
    files.sort();
    files
}

/// `text` with what the program says now between its markers, and how many markers there are.
fn rewritten(text: &str) -> Result<(String, usize), String> {
    let mut out = String::new();
    let mut rest = text;
    let mut found = 0;
    while let Some((before, marked)) = rest.split_once(START) {
        let (command, after) = marked.split_once(" -->").ok_or("a marker without its -->")?;
        // Only what the document shows as an example is in a code span.
        if before.ends_with('`') {
            out += &format!("{before}{START}{command} -->");
            rest = after;
            continue;
        }
        let (old, after) =
            after.split_once(END).ok_or_else(|| format!("no {END} after {START}{command} -->"))?;
        let said = said(command)?;
        // A table stands on lines of its own, a count within one.
        let new = match old.starts_with('\n') {
            true => format!("\n\n{said}\n"),
            false => said.trim_end().to_owned(),
        };
        out += &format!("{before}{START}{command} -->{new}{END}");
        rest = after;
        found += 1;
    }
    Ok((out + rest, found))
}

/// What the program prints.
fn said(command: &str) -> Result<String, String> {
    if !command.starts_with("list ") {
        return Err(format!("only list writes tables, not '{command}'"));
    }
    let output = Command::new(env!("CARGO_BIN_EXE_zmq-interop"))
        .args(command.split_whitespace())
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env("NO_COLOR", "1")
        .output()
        .unwrap();
    match output.status.success() {
        true => Ok(String::from_utf8(output.stdout).unwrap()),
        false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
    }
}
