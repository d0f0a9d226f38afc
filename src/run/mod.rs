//! Runs cells: supervises their programs, hears what they say, judges it, and tells what became of each
//! cell in ONE stream of events that feeds every report. Nothing here prints.

pub mod cell;
mod company;
pub mod ending;
pub mod expectation;
pub mod failure;
pub mod interrupt;
pub mod journal;
pub mod measure;
pub mod online;
pub mod schedule;
pub mod stage;
mod witness;
