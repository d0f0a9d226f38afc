//! Known failures: the file of expectations, and `--update-expectations`.

use predicates::str::contains;

use super::home::{HONEST, Home, pairs};
use super::options::FAILING;

const FILE: &str = "interop/expectations.toml";

/// An honest peer, and one whose `rep` ends at once; no expectations.
fn broken() -> Home {
    Home::with_rep(&["zealot"], "exit 3\n")
}

/// The rep of `peer` ends at once.
fn entry(name: &str, peer: &str, why: &str) -> String {
    format!(
        "[[known]]\nwhy = '{why}'\n\
         cells = [{{ name = '{name}', cause = 'crash', rep = {{ peer = '{peer}' }} }}]\n"
    )
}

#[test]
fn a_whole_run_writes_what_failed_and_takes_out_what_passes() {
    let home = broken();
    home.run(&["--update-expectations"]).code(1);
    let text = home.read(FILE);
    assert!(text.contains("{ name = \"fan-in\", cause = \"crash\", "), "{text}");
    assert!(text.contains(", rep = { peer = \"zealot\" } },"), "{text}");
    home.run(&[]).success().stdout(contains("1 passed, 1 known failures"));
    home.write("interop/rep.sh", "exec \"$@\"\n");
    home.run(&["--update-expectations"]).code(1).stdout(contains("1 unexpectedly passed"));
    assert!(!home.read(FILE).contains("zealot"));
    home.run(&[]).success().stdout(contains("2 cells: 2 passed"));
}

#[test]
fn a_partial_run_rewrites_nothing() {
    let home = Home::with_rep(&FAILING, "exit 3\n");
    let before = entry("fan-in", "other", "it was so");
    home.write(FILE, &before);
    // A cell that did not run would be forgotten.
    home.run(&["--update-expectations", "--fail-fast", "--jobs", "1"])
        .code(2)
        .stderr(contains("not rewritten from a partial run"));
    for part in [
        &["--cell", "fan-in/all-honest"][..],
        &["--scenario", "fan-in"],
        &["--suite", "scenarios"],
        &["--peer", "honest"],
        &["--repeat", "2"],
    ] {
        home.tool("run", &["--update-expectations"])
            .args(part)
            .assert()
            .code(2)
            .stderr(contains("cannot be used with"));
    }
    assert_eq!(home.read(FILE), before);
}

#[test]
fn a_known_failure_is_counted_with_its_reason() {
    let home = broken();
    home.write(FILE, &entry("fan-*", "zealot", "zealots end at once"));
    home.run(&[])
        .success()
        .stdout(contains("Known failures by what they have in common, 1 cell"))
        .stdout(contains("   1  fan-in fan-in/all-zealot"));
    let page = home.read("report/index.html");
    assert!(page.contains("<h2>Known failures (1)</h2>"), "{page}");
    assert!(
        page.contains("<td class=\"number\">1</td><td>fan-in</td><td>zealots end at once</td>"),
        "{page}"
    );
    let skipped = "<skipped message=\"known: zealots end at once\" type=\"known\"/>";
    assert!(home.read("report/junit.xml").contains(skipped));
}

#[test]
fn what_passes_against_the_expectations_tells_why() {
    let home = Home::new(HONEST);
    home.write(FILE, &entry("fan-in", "honest", "a bug of old"));
    let reason = "known to fail (a bug of old), and it passed";
    home.run(&[])
        .code(1)
        .stdout(contains("PASSES! fan-in/all-honest"))
        .stdout(contains(format!("    reason    {reason}\n")));
    assert_eq!(home.verdicts(), pairs(&[("fan-in/all-honest", "unexpected-pass")]));
    let junit = home.read("report/junit.xml");
    let failure =
        format!("<failure message=\"unexpected-pass: {reason}\" type=\"unexpected-pass\">");
    assert!(junit.contains(&failure), "{junit}");
    let page = home.read("report/index.html");
    assert!(page.contains("<h2>What passed, and was expected to fail (1)</h2>"), "{page}");
}

#[test]
fn what_fails_the_run_beside_its_cells_is_in_every_report() {
    let home = Home::new(&format!(
        "{HONEST}[peers.ghost]\nlanguage = 'Ghost'\nroles = ['rep']\ncommand = ['ghost']\n\
         install = 'call a medium'\n"
    ));
    home.write(FILE, &entry("fan-inn", "honest", "old"));
    let missing = "ghost is required and not here: ghost is not there: no folder of PATH has it; \
                   install: call a medium";
    let stale = "'fan-inn, rep = { peer = \"honest\" }' matches no cell; remove the entry";
    home.run(&["--require", "ghost"])
        .code(1)
        .stdout(contains(format!("error: {missing}")))
        .stdout(contains(format!("error: expectations: {stale}")));
    let junit = home.read("report/junit.xml");
    assert!(
        junit.contains(
            "<testsuite name=\"run\" tests=\"2\" skipped=\"0\" errors=\"0\" failures=\"2\">"
        ),
        "{junit}"
    );
    assert!(
        junit.contains(&format!("<failure message=\"{missing}\" type=\"required-missing\"/>")),
        "{junit}"
    );
    assert!(junit.contains("type=\"stale-expectation\""), "{junit}");
    let page = home.read("report/index.html");
    assert!(page.contains(&format!("<li>{missing}</li>")), "{page}");
    assert!(page.contains("fan-inn, rep = "), "{page}");
}
