//! zmq-interop proves that ZeroMQ talks across languages.
//!
//! Data flows one way: command line → plan (a list of cells) → run (events) → reports. Nothing below
//! [`run`] prints; nothing above it spawns.

pub mod digest;
pub mod role;
pub mod zmtp;
