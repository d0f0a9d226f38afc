//! The seven roles in Rust, as a harness and a person meet them: docs/role-contract.md, sentence by
//! sentence. Here: what they answer, and their events. Beside: patience of clients, ends, sentences.

#[path = "../program/mod.rs"]
mod program;

mod ends;
mod patience;
mod sentences;

use program::{Program, events};
use zmq_interop::digest::{D, sha1_hex};

/// A port that the operating system chooses.
pub const ANY: &str = "tcp://127.0.0.1:*";

/// `role` for `count` exchanges without a pause.
pub fn counted(role: &str, endpoints: &[&str], count: u32) -> Program {
    let mut command = events(role, endpoints);
    command.env("INTEROP_COUNT", count.to_string()).env("INTEROP_INTERVAL_MS", "0");
    Program::start(&mut command)
}

/// `role` without an end, and the first endpoint that it bound.
pub fn server(role: &str, endpoint: &str) -> (Program, String) {
    let mut program = Program::start(&mut events(role, &[endpoint]));
    let bound = program.ready().remove(0);
    (program, bound)
}

/// A broker, its frontend and its backend.
fn broker() -> (Program, String, String) {
    let mut broker = Program::start(&mut events("msgqueue", &[ANY, ANY]));
    let [frontend, backend] = broker.ready().try_into().expect("two endpoints");
    (broker, frontend, backend)
}

fn pattern(size: usize) -> Vec<u8> {
    (0..size).map(|i| (i % 251) as u8).collect()
}

#[test]
fn all_are_ready_and_say_where() {
    let nowhere = "ipc://no-such-socket";
    for (role, endpoints, bound) in [
        ("push", vec![nowhere], 0),
        ("req", vec![ANY, nowhere], 1),
        ("rep", vec![ANY], 1),
        ("c", vec![nowhere], 0),
        ("msgqueue", vec![ANY, ANY], 2),
        ("mrep", vec![nowhere], 0),
        ("mreq", vec![nowhere], 0),
    ] {
        let ready = Program::start(&mut events(role, &endpoints)).ready();
        assert_eq!(ready.len(), bound, "{role}");
        for endpoint in ready {
            let port = endpoint.strip_prefix("tcp://127.0.0.1:").expect("a real endpoint");
            assert_ne!(port.parse::<u16>().expect("a real port"), 0);
        }
    }
}

#[test]
fn all_bytes_pass_unchanged_from_push_to_req_to_rep() {
    let (mut rep, rep_endpoint) = server("rep", ANY);
    let mut req = Program::start(&mut events("req", &[ANY, &rep_endpoint]));
    let pull = req.ready().remove(0);
    let all_values: Vec<u8> = (0..=255).collect();
    let big = pattern(8 << 20);
    let messages: &[&[u8]] = &[
        b"psy oppa gangnam style",
        b"",
        b"\0",
        b"a\0b\0",
        b"\xff\xfe\x80 not UTF-8 \xc3",
        &all_values,
        &pattern(254),
        &pattern(255),
        &pattern(256),
        &pattern(1024),
        &pattern(1025),
        &pattern(65_536),
        b"lines\nand\r\nmore \r",
        &big,
    ];
    for message in messages {
        let mut push = Program::fed(&mut events("push", &[&pull]), message);
        assert_eq!(push.ready(), [] as [&str; 0]);
        let (message, digest) = (D::of(message), sha1_hex(message));
        assert_eq!(push.data("sent"), message);
        assert_eq!(push.succeeds(), [] as [&str; 0]);
        assert_eq!(req.data("pulled"), message);
        assert_eq!(rep.data("received"), message);
        assert_eq!(rep.data("replied"), D::of(digest.as_bytes()));
        assert_eq!(req.data("answered"), D::of(digest.as_bytes()));
    }
}

#[test]
fn push_strips_all_trailing_newlines_and_nothing_else() {
    let (_rep, rep_endpoint) = server("rep", ANY);
    let mut req = Program::start(&mut events("req", &[ANY, &rep_endpoint]));
    let pull = req.ready().remove(0);
    for (input, message) in
        [("psy\n", "psy"), ("psy\n\n\n", "psy"), ("\n", ""), ("\npsy\r\n \n", "\npsy\r\n ")]
    {
        Program::fed(&mut events("push", &[&pull]), input.as_bytes()).succeeds();
        assert_eq!(req.later_data("pulled"), D::of(message.as_bytes()));
    }
}

