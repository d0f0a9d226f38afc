//! Peers behind a real sshd on loopback: what is true of a near peer's life and death is true of theirs.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use libtest_mimic::Trial;
use tempfile::TempDir;

use super::ends::{self, DEADLINE};
use super::run::{Liar, Place};
use super::{ALL, all_scenarios_pass, skip};

/// A name, and what must hold.
type Test = (&'static str, fn(&Sshd));

pub fn trials() -> Vec<Trial> {
    let tests: [Test; 9] = [
        ("a_login_shell_that_is_not_bash", |_| {
            scenarios(&Sshd::with("ForceCommand dash -c \"$SSH_ORIGINAL_COMMAND\""))
        }),
        ("a_peer_is_carried_behind_ssh_and_set_up_there", carried),
        ("behind_a_jump_host", jump),
        ("scenarios_behind_ssh", scenarios),
        ("an_agent_behind_ssh", agent),
        ("a_killed_harness_leaves_nobody_behind_ssh", |sshd| ends::killed(&sshd.launcher(&[]))),
        ("ctrl_c_twice_leaves_nobody_behind_ssh", |sshd| ends::twice(&sshd.launcher(&[]))),
        ("broken_connections_are_nobodys_fault_and_leave_nobody", |sshd| broken(sshd, Which::All)),
        ("a_broken_connection_is_nobodys_fault_and_leaves_nobody", |sshd| {
            broken(sshd, Which::Last)
        }),
    ];
    let test = |(name, holds): Test| {
        skip::unless(lacks(), name, move || {
            holds(&Sshd::start());
            Ok(())
        })
    };
    tests.into_iter().map(test).collect()
}

const SSHD: &str = "/usr/sbin/sshd";

fn lacks() -> Option<String> {
    let can = Path::new(SSHD).exists() && rustix::process::geteuid().is_root();
    (!can).then(|| "needs root and OpenSSH's sshd".into())
}

/// A server of our own, with keys of its own.
struct Sshd {
    dir: TempDir,
    port: u16,
    process: Child,
}

impl Sshd {
    fn start() -> Sshd {
        Sshd::with("")
    }

    /// With one line more in its configuration.
    fn with(more: &str) -> Sshd {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name).display().to_string();
        for key in ["host", "user"] {
            let made = Command::new("ssh-keygen")
                .args(["-q", "-t", "ed25519", "-N", "", "-f", &path(key)])
                .status();
            assert!(made.is_ok_and(|status| status.success()), "ssh-keygen fails");
        }
        // As root it wants this folder, which its service makes.
        let _ = fs::create_dir("/run/sshd");
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let config = format!(
            "Port {port}\nListenAddress 127.0.0.1\nHostKey {}\nAuthorizedKeysFile {}\nStrictModes no\n\
             PermitRootLogin yes\nUsePAM no\nPidFile none\nMaxStartups 100\n{more}\n",
            path("host"),
            path("user.pub")
        );
        fs::write(path("sshd_config"), config).unwrap();
        let client = format!(
            "Host far jump\nHostName 127.0.0.1\nPort {port}\nIdentityFile {}\nStrictHostKeyChecking no\n\
             UserKnownHostsFile /dev/null\nLogLevel ERROR\n",
            path("user")
        );
        fs::write(path("ssh_config"), client).unwrap();
        let process = Command::new(SSHD)
            .args(["-D", "-f", &path("sshd_config"), "-E", &path("log")])
            .spawn()
            .unwrap();
        let start = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            let log = fs::read_to_string(path("log")).unwrap_or_default();
            assert!(start.elapsed() < DEADLINE, "sshd does not listen: {log}");
            std::thread::yield_now();
        }
        Sshd { dir, port, process }
    }

    /// The line of a manifest that puts a peer behind it; `more` is said to the far side's shell.
    fn launcher(&self, more: &[&str]) -> String {
        let config = self.dir.path().join("ssh_config").display().to_string();
        let words: Vec<&str> = ["ssh", "-F", &config, "far"].iter().chain(more).copied().collect();
        format!("launcher = {words:?}")
    }

    /// Breaks connections: the last one, or all.
    fn break_connections(&self, which: Which) {
        let sessions = format!("/proc/{0}/task/{0}/children", self.process.id());
        let sessions = fs::read_to_string(sessions).unwrap();
        let newest_first = sessions.split_whitespace().rev();
        for pid in newest_first.take(if which == Which::Last { 1 } else { usize::MAX }) {
            let pid = rustix::process::Pid::from_raw(pid.parse().unwrap()).unwrap();
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
        }
    }
}

/// Which connections are broken.
#[derive(PartialEq)]
enum Which {
    /// That of the program which was started last; the keeper's stays.
    Last,
    All,
}

