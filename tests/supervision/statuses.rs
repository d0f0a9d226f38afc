//! Exit statuses, peers that are missing, a flaky one, and a bound on memory.

use libtest_mimic::Trial;

use super::run::{Liar, Place, Run};
use super::test;

const REP: Liar = Liar { name: "liar", lie: "honest", roles: &["rep"], more: "" };

pub fn trials() -> Vec<Trial> {
    let flood =
        |lie, role, cell| test(format!("memory_is_bounded_{lie}"), move || flood(lie, role, cell));
    vec![
        test("zero_all_is_well", well),
        test("one_a_cell_failed", failed),
        test("one_a_required_peer_is_missing", required),
        test("two_wrong_usage", usage),
        test("three_nothing_ran", nothing_ran),
        test("a_missing_peer_is_skipped_with_its_reason", skipped),
        test("flaky_is_shown_and_well", flaky),
        flood("flood-line", "rep", "fan-in/all-liar"),
        flood("flood-lines", "rep", "fan-in/all-liar"),
        flood("flood-errors", "rep", "fan-in/all-liar"),
        flood("flood-events", "mrep", "broker/rust-rust-liar"),
    ]
}

fn run(liar: Liar, words: &[&str]) -> Run {
    Place::new(&[liar]).run(words)
}

fn assert_code(run: &Run, code: i32) {
    assert_eq!(run.code(), Some(code), "{}", run.text());
}

fn well() {
    assert_code(&run(REP, &["--peer=liar,rust", "--cell=fan-in/all-liar"]), 0);
}

fn failed() {
    let upper = Liar { lie: "upper", ..REP };
    assert_code(&run(upper, &["--peer=liar,rust", "--cell=fan-in/all-liar"]), 1);
}

/// A peer whose versions command fails, with a reason on standard error.
const ABSENT: Liar = Liar {
    name: "absent",
    more: "versions = ['sh', '-c', 'echo it is not on this machine >&2; exit 1']",
    ..REP
};

fn required() {
    let cell = "--cell=broker/rust-rust-rust";
    let without = run(ABSENT, &["--peer=absent,rust", cell, "--allow-missing"]);
    assert_code(&without, 0);
    let with = run(ABSENT, &["--peer=absent,rust", cell, "--require=absent"]);
    assert_code(&with, 1);
    assert_eq!(with.report["required_missing"], serde_json::json!(["absent"]));
    assert_eq!(with.count("pass"), 1, "the others run all the same");
}

fn usage() {
    for words in [
        &["--no-such-flag"][..],
        &["--peer=nobody"],
        &["--require=nobody"],
        &["--scenario=nothing"],
        &["--cell=nothing/*"],
        &["--timeout=0"],
    ] {
        assert_code(&run(REP, words), 2);
    }
    let broken = Liar { more: "rolles = []", ..REP };
    assert_code(&run(broken, &[]), 2);
}

fn nothing_ran() {
    let run = run(ABSENT, &["--allow-missing", "--peer=absent,rust", "--cell=fan-in/all-absent"]);
    assert_code(&run, 3);
    assert_eq!(run.count("skipped"), 1);
}

fn skipped() {
    let words = ["--peer=absent,rust", "--scenario=fan-in", "--verbose"];
    assert_code(&run(ABSENT, &words), 1);
    let run = run(ABSENT, &[&words[..], &["--allow-missing"]].concat());
    assert_code(&run, 0);
    let reason = "it is not on this machine";
    let find = |list: &str, key: &str, value: &str| {
        let all = run.report[list].as_array().unwrap();
        all.iter().find(|item| item[key] == value).unwrap().clone()
    };
    assert_eq!(find("peers", "name", "absent")["missing"], reason);
    let cell = find("cells", "id", "fan-in/all-absent");
    assert_eq!(cell["verdict"], "skipped");
    assert!(cell["reason"].as_str().unwrap().contains(reason), "{cell}");
    assert!(run.text().contains(reason), "{}", run.text());
}

fn flaky() {
    let place = Place::new(&[Liar { lie: "crash-once", ..REP }]);
    let mut command = place.command(&["--peer=liar,rust", "--cell=fan-in/all-liar"]);
    let output = command.env("LIAR_STATE", place.path("state")).output().unwrap();
    let run = Run { output, report: place.report() };
    assert_code(&run, 0);
    assert_eq!(run.count("flaky"), 1);
    assert_eq!(run.cells()[0]["failure"]["cause"], "crash");
    assert!(run.text().contains("FLAKY"), "{}", run.text());
}

/// A liar that prints a gigabyte does not fill the harness's memory.
fn flood(lie: &'static str, role: &'static str, cell: &str) {
    let place = Place::new(&[Liar { lie, roles: &[role], ..REP }]);
    let words = ["--peer=liar,rust", "--coverage=full", "--timeout=20", "--cell", cell];
    let (run, peak_kib) = place.measured(&words);
    assert!(peak_kib < 200 * 1024, "{peak_kib} KiB");
    let honest = lie == "flood-errors";
    assert_code(&run, if honest { 0 } else { 1 });
    if !honest {
        let liar = format!("liar {role}");
        assert_eq!(run.cells()[0]["failure"]["blame"][0]["name"], liar);
    }
}
