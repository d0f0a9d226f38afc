//! Which peers are here: each is asked for its versions, all at once, with a deadline.

use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::command::{self, Unanswered};
use super::process::Stdin;
use super::{Peer, manifest, unstartable};
use crate::component::Component;
use crate::interrupt::Interrupt;

/// How long a peer may take to say its versions.
const VERSIONS_TIMEOUT: Duration = Duration::from_secs(20);

/// What a peer says about itself, one JSON line on the standard output of its `versions` command.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Versions {
    /// The interpreter's or compiler's version.
    #[serde(default)]
    pub interpreter: Option<String>,
    /// The binding's name and version.
    #[serde(default)]
    pub binding: Option<String>,
    /// The version of libzmq underneath, where there is one.
    #[serde(default)]
    pub libzmq: Option<String>,
    /// The ZeroMQ implementation underneath, libzmq or another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub engine: Option<Component>,
}

/// A peer and whether it can take part.
#[derive(Clone, Debug)]
pub struct Found {
    /// The peer.
    pub peer: Peer,
    /// Its versions, or why it can't take part.
    pub state: Result<Versions, String>,
}

/// The manifest that belongs to this program, built in so that Rust takes part from any folder.
const BUILT_IN: &str = include_str!("../../interop/peers.toml");

/// The peers of this repository.
pub fn built_in() -> miette::Result<Vec<Peer>> {
    Ok(manifest::parse(BUILT_IN, &home().join("peers.toml"), &[]).map_err(|e| *e)?)
}

/// The declared peers: those of this repository and those of the files given with `--peers`, which may
/// redeclare one of ours.
pub fn declared(files: &[PathBuf]) -> miette::Result<Vec<Peer>> {
    let mut peers = built_in()?;
    for file in files {
        for peer in manifest::read(file, &peers)? {
            // Whoever is declared anew keeps its place, by which it may stand for its engine.
            match peers.iter_mut().find(|other| other.name == peer.name) {
                Some(other) => *other = peer,
                None => peers.push(peer),
            }
        }
    }
    Ok(peers)
}

/// The folder interop/ of the checkout: named by ZMQ_INTEROP_HOME, found above the current folder or
/// above this program, or where the program was built.
pub fn home() -> PathBuf {
    let marked = |dir: &Path| dir.join("interop/peers.toml").is_file().then(|| dir.join("interop"));
    if let Some(home) = std::env::var_os("ZMQ_INTEROP_HOME") {
        return Path::new(&home).join("interop");
    }
    let starts = [std::env::current_dir().ok(), std::env::current_exe().ok()];
    starts
        .iter()
        .flatten()
        .flat_map(|start| start.ancestors())
        .find_map(marked)
        .unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("interop"))
}

/// Why the peer `name` can't take part, if it can't.
pub fn missing(found: &[Found], name: &str) -> Option<String> {
    let found = found.iter().find(|f| f.peer.name == name)?;
    let reason = found.state.as_ref().err()?;
    let install = found.peer.install.as_ref().map(|how| format!(" (install: {how})"));
    Some(format!("{name}: {reason}{}", install.unwrap_or_default()))
}

/// Asks each peer whether it is here.
pub fn find(peers: Vec<Peer>) -> Vec<Found> {
    thread::scope(|scope| {
        let asked: Vec<_> = peers
            .into_iter()
            .map(|peer| {
                scope.spawn(move || Found {
                    state: ask(&peer).map_err(|why| called(&peer, why)),
                    peer,
                })
            })
            .collect();
        asked.into_iter().map(|found| found.join().expect("asking does not panic")).collect()
    })
}

/// A peer may have a name for its being missing.
fn called(peer: &Peer, why: String) -> String {
    match &peer.missing {
        Some(name) => format!("{name} ({why})"),
        None => why,
    }
}

fn ask(peer: &Peer) -> Result<Versions, String> {
    if !peer.dir.is_dir() {
        return Err(format!("its folder {} is not there", peer.dir.display()));
    }
    if !peer.versions.is_empty() {
        let line = last_line(peer, &peer.versions)?;
        return serde_json::from_str(&line)
            .map_err(|e| format!("its versions command printed no JSON line ({e}): {line:?}"));
    }
    // Without that command the best evidence is that each program is there, or at least the other side.
    if peer.is_far() {
        last_line(peer, &["true".to_owned()])?;
        return Ok(Versions::default());
    }
    let mut programs = peer.commands.values().map(|command| peer.program(&command[0]));
    match programs.find_map(|program| unstartable::missing(&program, &peer.dir)) {
        Some(reason) => Err(reason),
        None => Ok(Versions::default()),
    }
}

/// The last line that `command` prints, or why it fails.
fn last_line(peer: &Peer, command: &[String]) -> Result<String, String> {
    let never = Interrupt::default();
    let run = command::run(peer, command, Stdin::Nothing, VERSIONS_TIMEOUT, &never);
    let mut answer = run.map_err(|unanswered| match unanswered {
        Unanswered::Failed(why) => why,
        Unanswered::Interrupted => "interrupted".into(),
    })?;
    let line = answer.stdout.pop().unwrap_or_default();
    if !answer.success {
        let reason = answer.stderr.pop().unwrap_or(line);
        return Err(if reason.is_empty() {
            format!("{} failed", command.join(" "))
        } else {
            reason
        });
    }
    Ok(line)
}
