//! Evidence of a run elsewhere, for a peer that few machines can have (a licence, a platform): what was
//! verified, when, and with which programs. It is shown only while the programs are the same.

use std::collections::BTreeMap;
use std::path::PathBuf;

use globset::{Glob, GlobSetBuilder};
use serde::{Deserialize, Serialize};

use super::files;
use super::record::Record;
use crate::digest::sha1_hex;
use crate::peer::Peer;
use crate::peer::discovery::Versions;

/// The file in the peer's folder.
pub const FILE: &str = "evidence.json";

/// What was recorded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// The peer.
    pub peer: String,
    /// When (RFC 3339, UTC).
    pub date: String,
    /// Operating system and architecture.
    pub platform: String,
    /// The peer's versions at that time.
    #[serde(flatten)]
    pub versions: Versions,
    /// SHA-1 of each of its sources, by path in its folder.
    pub sources: BTreeMap<String, String>,
    /// What became of each cell in which it took part by name.
    pub cells: BTreeMap<String, String>,
}

/// The SHA-1 of each of the peer's `sources`.
pub fn hashes(peer: &Peer) -> std::io::Result<BTreeMap<String, String>> {
    let mut patterns = GlobSetBuilder::new();
    for source in &peer.sources {
        patterns.add(Glob::new(source).map_err(std::io::Error::other)?);
    }
    let patterns = patterns.build().map_err(std::io::Error::other)?;
    let mut hashes = BTreeMap::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(peer.dir.join(&folder))? {
            let entry = entry?;
            let path = folder.join(entry.file_name());
            if entry.file_type()?.is_dir() {
                folders.push(path);
            } else if patterns.is_match(&path) {
                hashes.insert(path.display().to_string(), sha1_hex(&std::fs::read(entry.path())?));
            }
        }
    }
    Ok(hashes)
}

/// Writes what `record` verified of `peer` into its folder.
pub fn write(record: &Record, peer: &Peer, versions: &Versions) -> std::io::Result<PathBuf> {
    let cells = record.cells.iter().filter(|cell| {
        cell.verdict().has_run()
            && cell.places.iter().any(|place| place.peers == [peer.name.as_str()])
    });
    let evidence = Evidence {
        peer: peer.name.clone(),
        date: record.started_at.clone(),
        platform: record.platform.clone(),
        versions: versions.clone(),
        sources: hashes(peer)?,
        cells: cells.map(|cell| (cell.id.clone(), cell.verdict().to_string())).collect(),
    };
    let path = peer.dir.join(FILE);
    let mut text = serde_json::to_string_pretty(&evidence)?;
    text.push('\n');
    files::write(&path, text.as_bytes())?;
    Ok(path)
}

/// What the evidence in the peer's folder says, in a sentence; nothing where there is none.
pub fn in_words(peer: &Peer) -> Option<String> {
    let text = std::fs::read_to_string(peer.dir.join(FILE)).ok()?;
    let Ok(evidence) = serde_json::from_str::<Evidence>(&text) else {
        return Some(format!("{FILE} can't be read"));
    };
    let date = evidence.date.get(..10).unwrap_or(&evidence.date).to_owned();
    if hashes(peer).ok()? != evidence.sources {
        return Some(format!("what was verified on {date} has changed since"));
    }
    let passed = evidence.cells.values().filter(|verdict| *verdict == "pass").count();
    let interpreter = evidence.versions.interpreter.unwrap_or_default();
    Some(format!(
        "verified on {date} with {interpreter}: {passed} of {} cells passed",
        evidence.cells.len()
    ))
}
