//! Peers: what `peers.toml` declares, whether they are here, how they are set up, and their child
//! processes. What the programs must do and whether they did it is not known here.

pub mod agent;
mod carry;
pub mod ci;
mod command;
pub mod components;
pub mod discovery;
pub mod far;
mod lines;
pub mod manifest;
pub mod orphans;
pub mod output;
pub mod process;
mod response;
pub mod setup;
mod spawner;
pub mod status;
pub mod unstartable;

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::role::Role;
use process::{Stdin, Stdout};

/// The word of a command that stands for zmq-interop itself.
const SELF: &str = "{self}";

/// One ZeroMQ implementation as reached from one language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Its name, `[a-z][a-z0-9_]*`.
    pub name: String,
    /// The language's name as people write it.
    pub language: String,
    /// The binding's name.
    pub binding: String,
    /// The name of the ZeroMQ implementation under the binding, where the manifest says it.
    pub engine: Option<String>,
    /// The folder of its programs, their working directory.
    pub dir: PathBuf,
    /// The command that prepares it; empty where nothing is to prepare.
    pub setup: Vec<String>,
    /// The command that prints one JSON line of versions; empty where there is none.
    pub versions: Vec<String>,
    /// The command that installs what a machine lacks, for a person.
    pub install: Option<String>,
    /// The command for each role that it has.
    pub commands: BTreeMap<Role, Vec<String>>,
    /// The command of its agent (docs/agent-contract.md); empty where there is none.
    pub agent: Vec<String>,
    /// Words put before every command: `ssh host`, `ip netns exec name`.
    pub launcher: Vec<String>,
    /// The folder behind the launcher into which setup carries the peer; `None`: its programs are there already, and
    /// start where the launcher does.
    pub launcher_dir: Option<String>,
    /// Files outside of its folder that its programs or its setup use, from there.
    pub shared: Vec<PathBuf>,
    /// What to call it when it is missing, before the reason.
    pub missing: Option<String>,
    /// Globs of the files in its folder whose hashes evidence of a run holds.
    pub sources: Vec<String>,
    /// The address on which its programs bind and others reach them; the run's where there is none.
    pub host: Option<String>,
    /// What continuous integration needs to know of it; `None`: it takes no part there.
    pub ci: Option<ci::Ci>,
}

impl Peer {
    /// A peer of the current folder that no manifest declares, with no program yet.
    pub fn here(name: &str) -> Peer {
        Peer {
            name: name.into(),
            language: String::new(),
            binding: String::new(),
            engine: None,
            dir: std::env::current_dir().unwrap_or_else(|_| ".".into()),
            setup: vec![],
            versions: vec![],
            install: None,
            commands: BTreeMap::new(),
            agent: vec![],
            launcher: vec![],
            launcher_dir: None,
            shared: vec![],
            missing: None,
            sources: vec![],
            host: None,
            ci: None,
        }
    }

    /// Does it have a program for `role`?
    pub fn has(&self, role: Role) -> bool {
        self.commands.contains_key(&role)
    }

    /// Is it behind a launcher, and so perhaps on another host?
    pub fn is_far(&self) -> bool {
        !self.launcher.is_empty()
    }

    /// All commands of its own.
    pub fn all_commands(&self) -> impl Iterator<Item = &[String]> {
        let others = [&self.setup, &self.versions, &self.agent];
        self.commands.values().chain(others).filter(|words| !words.is_empty()).map(Vec::as_slice)
    }

    /// What starts `command` with `arguments` and the variables `env`.
    pub fn starts(
        &self,
        command: &[String],
        arguments: &[String],
        env: Vec<(String, String)>,
        stdin: Stdin,
        stdout: Stdout,
    ) -> process::Command {
        let argv = self.argv(command, arguments, &env);
        let (launcher, dir) = (self.launcher.clone(), self.dir.clone());
        process::Command { launcher, argv, dir, far_dir: carry::folder(self), env, stdin, stdout }
    }

    /// The words of `command` with `arguments` where it runs. Behind a launcher, which the environment doesn't cross,
    /// env(1) sets the variables `env`.
    pub fn argv(
        &self,
        command: &[String],
        arguments: &[String],
        env: &[(String, String)],
    ) -> Vec<String> {
        let mut argv = vec![];
        if self.is_far() {
            argv.push("env".to_owned());
            argv.extend(env.iter().map(|(name, value)| format!("{name}={value}")));
        }
        argv.extend(command.iter().take(1).map(|word| self.program(word)));
        argv.extend(command.iter().skip(1).cloned());
        argv.extend_from_slice(arguments);
        argv
    }

    /// `{self}` is this program, or what was carried of it. A path with a slash is meant from the peer's folder;
    /// without a launcher it is made absolute, since whose working directory counts differs between systems.
    fn program(&self, word: &str) -> String {
        match word {
            SELF if self.launcher_dir.is_some() => return carry::THIS_PROGRAM.to_owned(),
            SELF => return this_program().display().to_string(),
            _ => {}
        }
        if !self.is_far() && word.contains('/') {
            // Joined by its components, which leave out a `./`: people read these paths.
            let path: std::path::PathBuf = self.dir.join(word).components().collect();
            return path.display().to_string();
        }
        word.to_owned()
    }
}

/// The path of the running zmq-interop, or, in a test binary, of the zmq-interop beside it.
pub fn this_program() -> PathBuf {
    let me = std::env::current_exe().unwrap_or_else(|_| "zmq-interop".into());
    // Cargo puts test binaries into target/PROFILE/deps, the program into target/PROFILE.
    match me.parent() {
        Some(dir) if dir.ends_with("deps") => dir.with_file_name("zmq-interop"),
        _ => me,
    }
}
