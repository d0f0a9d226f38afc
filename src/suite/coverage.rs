//! How much of all that could meet does meet.

/// See the module. A scenario has places for peers, a case two sides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Coverage {
    /// In a case every peer meets one peer of each engine, both ways round, and itself; scenarios as pairwise
    #[default]
    Engines,
    /// In a case every two peers meet; in a scenario, in every two neighbouring places
    Pairwise,
    /// Every combination of peers
    Full,
}
