//! What a scenario is: which places it has, and how a cell of it is played.

use rand_chacha::ChaCha8Rng;

use super::stage::Stage;
use super::stage::step::{End, Step};
use crate::peer::Peer;
use crate::role::Role;
use crate::suite::mutant::Mutant;
use crate::suite::setting::rng;

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
    /// Lies that turn a cell of it red: without one it checks nothing. Each is told by the role after its colon, in a
    /// cell of that liar and of rust.
    fn mutants(&self) -> &'static [Mutant];
    /// Plays a cell.
    fn play<'a>(&self, stage: &mut Stage<'a>, cast: &Cast<'a>) -> Step;
}

/// The peers of a cell by place.
pub struct Cast<'a> {
    /// The cell's id, from which its random numbers come.
    pub id: String,
    /// The places.
    pub places: &'static [Place],
    /// The chosen peer's name for each of them.
    pub chosen: &'a [String],
    /// The peers that are here.
    pub peers: &'a [Peer],
    /// The cell's number within its scenario, for what takes turns (which server is killed).
    pub turn: usize,
    /// The seed of the run.
    pub seed: u64,
}

impl<'a> Cast<'a> {
    /// The one peer of place `n`.
    pub fn one(&self, n: usize) -> Step<&'a Peer> {
        let name = &self.chosen[n];
        let missing = || End::Broken(format!("no peer {name}: the plan is wrong"));
        self.peers.iter().find(|peer| peer.name == *name).ok_or_else(missing)
    }

    /// Is the peer of place `n` the first of all that have its role? What need not be seen twice is seen with it.
    pub fn is_first(&self, n: usize) -> bool {
        let all = self.all(self.places[n].role());
        all.first().is_some_and(|first| first.name == self.chosen[n])
    }

    /// All peers that have `role`.
    pub fn all(&self, role: Role) -> Vec<&'a Peer> {
        self.peers.iter().filter(|peer| peer.has(role)).collect()
    }

    /// The cell's random numbers: the same for the same seed and id, whatever else runs.
    pub fn rng(&self) -> ChaCha8Rng {
        rng(self.seed, &self.id)
    }
}
