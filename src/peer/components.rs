//! What a peer is made of, from what it says of itself and from what its manifest says.

use super::Peer;
use super::discovery::{Found, Versions};
use crate::component::{Component, Components};

impl Peer {
    /// The components that its manifest names, whether it is here or not.
    pub fn declared_components(&self) -> Components {
        let mut components = Components::default();
        let declared = [Some(&self.language), Some(&self.binding), self.engine.as_ref()];
        for name in declared.into_iter().flatten() {
            components.add(&Component { version: None, ..Component::parse(name, "") });
        }
        components
    }

    /// Its engine: what it says itself; where it says nothing, libzmq if there is one, or else what the manifest
    /// names, or else the binding, which without an engine is one itself.
    fn engine(&self, versions: &Versions) -> Option<Component> {
        if let Some(engine) = &versions.engine {
            return Some(engine.clone());
        }
        if let Some(version) = &versions.libzmq {
            return Some(Component { name: "libzmq".into(), version: Some(version.clone()) });
        }
        let binding = Component::parse(versions.binding.as_ref().unwrap_or(&self.binding), "");
        let engine = match &self.engine {
            Some(name) if name == "libzmq" => Component { name: name.clone(), version: None },
            Some(name) => Component { name: name.clone(), version: binding.version },
            None => binding,
        };
        (!engine.name.is_empty()).then_some(engine)
    }

    /// All that it is made of.
    fn components(&self, versions: &Versions) -> Components {
        let mut components = self.declared_components();
        let said = [(&versions.interpreter, &self.language), (&versions.binding, &self.binding)];
        for (text, otherwise) in said {
            components.add(&Component::parse(text.as_deref().unwrap_or_default(), otherwise));
        }
        if let Some(engine) = self.engine(versions) {
            components.add(&engine);
        }
        components
    }
}

impl Found {
    /// The ZeroMQ implementation under its binding; of a peer that is missing, what its manifest says.
    pub fn engine(&self) -> Option<Component> {
        self.peer.engine(self.state.as_ref().unwrap_or(&Versions::default()))
    }

    /// What it is made of; nothing is known of a peer that is missing.
    pub fn components(&self) -> Components {
        let components = self.state.as_ref().map(|versions| self.peer.components(versions));
        components.unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::component::Requirement;
    use crate::peer::manifest;

    fn found(keys: &str, versions: &str) -> Found {
        let text = format!("[peers.x]\nlanguage = 'Tcl'\ncommand = ['x', '{{role}}']\n{keys}");
        let peer = manifest::parse(&text, Path::new("/x/p.toml"), &[]).unwrap().remove(0);
        Found { peer, state: Ok(serde_json::from_str(versions).unwrap()) }
    }

    fn engine(keys: &str, versions: &str) -> Option<String> {
        let engine = found(keys, versions).engine()?;
        Some(format!("{} {}", engine.name, engine.version.unwrap_or("?".into())))
    }

    #[test]
    fn the_engine_is_what_the_peer_says_or_what_is_known_of_it() {
        let jeromq = r#"{"engine":{"name":"jeromq","version":"0.6.0"},"binding":"ezmq 1.0"}"#;
        for (keys, versions, expected) in [
            ("engine = 'other'", jeromq, Some("jeromq 0.6.0")),
            ("", r#"{"binding":"tclzmq 4.0","libzmq":"4.3.4"}"#, Some("libzmq 4.3.4")),
            ("engine = 'libzmq'", r#"{"binding":"tclzmq 4.0"}"#, Some("libzmq ?")),
            ("engine = 'zmq4'", r#"{"binding":"go-zeromq/zmq4 0.17.0"}"#, Some("zmq4 0.17.0")),
            ("", r#"{"binding":"omq 0.2"}"#, Some("omq 0.2")),
            ("binding = 'omq'", "{}", Some("omq ?")),
            ("", "{}", None),
        ] {
            assert_eq!(engine(keys, versions).as_deref(), expected, "{keys} {versions}");
        }
        let gone = Found { state: Err("gone".into()), ..found("engine = 'zmq4'", "{}") };
        assert_eq!(gone.engine().unwrap().name, "zmq4");
        assert!(gone.components().is_empty());
    }

    #[test]
    fn a_peer_is_made_of_its_engine_its_binding_and_its_interpreter() {
        let versions = r#"{"interpreter":"8.6.13","binding":"tclzmq 4.0","libzmq":"4.3.4"}"#;
        let made_of = found("", versions).components();
        assert_eq!(made_of.names().collect::<Vec<_>>(), ["libzmq", "tcl", "tclzmq"]);
        for (name, requirement) in [("libzmq", "=4.3.4"), ("tcl", "=8.6.13"), ("tclzmq", "=4.0")] {
            assert!(made_of.has(name, &Requirement::parse(requirement).unwrap()), "{name}");
        }
        let node = found("", r#"{"interpreter":"Node.js 20.20.2","binding":"zeromq.js 6.8.0"}"#);
        assert!(node.components().has("node.js", &Requirement::parse("20").unwrap()));
    }
}
