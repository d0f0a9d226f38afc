//! The command line from outside: what a person sees, and the exit statuses that scripts use.

use assert_cmd::Command;
use predicates::prelude::*;
use predicates::str::contains;

/// The program without colours, without peers of its surroundings' making.
fn tool() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_zmq-interop"));
    command.env("NO_COLOR", "1").env_remove("INTEROP_EVENTS").env_remove("INTEROP_COUNT");
    command
}

fn stdout(arguments: &[&str]) -> String {
    let output = tool().args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn help_names_every_command_and_exit_status() {
    insta::assert_snapshot!(stdout(&["--help"]));
}

#[test]
fn help_of_run() {
    insta::assert_snapshot!(stdout(&["run", "--help"]));
}

#[test]
fn help_of_a_role() {
    insta::assert_snapshot!(stdout(&["req", "--help"]));
}

#[test]
fn without_arguments_there_is_help_and_exit_2() {
    tool().assert().code(2).stderr(contains("Usage"));
}

#[test]
fn a_wrong_command_line_is_exit_2_and_says_what_to_write() {
    for (arguments, said) in [
        (&["run", "--peer", "cobol"][..], "there are"),
        (&["run", "--scenario", "pipelin"][..], "broker-restart"),
        (&["run", "--cell", "nothing/*"][..], "no cell matches 'nothing/*'"),
        (&["run", "--require", "cobol"][..], "there is no peer 'cobol'"),
        (&["run", "--jobs", "0"][..], "--jobs"),
        (&["run", "--timeout", "0"][..], "--timeout"),
        (&["run", "--coverage", "some"][..], "pairwise"),
        (&["run", "--peers", "/nonexistent.toml"][..], "/nonexistent.toml"),
        (&["run", "-q", "-v"][..], "cannot be used with"),
        (&["dance"][..], "dance"),
        (&["rep", "a", "b"][..], "unexpected argument"),
    ] {
        tool().args(arguments).assert().code(2).stderr(contains(said)).stdout("");
    }
}

#[test]
fn a_run_over_rust_alone_passes_and_writes_all_reports() {
    let dir = tempfile::tempdir().unwrap();
    let report = dir.path().join("deep/report");
    let arguments =
        ["run", "--peer", "rust", "--scenario", "pipeline,broker", "--seed", "7", "--report"];
    tool()
        .args(arguments)
        .arg(&report)
        .assert()
        .success()
        .stdout(contains("PASS    pipeline/rust-rust-rust"))
        .stdout(contains("2 cells: 2 passed in"))
        .stdout(predicate::str::contains("\u{1b}").not());
    let json = std::fs::read_to_string(report.join("report.json")).unwrap();
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["schema"], "zmq-interop/report/2");
    assert_eq!((&json["seed"], &json["exit"]), (&7.into(), &0.into()));
    assert_eq!(json["cells"][0]["verdict"], "pass");
    assert!(json["cells"][0]["measurements"]["exchanges"].as_u64().unwrap() > 10);
    assert!(json["peers"][0]["interpreter"].is_string());
    assert_eq!(json["peers"][0]["engine"]["name"], "libzmq");
    let made_of = json["peers"][0]["components"].as_object().unwrap();
    assert_eq!(made_of.keys().collect::<Vec<_>>(), ["libzmq", "rust", "zmq"]);
    assert!(made_of.values().all(serde_json::Value::is_string), "{made_of:?}");
    for file in ["junit.xml", "matrix.svg", "index.html"] {
        let text = std::fs::read_to_string(report.join(file)).unwrap();
        assert!(text.contains("pipeline"), "{file}");
    }
    assert_eq!(std::fs::read_dir(&report).unwrap().count(), 4, "nothing half-written is left");
}

