//! The file: what stands in it, and what is wrong with it.

use std::collections::BTreeMap;
use std::path::Path;

use miette::{Report, Result, miette};
use serde::Deserialize;
use toml::{Spanned, Value};

pub(super) use super::condition::Wrong;
use super::condition::{At, Condition, Place};
use super::{Cells, Finding, Often, Peers};
use crate::outcome::Cause;
use crate::outcome::pattern::glob;

/// How an entry is written.
const EXAMPLE: &str = "an entry is [[known]], why = \"…\", cells = [{ name = \"sub-long-topic\", cause = \"timeout\", \
                       first = { libzmq = \"<4.3.5\" } }]; docs/verdicts.md explains it";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    known: Vec<Spanned<Entry>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    finding: Option<String>,
    why: String,
    cells: Vec<Line>,
}

#[derive(Deserialize)]
pub(super) struct Line {
    pub name: String,
    pub cause: Cause,
    #[serde(default)]
    pub sometimes: bool,
    #[serde(default)]
    pub rarely: bool,
    /// The conditions, by the names of places.
    #[serde(flatten)]
    pub places: BTreeMap<String, Value>,
}

/// Reads `text`, which stands in `file`. Its conditions may speak of `peers`.
pub fn parse(text: &str, file: &Path, peers: &Peers) -> Result<Vec<Finding>> {
    let parsed: File =
        toml::from_str(text).map_err(|e| miette!(help = EXAMPLE, "{}: {e}", file.display()))?;
    let finding = |entry: Spanned<Entry>| {
        let line = text[..entry.span().start].matches('\n').count() + 1;
        let Entry { finding, why, cells } = entry.into_inner();
        let title = finding.as_ref().unwrap_or(&why);
        let refuse = |name: &str, wrong: Wrong| -> Report {
            let (file, Wrong { what, help }) = (file.display(), wrong);
            let of = if name.is_empty() { String::new() } else { format!(", cells {name:?}") };
            miette!(help = help, "{file}, line {line}, {title:?}{of}: {what}")
        };
        if cells.is_empty() {
            return Err(refuse("", Wrong::new("no cells are expected to fail", EXAMPLE)));
        }
        let compile = |line: Line| {
            let name = line.name.clone();
            cells_of(line, peers).map_err(|wrong| refuse(&name, wrong))
        };
        let cells = cells.into_iter().map(compile).collect::<Result<_>>()?;
        Ok(Finding { finding, why, cells, file: file.to_owned() })
    };
    parsed.known.into_iter().map(finding).collect()
}

/// Reads the conditions of `line`.
pub(super) fn cells_of(line: Line, peers: &Peers) -> Result<Cells, Wrong> {
    let pattern = glob(&line.name).map_err(|e| {
        Wrong::new(e.to_string(), "a name is a glob of the names of cases and scenarios: sub-*")
    })?;
    if line.name.contains('/') {
        let help = "name is that of the case or the scenario; who takes part is said by conditions, \
                    first = { libzmq = \"*\" }";
        return Err(Wrong::new("a name has no '/'", help));
    }
    if line.places.is_empty() {
        let help =
            "say who fails so, e.g. first = { libzmq = \"<4.3.5\" }, any = { peer = \"bash\" }";
        return Err(Wrong::new("there is no condition", help));
    }
    let at = |(name, value): (&String, &Value)| {
        let alternatives = Condition::alternatives(value, peers);
        let alternatives = alternatives
            .map_err(|w| Wrong::new(format!("{name} = {value}: {}", w.what), w.help))?;
        Ok(At { place: Place::parse(name)?, alternatives })
    };
    let often = match (line.sometimes, line.rarely) {
        (false, false) => Often::Always,
        (true, false) => Often::Sometimes,
        (false, true) => Often::Rarely,
        (true, true) => {
            let help =
                "what fails rarely passes when it is played again; what fails sometimes need not";
            return Err(Wrong::new("it fails sometimes or rarely, not both", help));
        }
    };
    Ok(Cells {
        at: line.places.iter().map(at).collect::<Result<_, Wrong>>()?,
        name: line.name,
        pattern: pattern.compile_matcher(),
        cause: line.cause,
        often,
        conditions: line.places,
    })
}
