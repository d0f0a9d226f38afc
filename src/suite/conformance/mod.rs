//! The conformance suite: each case is written once, against two sides, and stands beside the
//! requirement that it checks; it runs for every ordered pair of peers. One file for each family of
//! cases. Cases speak to agents through [`sides::Sides`] and to nothing else.

mod agent;
pub mod agent_check;
pub mod case;
pub mod cell;
mod claim;
mod conduct;
pub mod engines;
mod exchange;
mod feature;
mod framing;
mod handshake;
mod heartbeat;
mod idle_socket;
pub mod lie;
mod lifetime;
mod linger;
mod metadata;
mod needs;
mod option_value;
mod overlap;
mod pipeline;
pub mod pool;
mod pubsub;
mod pubsub_queue;
mod reqrep;
mod router;
mod security;
mod sharing;
mod sides;
mod slow;
mod step;
mod topic;
mod transport;
mod upstream;
mod value;
mod xpub;
mod zap;
mod zap_reply;
mod zap_server;

use case::Case;

pub use cell::SUITE;

/// All cases by family, in the order of the documentation.
pub fn families() -> Vec<(&'static str, &'static [Case])> {
    vec![
        ("handshake", handshake::CASES),
        ("framing", framing::CASES),
        ("req-rep", reqrep::CASES),
        ("router-dealer", router::CASES),
        ("pub-sub", pubsub::CASES),
        ("pub-sub-overlap", overlap::CASES),
        ("pub-sub-queues", pubsub_queue::CASES),
        ("slow-sub", slow::CASES),
        ("xpub-xsub", xpub::CASES),
        ("upstream", upstream::CASES),
        ("pipeline", pipeline::CASES),
        ("security", security::CASES),
        ("metadata", metadata::CASES),
        ("zap", zap::CASES),
        ("zap-reply", zap_reply::CASES),
        ("zap-server", zap_server::CASES),
        ("lifetime", lifetime::CASES),
        ("linger", linger::CASES),
        ("heartbeats", heartbeat::CASES),
        ("transport", transport::CASES),
        ("agent", agent::CASES),
        ("agent-conduct", conduct::CASES),
    ]
}

/// All cases.
pub fn all() -> impl Iterator<Item = &'static Case> {
    families().into_iter().flat_map(|(_, cases)| cases)
}
