//! The globs of the command line, each of which must mean something.

use globset::{GlobSet, GlobSetBuilder};
use miette::{IntoDiagnostic as _, Result, miette};

use crate::outcome::pattern::glob;

/// How many names are said of those that are like a wrong one.
const NAMES: usize = 12;

/// The patterns `globs`, each of which must match one of `ids`; otherwise the error says what there is that begins
/// alike, and `help`.
pub fn patterns(globs: &[String], ids: &[String], help: &str) -> Result<GlobSet> {
    let mut patterns = GlobSetBuilder::new();
    for pattern in globs {
        let glob = glob(pattern).into_diagnostic()?;
        let matcher = glob.compile_matcher();
        if !ids.iter().any(|id| matcher.is_match(id)) {
            let help = match alike(pattern, ids) {
                Some(names) => format!("what begins alike: {names}; {help}"),
                None => help.to_owned(),
            };
            return Err(miette!(help = help, "no cell matches '{pattern}'"));
        }
        patterns.add(glob);
    }
    patterns.build().into_diagnostic()
}

/// What of `ids` begins as `pattern` does: the cells, where it begins with a whole name of a case or a scenario; else the
/// names that have most of their beginning in common with it, and half of it at least.
fn alike(pattern: &str, ids: &[String]) -> Option<String> {
    let wanted = name(pattern);
    let common = |id: &str| id.chars().zip(wanted.chars()).take_while(|(a, b)| a == b).count();
    let most = ids.iter().map(|id| common(name(id))).max()?;
    let whole = ids.iter().any(|id| name(id) == wanted);
    let mut alike = vec![];
    for id in ids.iter().filter(|id| common(name(id)) == most) {
        let this = match whole {
            true if name(id) == wanted && id.contains('/') => id,
            true => continue,
            false => name(id),
        };
        if !alike.contains(&this) {
            alike.push(this);
        }
    }
    if most == 0 || 2 * most < wanted.chars().count() {
        return None;
    }
    let more = if alike.len() > NAMES { ", …" } else { "" };
    alike.truncate(NAMES);
    Some(format!("{}{more}", alike.join(", ")))
}

/// The name of a case or a scenario with which a cell's id or a glob begins.
fn name(id: &str) -> &str {
    id.split(['/', '+', '*', '?', '[', '{']).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_begin_alike_are_said() {
        let ids = ["fan-in/a", "frame-empty/a-b", "frame-empty+flip/a-b", "frame-sizes/a-b"];
        let ids = ids.map(str::to_owned);
        let said = |pattern: &str| {
            let error = patterns(&[pattern.to_owned()], &ids, "see there").unwrap_err();
            error.help().unwrap().to_string()
        };
        assert_eq!(said("frame-size/*"), "what begins alike: frame-sizes; see there");
        assert_eq!(said("frame*/b-*"), "what begins alike: frame-empty, frame-sizes; see there");
        assert_eq!(said("fan-in/b"), "what begins alike: fan-in/a; see there");
        assert_eq!(said("nothing/*"), "see there");
        assert_eq!(said("foo/*"), "see there");
        assert!(patterns(&["frame-*/a-?".into()], &ids, "").is_ok());
    }
}
