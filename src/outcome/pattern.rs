//! Patterns of cell ids, on the command line and in the expectations.

use globset::{Error, Glob, GlobBuilder};

/// A pattern of cell ids: in `sub-twice{,+flip}/*-go` nothing is an alternative, too.
pub fn glob(pattern: &str) -> Result<Glob, Error> {
    GlobBuilder::new(pattern).empty_alternates(true).build()
}
