//! `peers.toml`: which peers there are and how their programs are started. See docs/peers.md.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use miette::{Diagnostic, NamedSource, SourceSpan};
use serde::Deserialize;
use toml::Spanned;

use super::Peer;
use super::ci::Ci;
use crate::role::Role;

/// The page that every message about a manifest names.
const PAGE: &str = "docs/peers.md explains every key";

/// A manifest that can't be used: where, why, and what to write instead.
#[derive(Debug, Diagnostic, thiserror::Error)]
#[error("{message}")]
pub struct ManifestError {
    message: String,
    #[help]
    help: String,
    #[source_code]
    source_code: NamedSource<String>,
    #[label("here")]
    place: Option<SourceSpan>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    peers: BTreeMap<Spanned<String>, Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    language: String,
    #[serde(default)]
    binding: String,
    engine: Option<String>,
    dir: Option<Spanned<PathBuf>>,
    #[serde(default)]
    setup: Vec<String>,
    #[serde(default)]
    versions: Vec<String>,
    install: Option<String>,
    command: Option<Spanned<Vec<String>>>,
    roles: Option<Spanned<Vec<Spanned<String>>>>,
    #[serde(default)]
    commands: BTreeMap<Spanned<String>, Spanned<Vec<String>>>,
    #[serde(default)]
    agent: Vec<String>,
    #[serde(default)]
    launcher: Vec<String>,
    missing: Option<String>,
    #[serde(default)]
    sources: Vec<String>,
    host: Option<String>,
    ci: Option<Spanned<Ci>>,
}

/// Reads the manifest `text` that stands in `file`; relative folders in it are meant from `file`'s.
pub fn parse(text: &str, file: &Path) -> Result<Vec<Peer>, Box<ManifestError>> {
    let refuse = |message: String, help: &str, span: Option<Range<usize>>| {
        Box::new(ManifestError {
            message: format!("{}: {message}", file.display()),
            help: format!("{help}; {PAGE}"),
            source_code: NamedSource::new(file.display().to_string(), text.to_owned())
                .with_language("TOML"),
            place: span.map(SourceSpan::from),
        })
    };
    let parsed: File = toml::from_str(text)
        .map_err(|e| refuse(in_a_line(e.message()), hint(e.message()), e.span()))?;
    if parsed.peers.is_empty() {
        let example =
            "declare a peer: [peers.mine], language = \"Lua\", command = [\"lua\", \"{role}.lua\"]";
        return Err(refuse("no peer is declared".into(), example, None));
    }
    let base = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
    let base = base.parent().unwrap_or(Path::new("/")).to_owned();
    let mut peers = vec![];
    for (name, entry) in parsed.peers {
        let here = Some(name.span());
        let name = name.into_inner();
        if !valid_name(&name) {
            let message = format!("'{name}' can't be the name of a peer");
            let help = "a name is a lower-case letter, then lower-case letters, digits and '_'; \
                        'all' is taken";
            return Err(refuse(message, help, here));
        }
        let mut commands = BTreeMap::new();
        if let Some(command) = &entry.command {
            let span = Some(command.span());
            let command = command.get_ref();
            let roles = match &entry.roles {
                None => Role::ALL.to_vec(),
                Some(list) => list
                    .get_ref()
                    .iter()
                    .map(|role| {
                        role.get_ref()
                            .parse()
                            .map_err(|_| unknown_role(&refuse, role.get_ref(), role.span()))
                    })
                    .collect::<Result<_, _>>()?,
            };
            if command.is_empty() {
                return Err(refuse(
                    "the command is empty".into(),
                    "write [\"program\", \"argument\"]",
                    span,
                ));
            }
            if roles.len() > 1 && !command.iter().any(|word| word.contains("{role}")) {
                let message = "one command for several roles must say where the role goes".into();
                let help = "write {role} in it, e.g. command = [\"lua\", \"{role}.lua\"], \
                            or give each role its own in [peers.NAME.commands]";
                return Err(refuse(message, help, span));
            }
            for role in roles {
                commands.insert(role, fill(command, role));
            }
        } else if let Some(roles) = &entry.roles {
            let help = "add command = [\"program\", \"{role}\"]";
            return Err(refuse("roles without a command".into(), help, Some(roles.span())));
        }
        for (role, command) in &entry.commands {
            let parsed: Role = role
                .get_ref()
                .parse()
                .map_err(|_| unknown_role(&refuse, role.get_ref(), role.span()))?;
            if command.get_ref().is_empty() {
                let message = format!("the command of {parsed} is empty");
                return Err(refuse(
                    message,
                    "write [\"program\", \"argument\"]",
                    Some(command.span()),
                ));
            }
            commands.insert(parsed, fill(command.get_ref(), parsed));
        }
        if commands.is_empty() && entry.agent.is_empty() {
            let message = format!("peer '{name}' has no program");
            return Err(refuse(message, "add command = [\"program\", \"{role}\"]", here));
        }
        if let Some(ci) = &entry.ci {
            let wrong = |(message, help)| refuse(message, help, Some(ci.span()));
            ci.get_ref().check().map_err(wrong)?;
        }
        let dir = match entry.dir {
            None => base.clone(),
            // Without `..`, where it is there: people read it in every command.
            Some(dir) => {
                let dir = base.join(dir.into_inner());
                dir.canonicalize().unwrap_or(dir)
            }
        };
        peers.push(Peer {
            name,
            language: entry.language,
            binding: entry.binding,
            engine: entry.engine,
            dir,
            setup: entry.setup,
            versions: entry.versions,
            install: entry.install,
            commands,
            agent: entry.agent,
            launcher: entry.launcher,
            missing: entry.missing,
            sources: entry.sources,
            host: entry.host,
            ci: entry.ci.map(Spanned::into_inner),
        });
    }
    Ok(peers)
}

