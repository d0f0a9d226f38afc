//! Scenarios: systems of role programs, and what must be true of them. One file for each topology; how
//! programs are started, watched and stopped, and what is a right answer, stands in the folders.

mod balance;
mod blackout;
mod broker;
mod broker_restart;
mod broker_system;
pub mod cell;
pub mod coverage;
mod failover;
mod fan_in;
mod judge;
pub mod lie;
mod payload;
mod pipeline;
pub mod probe;
pub mod role_check;
pub mod stage;
pub mod topology;
mod watch;
mod witness;

use topology::Scenario;

pub use cell::SUITE;

/// All scenarios, in the order of the documentation.
pub const ALL: &[&dyn Scenario] = &[
    &pipeline::Pipeline,
    &fan_in::FanIn,
    &broker::Broker,
    &balance::Balance,
    &failover::Failover,
    &blackout::Blackout,
    &broker_restart::BrokerRestart,
];
