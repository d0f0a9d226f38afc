//! The steps of a scenario's play, and how they fail.

use std::fmt;

pub use crate::outcome::Cause;
use crate::outcome::{End as AnyEnd, Failure as AnyFailure};

/// Which actor of a cell, in the order of their start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ActorId(pub(super) usize);

impl fmt::Display for ActorId {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Why a cell failed, in the terms of its stage.
pub type Failure = AnyFailure<ActorId>;

/// Why a play ended early.
pub type End = AnyEnd<ActorId>;

/// The result of a step of a play.
pub type Step<T = ()> = Result<T, End>;
