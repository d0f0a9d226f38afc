//! `zmq-interop examine` before servers that nothing is known of.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::thread;

use assert_cmd::Command;
use serde_json::Value;

fn examine(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_zmq-interop"));
    command.arg("examine").args(arguments);
    command
}

/// A socket of libzmq that takes all that comes, and where it listens.
fn served(kind: zmq::SocketType) -> String {
    let socket = zmq::Context::new().socket(kind).unwrap();
    socket.bind("tcp://127.0.0.1:*").unwrap();
    let endpoint = socket.get_last_endpoint().unwrap().unwrap();
    thread::spawn(move || while socket.recv_multipart(0).is_ok() {});
    endpoint
}

/// A relay before `endpoint` that drops each second connection, but for the two by which a server is asked who it is.
fn refusing(endpoint: &str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let told = format!("tcp://{}", listener.local_addr().unwrap());
    let address = endpoint.trim_start_matches("tcp://").to_owned();
    thread::spawn(move || {
        for (n, client) in listener.incoming().flatten().enumerate() {
            if n % 2 == 1 && n > 2 {
                continue;
            }
            let server = TcpStream::connect(&address).unwrap();
            let back = (server.try_clone().unwrap(), client.try_clone().unwrap());
            for (mut from, mut to) in [(client, server), back] {
                thread::spawn(move || {
                    let _ = std::io::copy(&mut from, &mut to);
                    let _ = to.shutdown(Shutdown::Both);
                });
            }
        }
    });
    told
}

fn text(output: &[u8]) -> String {
    String::from_utf8(output.to_vec()).unwrap()
}

#[test]
fn a_socket_of_libzmq_is_examined_by_the_wire_alone() {
    for (kind, name) in [(zmq::PULL, "PULL"), (zmq::ROUTER, "ROUTER")] {
        let endpoint = served(kind);
        let only = ["--only", "wire-greeting", "--only", "frame-*", "--only", "hb-pong"];
        let done = examine(&[&[&*endpoint], &only[..]].concat()).assert().code(0);
        let said = text(&done.get_output().stdout);
        assert!(said.starts_with(&format!("{endpoint} is a {name}, ZMTP 3.1, NULL;")), "{said}");
        assert!(said.contains("✓ hs-padding") && said.contains("✓ hb-pong"), "{said}");
        assert!(said.contains(" 0 wrong") && !said.contains('\u{1b}'), "{said}");
        assert!(!said.contains("hs-ready"), "{said}");
    }
}

#[test]
fn what_is_wrong_is_red_with_its_rule_and_its_conversation() {
    let endpoint = refusing(&served(zmq::PULL));
    let file = tempfile::NamedTempFile::new().unwrap();
    let junit = file.path().to_str().unwrap();
    let done = examine(&[&endpoint, "--only", "hs-padding", "--junit", junit]).assert().code(1);
    let said = text(&done.get_output().stdout);
    assert!(said.contains("✗ hs-padding") && said.contains("it closed the connection"), "{said}");
    let rule = "requires  the padding of the signature is not looked at (RFC 37";
    assert!(said.contains(rule), "{said}");
    assert!(said.contains("expected  accepted, got closed") && said.contains("1 wrong"), "{said}");
    let written = std::fs::read_to_string(junit).unwrap();
    assert!(written.contains("<failure") && written.contains("hs-padding"), "{written}");

    let endpoint = refusing(&served(zmq::PULL));
    let done = examine(&[&endpoint, "--only", "hs-padding", "--json"]).assert().code(1);
    let object: Value = serde_json::from_slice(&done.get_output().stdout).unwrap();
    assert_eq!(object["schema"], "zmq-interop/examine/1");
    assert_eq!(object["socket_type"], "PULL");
    let case = &object["cases"][0];
    assert_eq!((&case["verdict"], &case["failure"]["got"]), (&"fail".into(), &"closed".into()));
}

#[test]
fn who_is_no_server_of_zmtp_is_told_with_status_3() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("tcp://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for mut client in listener.incoming().flatten() {
            let _ = client.read(&mut [0; 64]);
            let _ = client.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        }
    });
    let done = examine(&[&endpoint]).assert().code(3);
    let said = text(&done.get_output().stderr);
    assert!(said.contains(&endpoint) && said.contains("ZMTP"), "{said}");
    let done = examine(&["tcp://127.0.0.1:1"]).assert().code(3);
    assert!(text(&done.get_output().stderr).contains("nobody can be connected to"));
}

#[test]
fn hostile_octets_go_to_no_other_machine_by_mistake() {
    let done = examine(&["tcp://192.0.2.1:5555"]).assert().code(2);
    let said = text(&done.get_output().stderr);
    assert!(said.contains("--i-may-test 192.0.2.1"), "{said}");
    for host in ["192.0.2.2", ""] {
        examine(&["tcp://192.0.2.1:5555", "--i-may-test", host]).assert().code(2);
    }
    let done = examine(&["tcp://127.0.0.1:1", "--only", "hs-nothing"]).assert().code(2);
    assert!(text(&done.get_output().stderr).contains("no cell matches"));
}
