use std::collections::BTreeMap;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::*;
use crate::report::sample::{HOSTILE, full};

#[test]
fn each_verdict_has_its_element_and_its_reason() {
    insta::assert_snapshot!(render(&full()).unwrap());
}

#[test]
fn a_run_without_errors_of_its_own_has_no_suite_for_them() {
    let record = Record { required_missing: vec![], stale_expectations: vec![], ..full() };
    let text = render(&record).unwrap();
    assert!(!text.contains("<testsuite name=\"run\""), "{text}");
    broken_rules(&text).unwrap();
}

/// What an element may hold, by the schema that Jenkins publishes and others keep to.
const CHILDREN: [(&str, &[&str]); 11] = [
    ("", &["testsuites"]),
    ("testsuites", &["testsuite"]),
    ("testsuite", &["properties", "testcase", "system-out", "system-err"]),
    (
        "testcase",
        &["properties", "skipped", "failure", "error", "flakyFailure", "system-out", "system-err"],
    ),
    ("properties", &["property"]),
    ("property", &[]),
    ("skipped", &[]),
    ("failure", &[]),
    ("error", &[]),
    ("flakyFailure", &[]),
    ("system-out", &[]),
];

/// What an element must say.
const ATTRIBUTES: [(&str, &[&str]); 8] = [
    ("testsuites", &["name", "tests", "failures", "errors"]),
    ("testsuite", &["name", "tests", "failures", "errors"]),
    ("testcase", &["name", "classname", "time"]),
    ("property", &["name", "value"]),
    ("skipped", &["message"]),
    ("failure", &["type", "message"]),
    ("error", &["type", "message"]),
    ("flakyFailure", &["type", "message"]),
];

/// The first rule of the schema that `text` breaks: who stands where, what must be said, and that the
/// counts are those of what is there.
fn broken_rules(text: &str) -> Result<(), String> {
    let mut reader = Reader::from_str(text);
    let mut path: Vec<String> = vec![String::new()];
    // For each open suite, and the whole: what its attributes say, and what was seen in it.
    let mut said: Vec<BTreeMap<String, String>> = vec![];
    let mut seen: Vec<BTreeMap<&str, usize>> = vec![];
    let mut verdicts = 0;
    loop {
        let event = reader.read_event().map_err(|e| e.to_string())?;
        match &event {
            Event::Start(start) | Event::Empty(start) => {
                let name = String::from_utf8_lossy(start.name().as_ref()).into_owned();
                let parent = path.last().unwrap().as_str();
                let allowed = CHILDREN.iter().find(|(of, _)| *of == parent).map(|(_, all)| *all);
                if !allowed.is_some_and(|all| all.contains(&name.as_str())) {
                    return Err(format!("<{name}> in <{parent}>"));
                }
                let attributes = attributes(start)?;
                let required = ATTRIBUTES.iter().find(|(of, _)| *of == name);
                for wanted in required.into_iter().flat_map(|(_, all)| *all) {
                    if attributes.get(*wanted).is_none_or(String::is_empty) {
                        return Err(format!("<{name}> without {wanted}: {attributes:?}"));
                    }
                }
                let counted = match name.as_str() {
                    "testcase" => Some("tests"),
                    "failure" => Some("failures"),
                    "error" => Some("errors"),
                    _ => None,
                };
                if let Some(key) = counted {
                    seen.iter_mut().for_each(|counts| *counts.entry(key).or_default() += 1);
                }
                verdicts = match name.as_str() {
                    "testcase" => 0,
                    "skipped" | "failure" | "error" => verdicts + 1,
                    _ => verdicts,
                };
                if verdicts > 1 {
                    return Err("a case with two verdicts".into());
                }
                if matches!(event, Event::Start(_)) {
                    if name.starts_with("testsuite") {
                        said.push(attributes);
                        seen.push(BTreeMap::new());
                    }
                    path.push(name);
                }
            }
            Event::End(end) => {
                path.pop();
                if end.name().as_ref().starts_with(b"testsuite") {
                    let (said, seen) = (said.pop().unwrap(), seen.pop().unwrap());
                    for key in ["tests", "failures", "errors"] {
                        let count = seen.get(key).copied().unwrap_or(0).to_string();
                        if said[key] != count {
                            return Err(format!("{key} are {count}: {said:?}"));
                        }
                    }
                }
            }
            Event::Eof => return Ok(()),
            _ => {}
        }
    }
}

fn attributes(start: &BytesStart) -> Result<BTreeMap<String, String>, String> {
    let mut all = BTreeMap::new();
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|e| e.to_string())?;
        let key = String::from_utf8_lossy(attribute.key.as_ref()).into_owned();
        all.insert(key, String::from_utf8_lossy(&attribute.value).into_owned());
    }
    Ok(all)
}

#[test]
fn the_rules_of_the_schema_are_kept() {
    let text = render(&full()).unwrap();
    broken_rules(&text).unwrap();
    for (right, wrong) in [
        ("<skipped ", "<jumped "),
        (" type=\"not-run\"", ""),
        ("classname=\"fan-in\"", ""),
        ("<testsuite name=\"fan-in\" tests=\"10\"", "<testsuite name=\"fan-in\" tests=\"9\""),
        ("<error ", "<skipped message=\"m\"/><error "),
    ] {
        assert!(text.contains(right), "{right}: {text}");
        assert!(broken_rules(&text.replacen(right, wrong, 1)).is_err(), "{right} → {wrong}");
    }
}

#[test]
fn hostile_words_stay_text() {
    let report = Report::deserialize_from_str(&render(&full()).unwrap()).unwrap();
    let cases = || report.test_suites.iter().flat_map(|suite| &suite.test_cases);
    // An escape sequence has no place in XML.
    let shown = anstream::adapter::strip_str(HOSTILE).to_string();
    assert!(cases().any(|case| case.name.as_str() == format!("fan-in/{shown}")));
    assert!(cases().any(|case| case.name.as_str() == format!("expectations/{shown}")));
}
