use super::*;
use crate::peer::output::EVENTS;
use std::sync::mpsc;
use std::time::Duration;

fn command(argv: &[&str]) -> Command {
    Command {
        launcher: vec![],
        argv: argv.iter().map(ToString::to_string).collect(),
        dir: "/".into(),
        far_dir: None,
        env: vec![],
        stdin: Stdin::Nothing,
        stdout: Stdout::Told(EVENTS),
    }
}

fn sh(script: &str) -> (Child, mpsc::Receiver<Said>) {
    let (tx, rx) = mpsc::channel();
    let tell = move |said| tx.send(said).is_ok();
    (Child::spawn(command(&["sh", "-c", script]), tell).unwrap(), rx)
}

fn line(rx: &mpsc::Receiver<Said>) -> String {
    match rx.recv_timeout(Duration::from_secs(20)).unwrap() {
        Said::Line(line) => String::from_utf8(line).unwrap(),
        other => panic!("{other:?}"),
    }
}

fn alive(pid: i32) -> bool {
    rustix::process::test_kill_process(Pid::from_raw(pid).unwrap()).is_ok()
}

#[test]
fn output_and_end_are_told() {
    let (mut child, rx) = sh("echo one; echo two >&2; exit 3");
    let (mut lines, mut closed, mut exited) = (vec![], false, false);
    while !(closed && exited) {
        match rx.recv_timeout(Duration::from_secs(20)).unwrap() {
            Said::Line(line) => lines.push(line),
            Said::Closed => closed = true,
            Said::Exited => exited = true,
            Said::TooMuch(excess) => panic!("{excess:?}"),
        }
    }
    assert_eq!(lines, [b"one"]);
    assert_eq!(child.reap().unwrap().code(), Some(3));
    assert!(!child.group_lives());
}

#[test]
fn a_panic_leaves_nobody_behind() {
    let mut pid = 0;
    let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let (_child, rx) = sh("trap '' TERM; sleep 1000 & echo $!; wait");
        pid = line(&rx).parse().unwrap();
        assert!(alive(pid));
        panic!("the harness panics");
    }));
    assert!(result.is_err());
    // The grandchild is init's (or a subreaper's) to reap now; a zombie is not a survivor.
    let deadline = std::time::Instant::now() + Duration::from_secs(20);
    while alive(pid) && !zombie(pid) {
        assert!(std::time::Instant::now() < deadline, "the grandchild {pid} outlived the panic");
        std::thread::yield_now();
    }
}

fn zombie(pid: i32) -> bool {
    std::fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|s| s.contains(") Z "))
}

#[test]
fn survivors_of_the_leader_are_seen() {
    let (mut child, rx) = sh("sleep 1000 &");
    while !matches!(rx.recv_timeout(Duration::from_secs(20)).unwrap(), Said::Exited) {}
    child.reap().unwrap();
    assert!(child.group_lives());
}

#[test]
fn what_cannot_be_started_is_an_error() {
    assert!(Child::spawn(command(&["/nonexistent/program"]), |_| true).is_err());
}
