//! Plays whatever is a [`Play`](crate::suite::play::Play): some cells at a time, again where once is not
//! sure, and tells what became of each in ONE stream of events that feeds every report. Nothing here
//! prints, and nothing here knows a suite.

pub mod attempts;
pub mod files;
pub mod memory;
pub mod schedule;
pub mod scratch;
pub mod signals;
