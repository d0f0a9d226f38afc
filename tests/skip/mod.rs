//! Tests that can't run on every machine: they are seen as ignored, with the reason, and they fail where
//! INTEROP_NO_SKIP is set, as it is in CI.

#![allow(dead_code)] // each test binary uses its part

use libtest_mimic::{Completion, Failed, Trial};

/// Where this variable is set, a test that can't run is a failure.
pub const NO_SKIP: &str = "INTEROP_NO_SKIP";

/// May a test be left out?
pub fn is_allowed() -> bool {
    std::env::var_os(NO_SKIP).is_none()
}

/// The test `name`, which can't run if there is something that this machine `lacks`.
pub fn unless(
    lacks: Option<String>,
    name: impl Into<String>,
    holds: impl FnOnce() -> Result<(), Failed> + Send + 'static,
) -> Trial {
    match lacks {
        None => Trial::test(name, holds),
        Some(reason) if is_allowed() => {
            Trial::test(name, holds).with_kind(reason).with_ignored_flag(true)
        }
        Some(reason) => Trial::test(name, move || or_fail(reason).map(drop)),
    }
}

/// The end of a test that finds only when it runs that it can't.
pub fn or_fail(reason: String) -> Result<Completion, Failed> {
    match is_allowed() {
        true => Ok(Completion::ignored_with(reason)),
        false => Err(format!("{reason}; with {NO_SKIP} nothing may be left out").into()),
    }
}
