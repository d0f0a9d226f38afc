//! The languages of the demonstrations: how a person starts their programs, and whether they are here.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::program::{self, Program};
use crate::skip;

use Language::{Bash, Perl, Python, Rust};

#[derive(Clone, Copy, PartialEq)]
pub enum Language {
    Rust,
    Python,
    Perl,
    Bash,
}

impl Language {
    pub fn name(self) -> &'static str {
        match self {
            Rust => "rust",
            Python => "python",
            Perl => "perl",
            Bash => "bash",
        }
    }

    /// The program of `role`, with no arguments.
    pub fn command(self, role: &str) -> Command {
        let mut command = match (self, role) {
            (Rust, _) => program::rust(role, &[]),
            (Python, _) => with_argument(python(), folder().join(format!("python/{role}.py"))),
            (Perl, _) => with_argument("perl", folder().join(format!("perl/{role}.pl"))),
            (Bash, "push") => {
                let mut command = with_argument("bash", "-c");
                command.arg("source bash/zmq_push.sh && zmq_push").current_dir(folder());
                command
            }
            (Bash, _) => with_argument("bash", folder().join(format!("bash/{role}.sh"))),
        };
        for variable in ["INTEROP_EVENTS", "INTEROP_COUNT", "INTEROP_INTERVAL_MS"] {
            command.env_remove(variable);
        }
        command
    }

    pub fn start(self, role: &str) -> Program {
        Program::start(&mut self.command(role))
    }

    /// What this machine lacks to run the language, if anything.
    fn lacks(self) -> Option<&'static str> {
        let local = format!("-I{}", folder().join("perl/local/lib/perl5").display());
        let (works, otherwise) = match self {
            Rust => return None,
            Python => (
                works(with_argument(python(), "-c").arg("import zmq")),
                "pyzmq is not installed: run interop/python/setup",
            ),
            Perl => (
                works(with_argument("perl", local).args(["-MZMQ::FFI", "-e1"])),
                "ZMQ::FFI is not installed: run interop/perl/setup",
            ),
            Bash => (
                works(with_argument("bash", "-c").arg("((BASH_VERSINFO[0] >= 4))")),
                "bash 4 or later is not installed",
            ),
        };
        (!works).then_some(otherwise)
    }
}

/// Whether all of `languages` are here. A test that can't run says so past the test runner's capture,
/// and fails where INTEROP_NO_SKIP is set.
pub fn all_here(test: &str, languages: &[Language]) -> bool {
    let lacks = languages.iter().find_map(|language| language.lacks());
    if let Some(reason) = lacks {
        assert!(skip::is_allowed(), "{reason}");
        let line = format!("SKIPPED {test}: {reason}\n");
        io::stderr().write_all(line.as_bytes()).expect("standard error is there");
    }
    lacks.is_none()
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("interop")
}

fn python() -> PathBuf {
    folder().join("python/.venv/bin/python")
}

fn with_argument(program: impl AsRef<Path>, argument: impl AsRef<Path>) -> Command {
    let mut command = Command::new(program.as_ref());
    command.arg(argument.as_ref());
    command
}

fn works(command: &mut Command) -> bool {
    command.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|s| s.success())
}
