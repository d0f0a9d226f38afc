//! Runs cells: supervises their programs, hears what they say, judges it, and tells what became of each
//! cell in ONE stream of events that feeds every report. Nothing here prints.

pub mod actor;
pub mod answer;
pub mod cell;
mod company;
pub mod compare;
pub mod ending;
pub mod expectation;
pub mod failure;
mod hearing;
pub mod interrupt;
pub mod journal;
pub mod measure;
pub mod online;
pub mod port;
pub mod schedule;
pub mod scratch;
pub mod stage;
mod tale;
mod wire;
mod witness;
