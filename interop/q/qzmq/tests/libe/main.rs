//! Every function of the extension over KX's own C API (libe.so, see interop/q/setup), with real K
//! objects and no q. Each call also checks that reference counts are unchanged: see support.

mod errors;
mod lifetime;
mod support;

use libtest_mimic::{Arguments, Completion, Trial};
use std::sync::OnceLock;
use support::{Answer, Arg, Q, s};

static Q: OnceLock<Q> = OnceLock::new();

fn q() -> &'static Q {
    Q.get_or_init(|| Q::load(&support::libe().expect("libe.so")))
}

fn main() {
    let tests: &[(&str, fn())] = &[
        ("exports_and_nothing_of_libzmq", exports_and_nothing_of_libzmq),
        ("version_is_ours_and_libzmqs", version_is_ours_and_libzmqs),
        ("messages_pass_unchanged", messages_pass_unchanged),
        ("router_and_dealer_proxy_on_a_second_thread", router_and_dealer_proxy_on_a_second_thread),
        ("publish_and_subscribe", publish_and_subscribe),
        ("poll_says_who_has_a_message", poll_says_who_has_a_message),
        ("each_error_has_its_text", errors::each_error_has_its_text),
        ("a_client_outlives_its_servers", lifetime::a_client_outlives_its_servers),
        ("a_panic_is_an_error", a_panic_is_an_error),
        ("a_signal_interrupts_recv_and_poll", lifetime::a_signal_interrupts_recv_and_poll),
        ("term_hands_over_what_was_sent", lifetime::term_hands_over_what_was_sent),
        ("memory_stays_flat", memory_stays_flat),
    ];
    let mut arguments = Arguments::from_args();
    arguments.test_threads = Some(1); // like q: one thread, the main one
    let trials = tests.iter().map(|&(name, test)| {
        Trial::ignorable_test(name, move || {
            if support::libe().is_none() {
                const WHY: &str = "no libe.so: run interop/q/setup";
                // Set in CI, see CONTRIBUTING.md: there a test that can't run is red.
                return match std::env::var_os("INTEROP_NO_SKIP") {
                    None => Ok(Completion::ignored_with(WHY)),
                    Some(_) => Err(WHY.into()),
                };
            }
            test();
            assert_eq!(q().call("term", &[Arg::Nil]), Ok(Answer::Nil));
            Ok(Completion::Completed)
        })
    });
    libtest_mimic::run(&arguments, trials.collect()).exit()
}

fn call(name: &str, args: &[Arg]) -> Answer {
    q().call(name, args).unwrap_or_else(|e| panic!("{name}: {e}"))
}

fn fails(name: &str, args: &[Arg]) -> String {
    match q().call(name, args) {
        Err(text) => text,
        Ok(answer) => panic!("{name} gave {answer:?} and no error for {args:?}"),
    }
}

/// A REQ connected to a REP.
fn pair() -> (Arg, Arg) {
    let (req, rep) = (q().handle("REQ"), q().handle("REP"));
    assert_eq!(call("connect", &[req.clone(), q().bind(&rep)]), Answer::Nil);
    (req, rep)
}

fn send(socket: &Arg, message: Arg) {
    assert_eq!(call("send", &[socket.clone(), message]), Answer::Nil);
}

fn recv(socket: &Arg) -> Answer {
    call("recv", std::slice::from_ref(socket))
}

const NAMES: &[&str] = &[
    "bind", "close", "connect", "new", "poll", "proxy", "recv", "send", "set", "term", "timeout",
    "version",
];

fn exports_and_nothing_of_libzmq() {
    let nm = std::process::Command::new("nm")
        .args(["--dynamic", "--defined-only", "--format=posix"])
        .arg(support::extension())
        .output()
        .expect("nm, which comes with every C compiler");
    let listed = String::from_utf8(nm.stdout).unwrap();
    let mut names: Vec<_> = listed.lines().filter_map(|l| l.split(' ').next()).collect();
    names.sort();
    let expected: Vec<_> = NAMES.iter().map(|name| format!("qzmq_{name}")).collect();
    assert_eq!(names, expected);
}

fn version_is_ours_and_libzmqs() {
    let Answer::List(parts) = call("version", &[Arg::Nil]) else { panic!("not a list") };
    let (major, minor, patch) = zmq::version();
    let libzmq = format!("{major}.{minor}.{patch}");
    let expected = [env!("CARGO_PKG_VERSION"), &libzmq].map(|v| Answer::Chars(v.into()));
    assert_eq!(parts, expected);
}

fn messages_pass_unchanged() {
    let (req, rep) = pair();
    let all: Vec<u8> = (0..=255).collect();
    let big: Vec<u8> = (0..1 << 20).map(|i| (i % 251) as u8).collect();
    for (sent, bytes) in [
        (s(""), vec![]),
        (Arg::Bytes(vec![]), vec![]),
        (Arg::Char(b'a'), b"a".to_vec()),
        (Arg::Byte(0), vec![0]),
        (s("psy oppa gangnam style"), b"psy oppa gangnam style".to_vec()),
        (Arg::Bytes(all.clone()), all.clone()),
        (Arg::Chars(all.clone()), all),
        (Arg::Bytes(big.clone()), big),
    ] {
        send(&req, sent);
        let there = recv(&rep);
        assert!(there == Answer::Chars(bytes.clone()), "{} bytes on the way there", bytes.len());
        send(&rep, Arg::Chars(bytes.clone()));
        assert!(recv(&req) == Answer::Chars(bytes), "on the way back");
    }
    // Several frames come as a list; one frame in a list is still one frame.
    let frames = [s(""), Arg::Char(b'x'), Arg::Bytes(vec![0, 255])];
    send(&req, Arg::List(frames.to_vec()));
    let expected = [vec![], b"x".to_vec(), vec![0, 255]].map(Answer::Chars);
    assert_eq!(recv(&rep), Answer::List(expected.into()));
    send(&rep, Arg::List(vec![s("one")]));
    assert_eq!(recv(&req), Answer::Chars(b"one".to_vec()));
}

