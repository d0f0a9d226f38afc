//! Prepares peers, some at a time: carries those that live elsewhere there, and runs interop/PEER/setup, which exits 0
//! when the peer is ready and 77 when the machine can't have it, with the reason as its last line.

use std::collections::VecDeque;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::command::{Unanswered, run};
use super::process::Stdin;
use super::{Peer, carry, orphans};
use crate::interrupt::Interrupt;

/// Downloads and compilations may take a while, all the more beside others.
const SETUP_TIMEOUT: Duration = Duration::from_secs(900);

/// As often as this who listens is told that nothing happened: a clock that shows seconds.
const TICK: Duration = Duration::from_secs(1);

/// So many setups at a time for each processor: some of their time they wait for the network or a disk.
const PER_PROCESSOR: usize = 2;

/// What became of a peer's setup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Prepared {
    /// It is ready (or needs no setup).
    Ready,
    /// This machine can't have it: the reason.
    Impossible(String),
    /// Its setup failed: the last lines it printed.
    Failed(Vec<String>),
    /// The person interrupted before it was ready.
    Interrupted,
}

/// What happens while peers are set up.
#[derive(Debug)]
pub enum Event<'a> {
    /// The setup of this peer begins.
    Started(&'a Peer),
    /// The setup of this peer has ended after so long (or was never begun).
    Ended(&'a Peer, Prepared, Duration),
    /// Nothing happened for a second.
    Waiting,
}

/// How many setups run at a time, where that is not said.
pub fn at_a_time() -> usize {
    thread::available_parallelism().map_or(1, NonZeroUsize::get) * PER_PROCESSOR
}

/// Sets up `peers`, `jobs` at a time, and tells `listener`, which is called from this thread only. Every
/// peer ends exactly once. Peers of one folder are set up one after the other, in their order: they may
/// write the same files.
pub fn prepare<'a>(
    peers: &'a [Peer],
    jobs: usize,
    interrupt: &Interrupt,
    mut listener: impl FnMut(Event<'a>),
) {
    let queue = &Mutex::new(folders(peers));
    let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
    let (tell, told) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..jobs.min(peers.len()) {
            let tell = tell.clone();
            scope.spawn(move || {
                for peer in std::iter::from_fn(next).flatten() {
                    let start = Instant::now();
                    let prepared = if interrupt.raised() {
                        Prepared::Interrupted
                    } else {
                        let _ = tell.send(Event::Started(peer));
                        one(peer, interrupt)
                    };
                    interrupt.halt_if_abandoned();
                    let _ = tell.send(Event::Ended(peer, prepared, start.elapsed()));
                }
            });
        }
        drop(tell);
        loop {
            match told.recv_timeout(TICK) {
                Ok(event) => listener(event),
                Err(RecvTimeoutError::Timeout) => listener(Event::Waiting),
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
    });
    if interrupt.raised() {
        // Who left the group of a setup.
        orphans::kill_marked(&format!("{}.", std::process::id()));
    }
}

/// The peers by their folders, or by those into which they are carried.
fn folders(peers: &[Peer]) -> VecDeque<Vec<&Peer>> {
    let mut folders: VecDeque<(&Path, Vec<&Peer>)> = VecDeque::new();
    for peer in peers {
        let folder = peer.launcher_dir.as_ref().map_or(peer.dir.as_path(), Path::new);
        match folders.iter_mut().find(|(other, _)| *other == folder) {
            Some((_, beside)) => beside.push(peer),
            None => folders.push_back((folder, vec![peer])),
        }
    }
    folders.into_iter().map(|(_, peers)| peers).collect()
}

/// Carries the peer to where it lives, and runs its setup.
fn one(peer: &Peer, interrupt: &Interrupt) -> Prepared {
    if peer.setup.is_empty() && peer.launcher_dir.is_none() {
        return Prepared::Ready;
    }
    if !peer.dir.is_dir() {
        return Prepared::Impossible(format!("its folder {} is not there", peer.dir.display()));
    }
    let done = carry::carry(peer, SETUP_TIMEOUT, interrupt).and_then(|()| {
        let setup = || run(peer, &peer.setup, Stdin::Nothing, SETUP_TIMEOUT, interrupt);
        (!peer.setup.is_empty()).then(setup).transpose()
    });
    let answer = match done {
        Ok(None) => return Prepared::Ready,
        Ok(Some(answer)) => answer,
        Err(Unanswered::Failed(why)) => return Prepared::Failed(vec![why]),
        Err(Unanswered::Interrupted) => return Prepared::Interrupted,
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
            said.push(format!("{} {status}", peer.setup.join(" ")));
            Prepared::Failed(said)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn peers_of_one_folder_stand_together_in_their_order() {
        let at = |name: &str, dir: &str| Peer { dir: dir.into(), ..Peer::here(name) };
        let peers = [at("a", "/x"), at("b", "/y"), at("c", "/x")];
        let names: Vec<Vec<_>> = folders(&peers)
            .iter()
            .map(|all| all.iter().map(|p| p.name.as_str()).collect())
            .collect();
        assert_eq!(names, [vec!["a", "c"], vec!["b"]]);
    }

    #[test]
    fn peers_that_are_carried_into_one_folder_stand_together() {
        let to = |name: &str, dir: &str| Peer {
            launcher_dir: Some(dir.into()),
            dir: "/x".into(),
            ..Peer::here(name)
        };
        let peers = [to("a", "~/a"), to("b", "/t"), to("c", "/t")];
        assert_eq!(folders(&peers).iter().map(Vec::len).collect::<Vec<_>>(), [1, 2]);
    }
}
