//! Known failures: `expectations.toml` lists cells that are expected to fail, with the cause and why. A
//! listed failure with another cause is a failure; one that passes is an error.

use std::path::Path;

use globset::GlobMatcher;
use miette::{IntoDiagnostic as _, Result, WrapErr as _, miette};
use serde::{Deserialize, Serialize};

use crate::outcome::pattern::glob;
use crate::outcome::{Cause, Outcome, Verdict};

/// One entry of the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Known {
    /// A glob of cell ids.
    pub cell: String,
    /// How it fails.
    pub cause: Cause,
    /// Why: an explanation or a link.
    pub why: String,
    /// Does it fail only sometimes? Then it may pass, too.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sometimes: bool,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    known: Vec<Known>,
}

/// All that is expected.
#[derive(Default)]
pub struct Expectations {
    known: Vec<(Known, GlobMatcher)>,
}

impl Expectations {
    /// Parses `text`, which stands in `file`.
    pub fn parse(text: &str, file: &Path) -> Result<Expectations> {
        let name = file.display();
        let parsed: File = toml::from_str(text).map_err(|e| {
            let help =
                "an entry is [[known]], cell = \"case/a-b\", cause = \"timeout\", why = \"…\"";
            miette!(help = help, "{name}: {e}")
        })?;
        let compile = |known: Known| {
            let glob = glob(&known.cell).into_diagnostic();
            let glob = glob.wrap_err_with(|| format!("{name}: cell = {:?}", known.cell))?;
            Ok((known, glob.compile_matcher()))
        };
        Ok(Expectations { known: parsed.known.into_iter().map(compile).collect::<Result<_>>()? })
    }

    /// What is expected of cell `id`: several entries where it fails in several ways.
    pub fn of(&self, id: &str) -> impl Iterator<Item = &Known> {
        self.known.iter().filter(move |(_, glob)| glob.is_match(id)).map(|(known, _)| known)
    }

    /// Is cell `id` known to fail so?
    pub fn expects(&self, id: &str, cause: Cause) -> bool {
        self.of(id).any(|known| known.cause == cause)
    }

    /// Judges the outcome of cell `id` by what was expected of it.
    pub fn judge(&self, id: &str, outcome: &mut Outcome) {
        let Some(first) = self.of(id).next() else { return };
        let cause = outcome.failure.as_ref().map(|failure| failure.cause);
        match outcome.verdict {
            Verdict::Fail | Verdict::Flaky => match self.of(id).find(|k| cause == Some(k.cause)) {
                Some(known) => {
                    outcome.verdict = Verdict::Known;
                    outcome.reason = Some(known.why.clone());
                }
                None => {
                    outcome.reason = Some(format!("known to fail, but by {}", first.cause.name()));
                }
            },
            Verdict::Pass if !self.of(id).any(|known| known.sometimes) => {
                outcome.verdict = Verdict::UnexpectedPass;
                outcome.reason = Some(format!("known to fail ({}), and it passed", first.why));
            }
            _ => {}
        }
    }

    /// Entries that none of `ids` matches: they expect something of nobody.
    pub fn stale<'a>(&'a self, ids: &[String]) -> impl Iterator<Item = &'a Known> {
        let matched: Vec<bool> =
            self.known.iter().map(|(_, glob)| ids.iter().any(|id| glob.is_match(id))).collect();
        self.known.iter().zip(matched).filter(|(_, matched)| !matched).map(|((known, _), _)| known)
    }
}

