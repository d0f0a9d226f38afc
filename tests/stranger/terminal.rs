//! What a person at a terminal sees while a run or a setup goes on: a bar, with what it waits for.

use std::fs::OpenOptions;
use std::io::{Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::process::{Child, Command};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

use super::home::Home;
use super::side_by_side;

/// How long anything may take that must happen.
const DEADLINE: Duration = Duration::from_secs(60);

/// A program at a terminal, and what it has written there.
struct Terminal {
    child: Child,
    text: String,
    more: Receiver<Vec<u8>>,
}

impl Terminal {
    fn start(mut command: Command) -> Terminal {
        let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
        let terminal = openpt(flags).unwrap();
        grantpt(&terminal).unwrap();
        unlockpt(&terminal).unwrap();
        let size = Winsize { ws_row: 40, ws_col: 180, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(&terminal, size).unwrap();
        let name = ptsname(&terminal, vec![]).unwrap();
        let flags = rustix::fs::OFlags::RDWR | rustix::fs::OFlags::NOCTTY;
        let end: OwnedFd = rustix::fs::open(name, flags, rustix::fs::Mode::empty()).unwrap();
        command.env_remove("CI").env("TERM", "xterm");
        command.stdin(end.try_clone().unwrap()).stdout(end.try_clone().unwrap()).stderr(end);
        let child = command.spawn().unwrap();
        drop(command); // It holds the terminal's other end.
        let (tell, more) = mpsc::channel();
        let mut terminal = std::fs::File::from(terminal);
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            // Once the other end is closed, Linux says EIO.
            while let Ok(n @ 1..) = terminal.read(&mut buffer) {
                if tell.send(buffer[..n].to_vec()).is_err() {
                    break;
                }
            }
        });
        Terminal { child, text: String::new(), more }
    }

    /// Waits until it has written `text`.
    fn sees(&mut self, text: &str) {
        let deadline = Instant::now() + DEADLINE;
        while !self.text.contains(text) {
            match self.more.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(bytes) => self.text += &String::from_utf8_lossy(&bytes),
                Err(_) => {
                    let all: Vec<_> = self.text.split(['\r', '\n']).collect();
                    let last = all[all.len().saturating_sub(10)..].join("\n");
                    panic!("no sign of {text:?}; last it wrote\n{last}");
                }
            }
        }
    }

    fn ends(mut self) -> (Option<i32>, String) {
        let code = self.child.wait().unwrap().code();
        self.text.extend(self.more.iter().map(|b| String::from_utf8_lossy(&b).into_owned()));
        (code, self.text.clone())
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Lets him go who reads the fifo.
fn open(home: &Home, fifo: &str) {
    let mut gate = OpenOptions::new().write(true).open(home.path(fifo)).unwrap();
    gate.write_all(b"\n").unwrap();
}

#[test]
fn a_setup_names_those_it_waits_for() {
    let home = side_by_side::home(&[("fine", "true"), ("slow", "read -r _ <../gate")], &["gate"]);
    let mut terminal = Terminal::start(home.command("setup", &["fine", "slow", "--jobs", "2"]));
    terminal.sees("✓ fine  ready in");
    terminal.sees("1/2; waits for slow (1 s)");
    open(&home, "interop/gate");
    terminal.sees("2 peers: 2 ready in");
    assert_eq!(terminal.ends().0, Some(0));
}

#[test]
fn a_run_names_the_cells_that_take_longest() {
    // Only the first that is started waits.
    let script = "if [ -e gate ]; then read -r _ <gate; rm gate; fi; exec \"$@\"";
    let home = Home::with_rep(&["slow"], script);
    side_by_side::mkfifo(home.path("interop/gate"));
    let words = ["--cell", "fan-in/*", "--peer", "honest,slow"];
    let mut terminal = Terminal::start(home.command("run", &words));
    terminal.sees("1/2; 1 passed; waits for fan-in/all-slow (2 s)");
    open(&home, "interop/gate");
    terminal.sees("2 cells: 2 passed in");
    let (code, text) = terminal.ends();
    assert_eq!(code, Some(0), "{text}");
    assert!(!text.contains("\u{1b}[3"), "NO_COLOR is set, and there is colour: {text:?}");
}
