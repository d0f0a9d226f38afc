//! What a person sees, word for word.

use std::process::Command;

use crate::program::{Program, events, rust};
use crate::{ANY, server};

/// Its standard output with `PID` for the process id.
fn said(program: &mut Program, lines: usize) -> String {
    let pid = format!("pid={}", program.pid());
    (0..lines).map(|_| program.line().replace(&pid, "pid=PID") + "\n").collect()
}

/// Endpoints in a folder: a program that prints sentences doesn't tell its port.
fn places(folder: &tempfile::TempDir) -> [String; 2] {
    ["a", "b"].map(|name| format!("ipc://{}/{name}", folder.path().display()))
}

/// `role` as a person starts it, but for the pauses.
fn person(role: &str, endpoints: &[&str]) -> Command {
    let mut command = rust(role, endpoints);
    command.env("INTEROP_INTERVAL_MS", "0").env_remove("INTEROP_EVENTS");
    command
}

#[test]
fn push_req_rep() {
    let folder = tempfile::tempdir().unwrap();
    let [pull, answer] = &places(&folder);
    let mut rep = Program::start(&mut person("rep", &[answer]));
    let mut req = Program::start(&mut person("req", &[pull, answer]));
    let cases: [&[u8]; 4] = [
        b"psy oppa gangnam style\n",
        b"",
        b"bell \x07, escape \x1b[2J, NUL \0, DEL \x7f, bad \xff\xc3, good \xc3\xa9, \\ and 'quotes'",
        &[b'x'; 1025],
    ];
    let mut all = String::new();
    for input in cases {
        let push = Program::fed(&mut person("push", &[pull]), input);
        assert_eq!(push.succeeds(), [] as [&str; 0], "push says nothing");
        all += &said(&mut req, 2);
        all += &said(&mut rep, 2);
    }
    insta::assert_snapshot!(all.replace(&"x".repeat(1024), "[1024 x]"));
}

#[test]
fn c_rep() {
    let (_rep, endpoint) = server("rep", ANY);
    let mut c = Program::start(&mut person("c", &[&endpoint]));
    let said = said(&mut c, 2);
    let time = said.split('\'').nth(1).unwrap();
    let digest = zmq_interop::digest::sha1_hex(time.as_bytes());
    insta::assert_snapshot!(said.replace(time, "TIME").replace(&digest, "DIGEST OF TIME"));
}

#[test]
fn mreq_msgqueue_mrep() {
    let mut queue = Program::start(&mut events("msgqueue", &[ANY, ANY]));
    let ready = queue.ready();
    let mut mrep = Program::start(&mut person("mrep", &[&ready[1]]));
    let mut mreq = Program::start(&mut person("mreq", &[&ready[0]]));
    let client = format!("pid={}", mreq.pid());
    let all = said(&mut mreq, 1) + &said(&mut mrep, 2);
    let letters = all.split("data: ").nth(1).unwrap()[..10].to_owned();
    assert_eq!(queue.lines_so_far(), [] as [&str; 0], "msgqueue says nothing");
    insta::assert_snapshot!(all.replace(&client, "pid=CLIENT").replace(&letters, "LETTERS"));
}
