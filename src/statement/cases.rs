//! The cases that exist, and what a statement's names mean among them.

use super::{How, Statement, Status};

/// The names of all cases that exist, of any suite.
pub struct Cases<'a> {
    names: Vec<&'a str>,
}

impl<'a> Cases<'a> {
    pub fn new(names: impl IntoIterator<Item = &'a str>) -> Self {
        Self { names: names.into_iter().collect() }
    }

    /// Is there a case of this name?
    pub fn exists(&self, name: &str) -> bool {
        self.names.contains(&name)
    }

    /// The cases that `pattern` means: all that begin so where it ends in `*`, in the order of their suite.
    pub fn matching(&self, pattern: &str) -> Vec<&'a str> {
        self.names.iter().copied().filter(|name| matches(pattern, name)).collect()
    }

    /// Those that check `statement` whole: a proposed one does as soon as it exists.
    pub fn whole(&self, statement: &Statement) -> Vec<&'a str> {
        let Statement { cases, proposed, wire, .. } = statement;
        self.named(cases.iter().chain(proposed).chain(wire))
    }

    /// Those that see a part of `statement`.
    pub fn partly(&self, statement: &Statement) -> Vec<&'a str> {
        self.named(&statement.partly)
    }

    /// Those of `names` that don't exist yet.
    pub fn missing<'n>(&self, names: &'n [String]) -> Vec<&'n str> {
        names.iter().map(String::as_str).filter(|name| !self.exists(name)).collect()
    }

    pub fn status(&self, statement: &Statement) -> Status {
        match statement.how {
            How::NotObservable => Status::NotObservable,
            _ if !self.whole(statement).is_empty() => Status::Covered,
            _ if !self.partly(statement).is_empty() => Status::Partly,
            _ => Status::Uncovered,
        }
    }

    /// Each once, though several patterns mean it.
    fn named<'n>(&self, patterns: impl IntoIterator<Item = &'n String>) -> Vec<&'a str> {
        let mut names = vec![];
        for name in patterns.into_iter().flat_map(|pattern| self.matching(pattern)) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }
}

/// Does `pattern` mean the case `name`?
fn matches(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => name == pattern,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statement::Level;

    fn statement() -> Statement {
        let text = "id = \"28-REQ-06\"\nlevel = \"MUST\"\ndemand = \"block\"\nhow = \"pair\"";
        let statement: Statement = toml::from_str(text).unwrap();
        assert_eq!(statement.level, Level::Must);
        statement
    }

    #[test]
    fn a_pattern_means_all_that_begin_so() {
        let cases = Cases::new(["hs-null-a", "hs-nul", "hs-null-b"]);
        assert_eq!(cases.matching("hs-null-*"), ["hs-null-a", "hs-null-b"]);
        assert_eq!(cases.matching("hs-null"), [""; 0]);
        let named = ["hs-null-b".to_owned(), "hs-*".to_owned()];
        assert_eq!(cases.named(&named), ["hs-null-b", "hs-null-a", "hs-nul"]);
    }

    #[test]
    fn a_proposed_case_counts_as_soon_as_it_exists() {
        let mut statement = statement();
        statement.proposed = vec!["req-block".into()];
        statement.partly = vec!["req-basic".into()];
        let before = Cases::new(["req-basic"]);
        assert_eq!(before.status(&statement), Status::Partly);
        assert_eq!(before.missing(&statement.proposed), ["req-block"]);
        let after = Cases::new(["req-basic", "req-block"]);
        assert_eq!(after.status(&statement), Status::Covered);
        assert_eq!(after.whole(&statement), ["req-block"]);
        assert_eq!(Cases::new([]).status(&statement), Status::Uncovered);
    }
}
