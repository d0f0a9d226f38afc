//! The conformance suite: each case is written once, against two sides, and stands beside the
//! requirement that it checks; it runs for every ordered pair of peers. One file for each family of
//! cases. Cases speak to agents through a [`bench::Bench`] and to nothing else.

pub mod agent;
pub mod awake;
pub mod bench;
pub mod cell;
pub mod check;
pub mod feature;
pub mod framing;
pub mod handshake;
pub mod heartbeat;
pub mod lifetime;
pub mod linger;
pub mod needs;
pub mod pipeline;
pub mod pool;
pub mod pubsub;
pub mod reqrep;
pub mod router;
pub mod security;
pub mod sharing;
pub mod slow;
pub mod talk;
pub mod topic;
pub mod transport;
pub mod value;
pub mod xpub;
pub mod zap;

use crate::run::failure::Step;
use bench::Bench;
use needs::Needs;

/// Which side may bind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Binds {
    /// Only the second: the case says what binds.
    Second,
    /// Either: the case runs twice, the second time (`+flip`) with the first side binding.
    Either,
    /// One side alone: the case runs once for each peer, with itself.
    Alone,
}

/// A conformance case.
pub struct Case {
    /// Its name in docs/conformance.md.
    pub name: &'static str,
    /// What must hold, in a line, as the source says it.
    pub requirement: &'static str,
    /// Where that is written: an RFC and section, or libzmq's test.
    pub source: &'static str,
    /// What the first and the second side need.
    pub needs: [Needs; 2],
    /// Who may bind.
    pub binds: Binds,
    /// The case.
    pub play: fn(&mut Bench) -> Step,
}

/// All cases by family, in the order of the documentation.
pub fn families() -> Vec<(&'static str, &'static [Case])> {
    vec![
        ("handshake", handshake::CASES),
        ("framing", framing::CASES),
        ("req-rep", reqrep::CASES),
        ("router-dealer", router::CASES),
        ("pub-sub", pubsub::CASES),
        ("slow-sub", slow::CASES),
        ("xpub-xsub", xpub::CASES),
        ("pipeline", pipeline::CASES),
        ("security", security::CASES),
        ("zap", zap::CASES),
        ("lifetime", lifetime::CASES),
        ("linger", linger::CASES),
        ("heartbeats", heartbeat::CASES),
        ("transport", transport::CASES),
        ("agent", agent::CASES),
    ]
}

/// All cases.
pub fn all() -> impl Iterator<Item = &'static Case> {
    families().into_iter().flat_map(|(_, cases)| cases)
}
