//! `zmq-interop list` from outside: what a person reads of it, and what it refuses.

use assert_cmd::Command;
use predicates::str::contains;

fn list(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_zmq-interop"));
    command.env("NO_COLOR", "1").arg("list").args(arguments);
    command
}

fn stdout(arguments: &[&str]) -> String {
    let output = list(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Each kind, with what it takes beside `--format`.
const KINDS: [(&str, &[&str]); 10] = [
    ("peers", &["--count", "--peers", "--peer"]),
    ("roles", &["--count"]),
    ("scenarios", &["--count"]),
    ("cases", &["--count", "--suite"]),
    ("mutants", &["--count", "--suite", "--cell"]),
    ("score", &[]),
    ("options", &["--count"]),
    ("cells", &["--count", "--peers", "--peer", "--suite", "--scenario", "--cell", "--coverage"]),
    ("statements", &["--count", "--rfc", "--uncovered", "--how", "--level", "28-REQ-01"]),
    ("planned", &["--count"]),
];

/// All that any kind takes.
fn all() -> Vec<&'static str> {
    let mut all: Vec<_> = KINDS.iter().flat_map(|(_, takes)| takes.iter().copied()).collect();
    all.sort_unstable();
    all.dedup();
    all
}

#[test]
fn help_has_a_line_for_each_kind() {
    insta::assert_snapshot!(stdout(&["-h"]));
}

#[test]
fn help_of_each_kind() {
    let help = KINDS.map(|(kind, _)| stdout(&[kind, "-h"]));
    insta::assert_snapshot!(help.join("\n----\n\n"));
}

#[test]
fn what_means_nothing_for_a_list_is_refused() {
    for (kind, takes) in KINDS {
        for other in all().iter().filter(|option| !takes.contains(option)) {
            let refused = list(&[kind, other]).assert().code(2).stdout("");
            refused.stderr(contains(format!("unexpected argument '{other}'")));
        }
    }
    for option in ["--count", "--suite=scenarios", "--rfc=28"] {
        list(&[option]).assert().code(2).stdout("").stderr(contains("unexpected argument"));
    }
    list(&["--peer", "rust", "cases"]).assert().code(2).stdout("").stderr(contains("'cases'"));
    list(&["cases", "--count", "--format=json"]).assert().code(2).stderr(contains("--count"));
}

#[test]
fn what_is_wrong_is_said_with_what_there_is() {
    let said = |arguments: &[&str]| {
        let output = list(arguments).assert().code(2).stdout("").get_output().clone();
        String::from_utf8(output.stderr).unwrap()
    };
    let wrong = [
        said(&["mutants", "--suite", "foo"]),
        said(&["mutants", "--cell", "req-basik"]),
        said(&["mutants", "--cell", "req-basic/rust-python"]),
        said(&["mutants", "--suite", "scenarios", "--cell", "zzz"]),
        said(&["cells", "--peer", "rust", "--cell", "pipelin/*"]),
        said(&["mutant"]),
    ];
    insta::assert_snapshot!(wrong.join("\n----\n\n"));
}

#[test]
fn mutants_are_listed_with_what_the_lies_are() {
    insta::assert_snapshot!(stdout(&["mutants", "--cell", "frame-empty", "--cell", "push-rr"]));
    insta::assert_snapshot!(stdout(&[
        "mutants",
        "--suite",
        "scenarios",
        "--cell",
        "fan-in/all-rust"
    ]));
    let cell = |text: &str| text.lines().take_while(|line| !line.is_empty()).count();
    let cells = cell(&stdout(&["mutants", "--cell", "*/liar-python"]));
    assert_eq!(stdout(&["mutants", "--cell", "*/liar-python", "--count"]), format!("{cells}\n"));
}

#[test]
fn what_is_no_bare_line_fits_a_screen() {
    let coverage = stdout(&["statements"]);
    let (_, coverage) = coverage.rsplit_once("\n\n").unwrap();
    let lists = [stdout(&[]), stdout(&["mutants"]), stdout(&["score"]), coverage.to_owned()];
    for list in lists {
        let wide: Vec<_> = list.lines().filter(|line| line.chars().count() > 100).collect();
        assert!(wide.is_empty(), "{wide:#?}");
    }
}

#[test]
fn a_score_says_what_was_measured() {
    let score = stdout(&["score"]);
    assert!(score.starts_with("suite  "), "{score}");
    let rows: serde_json::Value =
        serde_json::from_str(&stdout(&["score", "--format=json"])).unwrap();
    let rows = rows["score"].as_array().unwrap();
    let mutants = |suite: &str, by: &str| {
        let row = rows.iter().find(|row| row["suite"] == suite && row["told_by"] == by);
        row.unwrap()["mutants"].to_string() + "\n"
    };
    assert_eq!(mutants("all", "all"), stdout(&["mutants", "--count"]));
    for (suite, by) in [("scenarios", "all"), ("conformance", "agent")] {
        assert_eq!(mutants(suite, by), stdout(&["mutants", "--suite", suite, "--count"]));
    }
}

#[test]
fn coverage_stands_last_and_only_where_it_is_about_the_list() {
    let last = |arguments: &[&str]| {
        let text = stdout(&[&["statements"], arguments].concat());
        text.lines().last().unwrap_or_default().split_whitespace().next().unwrap().to_owned()
    };
    assert_eq!(last(&[]), "all");
    assert_eq!(last(&["--rfc", "24"]), "24");
    assert_eq!(last(&["--rfc", "24", "--level", "may"]), "24-FLOW-02");
    assert!(last(&["--how", "pair"]).starts_with("37-"));
    let markdown = ["statements", "--rfc", "13,24", "--level", "may", "--format", "markdown"];
    insta::assert_snapshot!(stdout(&markdown));
}

#[test]
fn lists_are_bare_for_scripts() {
    insta::assert_snapshot!(stdout(&["roles"]));
    insta::assert_snapshot!(stdout(&["scenarios"]));
    let cells = stdout(&["cells", "--peer", "rust", "--suite", "scenarios"]);
    insta::assert_snapshot!(cells);
}

/// What `zmq-interop list WHAT --format json` prints.
fn json(what: &str) -> serde_json::Value {
    serde_json::from_str(&stdout(&[what, "--format", "json"])).unwrap()
}

#[test]
fn lists_in_json_keep_their_shape() {
    insta::assert_snapshot!(stdout(&["roles", "--format", "json"]));
    let keys = |what: &str| {
        let list = json(what);
        assert_eq!(list["schema"], "zmq-interop/list/1");
        let keys: Vec<_> = list[what][0].as_object().unwrap().keys().cloned().collect();
        keys.join(" ")
    };
    assert_eq!(keys("peers"), "agent binding ci install language name roles");
    assert_eq!(keys("scenarios"), "holds name places");
    assert_eq!(keys("cases"), "family name partly requirement source statements suite");
    assert_eq!(
        keys("statements"),
        "cases count demand how id level note partly proposed repeats rfc status wire"
    );
    assert_eq!(keys("mutants"), "alone cause cell lie of says suite");
    assert_eq!(keys("score"), "alone both lies mutants suite told_by");
    assert_eq!(keys("options"), "cases name");
    assert_eq!(keys("planned"), "how name plan statements");
    let peers = json("peers");
    let peer = |name: &str| peers["peers"].as_array().unwrap().iter().find(|p| p["name"] == name);
    let ci = &peer("python").unwrap()["ci"];
    assert_eq!(ci["required"], true);
    assert!(ci["linters"]["ruff"].as_str().unwrap().starts_with("pip ruff=="));
    assert_eq!(peer("q").unwrap()["ci"], serde_json::Value::Null);
    let cells = stdout(&["cells", "--peer", "rust", "--format", "json"]);
    let cells: serde_json::Value = serde_json::from_str(&cells).unwrap();
    assert_eq!(cells["cells"][0]["id"], "pipeline/rust-rust-rust");
    assert_eq!(cells["cells"][0]["unable"], serde_json::Value::Null);
}

#[test]
fn a_list_is_counted() {
    let cases = json("cases")["cases"].as_array().unwrap().len();
    assert_eq!(stdout(&["cases", "--count"]), format!("{cases}\n"));
    assert_eq!(stdout(&["statements", "--count"]), "501\n");
    assert_eq!(stdout(&["statements", "--rfc", "41", "--count"]), "39\n");
    let lies = json("mutants")["mutants"].as_array().unwrap().len();
    assert_eq!(stdout(&["mutants", "--count"]), format!("{lies}\n"));
}

#[test]
fn statements_are_listed_with_their_coverage() {
    insta::assert_snapshot!(stdout(&["statements", "--rfc", "24,25"]));
    insta::assert_snapshot!(stdout(&["statements", "--rfc", "24,45", "--format", "markdown"]));
    insta::assert_snapshot!(stdout(&["statements", "28-req-03", "37-NULL-01", "41-CLIENT-03"]));
}

#[test]
fn statements_are_filtered() {
    let ids = |arguments: &[&str]| -> Vec<String> {
        let arguments = [&["statements", "--format", "json"], arguments].concat();
        let list: serde_json::Value = serde_json::from_str(&stdout(&arguments)).unwrap();
        let rows = list["statements"].as_array().unwrap();
        rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(ids(&["--rfc", "24", "--level", "may"]), ["24-FLOW-01", "24-FLOW-02"]);
    assert_eq!(ids(&["--rfc", "15,24", "--how", "n/o"]), ["15-SEC-01", "24-GOAL-01"]);
    let counts = &json("statements")["coverage"];
    let sum = |key: &str| -> u64 {
        counts.as_array().unwrap().iter().map(|rfc| rfc[key].as_u64().unwrap()).sum()
    };
    let uncovered = ids(&["--uncovered"]).len();
    assert_eq!(uncovered as u64, sum("partly") + sum("uncovered"));
    assert_eq!(uncovered as u64 + sum("covered") + sum("not_observable"), 501);
    for (arguments, said) in [
        (&["statements", "--rfc", "99"][..], "there are 13, 15"),
        (&["statements", "28-REQ-99"][..], "no statement '28-REQ-99'"),
        (&["statements", "28-REQ-01", "--uncovered"][..], "cannot be used with"),
    ] {
        list(arguments).assert().code(2).stderr(contains(said));
    }
}

#[test]
fn lists_in_markdown_are_tables() {
    insta::assert_snapshot!(stdout(&["scenarios", "--format", "markdown"]));
    let mutants = ["mutants", "--cell", "frame-empty", "--format", "markdown"];
    insta::assert_snapshot!(stdout(&mutants));
}
