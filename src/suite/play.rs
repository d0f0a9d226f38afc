//! What a run plays: a cell, of whichever suite.

use std::any::Any;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::setting::Setting;
use crate::outcome::{End, Measurements, Program};

/// A suite, as far as a run has to know it.
#[derive(Debug, PartialEq, Eq)]
pub struct Suite {
    /// Its name on the command line and in reports.
    pub name: &'static str,
    /// What it checks, for `--help` and `list`.
    pub about: &'static str,
    /// How many of its cells keep a processor busy: most wait for somebody's timer.
    pub cells_per_processor: usize,
    /// How many files the harness has open for one cell, at most.
    pub files_per_cell: u64,
    /// Are its cells played in an order that the seed draws? Otherwise from the last to the first.
    pub shuffled: bool,
}

/// Who stands at one place of a cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The role, or the side.
    pub label: &'static str,
    /// The peers there: one, or all that take part.
    pub peers: Vec<String>,
}

/// A cell: a scenario or a case with a peer for every place.
pub trait Play: Send + Sync {
    /// Its suite.
    fn suite(&self) -> &'static Suite;
    /// Its id, `pipeline/bash-python-perl`.
    fn id(&self) -> String;
    /// What it is counted with in a matrix: its scenario, or `conformance`.
    fn group(&self) -> &'static str;
    /// What must hold, and where that is written.
    fn requirement(&self) -> String;
    /// Who takes part, from the side that asks to the side that answers.
    fn places(&self) -> Vec<Place>;
    /// Who connects to whom, by name.
    fn links(&self) -> Vec<[String; 2]>;
    /// How often it may be played until its verdict is sure.
    fn attempts(&self) -> u32;
    /// Does a second attempt look closer than the first, to find out who is to blame?
    fn looks_closer(&self) -> bool;
    /// Can it begin at once? What has to start first may wait while others are played.
    fn is_warm(&self) -> bool {
        true
    }
    /// Plays it: attempt number 0, or a further one.
    fn play(&self, attempt: u32, setting: &Setting) -> Played;
}

impl fmt::Debug for dyn Play {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.id())
    }
}

impl dyn Play {
    /// Does `peer` take part?
    pub fn has(&self, peer: &str) -> bool {
        self.places().iter().any(|place| place.peers.iter().any(|name| name == peer))
    }
}

/// What one attempt showed.
pub struct Played {
    /// Whether all held.
    pub end: Result<(), End>,
    /// The programs that took part, where they tell something.
    pub programs: Vec<Program>,
    /// What was measured.
    pub measurements: Measurements,
}

/// A cell of a plan.
#[derive(Clone, Debug)]
pub struct Planned {
    /// The cell.
    pub cell: Arc<dyn Play>,
    /// Why it can't be played.
    pub unable: Option<Unable>,
}

/// Why a cell can't be played.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unable {
    /// A peer is not on this machine.
    Skipped(String),
    /// A peer declared that it cannot.
    Unsupported(String),
}

/// Runs `play`; a panic is the harness's own failure, and no more than that.
pub fn guarded<Who>(play: impl FnOnce() -> Result<(), End<Who>>) -> Result<(), End<Who>> {
    catch_unwind(AssertUnwindSafe(play)).unwrap_or_else(|panic| Err(End::Broken(in_words(panic))))
}

/// What a panic said.
fn in_words(panic: Box<dyn Any + Send>) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or(panic.downcast_ref::<&str>().copied()).unwrap_or("without a word");
    format!("the harness panicked: {text}")
}
