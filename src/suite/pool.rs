//! Warm agents, shared by all workers: whoever needs one takes an idle one or starts one more.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use crate::peer::Peer;
use crate::peer::agent::{Agent, Broken, Hello};

/// So many agents of a peer wait for a cell at most: each has its memory, and open files on both sides.
const IDLE: usize = 6;

/// See the module.
#[derive(Default)]
pub struct Pool {
    idle: Mutex<HashMap<String, Vec<Agent>>>,
    started: AtomicUsize,
}

impl Pool {
    /// An agent of `peer`, fresh from its start or a reset. One that is new has said hello: its start
    /// must not count as the time that a case gives to a message.
    pub fn take(&self, peer: &Peer) -> Result<Agent, Broken> {
        let idle = self
            .idle
            .lock()
            .unwrap_or_else(|e| e.into_inner())
            .get_mut(&peer.name)
            .and_then(Vec::pop);
        match idle {
            Some(mut agent) => agent.wake().map(|()| agent),
            None => {
                let mut agent = self.start(peer)?;
                agent.hello()?;
                Ok(agent)
            }
        }
    }

    fn start(&self, peer: &Peer) -> Result<Agent, Broken> {
        let n = self.started.fetch_add(1, Ordering::Relaxed);
        Agent::start(peer, &format!("{}.agent{n}.", std::process::id()))
    }

    /// Is an idle agent here for each of these?
    pub fn has(&self, peers: &[Arc<Peer>]) -> bool {
        let idle = self.idle.lock().unwrap_or_else(|e| e.into_inner());
        peers.iter().all(|peer| {
            let wanted = peers.iter().filter(|other| other.name == peer.name).count();
            idle.get(&peer.name).is_some_and(|agents| agents.len() >= wanted)
        })
    }

    /// Gives an agent back that was reset after `cell`.
    pub fn give(&self, mut agent: Agent, cell: &str) {
        agent.rest(cell);
        let mut idle = self.idle.lock().unwrap_or_else(|e| e.into_inner());
        let of_its_peer = idle.entry(agent.peer.clone()).or_default();
        match of_its_peer.len() < IDLE {
            true => of_its_peer.push(agent),
            false => {
                // Its end is not waited for while others want the pool.
                drop(idle);
                drop(agent);
            }
        }
    }

    /// Starts one agent of each of `peers`, all at once, and asks who they are.
    pub fn greet(&self, peers: &[&Peer]) -> HashMap<String, Result<Hello, String>> {
        let with_agent = peers.iter().filter(|peer| !peer.agent.is_empty());
        let started: Vec<_> =
            with_agent.map(|peer| (peer.name.clone(), self.start(peer))).collect();
        let mut hellos = HashMap::new();
        for (name, agent) in started {
            let hello = agent.and_then(|mut agent| {
                let hello = agent.hello()?;
                self.give(agent, "hello");
                Ok(hello)
            });
            hellos.insert(name, hello.map_err(|e| format!("its agent is of no use: {e}")));
        }
        hellos
    }
}