/// Reads and parses the manifest `file`.
pub fn read(file: &Path) -> miette::Result<Vec<Peer>> {
    let text = std::fs::read_to_string(file).map_err(|e| {
        miette::miette!(help = "--peers takes the path of a TOML file", "{}: {e}", file.display())
    })?;
    parse(&text, file).map_err(|e| (*e).into())
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

fn unknown_role(
    refuse: &impl Fn(String, &str, Option<Range<usize>>) -> Box<ManifestError>,
    role: &str,
    span: Range<usize>,
) -> Box<ManifestError> {
    let all = Role::ALL.map(Role::name).join(", ");
    refuse(format!("there is no role '{role}'"), &format!("the roles are {all}"), Some(span))
}

/// A message of the parser without its list of all keys, which the page has.
fn in_a_line(message: &str) -> String {
    let message = message.split(", expected one of").next().unwrap_or_default();
    message.trim().replace('\n', "; ")
}

/// What to write instead, for the mistakes that TOML and serde find.
fn hint(message: &str) -> &'static str {
    if message.contains("missing field `language`") {
        "every peer says its language, e.g. language = \"Lua\""
    } else if message.contains("expected a sequence") {
        "a command is a list of words, e.g. command = [\"lua\", \"{role}.lua\"]"
    } else if message.contains("unknown field `peer`") {
        "a peer is declared as [peers.NAME]"
    } else if message.contains("unknown field") {
        "remove the key, or correct its name"
    } else {
        "the file must be TOML, e.g. [peers.mine], language = \"Lua\", command = [\"lua\", \"{role}.lua\"]"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> (String, String, Option<usize>) {
        let error = parse(text, Path::new("my.toml")).unwrap_err();
        let line = error.place.map(|p| text[..p.offset()].matches('\n').count() + 1);
        (error.message, error.help, line)
    }

    #[test]
    fn one_command_serves_all_roles() {
        let text = "[peers.lua]\nlanguage = 'Lua'\ncommand = ['lua', '{role}.lua']\n";
        let peers = parse(text, Path::new("/somewhere/my.toml")).unwrap();
        assert_eq!(peers.len(), 1);
        assert_eq!(peers[0].dir, Path::new("/somewhere"));
        assert_eq!(peers[0].commands.len(), 7);
        assert_eq!(peers[0].commands[&Role::Msgqueue], ["lua", "msgqueue.lua"]);
    }

    #[test]
    fn a_role_can_have_its_own_command_or_be_the_only_one() {
        let text = "[peers.sh]\nlanguage='sh'\ndir='x'\ncommand=['./{role}']\nroles=['c']\n\
                    commands.push=['sh','-c','push']\n";
        let peer = &parse(text, Path::new("/d/my.toml")).unwrap()[0];
        assert_eq!(peer.dir, Path::new("/d/x"));
        assert_eq!(peer.commands.keys().copied().collect::<Vec<_>>(), [Role::Push, Role::C]);
        assert_eq!(peer.commands[&Role::Push], ["sh", "-c", "push"]);
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        let bad_role =
            "[peers.a]\nlanguage='A'\ncommand=['a','{role}']\nroles=['rep',\n'server']\n";
        assert!(
            matches!(refused(bad_role), (m, h, Some(5)) if m.contains("'server'") && h.contains("mreq"))
        );
        let no_placeholder = "[peers.a]\nlanguage='A'\ncommand=['a']\n";
        assert!(matches!(refused(no_placeholder), (_, h, Some(3)) if h.contains("{role}")));
        let bad_name = "[peers.My-Peer]\nlanguage='A'\ncommand=['a','{role}']\n";
        assert!(matches!(refused(bad_name), (m, _, Some(1)) if m.contains("My-Peer")));
        let no_language = "[peers.a]\ncommand=['a','{role}']\n";
        assert!(matches!(refused(no_language), (_, h, Some(_)) if h.contains("language =")));
        let string = "[peers.a]\nlanguage='A'\ncommand='a {role}'\n";
        assert!(matches!(refused(string), (_, h, Some(3)) if h.contains("list of words")));
        let typo = "[peers.a]\nlanguage='A'\ncomand=['a','{role}']\n";
        assert!(matches!(refused(typo), (m, _, Some(3)) if m.contains("comand")));
        assert!(matches!(refused("[peers.a\n"), (_, _, Some(1))));
        assert!(matches!(refused(""), (m, _, None) if m.contains("no peer")));
        assert!(refused("[peers.all]\nlanguage='A'\ncommand=['a','{role}']\n").1.contains("taken"));
        assert!(refused("[peers.a]\nlanguage='A'\n").0.contains("no program"));
    }
}
