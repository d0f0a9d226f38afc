//! The article's three demonstrations, as somebody does them by hand: the programs with no arguments,
//! on the default ports, each language with the others - and the story that goes with them: kill a
//! server and the clients don't notice; kill all and they pause; start one and it handles all; start
//! more and they share the load.

mod language;
#[path = "../program/mod.rs"]
mod program;
#[path = "../skip/mod.rs"]
mod skip;

use language::Language::{self, Bash, Perl, Python, Rust};
use language::all_here;
use program::{PATIENCE, Program};
use serial_test::serial;
use zmq_interop::digest::sha1_hex;

/// The article's messages and the digests printed there.
const KNOWN: [(&str, &str); 3] = [
    ("psy oppa gangnam style", "7c4db1c7db942d98a6f885efd4de173acd3c789f"),
    ("Fri Aug 10 00:03:40 2012", "a41e87cbe2b1ee6765383de73f571f9d44087101"),
    ("Fri Aug 10 00:03:41 2012", "97bf5dfb1c76991dbb15054728826422c175e13e"),
];

/// First: push → req → rep.
fn pipeline(push: Language, req: Language, rep: Language) {
    let name = format!("{} → {} → {}", push.name(), req.name(), rep.name());
    if !all_here(&name, &[push, req, rep]) {
        return;
    }
    let (mut req_program, mut rep_program) = (req.start("req"), rep.start("rep"));
    let (req_pid, rep_pid) = (req_program.pid(), rep_program.pid());
    for (message, digest) in KNOWN {
        let pushed = Program::fed(&mut push.command("push"), format!("{message}\n").as_bytes());
        assert_eq!(pushed.succeeds(), [] as [&str; 0]);
        let (req, rep) = (req.name(), rep.name());
        assert_eq!(req_program.line(), format!("{req}: received '{message}'"));
        assert_eq!(
            req_program.line(),
            format!("{req} (pid={req_pid}): received sha1 from server: {digest}")
        );
        // A rep that was slow to start may have been asked again.
        let received = format!("{rep}: received '{message}' from client.");
        rep_program.line_that(|line| line == received);
        assert_eq!(
            rep_program.line(),
            format!("{rep} (pid={rep_pid}): sending back sha1 of the received data: {digest}")
        );
    }
}

#[test]
#[serial]
fn pipeline_in_rust() {
    pipeline(Rust, Rust, Rust);
}

#[test]
#[serial]
fn pipeline_bash_python_perl() {
    pipeline(Bash, Python, Perl);
}

#[test]
#[serial]
fn pipeline_bash_rust_python() {
    pipeline(Bash, Rust, Python);
}

#[test]
#[serial]
fn pipeline_python_perl_rust() {
    pipeline(Python, Perl, Rust);
}

#[test]
#[serial]
fn pipeline_perl_python_rust() {
    pipeline(Perl, Python, Rust);
}

/// A `c` sends a time, and gets its digest.
fn c_gets_a_digest(c: &mut Program, language: Language) {
    let who = format!("{} (pid={})", language.name(), c.pid());
    let line = c.line();
    let time = line
        .strip_prefix(&format!("{who}: sending data: '"))
        .and_then(|rest| rest.strip_suffix('\''))
        .unwrap_or_else(|| panic!("{line}"));
    jiff::civil::DateTime::strptime("%a %b %e %H:%M:%S %Y", time).expect(time);
    let digest = sha1_hex(time.as_bytes());
    assert_eq!(c.line(), format!("{who}: received sha1 of data: {digest}"));
}

/// Second: clients in several languages at once, and a rep; then a rep in another language.
fn clock(clients: &[Language], reps: &[Language]) {
    let name: Vec<_> = clients.iter().chain(reps).map(|l| l.name()).collect();
    if !all_here(&name.join(", "), &[clients, reps].concat()) {
        return;
    }
    let mut programs: Vec<Program> = clients.iter().map(|client| client.start("c")).collect();
    for rep in reps {
        let mut server = rep.start("rep");
        for (client, language) in programs.iter_mut().zip(clients) {
            c_gets_a_digest(client, *language);
            c_gets_a_digest(client, *language);
        }
        let received = server.line_that(|line| line.contains("received '"));
        let time = received.split('\'').nth(1).expect("a time in quotes");
        assert_eq!(received, format!("{}: received '{time}' from client.", rep.name()));
        let who = format!("{} (pid={})", rep.name(), server.pid());
        let digest = sha1_hex(time.as_bytes());
        let replied = format!("{who}: sending back sha1 of the received data: {digest}");
        assert_eq!(server.line(), replied);
        server.kill();
    }
}

#[test]
#[serial]
fn clock_in_rust() {
    clock(&[Rust, Rust], &[Rust, Rust]);
}

#[test]
#[serial]
fn clock_in_all_languages() {
    clock(&[Rust, Python, Perl, Bash], &[Rust, Python, Perl]);
}

