//! The cases that are planned for statements, and those that need no statement.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::How;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    rests_on_no_statement: Vec<String>,
    pair: BTreeMap<String, String>,
    wire: BTreeMap<String, String>,
}

/// A case that somebody may write.
#[derive(Clone, Copy, Debug)]
pub struct Planned {
    pub name: &'static str,
    /// `Pair`, or `Wire` for a raw peer in whatever role.
    pub how: How,
    /// What is to be done, and what must come of it.
    pub plan: &'static str,
}

/// The cases that are planned, those of two libraries first; some may exist by now.
pub fn planned() -> impl Iterator<Item = Planned> {
    let File { pair, wire, .. } = file();
    let of =
        |how| move |(name, plan): (&'static String, &'static String)| Planned { name, how, plan };
    pair.iter().map(of(How::Pair)).chain(wire.iter().map(of(How::Wire)))
}

/// Cases that rest on a manual page, a contract or a text without keyword, so that they check no statement; `tr-*` is
/// all that begin so.
pub fn resting_on_no_statement() -> &'static [String] {
    &file().rests_on_no_statement
}

fn file() -> &'static File {
    static FILE: LazyLock<File> = LazyLock::new(|| {
        toml::from_str(include_str!("planned.toml"))
            .unwrap_or_else(|wrong| panic!("src/statement/planned.toml: {wrong}"))
    });
    &FILE
}
