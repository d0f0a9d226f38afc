//! Servers that come and go, signals, and the end.

use crate::support::{Answer, Arg, s};
use crate::{call, fails, q, recv, send};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

/// role.q's client against servers that come and go: see .role.client and .role.once.
pub fn a_client_outlives_its_servers() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = s(&format!("tcp://{}", nobody.local_addr().unwrap()));
    drop(nobody);
    let req = q().handle("REQ");
    for option in ["req_relaxed", "req_correlate", "immediate"] {
        call("set", &[req.clone(), Arg::Symbol(option), Arg::Bool(true)]);
    }
    call("set", &[req.clone(), Arg::Symbol("linger"), Arg::Long(0)]);
    call("timeout", &[req.clone(), Arg::Long(20)]);
    call("connect", &[req.clone(), endpoint.clone()]);
    assert_eq!(fails("send", &[req.clone(), s("nobody is there")]), "timeout");

    for answer in ["first server", "second server"] {
        let rep = q().handle("REP");
        let mut bound = q().call("bind", &[rep.clone(), endpoint.clone()]);
        while bound.is_err() {
            // The server before gives its port back a moment after close.
            bound = q().call("bind", &[rep.clone(), endpoint.clone()]);
        }
        // The client sends again and again, until the server has it.
        call("timeout", &[rep.clone(), Arg::Long(20)]);
        while q().call("send", &[req.clone(), s("asked")]).is_err()
            || q().call("recv", std::slice::from_ref(&rep)).is_err()
        {}
        assert_eq!(fails("recv", std::slice::from_ref(&req)), "timeout");
        // And once more: all answers but the last come too late.
        forever(&[&req, &rep]);
        send(&req, s("asked again"));
        send(&rep, s("late"));
        while recv(&rep) != Answer::Chars(b"asked again".to_vec()) {
            send(&rep, s("late"));
        }
        send(&rep, s(answer));
        assert_eq!(recv(&req), Answer::Chars(answer.into()));
        call("timeout", &[req.clone(), Arg::Long(20)]);
        call("close", std::slice::from_ref(&rep));
    }
}

fn forever(sockets: &[&Arg]) {
    for socket in sockets {
        call("timeout", &[(*socket).clone(), Arg::Long(-1)]);
    }
}

pub fn a_signal_interrupts_recv_and_poll() {
    unsafe extern "C" {
        fn signal(number: i32, handler: extern "C" fn(i32)) -> usize;
        fn kill(pid: i32, number: i32) -> i32;
    }
    extern "C" fn nothing(_: i32) {}
    const SIGINT: i32 = 2;
    unsafe { signal(SIGINT, nothing) }; // as q does, which then raises 'stop
    let rep = q().handle("REP");
    q().bind(&rep);
    let push = q().handle("PUSH");
    // A listener that never says a word: the message stays, and term waits for it.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("tcp://{}", silent.local_addr().unwrap());
    call("connect", &[push.clone(), s(&endpoint)]);
    send(&push, s("late"));
    let (done, wait) = channel::<()>();
    let pid = std::process::id() as i32;
    let interrupter = std::thread::spawn(move || {
        // Again and again, since nobody can know when the call has begun to wait.
        while wait.recv_timeout(Duration::from_millis(5)) == Err(RecvTimeoutError::Timeout) {
            unsafe { kill(pid, SIGINT) };
        }
    });
    let errors = [
        fails("recv", std::slice::from_ref(&rep)),
        fails("poll", &[rep, Arg::Long(-1)]),
        fails("poll", &[Arg::List(vec![]), Arg::Long(600_000)]),
        fails("term", &[Arg::Nil]),
    ];
    drop(done);
    interrupter.join().unwrap();
    assert_eq!(errors, ["interrupted"; 4]);
    // term can be called again, and still keeps the message.
    drop(silent);
    let pull = zmq::Context::new().socket(zmq::PULL).unwrap();
    pull.bind(&endpoint).unwrap();
    call("term", &[Arg::Nil]);
    assert_eq!(pull.recv_bytes(0).unwrap(), b"late");
}

/// The trap: a queue is lost when q exits without term.
pub fn term_hands_over_what_was_sent() {
    let context = zmq::Context::new();
    let pull = context.socket(zmq::PULL).unwrap();
    pull.bind("tcp://127.0.0.1:*").unwrap();
    let endpoint = pull.get_last_endpoint().unwrap().unwrap();
    let push = q().handle("PUSH");
    call("connect", &[push.clone(), s(&endpoint)]);
    let big: Vec<u8> = (0..8 << 20).map(|i| (i % 251) as u8).collect();
    send(&push, Arg::Bytes(big.clone()));
    call("close", std::slice::from_ref(&push));
    call("term", &[Arg::Nil]);
    assert!(pull.recv_bytes(0).unwrap() == big);
    // A context ends once; the next socket gets a new one.
    assert_eq!(call("term", &[Arg::Nil]), Answer::Nil);
    assert!(matches!(q().handle("PUSH"), Arg::Long(_)));
}