fn router_and_dealer_proxy_on_a_second_thread() {
    let [router, dealer, rep] = ["ROUTER", "DEALER", "REP"].map(|kind| q().handle(kind));
    let (front, back) = (q().bind(&router), q().bind(&dealer));
    let reqs = [q().handle("REQ"), q().handle("REQ")];
    for req in &reqs {
        call("connect", &[req.clone(), front.clone()]);
    }
    call("connect", &[rep.clone(), back]);
    let (a, b) = (router.clone(), dealer.clone());
    let proxy = std::thread::spawn(move || {
        let error = fails("proxy", &[a, b]);
        q().leave_thread();
        error
    });
    for round in 0..100_u32 {
        // Both ask before either is answered: the proxy has to tell them apart.
        for (i, req) in reqs.iter().enumerate() {
            send(req, s(&format!("{round} from {i}")));
        }
        for _ in &reqs {
            let Answer::Chars(request) = recv(&rep) else { panic!("several frames") };
            send(&rep, Arg::Chars(request));
        }
        for (i, req) in reqs.iter().enumerate() {
            assert_eq!(recv(req), Answer::Chars(format!("{round} from {i}").into()));
        }
    }
    assert_eq!(fails("recv", &[router]), "socket is in use");
    call("term", &[Arg::Nil]);
    assert_eq!(proxy.join().unwrap(), "Context was terminated");
}

fn publish_and_subscribe() {
    // XPUB gives the subscription as a message: no guessing when it has arrived.
    let (publisher, subscriber) = (q().handle("XPUB"), q().handle("SUB"));
    call("connect", &[subscriber.clone(), q().bind(&publisher)]);
    call("set", &[subscriber.clone(), Arg::Symbol("subscribe"), Arg::Char(b'A')]);
    assert_eq!(recv(&publisher), Answer::Chars(b"\x01A".to_vec()));
    send(&publisher, s("B is not wanted"));
    send(&publisher, s("AB is"));
    assert_eq!(recv(&subscriber), Answer::Chars(b"AB is".to_vec()));
}

fn poll_says_who_has_a_message() {
    let (req, rep) = pair();
    let handle = |socket: &Arg| match socket {
        Arg::Long(handle) => *handle,
        _ => unreachable!(),
    };
    let both = Arg::Longs(vec![handle(&req), handle(&rep)]);
    assert_eq!(call("poll", &[both.clone(), Arg::Long(0)]), Answer::Longs(vec![]));
    assert_eq!(call("poll", &[Arg::List(vec![]), Arg::Int(1)]), Answer::Longs(vec![]));
    send(&req, s("x"));
    assert_eq!(call("poll", &[both, Arg::Long(-1)]), Answer::Longs(vec![handle(&rep)]));
    assert_eq!(call("poll", &[rep.clone(), Arg::Long(-1)]), Answer::Longs(vec![handle(&rep)]));
    recv(&rep);
    assert_eq!(call("poll", &[rep, Arg::Long(0)]), Answer::Longs(vec![]));
}

/// The zmq crate panics at an errno that it doesn't know: a real one, here ENOTDIR.
fn a_panic_is_an_error() {
    let req = q().handle("REQ");
    let error = fails("bind", &[req.clone(), s("ipc:///dev/null/x")]);
    assert!(error.starts_with("panic: unknown error [20]"), "{error}");
    // The socket survived, with its lock.
    call("set", &[req, Arg::Symbol("linger"), Arg::Long(0)]);
}

fn memory_stays_flat() {
    let (req, rep) = pair();
    let round_trip = |i: u32| {
        let message = vec![i as u8; (i % 5000) as usize];
        send(&req, Arg::Bytes(message.clone()));
        assert_eq!(recv(&rep), Answer::Chars(message.clone()));
        send(&rep, Arg::List(vec![s(""), Arg::Chars(message.clone())]));
        assert_eq!(recv(&req), Answer::List([vec![], message].map(Answer::Chars).into()));
        // An error keeps a text; it must not keep one for each.
        assert_eq!(fails("send", &[rep.clone(), Arg::Nil]), "type: a string or bytes are wanted");
    };
    (0..5_000).for_each(round_trip);
    let (before, resident_before) = (q().allocated(), resident());
    (0..20_000).for_each(round_trip);
    assert_eq!(q().allocated(), before, "K memory");
    let grown = resident().saturating_sub(resident_before);
    assert!(grown < 256 << 10, "the process grew by {grown} bytes over 20,000 round trips");
}

/// Bytes of this process in memory. Elsewhere than on Linux only K's own memory is checked.
fn resident() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    statm.split(' ').nth(1).and_then(|pages| pages.parse().ok()).unwrap_or(0) * 4096
}