#[test]
fn c_gets_the_digest_of_the_time() {
    let mut rep = counted("rep", &[ANY], 3);
    let mut c = counted("c", &[&rep.ready()[0]], 3);
    assert_eq!(c.ready(), [] as [&str; 0]);
    for _ in 0..3 {
        let sent = c.data("sent");
        let time = String::from_utf8(sent.bytes().unwrap()).unwrap();
        jiff::civil::DateTime::strptime("%a %b %e %H:%M:%S %Y", &time).expect(&time);
        assert_eq!(time.len(), "Fri Aug 10 00:03:40 2012".len(), "{time}");
        assert_eq!(rep.data("received"), sent);
        assert_eq!(rep.data("replied"), D::of(sent.sha1.as_bytes()));
        assert_eq!(c.data("answered"), D::of(sent.sha1.as_bytes()));
    }
    assert_eq!(c.succeeds(), [] as [&str; 0]);
    assert_eq!(rep.succeeds(), [] as [&str; 0]);
}

#[test]
fn c_reads_the_clock_in_the_time_zone_of_the_environment() {
    let (_rep, endpoint) = server("rep", ANY);
    let time = |zone: &str| {
        let mut command = events("c", &[&endpoint]);
        let mut c = Program::start(command.env("TZ", zone).env("INTEROP_COUNT", "1"));
        let text = String::from_utf8(c.later_data("sent").bytes().unwrap()).unwrap();
        jiff::civil::DateTime::strptime("%a %b %e %H:%M:%S %Y", &text).unwrap()
    };
    // GMT+5 is five hours *behind* in POSIX. To the nearest hour, for the clock goes on meanwhile.
    let hours = |zone| ((time("UTC0") - time(zone)).total(jiff::Unit::Hour).unwrap()).round();
    assert_eq!(hours("GMT+5"), 5.0);
    assert_eq!(hours("<+03>-3"), -3.0);
}

#[test]
fn mreq_gets_its_own_letters_back_through_the_broker() {
    let (_broker, frontend, backend) = broker();
    let mut mrep = counted("mrep", &[&backend], 5);
    let mut mreq = counted("mreq", &[&frontend], 5);
    assert_eq!(mrep.ready(), [] as [&str; 0]);
    assert_eq!(mreq.ready(), [] as [&str; 0]);
    let mut all = std::collections::HashSet::new();
    for _ in 0..5 {
        let sent = mreq.data("sent");
        let text = String::from_utf8(sent.bytes().unwrap()).unwrap();
        let letters = text.strip_suffix(&format!(" (from client pid={})", mreq.pid())).unwrap();
        assert_eq!(letters.len(), 10, "{text}");
        assert!(letters.chars().all(|letter| "qwertyuiop".contains(letter)), "{text}");
        assert_eq!(mrep.data("received"), sent);
        assert_eq!(mrep.data("replied"), sent);
        assert_eq!(mreq.data("answered"), sent);
        all.insert(text);
    }
    assert_eq!(all.len(), 5, "random letters are not the same again: {all:?}");
    assert_eq!(mreq.succeeds(), [] as [&str; 0]);
    assert_eq!(mrep.succeeds(), [] as [&str; 0]);
}

#[test]
fn many_clients_share_two_servers_and_each_gets_its_own() {
    let (_broker, frontend, backend) = broker();
    let mut mreps = [(); 2].map(|()| Program::start(&mut events("mrep", &[&backend])));
    mreps.iter_mut().for_each(|mrep| assert_eq!(mrep.ready(), [] as [&str; 0]));
    let mreqs: Vec<Program> = (0..5).map(|_| counted("mreq", &[&frontend], 40)).collect();
    for mreq in mreqs {
        let data: Vec<serde_json::Value> = mreq
            .succeeds()
            .iter()
            .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["data"].clone())
            .collect();
        assert_eq!(data.len(), 1 + 40 + 40, "ready, then sent and answered 40 times");
        assert!(data[1..].chunks(2).all(|pair| pair[0] == pair[1]), "{data:?}");
    }
    mreps.iter_mut().for_each(|mrep| drop(mrep.later_data("replied")));
}

#[test]
fn a_message_of_several_frames_is_answered_as_one() {
    let (mut rep, endpoint) = server("rep", ANY);
    let context = zmq::Context::new();
    let client = context.socket(zmq::REQ).unwrap();
    client.set_linger(0).unwrap();
    client.set_rcvtimeo(program::PATIENCE.as_millis() as i32).unwrap();
    client.connect(&endpoint).unwrap();
    for frames in [vec!["psy ", "oppa gangnam", "", " style"], vec!["psy oppa gangnam style"]] {
        client.send_multipart(frames, 0).unwrap();
        let digest = client.recv_multipart(0).unwrap();
        assert_eq!(digest, [b"7c4db1c7db942d98a6f885efd4de173acd3c789f"]);
        assert_eq!(rep.later_data("received").size, 22);
    }
}
