//! A folder that stands in for this repository, with the peers of a test alone.

use std::fs;
use std::path::PathBuf;

use assert_cmd::Command;
use assert_cmd::assert::Assert;
use serde_json::Value;
use tempfile::TempDir;
use zmq_interop::report::record::Record;

/// A peer that plays `c` and `rep`, so that with it there is one cell for each peer with a `rep`.
pub const HONEST: &str =
    "[peers.honest]\nlanguage = 'Rust'\ncommand = ['{self}', '{role}']\nroles = ['c', 'rep']\n";

/// The command of a script around an honest program.
pub const SCRIPT: &str =
    concat!("['sh', 'rep.sh', '", env!("CARGO_BIN_EXE_zmq-interop"), "', '{role}']");

/// The peers of this repository, of which none is here or has a part in a cell.
fn gone() -> String {
    let lines = include_str!("../../interop/peers.toml").lines();
    let names = lines.filter_map(|line| line.strip_prefix("[peers.")?.strip_suffix(']'));
    let peer = |name| {
        format!(
            "[peers.{name}]\nlanguage = 'none'\nroles = ['push']\ncommand = ['./gone', '{{role}}']\n"
        )
    };
    names.filter(|name| !name.contains('.')).map(peer).collect()
}

pub struct Home(TempDir);

impl Home {
    /// A home whose manifest is `manifest`.
    pub fn new(manifest: &str) -> Home {
        let home = Home(tempfile::tempdir().unwrap());
        fs::create_dir(home.path("interop")).unwrap();
        home.write("interop/my.toml", &(gone() + manifest));
        home
    }

    /// The honest peer, and those `names`, whose `rep` is a script that gets the words of an honest one.
    pub fn with_rep(names: &[&str], script: &str) -> Home {
        let peer = |name: &&str| {
            format!("[peers.{name}]\nlanguage = 'shell'\nroles = ['rep']\ncommand = {SCRIPT}\n")
        };
        let home = Home::new(&(HONEST.to_owned() + &names.iter().map(peer).collect::<String>()));
        home.write("interop/rep.sh", script);
        home
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// `zmq-interop COMMAND` with these words.
    pub fn tool(&self, name: &str, words: &[&str]) -> Command {
        Command::from_std(self.command(name, words))
    }

    /// The same, for who looks at it while it runs.
    pub fn command(&self, name: &str, words: &[&str]) -> std::process::Command {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_zmq-interop"));
        for name in ["INTEROP_EVENTS", "INTEROP_COUNT", "INTEROP_INTERVAL_MS"] {
            command.env_remove(name);
        }
        command.env("ZMQ_INTEROP_HOME", self.0.path()).env("NO_COLOR", "1");
        command.current_dir(self.0.path());
        command.args([name, "--peers", "interop/my.toml"]).args(words);
        command
    }

    /// `zmq-interop run` with these words and a report.
    pub fn run(&self, words: &[&str]) -> Assert {
        self.tool("run", &["--report", "report"]).args(words).assert()
    }

    /// report.json.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.read("report/report.json")).unwrap()
    }

    /// The report, as the program reads it.
    pub fn record(&self) -> Record {
        zmq_interop::report::json::read(&self.path("report/report.json")).unwrap()
    }

    /// The ids of the cells and their verdicts.
    pub fn verdicts(&self) -> Vec<(String, &'static str)> {
        let record = self.record();
        record.cells.iter().map(|cell| (cell.id.clone(), cell.verdict().name())).collect()
    }
}

/// Pairs as [`Home::verdicts`] tells them.
pub fn pairs(all: &[(&str, &'static str)]) -> Vec<(String, &'static str)> {
    all.iter().map(|(id, verdict)| (id.to_string(), *verdict)).collect()
}
