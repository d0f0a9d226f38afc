//! Who meets whom where not all do. Two bindings of one engine have little to tell each other about the protocol, so one
//! peer stands for its engine: everybody meets it, both ways round.

use std::collections::BTreeMap;

use crate::peer::discovery::Found;

/// For each peer that is here the one that stands for its engine, which may be itself.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Engines(BTreeMap<String, String>);

impl Engines {
    /// The engines of those that are here and have an agent: of each engine, which is one only at the same version, the
    /// first peer stands for it. An engine of which nothing is said is a peer's own.
    pub fn of(found: &[Found]) -> Engines {
        let here = || found.iter().filter(|f| f.state.is_ok() && !f.peer.agent.is_empty());
        let stands = |one: &Found| {
            let same = |other: &&Found| one.engine().is_some() && one.engine() == other.engine();
            here().find(same).map_or(&one.peer.name, |first| &first.peer.name).clone()
        };
        Engines(here().map(|one| (one.peer.name.clone(), stands(one))).collect())
    }

    /// The peer that stands for the engine of `name`, if that is another one.
    pub fn same_as(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|stands| *stands != name)
    }

    /// Do the two meet?
    pub fn meet(&self, a: &str, b: &str) -> bool {
        let stands = |name: &str| self.0.get(name).is_some_and(|stands| stands == name);
        a == b || stands(a) || stands(b)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::peer::discovery::Versions;
    use std::path::Path;

    fn found(name: &str, engine: &str, version: Option<&str>) -> Found {
        let engine =
            if engine.is_empty() { String::new() } else { format!("engine = '{engine}'\n") };
        let text = format!("[peers.{name}]\nlanguage = 'x'\n{engine}agent = ['x']\n");
        let mut peers = crate::peer::manifest::parse(&text, Path::new("/x/p.toml"), &[]).unwrap();
        let state = match version {
            Some(version) => Ok(Versions { libzmq: Some(version.into()), ..Versions::default() }),
            None => Err("gone".into()),
        };
        Found { peer: peers.remove(0), state }
    }

    fn pairs(found: &[Found]) -> Vec<String> {
        let engines = Engines::of(found);
        let names = || found.iter().map(|f| f.peer.name.as_str());
        let all = names().flat_map(|a| names().map(move |b| (a, b)));
        all.filter(|(a, b)| engines.meet(a, b)).map(|(a, b)| format!("{a}-{b}")).collect()
    }

    #[test]
    fn everybody_meets_every_engine_and_itself() {
        let mut all = vec![
            found("c", "libzmq", Some("4.3.4")),
            found("perl", "libzmq", Some("4.3.4")),
            found("go", "", Some("1")),
        ];
        assert_eq!(
            pairs(&all),
            ["c-c", "c-perl", "c-go", "perl-c", "perl-perl", "perl-go", "go-c", "go-perl", "go-go"]
        );
        // One more binding meets the two engines, both ways round, and itself.
        all.push(found("rust", "libzmq", Some("4.3.4")));
        assert_eq!(pairs(&all).len(), 9 + 2 * 2 + 1);
        assert!(!pairs(&all).contains(&"perl-rust".to_owned()));
        assert_eq!(Engines::of(&all).same_as("rust"), Some("c"));
        assert_eq!(Engines::of(&all).same_as("go"), None);
    }

    #[test]
    fn another_version_is_another_engine() {
        let all = [
            found("c", "libzmq", Some("4.3.4")),
            found("perl", "libzmq", Some("4.3.4")),
            found("python", "libzmq", Some("4.3.5")),
        ];
        assert_eq!(pairs(&all).len(), 9);
        assert_eq!(Engines::of(&all).same_as("python"), None);
    }

    #[test]
    fn who_is_not_here_stands_for_nobody() {
        let all = [
            found("c", "libzmq", None),
            found("perl", "libzmq", Some("4.3.4")),
            found("rust", "libzmq", Some("4.3.4")),
        ];
        assert_eq!(Engines::of(&all).same_as("rust"), Some("perl"));
        assert!(pairs(&all).contains(&"c-perl".to_owned()));
        assert!(!pairs(&all).contains(&"c-rust".to_owned()));
    }
}
