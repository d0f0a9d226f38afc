//! The harness's own client: asks a server with the messages that have broken bindings before, and
//! tells what it sent and got as `mreq` does. It takes part in the cells whose clients send only tame
//! messages, and finds out whether servers are connected. It is a process like the others, so that it
//! is watched, tapped and judged like them.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::payload;
use crate::digest::HEX_LIMIT;
use crate::peer::Peer;
use crate::role::{Error, Frames, Role, ask_each, push_each};

/// How many messages it has to start with; where it asks without end, it starts over after them.
pub const FEW: usize = 11;

/// How many it has.
pub const MESSAGES: usize = FEW + payload::MANY;

/// The variable with the seed from which its messages are drawn.
pub const SEED: &str = "PROBE_SEED";

/// The largest of the few, in bytes.
const LARGEST: usize = 64 * 1024;

/// One of so many messages goes in three frames, which a server joins.
const IN_FRAMES: usize = 16;

/// It as a peer.
pub static PEER: LazyLock<Peer> = LazyLock::new(peer);

/// Its name can't be that of a declared one.
fn peer() -> Peer {
    let asks = vec!["{self}".to_owned(), "probe".to_owned()];
    let pushes = [asks.clone(), vec!["--push".to_owned()]].concat();
    Peer {
        language: "Rust".into(),
        binding: "zmq".into(),
        dir: std::env::temp_dir(),
        commands: BTreeMap::from([
            (Role::C, asks.clone()),
            (Role::Mreq, asks),
            (Role::Push, pushes),
        ]),
        ..Peer::here("harness-probe")
    }
}

/// The program: asks `endpoint` until INTEROP_COUNT is reached, or without end.
pub fn run(endpoint: &str) -> Result<(), Error> {
    let messages = messages(seed());
    let asked = if std::env::var_os("INTEROP_COUNT").is_some() { MESSAGES } else { FEW };
    let in_frames = messages.iter().enumerate().map(|(n, message)| match n % IN_FRAMES {
        // Only of small frames does the wire show the bytes, which it must to tell whose fault it is.
        0 if n >= FEW && message.len() <= HEX_LIMIT => {
            message.chunks(message.len().div_ceil(3)).collect()
        }
        _ => vec![message.as_slice()],
    });
    let in_frames: Vec<Frames> = in_frames.take(asked).collect();
    ask_each(endpoint, in_frames.iter().cycle().cloned())
}

/// The program that pushes: all that it has to `endpoint`.
pub fn push(endpoint: &str) -> Result<(), Error> {
    push_each(endpoint, messages(seed()).iter().map(Vec::as_slice))
}

/// All its messages, drawn from `seed`.
pub fn messages(seed: u64) -> Vec<Vec<u8>> {
    let rng = &mut ChaCha8Rng::seed_from_u64(seed);
    [payload::awkward(rng, LARGEST), payload::many(rng)].concat()
}

fn seed() -> u64 {
    let told = std::env::var(SEED).ok();
    told.and_then(|seed| seed.parse().ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_messages_is_right() {
        assert_eq!(payload::awkward(&mut ChaCha8Rng::seed_from_u64(1), LARGEST).len(), FEW);
        assert_eq!(messages(1).len(), MESSAGES);
    }
}