#[test]
fn every_cell_names_the_versions_at_its_ends() {
    let dir = tempfile::tempdir().unwrap();
    let manifest = dir.path().join("versions.toml");
    // One program declared twice: only what it says of itself differs, and one has a rep that crashes.
    let peer = |name: &str, libzmq: &str, rep: &str| {
        format!(
            "[peers.{name}]\nlanguage = 'Rust'\ncommand = ['{{self}}', '{{role}}']\n\
             agent = ['{{self}}', 'agent']\ncommands.rep = ['{rep}', 'rep']\n\
             versions = ['echo', '{{\"interpreter\":\"1\",\"binding\":\"zmq 0.10\",\"libzmq\":\"{libzmq}\"}}']\n"
        )
    };
    let text = peer("new", "4.3.5", "{self}") + &peer("old", "4.2.0", "false");
    std::fs::write(&manifest, text).unwrap();
    let [new, old] = ["4.3.5", "4.2.0"].map(|v| format!("Rust 1, zmq 0.10, libzmq {v}"));
    let output = tool()
        .args([
            "run",
            "--peer",
            "new,old",
            "--cell",
            "pipeline/new-*-old",
            "--cell",
            "sub-prefix/*",
        ])
        .args(["--coverage", "full", "--peers"])
        .arg(&manifest)
        .arg("--report")
        .arg(dir.path())
        .assert()
        .code(1);
    let screen = String::from_utf8_lossy(&output.get_output().stdout).into_owned();
    let [new_line, old_line] = [("new", &new), ("old", &old)].map(|(n, v)| format!("{n}: {v}"));
    let story = screen.split("again").next().unwrap();
    assert!(story.contains(&new_line) && story.contains(&old_line), "{screen}");
    let report = std::fs::read_to_string(dir.path().join("report.json")).unwrap();
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    let cell = |id: &str| report["cells"].as_array().unwrap().iter().find(|c| c["id"] == id);
    for (id, versions) in
        [("pipeline/new-new-old", &[&new, &new, &old][..]), ("sub-prefix/old-new", &[&old, &new])]
    {
        let places = cell(id).unwrap()["places"].as_array().unwrap();
        let told: Vec<_> = places.iter().map(|place| place["versions"][0].as_str()).collect();
        assert_eq!(told, versions.iter().map(|v| Some(v.as_str())).collect::<Vec<_>>(), "{id}");
    }
    let junit = std::fs::read_to_string(dir.path().join("junit.xml")).unwrap();
    let (_, junit) = junit.split_once("name=\"sub-prefix/old-new\"").unwrap();
    let (case, _) = junit.split_once("</testcase>").unwrap();
    assert!(case.contains(&new) && case.contains(&old), "{case}");
}

#[test]
fn nothing_ran_is_exit_3() {
    let dir = tempfile::tempdir().unwrap();
    let manifest = dir.path().join("my.toml");
    std::fs::write(
        &manifest,
        "[peers.ghost]\nlanguage = 'Ghost'\ncommand = ['./no-such-program', '{role}']\n",
    )
    .unwrap();
    tool()
        .args(["run", "--allow-missing", "--peer", "ghost", "--peers"])
        .arg(&manifest)
        .assert()
        .code(3)
        .stdout(contains("no-such-program is not there"))
        .stdout(contains("skipped"));
}

#[test]
fn a_required_peer_that_is_missing_is_exit_1() {
    let dir = tempfile::tempdir().unwrap();
    let manifest = dir.path().join("my.toml");
    std::fs::write(
        &manifest,
        "[peers.ghost]\nlanguage = 'Ghost'\ncommand = ['./no', '{role}']\ninstall = 'call a medium'\n",
    )
    .unwrap();
    let arguments = ["run", "--peer", "rust,ghost", "--scenario", "broker", "--peers"];
    tool()
        .args(arguments)
        .arg(&manifest)
        .assert()
        .code(1)
        .stdout(contains("error: ghost is required and not here"))
        .stdout(contains("install: call a medium"));
    tool().args(["doctor", "--require", "ghost", "--peers"]).arg(&manifest).assert().code(1);
    tool()
        .args(["doctor", "--peers"])
        .arg(&manifest)
        .assert()
        .code(0)
        .stdout(contains("Ghost is missing"));
}
