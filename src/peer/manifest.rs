//! `peers.toml`: which peers there are and how their programs are started. See docs/peers.md.

mod entry;

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use miette::{Diagnostic, NamedSource, SourceSpan};
use serde::Deserialize;
use toml::Spanned;

use super::Peer;
use entry::Entry;

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

/// Refuses a manifest: what is wrong, what to write instead, and where it stands.
type Refuse<'a> = &'a dyn Fn(String, &str, Option<Range<usize>>) -> Box<ManifestError>;

/// Reads the manifest `text` that stands in `file`; relative folders in it are meant from `file`'s. A peer may be like
/// one of `others`, or like another one of the file.
pub fn parse(text: &str, file: &Path, others: &[Peer]) -> Result<Vec<Peer>, Box<ManifestError>> {
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
    // First those that others of the file may be like.
    let (like, themselves): (Vec<_>, Vec<_>) =
        parsed.peers.into_iter().partition(|(_, entry)| entry.like.is_some());
    let mut peers: Vec<Peer> = vec![];
    for (name, entry) in themselves {
        let (here, name) = (name.span(), name.into_inner());
        let start = Peer { dir: base.clone(), ..Peer::here(&name) };
        peers.push(entry.peer(start, &base, here, &refuse)?);
    }
    let own = peers.clone();
    let also: Vec<String> = like.iter().map(|(name, _)| name.get_ref().clone()).collect();
    for (name, entry) in like {
        let (here, name) = (name.span(), name.into_inner());
        let model = entry.like.as_ref().expect("it was parted by it");
        let known = |peer: &&Peer| peer.name == *model.get_ref();
        let Some(model_peer) = own.iter().chain(others).find(known) else {
            let model_name = model.get_ref();
            let message = match also.contains(model_name) {
                true => {
                    format!("whom '{name}' is like, '{model_name}', is itself like another one")
                }
                false => format!("there is no peer '{model_name}' that '{name}' could be like"),
            };
            let help = "`zmq-interop list peers` names those of this repository";
            return Err(refuse(message, help, Some(model.span())));
        };
        // Where it is, it says itself.
        let (launcher, launcher_dir, host, ci) = (vec![], None, None, None);
        let start = Peer { name, launcher, launcher_dir, host, ci, ..model_peer.clone() };
        peers.push(entry.peer(start, &base, here, &refuse)?);
    }
    Ok(peers)
}

/// Reads and parses the manifest `file`, beside the peers that are declared already.
pub fn read(file: &Path, others: &[Peer]) -> miette::Result<Vec<Peer>> {
    let text = std::fs::read_to_string(file).map_err(|e| {
        miette::miette!(help = "--peers takes the path of a TOML file", "{}: {e}", file.display())
    })?;
    parse(&text, file, others).map_err(|e| (*e).into())
}

/// A message of the parser without its list of all keys, which the page has.
fn in_a_line(message: &str) -> String {
    let message = message.split(", expected one of").next().unwrap_or_default();
    message.trim().replace('\n', "; ")
}

/// What to write instead, for the mistakes that TOML and serde find.
fn hint(message: &str) -> &'static str {
    if message.contains("expected a sequence") {
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
mod tests;
