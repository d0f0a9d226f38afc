//! The raw peer before one socket: what no library would say, and what each library says by itself. Each case stands
//! beside the rule that it checks; one file for each part of ZMTP. Before each breach a right client shows that it is the
//! breach which is refused, and after it another one that the socket still serves.

mod breach;
mod case;
pub mod cell;
mod crowd;
pub mod dialogue;
pub mod exam;
mod failure;
mod framing;
pub mod grade;
mod greeting;
mod handshake;
mod heartbeat;
pub mod holder;
mod length;
pub mod lie;
mod memory;
mod pattern;
mod previous;
pub mod server;

pub use case::{Case, Play};
pub use cell::SUITE;

/// All cases by family, in the order of a connection.
pub fn families() -> Vec<(&'static str, &'static [Case])> {
    vec![
        ("wire-greeting", greeting::CASES),
        ("wire-handshake", handshake::CASES),
        ("wire-framing", framing::CASES),
        ("wire-lengths", length::CASES),
        ("wire-heartbeats", heartbeat::CASES),
        ("wire-patterns", pattern::CASES),
        ("wire-crowds", crowd::CASES),
        ("wire-previous", previous::CASES),
    ]
}

/// All cases.
pub fn all() -> impl Iterator<Item = &'static Case> {
    families().into_iter().flat_map(|(_, cases)| cases)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::suite::conformance;

    #[test]
    fn a_name_is_that_of_one_case() {
        let names = || all().map(|case| case.name).chain(conformance::all().map(|case| case.name));
        let mut known = BTreeSet::new();
        for name in names() {
            assert!(known.insert(name), "{name} is the name of two cases");
        }
    }

    #[test]
    fn every_case_has_a_mutant() {
        // None of them passes with any library: each is red as it is.
        const RED: [&str; 2] = ["mal-memory", "hs-id-case"];
        for case in all().filter(|case| !RED.contains(&case.name)) {
            assert!(!case.mutants().is_empty(), "{} has no mutant", case.name);
        }
    }

    /// Whatever is allowed, nobody may die or serve nobody else.
    #[test]
    fn some_grades_are_never_allowed() {
        for case in all() {
            let Some(allowed) = case.allowed() else { continue };
            assert!(!allowed.conform.is_empty(), "{} wants nothing", case.name);
            for grade in [grade::Grade::Deaf, grade::Grade::Died] {
                assert!(!allowed.allows(grade), "{} allows {grade}", case.name);
            }
        }
    }
}
