//! `--fail-fast`, `--repeat`, and what the reports say of them.

use predicates::prelude::*;
use predicates::str::contains;

use super::home::{Home, pairs};

/// The last is played first. One more may begin before the first failure is known to whoever empties the
/// queue, so there are some before the honest peer's.
pub const FAILING: [&str; 4] = ["other", "second", "third", "zealot"];

/// A peer whose name comes last is played first.
fn broken() -> Home {
    Home::with_rep(&["zealot"], "exit 3\n")
}

#[test]
fn fail_fast_begins_no_cell_after_one_that_failed() {
    let home = Home::with_rep(&FAILING, "exit 3\n");
    home.run(&["--jobs", "1", "--fail-fast"]).code(1).stdout(contains("not run"));
    let verdicts = home.verdicts();
    // The last one is played first, and nothing after it.
    let (last, before) = verdicts.split_last().unwrap();
    assert_eq!(*last, ("fan-in/all-zealot".to_owned(), "fail"));
    assert!(before.iter().all(|(_, verdict)| *verdict == "not-run"), "{before:?}");
    let reason = "another cell failed first (--fail-fast)";
    assert_eq!(home.json()["cells"][0]["reason"], reason);
    let junit = home.read("report/junit.xml");
    let error = format!("<error message=\"not-run: {reason}\" type=\"not-run\">");
    assert!(junit.contains(&error), "{junit}");
    let page = home.read("report/index.html");
    assert!(
        page.contains(&format!(": {reason}</h2>\n<p class=\"muted\">fan-in/all-honest")),
        "{page}"
    );
}

#[test]
fn without_fail_fast_all_cells_run() {
    let home = broken();
    for words in [&["--jobs", "1"][..], &["--jobs", "1", "--fail-fast", "--no-fail-fast"]] {
        home.run(words).code(1);
        assert_eq!(
            home.verdicts(),
            pairs(&[("fan-in/all-honest", "pass"), ("fan-in/all-zealot", "fail")])
        );
    }
}

/// What is wrong with the second of three.
const SECOND: &str = "n=$(cat count 2>/dev/null || echo 0)
echo $((n + 1)) >count
[ $n = 1 ] && echo 'this is the second'
exec \"$@\"
";

#[test]
fn the_rate_of_a_repeated_cell_is_in_every_report() {
    let home = Home::with_rep(&["moody"], SECOND);
    let line = predicate::str::is_match(r"FLAKY   fan-in/all-moody \(\S+ s, passed 2 of 3 times\)")
        .unwrap();
    home.run(&["--repeat", "3", "--cell", "fan-in/all-moody"])
        .success()
        .stdout(line)
        .stdout(contains("this is the second"))
        .stdout(contains("1 cell: 0 passed, 1 flaky in"));
    assert_eq!(home.json()["cells"][0]["repeated"], serde_json::json!({"passed": 2, "of": 3}));
    assert!(
        home.read("report/junit.xml").contains("name=\"how-often\" value=\"passed 2 of 3 times\"")
    );
    let page = home.read("report/index.html");
    assert!(page.contains("<h2>What passed only sometimes (1)</h2>"), "{page}");
    assert!(page.contains("<td class=\"muted\">passed 2 of 3 times</td>"), "{page}");
}

#[test]
fn a_cell_that_always_passes_says_how_often() {
    let home = Home::with_rep(&["steady"], "exec \"$@\"\n");
    home.run(&["--repeat", "2", "--cell", "fan-in/all-steady"])
        .success()
        .stdout(contains("passed 2 of 2 times"));
    assert_eq!(home.verdicts(), pairs(&[("fan-in/all-steady", "pass")]));
}

#[test]
fn a_failure_that_was_played_twice_is_said_to_be() {
    broken().run(&["--cell", "fan-in/all-zealot"]).code(1).stdout(contains(", played twice)"));
}
