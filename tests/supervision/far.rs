//! Peers that are reached through a launcher on this machine.

use std::process::Command;

use libtest_mimic::Trial;

use super::run::{Liar, Place};
use super::{skip, test};

const ALL: &[&str] = &["push", "req", "rep", "c", "msgqueue", "mrep", "mreq"];

pub fn trials() -> Vec<Trial> {
    vec![
        test("a_launcher_before_everybody", launched),
        test("a_launcher_that_fails_is_told_in_its_words", failing),
        skip::unless(lacks_busybox(), "a_far_side_that_is_busybox", || {
            busybox();
            Ok(())
        }),
    ]
}

fn launched() {
    let more = "launcher = ['env', 'LIAR_FROM=far']";
    let place = Place::new(&[Liar { name: "liar", lie: "honest", roles: ALL, more }]);
    let run = place.run(&["--peer=liar", "--jobs=3", "--suite=scenarios"]);
    assert_eq!(run.code(), Some(0), "{}", run.text());
    assert_eq!(run.count("pass"), 7, "{}", run.text());
}

fn failing() {
    let more = "launcher = ['sh', '-c', 'echo no such container >&2; exit 125']";
    let place = Place::new(&[Liar { name: "far", lie: "honest", roles: ALL, more }]);
    let run = place.run(&["--peer=far,rust", "--cell=fan-in/all-far"]);
    assert_eq!(run.code(), Some(1), "{}", run.text());
    assert!(run.text().contains("no such container (exited with 125)"), "{}", run.text());
}

fn lacks_busybox() -> Option<String> {
    let here = Command::new("busybox").arg("true").status().is_ok_and(|status| status.success());
    (!here).then(|| "needs busybox".into())
}

/// Its shell and commands are those of small containers.
fn busybox() {
    let commands = tempfile::tempdir().unwrap();
    let installed =
        Command::new("busybox").args(["--install", "-s"]).arg(commands.path()).status().unwrap();
    assert!(installed.success());
    let more = format!("launcher = ['env', 'PATH={}']", commands.path().display());
    let far = Liar { name: "far", lie: "honest", roles: ALL, more: &more };
    let run = Place::new(&[far]).run(&["--peer=far", "--jobs=3", "--suite=scenarios"]);
    assert_eq!((run.code(), run.count("pass")), (Some(0), 7), "{}", run.text());
}
