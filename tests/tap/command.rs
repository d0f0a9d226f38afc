//! `zmq-interop tap` between real sockets, as a person and as a program reads it.

use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::thread;

use jsonschema::Draft;
use rustix::process::Signal;
use serde_json::{Value, json};
use zmq_interop::digest::D;

use super::DEADLINE;
use super::program::Program;

fn tap(arguments: &[&str]) -> Program {
    let mut command = Command::new(env!("CARGO_BIN_EXE_zmq-interop"));
    Program::start(command.arg("tap").args(arguments))
}

/// A server that answers `count` requests with what it was asked, and where it listens.
fn server(endpoint: &str, count: usize) -> (thread::JoinHandle<()>, String) {
    let rep = zmq::Context::new().socket(zmq::REP).unwrap();
    rep.set_rcvtimeo(DEADLINE.as_millis() as i32).unwrap();
    rep.bind(endpoint).unwrap();
    let endpoint = rep.get_last_endpoint().unwrap().unwrap();
    let serve = move || (0..count).for_each(|_| rep.send(rep.recv_bytes(0).unwrap(), 0).unwrap());
    (thread::spawn(serve), endpoint)
}

fn ask(endpoint: &str, requests: &[&str]) {
    let req = zmq::Context::new().socket(zmq::REQ).unwrap();
    req.set_rcvtimeo(DEADLINE.as_millis() as i32).unwrap();
    req.set_linger(0).unwrap();
    req.connect(endpoint).unwrap();
    for request in requests {
        req.send(request, 0).unwrap();
        assert_eq!(req.recv_bytes(0).unwrap(), request.as_bytes());
    }
}

/// What a line says, without the time.
fn said(line: &str) -> &str {
    line.get(16..).unwrap_or(line)
}

#[test]
fn a_person_reads_who_says_what_and_a_summary() {
    let (served, upstream) = server("tcp://127.0.0.1:*", 2);
    let mut tap = tap(&["--connect", &upstream]);
    let first = tap.line();
    let (_, rest) = first.split_once("connect to ").unwrap();
    let (endpoint, rest) = rest.split_once(' ').unwrap();
    assert!(rest.ends_with(&upstream), "{first}");
    ask(endpoint, &["hello", ""]);
    served.join().unwrap();
    let mut lines = vec![tap.line()];
    while !lines.last().unwrap().ends_with("closed") {
        lines.push(tap.line());
    }
    assert!(said(&lines[0]).starts_with("opened from 127.0.0.1:"), "{lines:#?}");
    let has =
        |what: &str| assert!(lines.iter().any(|line| said(line) == what), "{what}: {lines:#?}");
    has("→ greeting ZMTP 3.1 NULL");
    has("← greeting ZMTP 3.1 NULL");
    has("→ READY Socket-Type=REQ Identity=");
    has("→ message [0] [5: \"hello\"]");
    has("← message [0] [5: \"hello\"]");
    has("← message [0] [0]");
    has("→ closes");
    tap.signal(Signal::INT);
    let end = tap.end();
    assert!(end.status.success(), "{}", end.errors);
    let summary = end.output.last().unwrap();
    assert!(summary.starts_with("1 connection, 4 messages (→ 2, ← 2), "), "{summary}");
    assert!(summary.contains("; 2 of 2 requests answered, the slowest after "), "{summary}");
    assert!(!summary.contains("protocol error") && !first.contains('\u{1b}'), "{summary}");
}

#[test]
fn a_program_reads_objects_that_keep_to_the_schema() {
    let folder = tempfile::tempdir().unwrap();
    let ipc = |name: &str| format!("ipc://{}/{name}", folder.path().display());
    let (served, upstream) = server(&ipc("upstream"), 1);
    let mut tap = tap(&["--json", "--listen", &ipc("tap"), "--connect", &upstream]);
    let first: Value = serde_json::from_str(&tap.line()).unwrap();
    assert_eq!((&first["event"], &first["listen"]), (&json!("listening"), &json!(ipc("tap"))));
    ask(&ipc("tap"), &["psy oppa"]);
    served.join().unwrap();
    let mut lines = vec![first];
    while lines.last().unwrap()["event"] != "closed" {
        lines.push(serde_json::from_str(&tap.line()).unwrap());
    }
    tap.signal(Signal::TERM);
    let end = tap.end();
    lines.extend(end.output.iter().map(|line| serde_json::from_str(line).unwrap()));
    let asked = json!([D::of(b""), D::of(b"psy oppa")]);
    let message = lines.iter().find(|line| line["event"] == "message").unwrap();
    assert_eq!((&message["from"], &message["frames"]), (&json!("connector"), &asked));
    let summary = lines.last().unwrap();
    assert_eq!((&summary["requests"], &summary["answered"]), (&json!(1), &json!(1)));
    assert!(!folder.path().join("tap").exists(), "the tap's file is left");

    let schema = serde_json::from_str(include_str!("../../docs/tap.schema.json")).unwrap();
    let options = jsonschema::options().with_draft(Draft::Draft202012);
    let schema = options.should_validate_formats(true).build(&schema).unwrap();
    for line in &lines {
        let errors: Vec<_> = schema.iter_errors(line).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{line}: {errors:?}");
        for (name, wrong) in [("event", json!("sad")), ("at", json!("yesterday"))] {
            let mut broken = line.clone();
            broken[name] = wrong;
            assert!(!schema.is_valid(&broken), "{broken}");
        }
    }
}