/// An mreq gets back what it sent.
fn mreq_gets_its_letters(mreq: &mut Program, language: Language) {
    let pid = mreq.pid();
    let line = mreq.line();
    let letters = line
        .strip_prefix(&format!("{} (pid={pid}): received the original data: ", language.name()))
        .and_then(|rest| rest.strip_suffix(&format!(" (from client pid={pid})")))
        .unwrap_or_else(|| panic!("{line}"));
    let right = letters.len() == 10 && letters.chars().all(|char| "qwertyuiop".contains(char));
    assert!(right, "{line}");
}

/// An mrep gets a request, from client `pid` if that matters, and sends it back.
fn mrep_serves(mrep: &mut Program, language: Language, pid: Option<u32>) {
    let whose = pid.map_or(String::new(), |pid| format!(" (from client pid={pid})"));
    let received = mrep.line_that(|line| line.contains("received '") && line.contains(&whose));
    let data = received.split('\'').nth(1).expect("data in quotes");
    assert_eq!(received, format!("{}: received '{data}' from client.", language.name()));
    let who = format!("{} (pid={})", language.name(), mrep.pid());
    assert_eq!(mrep.line(), format!("{who}: sending back the received data: {data}"));
}

/// Third: mreqs, a msgqueue and mreps; and the story. `mreps` are at least two.
fn queue(mreqs: &[Language], msgqueue: Language, mreps: &[Language]) {
    let languages = [mreqs, &[msgqueue], mreps].concat();
    let name: Vec<_> = languages.iter().map(|language| language.name()).collect();
    if !all_here(&name.join(", "), &languages) {
        return;
    }
    let start = |language: Language, role| {
        Program::start(language.command(role).env("INTEROP_INTERVAL_MS", "100"))
    };
    let mut broker = start(msgqueue, "msgqueue");
    let mut clients: Vec<_> = mreqs.iter().map(|&mreq| (start(mreq, "mreq"), mreq)).collect();
    let mut servers: Vec<_> = mreps.iter().map(|&mrep| (start(mrep, "mrep"), mrep)).collect();
    let all_answered = |clients: &mut [(Program, Language)]| {
        clients.iter_mut().for_each(|(client, mreq)| mreq_gets_its_letters(client, *mreq));
    };
    all_answered(&mut clients);
    servers.iter_mut().for_each(|(server, mrep)| mrep_serves(server, *mrep, None));

    // Kill a server, and the clients don't notice.
    servers.pop().expect("a server").0.kill();
    for _ in 0..5 {
        all_answered(&mut clients);
    }

    // Kill all, and the clients pause.
    servers.drain(..).for_each(|(server, _)| server.kill());
    for (client, _) in &mut clients {
        client.errors_so_far();
        client.error();
        client.error();
        client.lines_so_far(); // the last answers have come by now
        let error = client.error();
        assert!(error.contains("no answer for 1 s, sending again"), "{error}");
        assert_eq!(client.lines_so_far(), [] as [&str; 0], "nobody is there to answer");
    }

    // Start one, and it handles all.
    let (mut one, language) = (start(mreps[0], "mrep"), mreps[0]);
    for (client, _) in &clients {
        mrep_serves(&mut one, language, Some(client.pid()));
    }
    all_answered(&mut clients);
    all_answered(&mut clients);

    // Start more, and they share the load.
    let mut all: Vec<_> = mreps[1..].iter().map(|&mrep| (start(mrep, "mrep"), mrep)).collect();
    all.iter_mut().for_each(|(server, mrep)| mrep_serves(server, *mrep, None));
    one.lines_so_far();
    all.push((one, language));
    for (server, mrep) in &mut all {
        (0..3).for_each(|_| mrep_serves(server, *mrep, None));
    }
    all_answered(&mut clients);
    assert_eq!(broker.lines_so_far(), [] as [&str; 0], "msgqueue says nothing");
}

#[test]
#[serial]
fn queue_in_rust() {
    queue(&[Rust, Rust, Rust], Rust, &[Rust, Rust, Rust]);
}

#[test]
#[serial]
fn queue_rust_between_all_languages() {
    queue(&[Rust, Python, Perl, Bash], Rust, &[Perl, Rust, Python]);
}

#[test]
#[serial]
fn queue_python_between_all_languages() {
    queue(&[Rust, Python, Perl, Bash], Python, &[Rust, Perl, Python]);
}

#[test]
#[serial]
fn queue_perl_between_all_languages() {
    queue(&[Rust, Python, Perl, Bash], Perl, &[Python, Rust, Perl]);
}

/// A stranger's REQ, without any program of ours around it, gets the article's digests.
#[test]
#[serial]
fn the_known_answers_from_every_rep() {
    for rep in [Rust, Python, Perl] {
        if !all_here(&format!("the known answers from {}", rep.name()), &[rep]) {
            continue;
        }
        let _server = rep.start("rep");
        let client = zmq::Context::new().socket(zmq::REQ).unwrap();
        client.set_linger(0).unwrap();
        client.set_rcvtimeo(PATIENCE.as_millis() as i32).unwrap();
        client.connect("tcp://127.0.0.1:5556").unwrap();
        for (message, digest) in KNOWN {
            client.send(message, 0).unwrap();
            let answer = client.recv_string(0).expect("an answer").expect("UTF-8");
            assert_eq!(answer, digest, "{} about '{message}'", rep.name());
        }
    }
}
