//! Prepares peers: runs interop/PEER/setup, which exits 0 when the peer is ready and 77 when this
//! machine can't have it, with the reason as its last line.

use std::time::Duration;

use super::Peer;
use super::discovery::run;

/// Downloads and compilations may take a while.
const SETUP_TIMEOUT: Duration = Duration::from_secs(900);

/// What became of a peer's setup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Prepared {
    /// It is ready (or needs no setup).
    Ready,
    /// This machine can't have it: the reason.
    Impossible(String),
    /// Its setup failed: the last lines it printed.
    Failed(Vec<String>),
}

/// Runs the peer's setup.
pub fn prepare(peer: &Peer) -> Prepared {
    if peer.setup.is_empty() {
        return Prepared::Ready;
    }
    if !peer.dir.is_dir() {
        return Prepared::Impossible(format!("its folder {} is not there", peer.dir.display()));
    }
    let answer = match run(peer, &peer.setup, SETUP_TIMEOUT) {
        Ok(answer) => answer,
        Err(error) => return Prepared::Failed(vec![error]),
    };
    let mut said = answer.stdout;
    said.extend(answer.stderr);
    match answer.code {
        Some(0) => Prepared::Ready,
        Some(77) => {
            Prepared::Impossible(said.pop().unwrap_or_else(|| "no reason was given".into()))
        }
        code => {
            let status = code.map_or("was killed".into(), |c| format!("exited with {c}"));
            let mut lines = said.split_off(said.len().saturating_sub(20));
            lines.push(format!("{} {status}", peer.setup.join(" ")));
            Prepared::Failed(lines)
        }
    }
}
