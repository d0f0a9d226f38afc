//! What a play does with a stage: starts programs, waits for what must happen, stops them. What an actor
//! may not do (crash, break the contract, answer wrongly) ends the play by itself.

mod breach;
pub mod ending;
mod lifecycle;
mod listening;
mod waiting;
