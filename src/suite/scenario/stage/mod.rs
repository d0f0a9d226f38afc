//! The stage of one cell: its programs as actors, the links between them, and the journal of what they
//! say. What is done with a stage stands in [`super::watch`], what is thought of it in [`super::judge`].

pub mod actor;
pub mod journal;
pub mod measure;
mod names;
mod outage;
mod state;
pub mod step;

pub use state::{Message, Stage};
