//! How programs end: errors in one line, signals, and a standard output that nobody reads.

use std::os::unix::process::ExitStatusExt as _;
use std::process::Command;

use assert_cmd::assert::OutputAssertExt as _;
use predicates::prelude::*;
use rustix::process::Signal;
use zmq_interop::role::Role;

use crate::program::{Program, events, rust};
use crate::{ANY, server};

const NOBODY: &str = "ipc://no-such-socket";

/// `role` with `endpoint` in place `at`, and good ones elsewhere.
fn with(role: Role, at: usize, endpoint: &str) -> Command {
    let mut endpoints: Vec<&str> =
        role.parameters().iter().map(|p| if p.binds { ANY } else { NOBODY }).collect();
    endpoints[at] = endpoint;
    rust(role.name(), &endpoints)
}

fn one_line_with(words: &'static str) -> impl Predicate<str> {
    predicate::function(move |text: &str| text.lines().count() == 1 && text.contains(words))
}

#[test]
fn a_bad_endpoint_is_one_line_and_exit_1() {
    for role in Role::ALL {
        for at in 0..role.parameters().len() {
            for (endpoint, words) in [
                ("nonsense", "'nonsense': Invalid argument (an endpoint looks like tcp://"),
                ("tcp://127.0.0.1", "'tcp://127.0.0.1': Invalid argument"),
                ("foo://127.0.0.1:1", "'foo://127.0.0.1:1': Protocol not supported"),
                ("", "''"),
            ] {
                let result = with(role, at, endpoint).assert();
                result.code(1).stdout("").stderr(one_line_with(words));
            }
        }
    }
}

#[test]
fn a_taken_port_is_one_line_and_exit_1() {
    let (_rep, taken) = server("rep", ANY);
    for role in Role::ALL {
        for (at, parameter) in role.parameters().iter().enumerate() {
            if parameter.binds {
                let words = predicate::str::contains(format!("cannot bind '{taken}': "));
                let result = with(role, at, &taken).assert();
                let result = result.code(1).stdout("").stderr(words);
                result.stderr(one_line_with("Address already in use (stop the program that has"));
            }
        }
    }
}

#[test]
fn wrong_usage_is_exit_2_and_help_is_exit_0() {
    for role in Role::ALL {
        let name = role.name();
        let too_many = vec![ANY; role.parameters().len() + 1];
        let usage = || predicate::str::contains("Usage:").and(predicate::str::contains(name));
        rust(name, &too_many).assert().code(2).stdout("").stderr(usage());
        for help in ["-h", "--help"] {
            rust(name, &[help]).assert().code(0).stdout(usage()).stderr("");
        }
    }
}

#[test]
fn a_variable_that_is_no_number_is_one_line_and_exit_2() {
    for name in ["INTEROP_COUNT", "INTEROP_INTERVAL_MS"] {
        let result = rust("c", &[NOBODY]).env(name, "-1").assert();
        let words = predicate::str::contains(format!("{name} must be a number, not '-1'"));
        result.code(2).stdout("").stderr(words);
    }
}

#[test]
fn signals_stop_all_while_they_wait() {
    for role in Role::ALL {
        for signal in [Signal::INT, Signal::TERM] {
            let mut command = with(role, 0, if role.parameters()[0].binds { ANY } else { NOBODY });
            let mut program = Program::fed(command.env("INTEROP_EVENTS", "1"), b"owed to nobody");
            program.ready();
            program.signal(signal);
            let status = program.end().status;
            let by_signal = status.signal() == Some(signal.as_raw());
            let by_exit = [Some(0), Some(128 + signal.as_raw())].contains(&status.code());
            assert!(by_signal || by_exit, "{role} after {signal:?}: {status}");
        }
    }
}

#[test]
fn signals_stop_a_client_that_pauses_or_resends() {
    let (_rep, endpoint) = server("rep", ANY);
    let an_hour =
        |command: &mut Command| Program::start(command.env("INTEROP_INTERVAL_MS", "3600000"));
    let mut pausing = an_hour(&mut events("c", &[&endpoint]));
    pausing.later_data("answered");
    let mut resending = an_hour(&mut events("c", &[NOBODY]));
    resending.later_data("resent");
    for client in [pausing, resending] {
        client.signal(Signal::TERM);
        assert_eq!(client.end().status.signal(), Some(Signal::TERM.as_raw()));
    }
}

#[test]
fn a_stopped_and_continued_program_goes_on() {
    let (rep, endpoint) = server("rep", ANY);
    let mut command = events("c", &[&endpoint]);
    let mut c = Program::start(command.env("INTEROP_INTERVAL_MS", "0"));
    c.later_data("answered");
    rep.signal(Signal::STOP);
    c.later_data("resent");
    c.signal(Signal::STOP);
    c.signal(Signal::CONT);
    c.later_data("resent");
    rep.signal(Signal::CONT);
    c.later_data("answered");
}

#[test]
fn nobody_reads_so_it_ends_quietly() {
    let (_rep, endpoint) = server("rep", ANY);
    // The last one has a request that waits for its server; it doesn't wait with it.
    for mut command in [events("c", &[&endpoint]), rust("c", &[&endpoint]), events("c", &[NOBODY])]
    {
        let mut c = Program::start(command.env("INTEROP_INTERVAL_MS", "0"));
        c.line();
        c.stop_listening();
        let end = c.end();
        assert_eq!(end.errors, "");
        assert!(end.status.success(), "{}", end.status);
    }
}
