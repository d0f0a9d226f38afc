//! Runs the harness from outside on peers that lie. A test binary that includes this plays the liar
//! itself when it is started as `TEST --liar LIE ROLE ...`: so it is always as new as the tests.

#![allow(dead_code)] // each test binary uses its part

use std::fs;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Command, ExitCode, ExitStatus, Output, Stdio};

use libtest_mimic::{Arguments, Trial};
use serde_json::Value;
use tempfile::TempDir;

use super::liar;

/// The main function of a test binary.
pub fn main(tests: impl FnOnce() -> Vec<Trial>) -> ExitCode {
    main_by(6, tests)
}

/// The same, so many at a time.
#[allow(dead_code, reason = "each test binary uses its part")]
pub fn main_by(threads: usize, tests: impl FnOnce() -> Vec<Trial>) -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if let [flag, words @ ..] = words.as_slice()
        && flag == "--liar"
    {
        return match liar::play(words) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("liar: {error}");
                ExitCode::FAILURE
            }
        };
    }
    let mut arguments = Arguments::from_args();
    // Most of the time is spent waiting for what does not come.
    arguments.test_threads.get_or_insert(threads);
    libtest_mimic::run(&arguments, tests()).exit_code()
}

/// A place for a run: its manifest, its report, and a folder for temporary files that must be empty
/// when it is over.
pub struct Place {
    pub dir: TempDir,
}

impl Place {
    /// A place whose manifest declares these.
    pub fn new(peers: &[Liar]) -> Place {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("tmp")).unwrap();
        let place = Place { dir };
        place.declare(peers);
        place
    }

    /// Has its manifest declare these, and no others.
    pub fn declare(&self, peers: &[Liar]) {
        let text: String = peers.iter().map(Liar::entry).collect();
        fs::write(self.path("peers.toml"), text).unwrap();
    }

    pub fn path(&self, name: &str) -> std::path::PathBuf {
        self.dir.path().join(name)
    }

    /// `zmq-interop run` with the manifest, a report, and `words`.
    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_zmq-interop"));
        command.args(["run", "--peers"]).arg(self.path("peers.toml"));
        command.arg("--report").arg(self.path("report")).args(words);
        command.env("TMPDIR", self.path("tmp")).env("NO_COLOR", "1").current_dir(self.dir.path());
        command
    }

    /// Runs it to its end, and sees that nothing is left of it.
    pub fn run(&self, words: &[&str]) -> Run {
        let child =
            self.command(words).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let pid = child.id();
        let run = Run { output: child.wait_with_output().unwrap(), report: self.report() };
        self.assert_clean(pid, &run.text());
        run
    }

    /// Runs it in silence, and tells the largest memory of the harness and of all that it waited for, in KiB.
    pub fn measured(&self, words: &[&str]) -> (Run, i64) {
        let mut command = self.command(words);
        #[allow(clippy::zombie_processes, reason = "wait4 waits for it")]
        let harness = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let pid = harness.id() as i32;
        // SAFETY: wait4(2) writes only to the two places that it is given.
        let (status, usage) = unsafe {
            let (mut status, mut usage) = (0, std::mem::zeroed::<libc::rusage>());
            assert_eq!(libc::wait4(pid, &mut status, 0, &mut usage), pid);
            (ExitStatus::from_raw(status), usage)
        };
        self.assert_clean(harness.id(), "");
        let output = Output { status, stdout: vec![], stderr: vec![] };
        (Run { output, report: self.report() }, usage.ru_maxrss)
    }

    /// Nothing is left of the run with this process id: no process, no file.
    pub fn assert_clean(&self, pid: u32, text: &str) {
        assert_eq!(marked(pid), Vec::<String>::new(), "processes are left: {text}");
        let left: Vec<_> =
            fs::read_dir(self.path("tmp")).unwrap().map(|e| e.unwrap().path()).collect();
        assert!(left.is_empty(), "files are left: {left:?}: {text}");
    }

    /// Whoever a harness with this process id, which was killed or lost them, has left ends in time.
    pub fn assert_all_end(pid: u32, deadline: std::time::Duration) {
        let start = std::time::Instant::now();
        while !marked(pid).is_empty() {
            assert!(start.elapsed() < deadline, "{:?}", marked(pid));
            std::thread::yield_now();
        }
    }

    /// report.json, or null.
    pub fn report(&self) -> Value {
        let text = fs::read_to_string(self.path("report/report.json")).unwrap_or("null".into());
        serde_json::from_str(&text).unwrap()
    }
}

/// A run that is over.
pub struct Run {
    pub output: Output,
    pub report: Value,
}

impl Run {
    pub fn code(&self) -> Option<i32> {
        self.output.status.code()
    }

    /// All that it printed.
    pub fn text(&self) -> String {
        let [out, err] =
            [&self.output.stdout, &self.output.stderr].map(|b| String::from_utf8_lossy(b));
        format!("{out}{err}")
    }

    /// The cells of its report.
    pub fn cells(&self) -> &[Value] {
        self.report["cells"].as_array().map(Vec::as_slice).unwrap_or_default()
    }

    /// The cell with this id, or null.
    pub fn cell(&self, id: &str) -> &Value {
        self.cells().iter().find(|cell| cell["id"] == id).unwrap_or(&Value::Null)
    }

    /// How many cells have this verdict.
    pub fn count(&self, verdict: &str) -> usize {
        self.cells().iter().filter(|cell| cell["verdict"] == verdict).count()
    }
}

/// A peer for a manifest.
pub struct Liar<'a> {
    pub name: &'a str,
    pub lie: &'a str,
    pub roles: &'a [&'a str],
    /// More lines of its entry.
    pub more: &'a str,
}

impl Liar<'_> {
    fn entry(&self) -> String {
        let Liar { name, lie, roles, more } = self;
        let me = std::env::current_exe().unwrap();
        format!(
            "[peers.{name}]\nlanguage = 'Rust'\ncommand = ['{}', '--liar', '{lie}', '{{role}}']\n\
             roles = {roles:?}\n{more}\n",
            me.display()
        )
    }
}

/// The living processes that a harness with this process id has marked.
pub fn marked(harness: u32) -> Vec<String> {
    let mark = format!("ZMQ_INTEROP_MARK={harness}.");
    let name = |pid: &Path| {
        let environment = fs::read(pid.join("environ")).ok()?;
        let ours = environment.split(|b| *b == 0).any(|v| v.starts_with(mark.as_bytes()));
        let command =
            String::from_utf8_lossy(&fs::read(pid.join("cmdline")).ok()?).replace('\0', " ");
        ours.then(|| format!("{} {command}", pid.display()))
    };
    fs::read_dir("/proc").into_iter().flatten().filter_map(|e| name(&e.ok()?.path())).collect()
}
