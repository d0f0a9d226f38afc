//! The conformance suite: each case is written once, against two sides, and stands beside the
//! requirement that it checks; it runs for every ordered pair of peers. One file for each family of
//! cases. Cases speak to agents through [`sides::Sides`] and to nothing else.

mod agent;
pub mod agent_check;
pub mod case;
pub mod cell;
mod claim;
mod comeback;
mod conduct;
mod connect_twice;
mod detach;
mod endpoint;
pub mod engines;
mod exchange;
mod feature;
mod flood;
mod framing;
mod handshake;
mod heartbeat;
mod idle_socket;
mod kernel;
mod leaving;
pub mod lie;
mod lifetime;
mod linger;
mod mechanism;
mod metadata;
mod needs;
mod no_endpoint;
mod option_seen;
mod option_value;
mod overlap;
mod pipeline;
mod pubsub;
mod pubsub_queue;
mod queue_option;
mod queues;
mod reconnects;
mod reqrep;
mod requests;
mod routed;
mod router;
mod routing;
mod security;
mod sharing;
mod sides;
mod slow;
mod slow_reader;
mod step;
mod timer;
mod topic;
mod transport;
mod upstream;
mod value;
mod waits;
mod xpub;
mod xpub_option;
mod zap;
mod zap_reply;
mod zap_server;

use case::Case;

pub use cell::SUITE;
pub use option_seen::options_seen;

/// All cases by family, in the order of the documentation.
pub fn families() -> Vec<(&'static str, &'static [Case])> {
    vec![
        ("handshake", handshake::CASES),
        ("framing", framing::CASES),
        ("req-rep", reqrep::CASES),
        ("requests", requests::CASES),
        ("router-dealer", router::CASES),
        ("comeback", comeback::CASES),
        ("routing", routing::CASES),
        ("pub-sub", pubsub::CASES),
        ("pub-sub-overlap", overlap::CASES),
        ("pub-sub-queues", pubsub_queue::CASES),
        ("slow-sub", slow::CASES),
        ("xpub-xsub", xpub::CASES),
        ("xpub-options", xpub_option::CASES),
        ("upstream", upstream::CASES),
        ("pipeline", pipeline::CASES),
        ("queues", queues::CASES),
        ("security", security::CASES),
        ("metadata", metadata::CASES),
        ("zap", zap::CASES),
        ("zap-reply", zap_reply::CASES),
        ("zap-server", zap_server::CASES),
        ("lifetime", lifetime::CASES),
        ("reconnects", reconnects::CASES),
        ("linger", linger::CASES),
        ("detach", detach::CASES),
        ("connect-twice", connect_twice::CASES),
        ("heartbeats", heartbeat::CASES),
        ("waits", waits::CASES),
        ("timers", timer::CASES),
        ("queue-options", queue_option::CASES),
        ("kernel", kernel::CASES),
        ("transport", transport::CASES),
        ("endpoint", endpoint::CASES),
        ("no-endpoint", no_endpoint::CASES),
        ("slow-reader", slow_reader::CASES),
        ("agent", agent::CASES),
        ("agent-conduct", conduct::CASES),
    ]
}

/// All cases.
pub fn all() -> impl Iterator<Item = &'static Case> {
    families().into_iter().flat_map(|(_, cases)| cases)
}
