//! What holds for all cells of a run.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::interrupt::Interrupt;

/// How long a cell may take, in seconds, unless the command line says otherwise.
pub const TIMEOUT_S: u64 = 30;

/// Where programs bind and reach each other, unless the command line or their peer says otherwise.
pub const HOST: &str = "127.0.0.1";

/// See the module.
#[derive(Clone)]
pub struct Setting {
    /// From this and its id every cell draws its random choices.
    pub seed: u64,
    /// How long a cell may take.
    pub timeout: Duration,
    /// Where programs bind unless their peer says otherwise.
    pub host: String,
    /// A folder for the messages to push and the sockets of ipc.
    pub scratch: PathBuf,
    /// Every wait asks it.
    pub interrupt: Interrupt,
}

impl Setting {
    /// The defaults of the command line, with `scratch` for what programs share.
    pub fn new(seed: u64, scratch: &Path) -> Setting {
        Setting {
            seed,
            timeout: Duration::from_secs(TIMEOUT_S),
            host: HOST.into(),
            scratch: scratch.to_owned(),
            interrupt: Interrupt::default(),
        }
    }
}
