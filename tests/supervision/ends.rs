//! Signals, a closed terminal, a killed harness.

use std::io::Read as _;
use std::os::fd::OwnedFd;
use std::os::unix::net::{UnixListener, UnixStream};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Stdio};
use std::time::Duration;

use libtest_mimic::Trial;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use super::run::{Liar, Place};
use super::test;

/// How long anything may take that must happen.
pub const DEADLINE: Duration = Duration::from_secs(60);

pub fn trials() -> Vec<Trial> {
    let asked = |name: &str, signal| {
        test(name, move || {
            stops_in_order(|harness| kill_process(Pid::from_child(harness), signal).unwrap());
        })
    };
    vec![
        asked("ctrl_c_stops_in_order", Signal::INT),
        asked("sigterm_stops_in_order", Signal::TERM),
        asked("sighup_stops_in_order", Signal::HUP),
        test("a_closed_terminal_stops_in_order", closed_terminal),
        test("ctrl_c_twice_stops_at_once", || twice("")),
        test("a_killed_harness_leaves_nobody", || killed("")),
    ]
}

/// A run whose first cell passes, whose second hangs, and whose third is never begun.
fn hanging() -> (Place, UnixListener, [&'static str; 7]) {
    let place = Place::new(&[Liar { name: "liar", lie: "never-ready", roles: &["rep"], more: "" }]);
    let hello = UnixListener::bind(place.path("hello")).unwrap();
    let words = [
        "--peer=liar,rust",
        "--jobs=1",
        "--coverage=full",
        "--timeout=600",
        "--cell=pipeline/rust-rust-rust",
        "--cell=fan-in/all-liar",
        "--cell=broker/rust-rust-rust",
    ];
    (place, hello, words)
}

fn assert_interrupted(place: &Place, harness: &mut Child) {
    assert_eq!(harness.wait().unwrap().code(), Some(130));
    place.assert_clean(harness.id(), "");
    let report = place.report();
    assert_eq!(report["interrupted"], true);
    assert_eq!(report["exit"], 130);
    let verdicts: Vec<_> =
        report["cells"].as_array().unwrap().iter().map(|c| &c["verdict"]).collect();
    assert_eq!(verdicts, ["not-run", "not-run", "pass"]);
}

fn stops_in_order(interrupt: impl Fn(&Child)) {
    let (place, hello, words) = hanging();
    let mut harness = place
        .command(&words)
        .env("LIAR_HELLO", place.path("hello"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut liar = accept(&hello);
    interrupt(&harness);
    assert_interrupted(&place, &mut harness);
    assert_gone(&mut liar);
}

/// The next liar that says hello.
pub fn accept(hello: &UnixListener) -> UnixStream {
    let timeout = Timespec::try_from(DEADLINE).unwrap();
    let come = poll(&mut [PollFd::new(hello, PollFlags::IN)], Some(&timeout)).unwrap();
    assert_eq!(come, 1, "no liar was started");
    hello.accept().unwrap().0
}

/// The liar at the other end has ended.
pub fn assert_gone(liar: &mut UnixStream) {
    liar.set_read_timeout(Some(DEADLINE)).unwrap();
    let mut rest = vec![];
    liar.read_to_end(&mut rest).expect("the liar still lives");
}

fn closed_terminal() {
    let (place, hello, words) = hanging();
    let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
    grantpt(&terminal).unwrap();
    unlockpt(&terminal).unwrap();
    let name = ptsname(&terminal, vec![]).unwrap();
    let end: OwnedFd = rustix::fs::open(
        name,
        rustix::fs::OFlags::RDWR | rustix::fs::OFlags::NOCTTY,
        rustix::fs::Mode::empty(),
    )
    .unwrap();
    let mut command = place.command(&words);
    command.env("LIAR_HELLO", place.path("hello")).env("CI", "1");
    command.stdin(end.try_clone().unwrap()).stdout(end.try_clone().unwrap()).stderr(end);
    // SAFETY: both are async-signal-safe.
    unsafe {
        command.pre_exec(|| {
            rustix::process::setsid()?;
            Ok(rustix::process::ioctl_tiocsctty(rustix::stdio::stdin())?)
        });
    }
    let mut harness = command.spawn().unwrap();
    drop(command); // It holds the terminal's other end.
    let mut liar = accept(&hello);
    drop(terminal);
    assert_interrupted(&place, &mut harness);
    assert_gone(&mut liar);
}

/// A run with clients that don't end on SIGTERM, and a server that does. Returns the connections of the
/// clients, and that of the server.
fn stubborn(launcher: &str) -> (Place, Child, Vec<UnixStream>, UnixStream) {
    let place = Place::new(&[]);
    // The environment doesn't cross a launcher.
    let hello = format!(", 'env', 'LIAR_HELLO={}']", place.path("hello").display());
    let launcher = launcher.replace(']', &hello);
    place.declare(&[
        Liar { name: "liar", lie: "stubborn", roles: &["c"], more: &launcher },
        Liar { name: "other", lie: "honest", roles: &["rep"], more: &launcher },
    ]);
    let hello = UnixListener::bind(place.path("hello")).unwrap();
    let words = ["--peer=liar,other", "--timeout=600", "--cell=fan-in/all-other"];
    let harness = place
        .command(&words)
        .env("LIAR_HELLO", place.path("hello"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut come: Vec<_> = (0..3).map(|_| accept(&hello)).collect();
    let server = come.iter().position(|liar| role(liar) == *b"rep ").expect("a server");
    let server = come.remove(server);
    (place, harness, come, server)
}

/// What the liar at the other end plays.
fn role(mut liar: &UnixStream) -> [u8; 4] {
    let mut name = [0; 4];
    liar.read_exact(&mut name).unwrap();
    name
}

/// `launcher`: the line of the manifest, or nothing.
pub fn twice(launcher: &str) {
    let (place, mut harness, clients, mut server) = stubborn(launcher);
    let interrupt = || kill_process(Pid::from_child(&harness), Signal::INT).unwrap();
    interrupt();
    // The server ends on the first SIGTERM: the harness is stopping in order, and waits for the clients.
    assert_gone(&mut server);
    interrupt();
    assert_eq!(harness.wait().unwrap().code(), Some(130));
    assert!(place.report().is_null(), "a report is written only by who stops in order");
    place.assert_clean(harness.id(), "");
    clients.into_iter().for_each(|mut liar| assert_gone(&mut liar));
}

/// `launcher`: the line of the manifest, or nothing.
pub fn killed(launcher: &str) {
    let (place, mut harness, clients, mut server) = stubborn(launcher);
    harness.kill().unwrap();
    harness.wait().unwrap();
    clients.into_iter().for_each(|mut liar| assert_gone(&mut liar));
    assert_gone(&mut server);
    Place::assert_all_end(harness.id(), DEADLINE);
    // Nobody could remove its folder; the next run does.
    let next = place.run(&["--peer=rust", "--cell=broker/rust-rust-rust"]);
    assert_eq!(next.code(), Some(0), "{}", next.text());
}
