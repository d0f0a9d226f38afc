//! The two sides of a case, the steps of its play, and how they fail.

use std::fmt;
use std::ops::{Index, IndexMut};

pub use crate::outcome::Cause;
use crate::outcome::{End as AnyEnd, Failure as AnyFailure};

pub use Side::{A, B};

/// A side of a case, in the order of a cell's id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// The first.
    A,
    /// The second.
    B,
}

impl Side {
    /// Both.
    pub const BOTH: [Side; 2] = [A, B];

    /// The side across.
    pub fn other(self) -> Side {
        match self {
            A => B,
            B => A,
        }
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            A => "A",
            B => "B",
        })
    }
}

/// What there is one of for each side.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Each<T>(pub [T; 2]);

impl<T> Index<Side> for Each<T> {
    type Output = T;

    fn index(&self, side: Side) -> &T {
        &self.0[side as usize]
    }
}

impl<T> IndexMut<Side> for Each<T> {
    fn index_mut(&mut self, side: Side) -> &mut T {
        &mut self.0[side as usize]
    }
}

/// Why a cell failed, in the terms of a case.
pub type Failure = AnyFailure<Side>;

/// Why a play ended early.
pub type End = AnyEnd<Side>;

/// The result of a step of a play.
pub type Step<T = ()> = Result<T, End>;