/// The file's text for the failures of a whole run: entries that still hold are kept as they are, and
/// so are those whose cells were skipped; those that hold no more go; new failures are added cell by
/// cell.
pub fn rewrite(old: &Expectations, ended: &[(String, &Outcome)]) -> Result<String> {
    let failed = |o: &Outcome| matches!(o.verdict, Verdict::Fail | Verdict::Known);
    let mut kept = vec![];
    for (entry, glob) in &old.known {
        let mut matching = ended.iter().filter(|(id, _)| glob.is_match(id)).peekable();
        let holds = matching.peek().is_some()
            && matching.all(|(_, o)| {
                matches!(o.verdict, Verdict::Known | Verdict::Unsupported | Verdict::Skipped)
                    || entry.sometimes && o.verdict == Verdict::Pass
            });
        if holds {
            kept.push((entry, glob));
        }
    }
    let mut known: Vec<Known> = kept.iter().map(|(entry, _)| (*entry).clone()).collect();
    for (id, outcome) in ended.iter().filter(|(_, o)| failed(o)) {
        let Some(failure) = &outcome.failure else { continue };
        if kept.iter().any(|(_, glob)| glob.is_match(id)) {
            continue;
        }
        let why = old.of(id).next().map_or_else(|| failure.what.clone(), |known| known.why.clone());
        known.push(Known { cell: id.clone(), cause: failure.cause, why, sometimes: false });
    }
    let text = toml::to_string(&File { known }).into_diagnostic()?;
    Ok(format!(
        "# Known failures: what zmq-interop found in real libraries, see docs/findings.md. A listed cell\n\
         # that fails by this cause is `known`; one that passes, or fails otherwise, is an error, unless it fails\n\
         # only sometimes.\n\n{text}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::Failure;

    const TEXT: &str = "[[known]]\ncell = 'a/*'\ncause = 'timeout'\nwhy = 'a bug'\n";

    fn outcome(verdict: Verdict, cause: Option<Cause>) -> Outcome {
        let mut outcome = Outcome::unplayed(verdict, None);
        outcome.failure = cause.map(|cause| Failure::new(cause, [], "it was so"));
        outcome
    }

    fn judged(id: &str, verdict: Verdict, cause: Option<Cause>) -> Verdict {
        let mut outcome = outcome(verdict, cause);
        Expectations::parse(TEXT, Path::new("e.toml")).unwrap().judge(id, &mut outcome);
        outcome.verdict
    }

    #[test]
    fn only_the_expected_cause_is_known() {
        assert_eq!(judged("a/x", Verdict::Fail, Some(Cause::Timeout)), Verdict::Known);
        assert_eq!(judged("a/x", Verdict::Fail, Some(Cause::WrongAnswer)), Verdict::Fail);
        assert_eq!(judged("b/x", Verdict::Fail, Some(Cause::Timeout)), Verdict::Fail);
        assert_eq!(judged("a/x", Verdict::Pass, None), Verdict::UnexpectedPass);
        assert_eq!(judged("a/x", Verdict::Skipped, None), Verdict::Skipped);
    }

    #[test]
    fn what_fails_sometimes_may_pass() {
        let text = format!("{TEXT}sometimes = true\n");
        let expectations = Expectations::parse(&text, Path::new("e.toml")).unwrap();
        for (verdict, cause, judged) in [
            (Verdict::Pass, None, Verdict::Pass),
            (Verdict::Flaky, Some(Cause::Timeout), Verdict::Known),
            (Verdict::Fail, Some(Cause::Timeout), Verdict::Known),
            (Verdict::Fail, Some(Cause::Crash), Verdict::Fail),
        ] {
            let mut outcome = outcome(verdict, cause);
            expectations.judge("a/x", &mut outcome);
            assert_eq!(outcome.verdict, judged);
        }
    }

    #[test]
    fn nothing_is_an_alternative_too() {
        let text = "[[known]]\ncell = 'a{,+flip}/*'\ncause = 'timeout'\nwhy = ''\n";
        let expectations = Expectations::parse(text, Path::new("e.toml")).unwrap();
        assert!(expectations.expects("a/x", Cause::Timeout));
        assert!(expectations.expects("a+flip/x", Cause::Timeout));
        assert!(!expectations.expects("a+flip/x", Cause::Crash));
        assert!(!expectations.expects("ab/x", Cause::Timeout));
    }

    #[test]
    fn a_wrong_file_is_refused() {
        let refused = |text| Expectations::parse(text, Path::new("e.toml")).is_err();
        assert!(refused("[[known]]\ncell = 'a/*'\ncause = 'sadness'\nwhy = ''\n"));
        assert!(refused("[[known]]\ncell = 'a/['\ncause = 'timeout'\nwhy = ''\n"));
        assert!(refused("[[know]]\n"));
    }

    #[test]
    fn rewriting_keeps_what_holds_and_drops_what_does_not() {
        let old = Expectations::parse(TEXT, Path::new("e.toml")).unwrap();
        let known = outcome(Verdict::Known, Some(Cause::Timeout));
        let failed = outcome(Verdict::Fail, Some(Cause::Crash));
        let text = rewrite(&old, &[("a/x".into(), &known), ("b/y".into(), &failed)]).unwrap();
        let new = Expectations::parse(&text, Path::new("e.toml")).unwrap();
        assert_eq!(new.of("a/z").next().unwrap().why, "a bug");
        assert_eq!(new.of("b/y").next().unwrap().cause, Cause::Crash);
        let passed = outcome(Verdict::UnexpectedPass, None);
        let text = rewrite(&old, &[("a/x".into(), &passed)]).unwrap();
        assert!(
            Expectations::parse(&text, Path::new("e.toml")).unwrap().of("a/x").next().is_none()
        );
    }

    #[test]
    fn an_entry_that_matches_nothing_is_stale() {
        let expectations = Expectations::parse(TEXT, Path::new("e.toml")).unwrap();
        assert_eq!(expectations.stale(&["a/x".into()]).count(), 0);
        assert_eq!(expectations.stale(&["b/x".into()]).count(), 1);
    }
}
