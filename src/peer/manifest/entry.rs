//! The table of one peer in a manifest.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::Spanned;

use super::{ManifestError, Refuse};
use crate::peer::ci::Ci;
use crate::peer::{Peer, carry};
use crate::role::Role;

/// docs/peers.md explains the keys.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    pub like: Option<Spanned<String>>,
    language: Option<String>,
    binding: Option<String>,
    engine: Option<String>,
    dir: Option<PathBuf>,
    setup: Option<Vec<String>>,
    versions: Option<Vec<String>>,
    install: Option<String>,
    command: Option<Spanned<Vec<String>>>,
    roles: Option<Spanned<Vec<Spanned<String>>>>,
    #[serde(default)]
    commands: BTreeMap<Spanned<String>, Spanned<Vec<String>>>,
    agent: Option<Vec<String>>,
    #[serde(default)]
    launcher: Vec<String>,
    launcher_dir: Option<Spanned<String>>,
    shared: Option<Spanned<Vec<PathBuf>>>,
    missing: Option<String>,
    sources: Option<Vec<String>>,
    host: Option<String>,
    ci: Option<Spanned<Ci>>,
}

impl Entry {
    /// The peer that it declares at `here`: what it says itself goes before what `peer` has. Relative folders are
    /// meant from `base`.
    pub fn peer(
        self,
        mut peer: Peer,
        base: &Path,
        here: Range<usize>,
        refuse: Refuse,
    ) -> Result<Peer, Box<ManifestError>> {
        if !valid_name(&peer.name) {
            let message = format!("'{}' can't be the name of a peer", peer.name);
            let help = "a name is a lower-case letter, then lower-case letters, digits and '_'; \
                        'all' is taken";
            return Err(refuse(message, help, Some(here)));
        }
        if self.like.is_none() && self.language.is_none() {
            let help = "every peer says its language, e.g. language = \"Lua\", or whom it is like";
            let message = format!("peer '{}' has no language", peer.name);
            return Err(refuse(message, help, Some(here)));
        }
        peer.commands = self.commands_by_role(peer.commands, refuse)?;
        let set = |kept: &mut String, said: Option<String>| *kept = said.unwrap_or(kept.clone());
        set(&mut peer.language, self.language);
        set(&mut peer.binding, self.binding);
        peer.engine = self.engine.or(peer.engine);
        if let Some(dir) = self.dir {
            // Without `..`, where it is there: people read it in every command.
            let dir = base.join(dir);
            peer.dir = dir.canonicalize().unwrap_or(dir);
        }
        peer.setup = self.setup.unwrap_or(peer.setup);
        peer.versions = self.versions.unwrap_or(peer.versions);
        peer.install = self.install.or(peer.install);
        peer.agent = self.agent.unwrap_or(peer.agent);
        peer.missing = self.missing.or(peer.missing);
        peer.sources = self.sources.unwrap_or(peer.sources);
        peer.host = self.host;
        if let Some(ci) = self.ci {
            let wrong = |(message, help)| refuse(message, help, Some(ci.span()));
            ci.get_ref().check().map_err(wrong)?;
            peer.ci = Some(ci.into_inner());
        }
        if let Some(shared) = self.shared {
            if let Some(far) = shared.get_ref().iter().find(|path| !carry::is_near(path)) {
                let message = format!("{} can't be carried to another host", far.display());
                let help = "a file of `shared` is in the folder above `dir`, e.g. \"../common\"";
                return Err(refuse(message, help, Some(shared.span())));
            }
            peer.shared = shared.into_inner();
        }
        peer.launcher = self.launcher;
        peer.launcher_dir = match self.launcher_dir {
            Some(dir) if !peer.is_far() => {
                let message = "launcher_dir without a launcher".into();
                return Err(refuse(
                    message,
                    "add launcher = [\"ssh\", \"host\"]",
                    Some(dir.span()),
                ));
            }
            Some(dir) if matches!(dir.get_ref().as_str(), "" | "~" | "~/") => {
                let message = "launcher_dir names no folder of its own".into();
                return Err(refuse(
                    message,
                    "write a path, e.g. \"~/zmq-interop\"",
                    Some(dir.span()),
                ));
            }
            Some(dir) => Some(dir.into_inner()),
            // Whom it is like is here, and not there.
            None if self.like.is_some() && peer.is_far() => {
                Some(format!("~/.cache/zmq-interop/{}", peer.name))
            }
            None => None,
        };
        if peer.commands.is_empty() && peer.agent.is_empty() {
            let message = format!("peer '{}' has no program", peer.name);
            return Err(refuse(message, "add command = [\"program\", \"{role}\"]", Some(here)));
        }
        Ok(peer)
    }

