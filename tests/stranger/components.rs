//! What peers are made of: a stranger meets the known failures of his engine, and files of expectations add up.

use predicates::prelude::*;
use predicates::str::contains;

use super::home::{Home, pairs};

const OURS: &str = "interop/expectations.toml";

/// What is known of libzmq at some versions, and what is known of all of them.
const CASES: [&str; 3] = [
    "sub-long-topic/stranger-stranger",
    "sub-long-topic-xpub/stranger-stranger",
    "life-many-subs-hwm/stranger-stranger",
];

/// The known failures of this repository, and a binding over libzmq that was declared this morning.
fn declared(libzmq: &str) -> Home {
    let home = Home::new(&format!(
        "[peers.stranger]\nlanguage = 'PHP'\nagent = ['{{self}}', 'agent']\n\
         versions = ['echo', '{{\"interpreter\":\"8.3.1\",\"binding\":\"php-zmq 1.1.3\",\"libzmq\":\"{libzmq}\"}}']\n"
    ));
    home.write(OURS, include_str!("../../interop/expectations.toml"));
    home
}

/// Runs the cases with the stranger alone.
fn verdicts(home: &Home, code: i32) -> Vec<(String, &'static str)> {
    let cells = CASES.iter().flat_map(|id| ["--cell", id]);
    let words: Vec<_> = ["--peer", "stranger"].into_iter().chain(cells).collect();
    home.run(&words).code(code);
    let mut verdicts = home.verdicts();
    verdicts.sort_by_key(|(id, _)| CASES.iter().position(|case| case == id));
    verdicts
}

fn all(of: [&'static str; 3]) -> Vec<(String, &'static str)> {
    pairs(&[(CASES[0], of[0]), (CASES[1], of[1]), (CASES[2], of[2])])
}

#[test]
fn a_binding_meets_the_known_failures_of_its_engine_on_its_first_day() {
    let home = declared("4.3.4");
    assert_eq!(verdicts(&home, 0), all(["known", "known", "known"]));
    let peer = &home.json()["peers"][0];
    assert_eq!(peer["engine"], serde_json::json!({"name": "libzmq", "version": "4.3.4"}));
    let components = serde_json::json!({"libzmq": "4.3.4", "php": "8.3.1", "php-zmq": "1.1.3"});
    assert_eq!(peer["components"], components);
}

#[test]
fn what_its_engine_has_mended_it_must_not_fail() {
    // It says that it is newer than it is, and so what it does is no known failure.
    assert_eq!(verdicts(&declared("4.3.5"), 1), all(["fail", "fail", "known"]));
}

/// What `run` says of these expectations, in one line, without the names that there are.
fn refused(text: &str) -> String {
    let home = declared("4.3.4");
    home.write("mine.toml", text);
    let words = ["--expectations", "mine.toml", "--peer", "stranger", "--cell", "hs-null-pair/*"];
    let output = home.tool("run", &words).assert().code(2).get_output().clone();
    assert!(output.stdout.is_empty());
    let text = String::from_utf8(output.stderr).unwrap().replace('│', "");
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line
        .split_once("there are ")
        .and_then(|(before, after)| Some((before, after.split_once(';')?)))
    {
        Some((before, (names, after))) => {
            assert!(names.contains("libzmq") || names.contains("stranger"), "{names}");
            format!("{before}there are …;{after}")
        }
        None => line,
    }
}

#[test]
fn a_condition_on_what_nobody_knows_is_refused() {
    let entry = |condition: &str| {
        format!(
            "# mine\n\n[[known]]\nwhy = 'it hangs'\n\
             cells = [{{ name = 'hs-*', cause = 'timeout', first = {condition} }}]\n"
        )
    };
    insta::assert_snapshot!(refused(&entry("{ libzqm = '<4.3.5' }")));
    insta::assert_snapshot!(refused(&entry("{ libzmq = 'old' }")));
    insta::assert_snapshot!(refused(&entry("{ peer = 'nobody' }")));
    insta::assert_snapshot!(refused(
        &entry("{ php-zmq = '1', php = '8' }").replace("first", "frist")
    ));
    insta::assert_snapshot!(refused(
        "[[known]]\ncell = 'hs-*/php-php'\ncause = 'timeout'\nwhy = 'x'\n"
    ));
}

/// The reps of `first` and `second` end at once; each is known in a file of its own.
fn two_files() -> Home {
    let home = Home::with_rep(&["first", "second"], "exit 3\n");
    for (file, peer) in [(OURS, "first"), ("mine.toml", "second")] {
        let entry = format!(
            "[[known]]\nwhy = '{peer} ends'\n\
             cells = [{{ name = 'fan-in', cause = 'crash', rep = {{ peer = '{peer}' }} }}]\n"
        );
        home.write(file, &entry);
    }
    home
}

#[test]
fn files_of_expectations_add_to_ours() {
    let home = two_files();
    let verdicts = |first, second| {
        pairs(&[
            ("fan-in/all-first", first),
            ("fan-in/all-honest", "pass"),
            ("fan-in/all-second", second),
        ])
    };
    home.run(&["--expectations", "mine.toml"]).code(0);
    assert_eq!(home.verdicts(), verdicts("known", "known"));
    home.run(&[]).code(1);
    assert_eq!(home.verdicts(), verdicts("known", "fail"));
    home.run(&["--expectations", "mine.toml", "--no-built-in-expectations"]).code(1);
    assert_eq!(home.verdicts(), verdicts("fail", "known"));
    // The same twice, as two files.
    let words =
        ["--no-built-in-expectations", "--expectations", OURS, "--expectations", "mine.toml"];
    home.run(&words).code(0);
}

#[test]
fn the_last_file_is_rewritten_and_ours_is_not() {
    let home = two_files();
    let ours = home.read(OURS);
    home.run(&["--expectations", "new.toml", "--update-expectations"]).code(1);
    assert_eq!(home.read(OURS), ours);
    let new = home.read("new.toml");
    assert!(new.contains("rep = { peer = \"second\" }"), "{new}");
    assert!(!new.contains("\"first\""), "{new}");
    home.run(&["--expectations", "new.toml"]).code(0);
    // Without --update-expectations a file that is not there is a mistake.
    home.tool("run", &["--expectations", "gone.toml"])
        .assert()
        .code(2)
        .stderr(contains("--expectations gone.toml: ").and(contains("No such file")));
}
