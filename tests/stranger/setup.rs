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
    home.tool("setup", &["able", "cannot", "mute", "plain"]).assert().code(0).stdout(
        "able ... ready\n\
         cannot ... left out: this machine has no quantum computer\n\
         mute ... left out: no reason was given\n\
         plain ... ready\n",
    );
    assert!(home.path("interop/ready").exists(), "it runs in the peer's folder");
}

#[test]
fn a_setup_that_fails_is_told_with_what_it_said() {
    four()
        .tool("setup", &[])
        .assert()
        .code(1)
        .stdout(contains("broken ... failed\n    one\n    the disk is full\n"))
        .stdout(contains("exited with 3\n"))
        .stdout(contains("plain ... ready"));
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
