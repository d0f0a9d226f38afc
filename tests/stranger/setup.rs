//! `zmq-interop setup`: what a peer's own setup says, and the exit status that comes of it.

use predicates::prelude::*;
use predicates::str::contains;

use super::home::Home;

/// One peer for each way in which a setup ends.
fn four() -> Home {
    let peer = |name: &str, script: &str| {
        format!(
            "[peers.{name}]\nlanguage = 'shell'\ncommand = ['sh', '{{role}}.sh']\n\
             setup = ['sh', '-c', '{script}']\n"
        )
    };
    Home::new(
        &[
            peer("able", "echo fetched; touch ready"),
            peer("broken", "echo one; echo the disk is full >&2; exit 3"),
            peer("cannot", "echo looking; echo this machine has no quantum computer; exit 77"),
            peer("mute", "exit 77"),
            "[peers.plain]\nlanguage = 'shell'\ncommand = ['sh', '{role}.sh']\n".into(),
        ]
        .concat(),
    )
}

#[test]
fn who_is_ready_or_cannot_be_is_no_failure() {
    let home = four();
    let assert = home.tool("setup", &["able", "cannot", "mute", "plain"]).assert().code(0);
    let said = String::from_utf8_lossy(&assert.get_output().stdout).into_owned();
    let lines: Vec<_> =
        said.lines().map(|line| line.split(" in ").next().unwrap_or_default()).collect();
    // They are of one folder, and so one after the other.
    let wanted = [
        "setting up 4 peers",
        "✓ able    ready",
        "– cannot  left out: this machine has no quantum computer",
        "– mute    left out: no reason was given",
        "✓ plain   ready, needs no setup",
        "4 peers: 2 ready, 2 left out",
    ];
    assert_eq!(lines.len(), wanted.len(), "{said}");
    assert!(lines.iter().zip(wanted).all(|(line, wanted)| line.starts_with(wanted)), "{said}");
    assert!(home.path("interop/ready").exists(), "it runs in the peer's folder");
}

#[test]
fn a_setup_that_fails_is_told_with_what_it_said() {
    four()
        .tool("setup", &[])
        .assert()
        .code(1)
        .stdout(contains("broken failed:\n    one\n    the disk is full\n    sh -c"))
        .stdout(contains("exited with 3\n"))
        .stdout(contains(" failed after "))
        .stdout(contains("ready, needs no setup"));
}

#[test]
fn a_required_peer_must_be_ready() {
    let home = four();
    home.tool("setup", &["able", "--require", "able"]).assert().code(0);
    home.tool("setup", &["cannot", "--require", "cannot"]).assert().code(1);
    home.tool("setup", &["--require", "nobody"])
        .assert()
        .code(2)
        .stderr(contains("there is no peer 'nobody'"))
        .stdout(predicate::str::is_empty());
    home.tool("setup", &["nobody"]).assert().code(2);
}
