//! The raw peer before one socket: what no library would say, and what each library says by itself. Each case stands
//! beside the rule that it checks; one file for each part of ZMTP. Before each breach a right client shows that it is the
//! breach which is refused, and after it another one that the socket still serves.

mod case;
pub mod cell;
mod dialogue;
mod exam;
mod framing;
pub mod grade;
mod greeting;
mod handshake;
mod heartbeat;
mod length;
mod pattern;
mod previous;

pub use case::{Case, Play};
pub use cell::SUITE;

/// All cases by family, in the order of a connection.
pub fn families() -> Vec<(&'static str, &'static [Case])> {
    vec![
        ("greeting", greeting::CASES),
        ("handshake", handshake::CASES),
        ("framing", framing::CASES),
        ("lengths", length::CASES),
        ("heartbeats", heartbeat::CASES),
        ("patterns", pattern::CASES),
        ("previous versions", previous::CASES),
    ]
}

/// All cases.
pub fn all() -> impl Iterator<Item = &'static Case> {
    families().into_iter().flat_map(|(_, cases)| cases)
}
