//! The harness's own client: asks a server with the messages that have broken bindings before, and
//! tells what it sent and got as `mreq` does. It takes part in the cells whose clients send only tame
//! messages, and finds out whether servers are connected. It is a process like the others, so that it
//! is watched, tapped and judged like them.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::payload;
use crate::peer::Peer;
use crate::role::{Error, Role, ask_each};

/// How many different messages it has; then it starts over.
pub const MESSAGES: usize = 11;

/// The largest of them, in bytes.
const LARGEST: usize = 64 * 1024;

/// It as a peer.
pub static PEER: LazyLock<Peer> = LazyLock::new(peer);

/// Its name can't be that of a declared one.
fn peer() -> Peer {
    let command = vec!["{self}".to_owned(), "probe".to_owned()];
    Peer {
        language: "Rust".into(),
        binding: "zmq".into(),
        dir: std::env::temp_dir(),
        commands: BTreeMap::from([(Role::C, command.clone()), (Role::Mreq, command)]),
        ..Peer::here("harness-probe")
    }
}

/// The program: asks `endpoint` until INTEROP_COUNT is reached.
pub fn run(endpoint: &str) -> Result<(), Error> {
    // The contents don't matter beyond their form, so the seed may be fixed.
    let messages = payload::awkward(&mut ChaCha8Rng::seed_from_u64(1), LARGEST);
    ask_each(endpoint, messages.iter().cycle().map(Vec::as_slice))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_messages_is_right() {
        assert_eq!(payload::awkward(&mut ChaCha8Rng::seed_from_u64(1), LARGEST).len(), MESSAGES);
    }
}
