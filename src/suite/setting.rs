//! What holds for all cells of a run.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;
use sha1::{Digest as _, Sha1};

use super::machine::Machine;
use super::reach::Reach;
use crate::interrupt::Interrupt;

/// How long what must come is waited for, in seconds, unless the command line says otherwise: ten times as long as
/// a client waits before it asks again.
pub const TIMEOUT_S: u64 = 10;

/// How long a program may take from its start to `ready`, at most.
const STARTING: Duration = Duration::from_secs(15);

/// See the module.
#[derive(Clone)]
pub struct Setting {
    /// From this and its id every cell draws its random choices.
    pub seed: u64,
    /// How long what must come is waited for: a play lasts as long as something comes.
    pub timeout: Duration,
    /// How long a program may take from its start to `ready`.
    pub starting: Duration,
    /// Where programs bind, and who reaches whom.
    pub reach: Reach,
    /// A folder for the messages to push and the sockets of ipc.
    pub scratch: PathBuf,
    /// Every wait asks it.
    pub interrupt: Interrupt,
    /// Waits last longer when it is slow.
    pub machine: Machine,
}

impl Setting {
    /// The defaults of the command line, with `scratch` for what programs share.
    pub fn new(seed: u64, scratch: &Path) -> Setting {
        Setting {
            seed,
            timeout: Duration::from_secs(TIMEOUT_S),
            starting: STARTING,
            reach: Reach::default(),
            scratch: scratch.to_owned(),
            interrupt: Interrupt::default(),
            machine: Machine::default(),
        }
    }

    /// The same, where what must come is waited for so long.
    pub fn waiting(self, timeout: Duration) -> Setting {
        // Starting an interpreter takes longer than an answer does.
        Setting { timeout, starting: self.starting.min(timeout * 3 / 2), ..self }
    }
}

/// The random numbers of the cell with this id: the same for the same seed and id, whatever else runs.
pub fn rng(seed: u64, id: &str) -> ChaCha8Rng {
    let mut hash = Sha1::new();
    hash.update(seed.to_le_bytes());
    hash.update(id.as_bytes());
    let mut drawn = [0; 32];
    drawn[..20].copy_from_slice(&hash.finalize());
    ChaCha8Rng::from_seed(drawn)
}