#[test]
fn nobody_upstream_and_breaches_are_counted_and_nothing_else_is_printed_quietly() {
    let mut tap = tap(&["--quiet", "--connect", "tcp://127.0.0.1:1"]);
    let first = tap.line();
    let endpoint = first.split(' ').nth(4).unwrap().trim_start_matches("tcp://").to_string();
    for _ in 0..2 {
        use std::io::Read as _;
        let mut stream = TcpStream::connect(&endpoint).unwrap();
        stream.set_read_timeout(Some(DEADLINE)).unwrap();
        assert_eq!(stream.read(&mut [0]).unwrap_or(0), 0, "nobody is there to be passed on to");
    }
    tap.signal(Signal::INT);
    let end = tap.end();
    assert!(end.status.success());
    let expected =
        "2 connections (2 found nobody upstream), 0 messages (→ 0, ← 0), 0 bytes (→ 0, ← 0)";
    assert_eq!(end.output, [expected]);
}

#[test]
fn who_stops_reading_ends_it() {
    let mut tap = tap(&["--connect", "tcp://127.0.0.1:1"]);
    let first = tap.line();
    tap.stop_listening();
    // It is seen with what is printed next.
    let address = first.split(' ').nth(4).unwrap().trim_start_matches("tcp://").to_string();
    let connecting = thread::spawn(move || while TcpStream::connect(&address).is_ok() {});
    let end = tap.end();
    assert!(end.status.success() && end.errors.is_empty(), "{} {}", end.status, end.errors);
    connecting.join().unwrap();
}

#[test]
fn a_wrong_endpoint_and_a_taken_one_are_told_with_status_2() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = format!("tcp://{}", listener.local_addr().unwrap());
    for (arguments, why) in [
        (&["--connect", "localhost:5555"][..], "expected tcp://host:port"),
        (
            &["--listen", &taken, "--connect", "tcp://127.0.0.1:1"],
            "can't listen at tcp://127.0.0.1:",
        ),
    ] {
        let end = tap(arguments).end();
        assert_eq!(end.status.code(), Some(2));
        assert!(end.errors.contains(why), "{}", end.errors);
    }
}

/// What is said on a connection, without times and who connected.
fn conversation(lines: &[String]) -> Vec<&str> {
    let mut said: Vec<_> =
        lines.iter().map(|line| said(line)).filter(|line| line.starts_with(['→', '←'])).collect();
    said.sort_unstable();
    said
}

#[test]
fn what_is_written_is_decoded_to_what_was_shown() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.pcapng").display().to_string();
    let (served, upstream) = server("tcp://127.0.0.1:*", 3);
    let mut tap = tap(&["--write", &file, "--connect", &upstream]);
    let first = tap.line();
    let large = "x".repeat(200_000);
    ask(first.split(' ').nth(4).unwrap(), &["hello", "", &large]);
    served.join().unwrap();
    let mut lines = vec![tap.line()];
    while !lines.last().unwrap().ends_with("closed") {
        lines.push(tap.line());
    }
    tap.signal(Signal::INT);
    let summary = tap.end().output.pop().unwrap();

    let decoded = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_zmq-interop"));
        Program::start(command.arg("decode").args(arguments)).succeeds()
    };
    let mut shown = decoded(&[&file]);
    let counted = |summary: &str| summary.split(", the slowest").next().unwrap().to_owned();
    assert_eq!(counted(&shown.pop().unwrap()), counted(&summary));
    assert_eq!(conversation(&shown), conversation(&lines), "{shown:#?}");
    assert!(said(&shown[0]).starts_with("opened from 127.0.0.1:"), "{shown:#?}");
    let objects = decoded(&["--json", &file]);
    let last: Value = serde_json::from_str(objects.last().unwrap()).unwrap();
    assert_eq!((&last["requests"], &last["lost"]), (&json!(3), &json!(0)));

    // A third of the file is a connection that is cut, and no octet of it is made up.
    let whole = std::fs::read(&file).unwrap();
    std::fs::write(&file, &whole[..whole.len() / 3]).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_zmq-interop"));
    let end = Program::start(command.args(["decode", &file])).end();
    assert!(
        end.output.iter().any(|line| said(line) == "→ message [0] [5: \"hello\"]"),
        "{:?}",
        end.output
    );
    assert!(!end.output.iter().any(|line| line.contains("[200000:")), "{:?}", end.output);
}

#[test]
fn what_is_no_capture_is_told() {
    let folder = tempfile::tempdir().unwrap();
    for (content, code) in [(&b"no capture at all, but long enough to be one"[..], 2), (b"", 2)] {
        let file = folder.path().join("a").display().to_string();
        std::fs::write(&file, content).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_zmq-interop"));
        let end = Program::start(command.args(["decode", &file])).end();
        assert_eq!(end.status.code(), Some(code), "{}", end.errors);
        assert!(end.errors.contains("no capture"), "{}", end.errors);
    }
}
