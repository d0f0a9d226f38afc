//! The harness from outside on a stranger's peers: small shell scripts around its own programs, declared in
//! a home of their own. Options of `run`, `setup`, and what is told of programs that go wrong.

mod components;
mod home;
mod known;
mod options;
#[path = "../program/mod.rs"]
mod program;
mod record;
mod schemas;
mod setup;
mod side_by_side;
mod terminal;
mod told;
mod unstartable;
