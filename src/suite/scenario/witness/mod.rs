//! The wire as the third witness: when two programs tell different stories, the recorded links say who
//! did not do what it said.

mod accounts;
mod rules;
mod wire;

pub use rules::examine;