impl Drop for Sshd {
    fn drop(&mut self) {
        self.break_connections(Which::All);
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Setup puts a peer of this repository, and this program itself, into a folder over there, where they run.
fn carried(sshd: &Sshd) {
    let place = Place::new(&[]);
    let launcher = sshd.launcher(&[]);
    let there = place.path("there");
    let declared = format!(
        "[peers.far]\nlike = 'bash'\n{launcher}\nlauncher_dir = '{0}/far'\n\
         [peers.far_rust]\nlike = 'rust'\n{launcher}\nlauncher_dir = '{0}/rust'\n",
        there.display()
    );
    fs::write(place.path("peers.toml"), declared).unwrap();
    let me = |words: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_zmq-interop"));
        command.arg(words[0]).arg("--peers").arg(place.path("peers.toml")).args(&words[1..]);
        let output = command.env("NO_COLOR", "1").output().unwrap();
        let text = [output.stdout, output.stderr].map(|b| String::from_utf8_lossy(&b).into_owned());
        (output.status.code(), text.concat())
    };
    let (code, text) = me(&["doctor", "--peer=far,far_rust", "--require=far"]);
    assert_eq!(code, Some(1), "{text}");
    let absent = format!("its folder {}/far/bash is not there, it was not set up", there.display());
    assert!(text.contains(&absent), "{text}");
    assert!(text.contains("setup --peers") && text.contains(" far_rust"), "{text}");
    let (code, text) = me(&["setup", "far", "far_rust"]);
    assert_eq!(code, Some(0), "{text}");
    for file in ["far/bash/c.sh", "far/bash/zmtp.sh", "rust/zmq-interop"] {
        assert!(there.join(file).is_file(), "{file} was not carried: {text}");
    }
    let (code, text) = me(&["doctor", "--peer=far,far_rust", "--require=far,far_rust"]);
    assert_eq!(code, Some(0), "{text}");
    let words = ["--peer=far,far_rust", "--cell=fan-in/*", "--cell=req-basic/*"];
    let run = place.run(&words);
    assert_eq!((run.code(), run.count("skipped")), (Some(0), 0), "{}", run.text());
    assert!(run.count("pass") == 2, "{}", run.text());
    // Where there is no room for it the launcher's words are told.
    fs::write(place.path("file"), "").unwrap();
    let nowhere = format!(
        "[peers.far]\nlike='bash'\n{launcher}\nlauncher_dir='{}/file'\n",
        place.dir.path().display()
    );
    fs::write(place.path("peers.toml"), nowhere).unwrap();
    let (code, text) = me(&["setup", "far"]);
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("can't be carried to"), "{text}");
}

/// A port of its own and a host on the way.
fn jump(sshd: &Sshd) {
    let config = sshd.dir.path().join("ssh_config").display().to_string();
    let port = sshd.port.to_string();
    let words = ["ssh", "-F", &config, "-J", "jump", "-p", &port, "far"];
    let more = format!("launcher = {words:?}");
    let far = Liar { name: "far", lie: "honest", roles: ALL, more: &more };
    let run = Place::new(&[far]).run(&["--peer=far", "--cell=fan-in/*"]);
    assert_eq!((run.code(), run.count("pass")), (Some(0), 1), "{}", run.text());
}

/// Servers are killed and stopped in them, and clients told to stop.
fn scenarios(sshd: &Sshd) {
    let more = sshd.launcher(&[]);
    all_scenarios_pass(&more).unwrap_or_else(|failed| panic!("{failed:?}"));
    // What breaks the contract is seen over there, too.
    for (lie, what) in [
        ("crash-third", "before its work was done"),
        ("ignore-term", "did not stop on SIGTERM"),
        ("child-in-group", "left running"),
        ("child-escaped", "outside of its group"),
    ] {
        let far = Liar { name: "far", lie, roles: &["rep"], more: &more };
        let run = Place::new(&[far]).run(&["--peer=far,rust", "--cell=fan-in/all-far"]);
        let failure = &run.cells()[0]["failure"];
        assert_eq!(failure["blame"][0]["peer"], "far", "{lie}: {}", run.text());
        let told = failure["what"].as_str().unwrap_or_default();
        assert!(told.contains(what), "{lie}: {}", run.text());
    }
}

fn agent(sshd: &Sshd) {
    let me = env!("CARGO_BIN_EXE_zmq-interop");
    let more = format!(
        "agent = ['{me}', 'agent']\nversions = ['{me}', 'versions']\n{}",
        sshd.launcher(&[])
    );
    let far = Liar { name: "far", lie: "honest", roles: &[], more: &more };
    let cells = ["req-basic", "life-*", "rep-gone", "agent-*"];
    let cells = cells.map(|case| format!("--cell={case}/far*"));
    let words: Vec<&str> =
        ["--peer=far,rust"].into_iter().chain(cells.iter().map(String::as_str)).collect();
    let run = Place::new(&[far]).run(&words);
    assert_eq!(run.code(), Some(0), "{}", run.text());
    assert!(run.count("pass") > 15, "{}", run.text());
}

fn broken(sshd: &Sshd, which: Which) {
    let place = Place::new(&[]);
    let hello = place.path("hello");
    let launcher = sshd.launcher(&["env", &format!("LIAR_HELLO={}", hello.display())]);
    let far = Liar { name: "far", lie: "never-ready", roles: &["rep"], more: &launcher };
    place.declare(&[far]);
    let hello = std::os::unix::net::UnixListener::bind(hello).unwrap();
    let harness = place
        .command(&["--peer=far,rust", "--timeout=600", "--cell=fan-in/all-far"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let pid = harness.id();
    let mut liar = ends::accept(&hello);
    sshd.break_connections(which);
    let output = harness.wait_with_output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let report = place.report();
    assert_eq!(report["cells"][0]["verdict"], "broken", "{text}");
    assert!(text.contains("lost with its launcher ssh"), "{text}");
    ends::assert_gone(&mut liar);
    Place::assert_all_end(pid, DEADLINE);
}
