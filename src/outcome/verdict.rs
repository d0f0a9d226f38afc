//! The verdicts; docs/verdicts.md explains them.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What became of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// All held.
    Pass,
    /// It failed once with a timeout or a crash, and then passed.
    Flaky,
    /// It failed as the expectations say.
    Known,
    /// A peer declared that it cannot.
    Unsupported,
    /// A peer is not on this machine.
    Skipped,
    /// The run ended before it.
    NotRun,
    /// The expectations say that it fails, and it passed.
    UnexpectedPass,
    /// Something did not hold.
    Fail,
    /// The harness could not do its part.
    Broken,
}

impl Verdict {
    /// All of them, from good to bad.
    pub const ALL: [Verdict; 9] = [
        Verdict::Pass,
        Verdict::Flaky,
        Verdict::Known,
        Verdict::Unsupported,
        Verdict::Skipped,
        Verdict::NotRun,
        Verdict::UnexpectedPass,
        Verdict::Fail,
        Verdict::Broken,
    ];

    /// Its word, as in report.json.
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Pass => "pass",
            Verdict::Flaky => "flaky",
            Verdict::Known => "known",
            Verdict::Unsupported => "unsupported",
            Verdict::Skipped => "skipped",
            Verdict::NotRun => "not-run",
            Verdict::UnexpectedPass => "unexpected-pass",
            Verdict::Fail => "fail",
            Verdict::Broken => "broken",
        }
    }

    /// Is it wrong in itself? A cell that was not run fails the run as well, but only as a whole.
    pub fn is_bad(self) -> bool {
        matches!(self, Verdict::Fail | Verdict::Broken | Verdict::UnexpectedPass)
    }

    /// Was the cell played?
    pub fn has_run(self) -> bool {
        !matches!(self, Verdict::Skipped | Verdict::Unsupported | Verdict::NotRun)
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_is_that_of_the_report() {
        for verdict in Verdict::ALL {
            let word = serde_json::to_value(verdict).unwrap();
            assert_eq!(word, verdict.name());
        }
    }
}
