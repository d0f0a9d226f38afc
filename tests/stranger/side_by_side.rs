//! `zmq-interop setup` sets up several peers at a time: those of this test wait for each other through
//! fifos, whose opening waits for the other end.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::PathBuf;
use std::sync::mpsc;
use std::time::Duration;

use predicates::prelude::*;
use predicates::str::contains;
use rustix::process::Signal;

use super::home::Home;
use super::program::{PATIENCE, Program};

/// A home with a peer for each name and script of a setup, each in a folder of its own below the folder
/// that has the `fifos`.
pub fn home(peers: &[(&str, &str)], fifos: &[&str]) -> Home {
    let entry = |(name, script): &(&str, &str)| {
        format!(
            "[peers.{name}]\nlanguage = 'shell'\ncommand = ['sh', '{{role}}.sh']\ndir = '{name}'\n\
             setup = ['sh', '-c', '''{script}''']\n"
        )
    };
    let home = Home::new(&peers.iter().map(entry).collect::<String>());
    for (name, _) in peers {
        std::fs::create_dir(home.path(&format!("interop/{name}"))).unwrap();
    }
    for fifo in fifos {
        mkfifo(home.path(&format!("interop/{fifo}")));
    }
    home
}

pub fn mkfifo(path: PathBuf) {
    let path = std::ffi::CString::new(path.into_os_string().into_encoded_bytes()).unwrap();
    // SAFETY: mkfifo(3) only reads the path.
    assert_eq!(unsafe { libc::mkfifo(path.as_ptr(), 0o600) }, 0);
}

#[test]
fn setups_run_at_the_same_time() {
    let home = home(
        &[
            ("one", "echo from one >../ab; read -r word <../ba; echo $word >heard"),
            ("two", "read -r word <../ab; echo $word >heard; echo from two >../ba"),
        ],
        &["ab", "ba"],
    );
    // One after the other, the first would wait for ever.
    let all = ["one", "two", "--require", "one,two", "--jobs", "2"];
    home.tool("setup", &all)
        .timeout(PATIENCE)
        .assert()
        .code(0)
        .stdout(contains("setting up 2 peers: one, two\n"))
        .stdout(contains("✓ one  ready in "))
        .stdout(contains("✓ two  ready in "))
        .stdout(contains("\n2 peers: 2 ready in "))
        .stdout(contains("\u{1b}").not());
    assert_eq!(home.read("interop/one/heard"), "from two\n");
    assert_eq!(home.read("interop/two/heard"), "from one\n");
}

#[test]
fn what_failed_setups_said_is_told_whole_and_apart() {
    // In turns, each says the half of its lines.
    let say = |name: &str, from, to| {
        format!("n={from}; while [ $n -le {to} ]; do echo {name} $n >&2; n=$((n + 1)); done")
    };
    let [one, two] = ["one", "two"].map(|name| [say(name, 1, 40), say(name, 41, 80)]);
    let one = format!("{}; echo >../ab; read -r _ <../ba; {}; exit 3", one[0], one[1]);
    let two = format!("read -r _ <../ab; {}; echo >../ba; {}; exit 4", two[0], two[1]);
    let home = home(&[("one", &one), ("two", &two), ("fine", "true")], &["ab", "ba"]);
    let assert = home
        .tool("setup", &["two", "one", "fine", "--jobs", "3"])
        .timeout(PATIENCE)
        .assert()
        .code(1);
    let said = String::from_utf8(assert.get_output().stdout.clone()).unwrap();
    let lines = |name: &str| (1..=80).map(|n| format!("    {name} {n}\n")).collect::<String>();
    let (_, end) = said.split_once("\n\n").expect("an empty line before what failed");
    let [one_said, two_said] =
        ["one", "two"].map(|name| format!("{name} failed:\n{}", lines(name)));
    // In the manifest's order, after the lines of all peers.
    let (at_one, at_two) = (end.find(&one_said).expect(end), end.find(&two_said).expect(end));
    assert!(at_one < at_two, "{end}");
    assert!(end.ends_with(" s\n") && end.contains("\n3 peers: 1 ready, 2 failed in "), "{end}");
    assert!(said.contains("✓ fine  ready in") && !end.contains('✓'), "{said}");
}

#[test]
fn ctrl_c_ends_the_setups_and_leaves_nobody() {
    // Everybody holds the fifo open, so that its end is the end of all.
    let orderly = "trap 'echo >tidy; exit 1' TERM; exec 4>../alive; echo >&4; sleep 1000 & wait";
    let stubborn = if cfg!(target_os = "linux") {
        "trap '' TERM; exec 4>../alive; setsid sleep 1000 & echo >&4; sleep 1000"
    } else {
        "trap '' TERM; exec 4>../alive; echo >&4; sleep 1000"
    };
    let peers = [("orderly", orderly), ("stubborn", stubborn), ("waiting", "echo >begun")];
    let home = home(&peers, &["alive"]);
    let mut tool = home.command("setup", &["orderly", "stubborn", "waiting", "--jobs", "2"]);
    let tool = Program::start(&mut tool);
    let alive = home.path("interop/alive");
    let (tell, told) = mpsc::channel();
    std::thread::spawn(move || {
        let mut alive = BufReader::new(File::open(alive).unwrap());
        for _ in 0..2 {
            alive.read_line(&mut String::new()).unwrap();
            let _ = tell.send(());
        }
        alive.read_to_end(&mut vec![]).unwrap();
        let _ = tell.send(());
    });
    let wait = |what: &str| told.recv_timeout(Duration::from_secs(60)).expect(what);
    wait("a setup begins");
    wait("the other setup begins");
    tool.signal(Signal::INT);
    let end = tool.end();
    wait("nobody is left");
    assert_eq!(end.status.code(), Some(130), "{:?} {}", end.output, end.errors);
    for name in ["orderly ", "stubborn", "waiting "] {
        assert!(end.output.contains(&format!("– {name}  interrupted")), "{:?}", end.output);
    }
    assert!(home.path("interop/orderly/tidy").exists(), "it was asked first");
    assert!(!home.path("interop/waiting/begun").exists(), "no more begin");
}