    /// The command of each role; `likes` has those of whom it is like.
    fn commands_by_role(
        &self,
        likes: BTreeMap<Role, Vec<String>>,
        refuse: Refuse,
    ) -> Result<BTreeMap<Role, Vec<String>>, Box<ManifestError>> {
        let wanted = |roles: &Spanned<Vec<_>>| known_roles(roles.get_ref(), refuse);
        let roles = self.roles.as_ref().map(wanted).transpose()?;
        let mut commands = match (&self.command, roles) {
            (Some(command), roles) => {
                one_for_all(command, roles.unwrap_or(Role::ALL.to_vec()), refuse)?
            }
            (None, None) => likes,
            (None, Some(roles)) if self.like.is_some() => {
                likes.into_iter().filter(|(role, _)| roles.contains(role)).collect()
            }
            (None, Some(_)) => {
                let help = "add command = [\"program\", \"{role}\"]";
                let span = self.roles.as_ref().map(Spanned::span);
                return Err(refuse("roles without a command".into(), help, span));
            }
        };
        for (role, command) in &self.commands {
            let parsed = known_role(role, refuse)?;
            if command.get_ref().is_empty() {
                let message = format!("the command of {parsed} is empty");
                let help = "write [\"program\", \"argument\"]";
                return Err(refuse(message, help, Some(command.span())));
            }
            commands.insert(parsed, fill(command.get_ref(), parsed));
        }
        Ok(commands)
    }
}

/// Peer names stand in cell ids between '-', so their alphabet is small.
fn valid_name(name: &str) -> bool {
    name != "all"
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

fn fill(command: &[String], role: Role) -> Vec<String> {
    command.iter().map(|word| word.replace("{role}", role.name())).collect()
}

/// The command of each of `roles`, made of one.
fn one_for_all(
    command: &Spanned<Vec<String>>,
    roles: Vec<Role>,
    refuse: Refuse,
) -> Result<BTreeMap<Role, Vec<String>>, Box<ManifestError>> {
    let (span, command) = (Some(command.span()), command.get_ref());
    if command.is_empty() {
        let help = "write [\"program\", \"argument\"]";
        return Err(refuse("the command is empty".into(), help, span));
    }
    if roles.len() > 1 && !command.iter().any(|word| word.contains("{role}")) {
        let message = "one command for several roles must say where the role goes".into();
        let help = "write {role} in it, e.g. command = [\"lua\", \"{role}.lua\"], \
                    or give each role its own in [peers.NAME.commands]";
        return Err(refuse(message, help, span));
    }
    Ok(roles.into_iter().map(|role| (role, fill(command, role))).collect())
}

fn known_roles(roles: &[Spanned<String>], refuse: Refuse) -> Result<Vec<Role>, Box<ManifestError>> {
    roles.iter().map(|role| known_role(role, refuse)).collect()
}

fn known_role(role: &Spanned<String>, refuse: Refuse) -> Result<Role, Box<ManifestError>> {
    role.get_ref().parse().map_err(|_| {
        let all = Role::ALL.map(Role::name).join(", ");
        let message = format!("there is no role '{}'", role.get_ref());
        refuse(message, &format!("the roles are {all}"), Some(role.span()))
    })
}
