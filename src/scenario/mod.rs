//! Scenarios: topologies of roles, and what must be true of them. One file each; a scenario says which
//! places it has and plays a cell on a stage. How programs are started, watched and stopped is the
//! stage's business ([`crate::run`]), and what is a right answer the journal's.

mod balance;
mod blackout;
mod broker;
mod broker_restart;
pub mod cover;
mod crowd;
mod failover;
mod fan_in;
mod payload;
mod pipeline;
pub mod probe;

use std::fmt;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use sha1::{Digest, Sha1};

use crate::peer::Peer;
use crate::role::Role;
use crate::run::failure::{End, Step};
use crate::run::stage::Stage;

/// A place in a scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// One program of this role, of a peer that the cell chooses.
    One(Role),
    /// Programs of this role from all peers at once.
    All(Role),
}

impl Place {
    /// Its role.
    pub fn role(self) -> Role {
        match self {
            Place::One(role) | Place::All(role) => role,
        }
    }
}

/// A topology of roles, and what must be true of it.
pub trait Scenario: Sync {
    /// Its name, as in a cell's id.
    fn name(&self) -> &'static str;
    /// What must hold, in a sentence.
    fn holds(&self) -> &'static str;
    /// Its places, from the side that asks to the side that answers; neighbours talk to each other.
    fn places(&self) -> &'static [Place];
    /// Plays a cell.
    fn play<'a>(&self, stage: &mut Stage<'a>, cast: &Casting<'a>) -> Step;
}

/// All scenarios, in the order of the documentation.
pub const ALL: [&dyn Scenario; 7] = [
    &pipeline::Pipeline,
    &fan_in::FanIn,
    &broker::Broker,
    &balance::Balance,
    &failover::Failover,
    &blackout::Blackout,
    &broker_restart::BrokerRestart,
];

/// A scenario with a peer chosen for every place.
#[derive(Clone)]
pub struct Cell {
    /// The scenario.
    pub scenario: &'static dyn Scenario,
    /// The peer's name for each place; `all` where all take part.
    pub chosen: Vec<String>,
    /// Its number within the scenario, for what takes turns (which server is killed).
    pub turn: usize,
}

impl Cell {
    /// Its id, `pipeline/bash-python-perl`.
    pub fn id(&self) -> String {
        format!("{}/{}", self.scenario.name(), self.chosen.join("-"))
    }

    /// The peers that are chosen by name.
    pub fn named_peers(&self) -> impl Iterator<Item = &str> {
        self.chosen.iter().map(String::as_str).filter(|name| *name != cover::ALL)
    }
}

impl fmt::Debug for Cell {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.id())
    }
}

/// The peers of a cell by place.
pub struct Casting<'a> {
    cell: &'a Cell,
    peers: &'a [Peer],
    seed: u64,
}

impl<'a> Casting<'a> {
    /// Casts `cell` with these, the peers that are here.
    pub fn new(cell: &'a Cell, peers: &'a [Peer], seed: u64) -> Casting<'a> {
        Casting { cell, peers, seed }
    }

    /// The one peer of place `n`.
    pub fn one(&self, n: usize) -> Step<&'a Peer> {
        let name = &self.cell.chosen[n];
        let missing = || End::Broken(format!("no peer {name}: the plan is wrong"));
        self.peers.iter().find(|peer| peer.name == *name).ok_or_else(missing)
    }

    /// All peers that have `role`.
    pub fn all(&self, role: Role) -> Vec<&'a Peer> {
        self.peers.iter().filter(|peer| peer.has(role)).collect()
    }

    /// The cell's turn.
    pub fn turn(&self) -> usize {
        self.cell.turn
    }

    /// The cell's random numbers: the same for the same seed and id, whatever else runs.
    pub fn rng(&self) -> ChaCha8Rng {
        let mut hash = Sha1::new();
        hash.update(self.seed.to_le_bytes());
        hash.update(self.cell.id().as_bytes());
        let mut seed = [0; 32];
        seed[..20].copy_from_slice(&hash.finalize());
        ChaCha8Rng::from_seed(seed)
    }
}
