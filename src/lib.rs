//! zmq-interop proves that ZeroMQ talks across languages.
//!
//! Data flows one way: command line → plan (a list of cells) → run (events) → reports. Nothing below
//! [`run`] prints; nothing above it spawns.

pub mod agent;
pub mod cli;
pub mod component;
pub mod digest;
pub mod expectation;
pub mod interrupt;
pub mod outcome;
pub mod peer;
pub mod plan;
pub mod report;
pub mod role;
pub mod run;
pub mod statement;
pub mod suite;
pub mod zmtp;
