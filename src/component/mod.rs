//! What a peer is made of: its engine, its binding, its interpreter, each by its name and with its version; and
//! what may be required of a version.

use std::collections::BTreeMap;

use semver::{Version, VersionReq};
use serde::{Deserialize, Serialize};

/// One part of a peer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Component {
    /// Its name, `libzmq`.
    pub name: String,
    /// Its version, where it is known.
    #[serde(default)]
    pub version: Option<String>,
}

impl Component {
    /// From what a peer says: `pyzmq 27.3.0`, `raw ZMTP 1.0`, or only `3.11.7`, which is a version of
    /// `otherwise`.
    pub fn parse(text: &str, otherwise: &str) -> Component {
        let is_version =
            |word: &&str| word.trim_start_matches('v').starts_with(|c: char| c.is_ascii_digit());
        let mut words = text.split_whitespace();
        let name: Vec<_> = words.clone().take_while(|word| !is_version(word)).collect();
        let name = if name.is_empty() { otherwise.to_owned() } else { name.join(" ") };
        Component { name, version: words.find(is_version).map(str::to_owned) }
    }

    /// The requirement that admits its version alone.
    pub fn exactly(&self) -> Option<String> {
        Some(format!("={}", numbers(self.version.as_deref()?)?))
    }

    /// Its name as conditions write it.
    pub fn key(&self) -> String {
        key(&self.name)
    }
}

/// A name as conditions write it: in lower case, without spaces.
pub fn key(name: &str) -> String {
    name.to_lowercase().split_whitespace().collect()
}

/// The parts of one peer: the version of each, where it is known, by its name as conditions write it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Components(BTreeMap<String, Option<String>>);

impl Components {
    /// Adds a part. What has no version is no better known than what has one.
    pub fn add(&mut self, component: &Component) {
        let key = component.key();
        if !key.is_empty() {
            let version = self.0.entry(key).or_default();
            *version = component.version.clone().or(version.take());
        }
    }

    /// Is it made of `key`, at a version that `requirement` admits?
    pub fn has(&self, key: &str, requirement: &Requirement) -> bool {
        self.0.get(key).is_some_and(|version| requirement.admits(version.as_deref()))
    }

    /// Is it made of `key`, at whatever version?
    pub fn contains(&self, key: &str) -> bool {
        self.0.contains_key(key)
    }

    /// Is nothing known of it?
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

/// What is required of a version: `<4.3.5`, `>=4.3.4, <4.3.5`; `*` is any version, known or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement(VersionReq);

impl Requirement {
    /// In the words of Cargo.
    pub fn parse(text: &str) -> Result<Requirement, semver::Error> {
        VersionReq::parse(text).map(Requirement)
    }

    /// Does it admit `version`? What isn't known is within no bound.
    pub fn admits(&self, version: Option<&str>) -> bool {
        let within = |version: &str| numbers(version).is_some_and(|v| self.0.matches(&v));
        self.0.comparators.is_empty() || version.is_some_and(within)
    }
}

/// The first three numbers of a version; those that are missing are 0. What stands behind them is left out:
/// a release candidate, a build or a distribution's patch counts as its release.
fn numbers(version: &str) -> Option<Version> {
    let mut rest = version.strip_prefix('v').unwrap_or(version);
    let mut numbers = vec![];
    while numbers.len() < 3 {
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let Ok(number) = rest[..end].parse() else { break };
        numbers.push(number);
        match rest[end..].strip_prefix('.') {
            Some(next) => rest = next,
            None => break,
        }
    }
    let at = |n: usize| numbers.get(n).copied().unwrap_or(0);
    (!numbers.is_empty()).then(|| Version::new(at(0), at(1), at(2)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> (String, Option<String>) {
        let component = Component::parse(text, "Python");
        (component.key(), component.version)
    }

    #[test]
    fn what_peers_say_is_a_name_and_a_version() {
        for (text, name, version) in [
            ("pyzmq 27.3.0", "pyzmq", Some("27.3.0")),
            ("ZMQ::FFI 1.18", "zmq::ffi", Some("1.18")),
            ("raw ZMTP 1.0", "rawzmtp", Some("1.0")),
            ("go-zeromq/zmq4 v0.17.0 (replaced)", "go-zeromq/zmq4", Some("v0.17.0")),
            ("libzmq", "libzmq", None),
            ("3.11.7", "python", Some("3.11.7")),
            ("", "python", None),
        ] {
            assert_eq!(parsed(text), (name.to_owned(), version.map(str::to_owned)), "{text}");
        }
    }

    #[test]
    fn versions_that_are_no_semver_have_numbers_all_the_same() {
        let admits = |requirement: &str, version: &str| {
            Requirement::parse(requirement).unwrap().admits(Some(version))
        };
        for (requirement, version, admitted) in [
            ("<4.3.5", "4.3.4", true),
            ("<4.3.5", "4.3.5", false),
            ("<4.3.5", "4.3.10", false),
            ("<4.3.5", "4.3", true),
            ("<=0.17.0", "v0.17.0-0.20250101", true),
            ("<=0.6.0", "0.6.0-SNAPSHOT", true),
            (">=4.3.4, <4.3.5", "4.3.4.1-2ubuntu1", true),
            ("=1.8.0", "1.8.0_412", true),
            ("*", "4.3.5", true),
            ("*", "unknown", true),
            ("<99", "unknown", false),
        ] {
            assert_eq!(admits(requirement, version), admitted, "{requirement} {version}");
        }
    }

    #[test]
    fn what_is_not_known_is_within_no_bound() {
        let mut made_of = Components::default();
        made_of.add(&Component { name: "libzmq".into(), version: None });
        let has = |made_of: &Components, bound| {
            made_of.has("libzmq", &Requirement::parse(bound).unwrap())
        };
        assert!(has(&made_of, "*") && !has(&made_of, "<99"));
        made_of.add(&Component { name: "libzmq".into(), version: Some("4.3.4".into()) });
        made_of.add(&Component { name: "libzmq".into(), version: None });
        assert!(has(&made_of, "<99"));
        assert!(!made_of.has("jeromq", &Requirement::parse("*").unwrap()));
    }
}
