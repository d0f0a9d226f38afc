//! Peers: what `peers.toml` declares, whether they are here, how they are set up, and their child
//! processes. What the programs must do and whether they did it is not known here.

pub mod agent;
pub mod ci;
mod command;
pub mod components;
pub mod discovery;
mod lines;
pub mod manifest;
pub mod orphans;
pub mod output;
pub mod process;
mod response;
pub mod setup;
mod spawner;
pub mod unstartable;

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::role::Role;

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

    /// The words that start `command` with `arguments` and the variables `env`: where a launcher
    /// stands before them, the environment doesn't cross it, so env(1) sets it on the other side, and
    /// for ssh, whose far end is a shell, every word is quoted.
    pub fn words(
        &self,
        command: &[String],
        arguments: &[String],
        env: &[(String, String)],
    ) -> Vec<String> {
        let program = command.iter().take(1).map(|word| self.program(word));
        let mut words: Vec<String> = program.chain(command.iter().skip(1).cloned()).collect();
        words.extend_from_slice(arguments);
        if self.launcher.is_empty() {
            return words;
        }
        let mut far = vec!["env".to_owned()];
        far.extend(env.iter().map(|(name, value)| format!("{name}={value}")));
        far.extend(words);
        let ssh = std::path::Path::new(&self.launcher[0]).file_name().is_some_and(|n| n == "ssh");
        if ssh {
            far = vec![shlex::try_join(far.iter().map(String::as_str)).unwrap_or_default()];
        }
        self.launcher.iter().cloned().chain(far).collect()
    }

    /// `{self}` is this program. A path with a slash is meant from the peer's folder; without a
    /// launcher it is made absolute, since whose working directory counts differs between systems.
    fn program(&self, word: &str) -> String {
        if word == "{self}" {
            return this_program().display().to_string();
        }
        if self.launcher.is_empty() && word.contains('/') {
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
