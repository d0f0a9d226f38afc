//! The suites: what can be played, each in a folder of its own. What they have in common stands here:
//! [`play`] is all that a run knows of them, [`setting`] all that they know of a run.

pub mod conformance;
pub mod coverage;
pub mod machine;
pub mod mutant;
pub mod play;
pub mod pool;
pub mod port;
pub mod reach;
pub mod scenario;
pub mod score;
pub mod setting;
pub mod wire;

use play::Suite;

/// All suites, in the order in which they are played.
pub const ALL: [&Suite; 3] = [&scenario::SUITE, &conformance::SUITE, &wire::SUITE];
