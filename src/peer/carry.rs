//! Carries a peer to the other side of its launcher: its folder, the files that it shares, and this program where that
//! is its own. What git ignores (what was built, what was downloaded) is made over there by its setup.

use std::fs::File;
use std::io::{self, Seek as _};
use std::path::{Component, Path};
use std::time::Duration;

use ignore::WalkBuilder;
use tar::Builder;

use super::command::{Unanswered, run};
use super::process::Stdin;
use super::{Peer, SELF, this_program};
use crate::interrupt::Interrupt;

/// This program over there, from the folder of the peer.
pub const THIS_PROGRAM: &str = "../zmq-interop";

/// Unpacks standard input in the folder $1, which it makes, and removes what an earlier archive of the peer's folder $2
/// had and this one has not. Files are those of who unpacks them, and new: what is built from them by their times is
/// built again, whatever the clocks of the two hosts say.
const UNPACK: &str = r#"
    case $1 in [~]/*) set -- "$HOME/${1#??}" "$2" ;; esac
    mkdir -p "$1" && cd "$1" && cat >"$2.tar" && tar -tf "$2.tar" | sort >"$2.new" && [ -s "$2.new" ] || exit
    [ -f "$2.list" ] && comm -23 "$2.list" "$2.new" | while IFS= read -r gone; do [ -d "$gone" ] || rm -f "$gone"; done
    tar -xomf "$2.tar" && mv "$2.new" "$2.list" && rm -f "$2.tar"
"#;

/// The folder of the peer over there, from where its launcher begins; `~/` is the home of who is reached.
pub fn folder(peer: &Peer) -> Option<String> {
    let dir = peer.launcher_dir.as_ref()?;
    Some(format!("{}/{}", dir.trim_end_matches('/'), name(peer)))
}

/// What its folder is called.
fn name(peer: &Peer) -> String {
    peer.dir.file_name().map_or("peer".into(), |name| name.to_string_lossy().into_owned())
}

/// Does `path`, from the folder of a peer, stand in the folder above it?
pub fn is_near(path: &Path) -> bool {
    let Ok(rest) = path.strip_prefix("..") else { return false };
    rest != Path::new("") && rest.components().all(|part| matches!(part, Component::Normal(_)))
}

/// Carries `peer` to where its manifest says, if it says so.
pub fn carry(peer: &Peer, timeout: Duration, interrupt: &Interrupt) -> Result<(), Unanswered> {
    let Some(dir) = &peer.launcher_dir else { return Ok(()) };
    let failed = |why: String| {
        let (from, launcher) = (peer.dir.display(), peer.launcher.join(" "));
        Unanswered::Failed(format!("{from} can't be carried to {dir} of {launcher}: {why}"))
    };
    let archive = pack(peer).map_err(|error| failed(error.to_string()))?;
    // Its folder is only made now.
    let nowhere = Peer { launcher_dir: None, ..peer.clone() };
    let words = ["sh", "-c", UNPACK, "zmq-interop", dir, &name(peer)].map(str::to_owned);
    let answer = run(&nowhere, &words, Stdin::File(archive), timeout, interrupt)?;
    match answer.success {
        true => Ok(()),
        false => Err(failed(answer.stderr.join(" | "))),
    }
}

/// All that is carried, as a tar archive.
fn pack(peer: &Peer) -> io::Result<File> {
    let mut archive = Builder::new(tempfile::tempfile()?);
    archive.follow_symlinks(false);
    let (name, is_self) = (name(peer), |words: &[String]| words[0] == SELF);
    if peer.all_commands().all(is_self) {
        archive.append_dir(&name, &peer.dir)?;
    } else {
        append(&mut archive, &peer.dir, Path::new(&name))?;
    }
    for path in &peer.shared {
        append(&mut archive, &peer.dir.join(path), path.strip_prefix("..").unwrap_or(path))?;
    }
    if peer.all_commands().any(is_self) {
        archive.append_path_with_name(this_program(), "zmq-interop")?;
    }
    let mut file = archive.into_inner()?;
    file.rewind()?;
    Ok(file)
}

/// Appends the file or the folder `from` as `to`, less what git ignores.
fn append(archive: &mut Builder<File>, from: &Path, to: &Path) -> io::Result<()> {
    let mut walk = WalkBuilder::new(from);
    // Also where it is no clone.
    walk.hidden(false).require_git(false).git_global(false);
    walk.filter_entry(|entry| entry.file_name() != ".git");
    for entry in walk.build() {
        let entry = entry.map_err(io::Error::other)?;
        let kind = entry.file_type();
        if !kind.is_some_and(|kind| kind.is_file() || kind.is_dir() || kind.is_symlink()) {
            continue; // A socket, a named pipe.
        }
        let at = match entry.path().strip_prefix(from) {
            Ok(below) if below.as_os_str().is_empty() => to.to_owned(),
            Ok(below) => to.join(below),
            Err(error) => return Err(io::Error::other(error)),
        };
        archive.append_path_with_name(entry.path(), at)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn names(peer: &Peer) -> Vec<String> {
        let mut archive = tar::Archive::new(pack(peer).unwrap());
        let entries = archive.entries().unwrap().map(Result::unwrap);
        let mut names: Vec<_> =
            entries.map(|entry| entry.path().unwrap().display().to_string()).collect();
        names.sort();
        names
    }

    #[test]
    fn what_git_ignores_is_not_carried() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::create_dir_all(at("lua/build")).unwrap();
        for name in ["lua/build/x", "lua/rep.lua", "lua/.luacheckrc", "common", "secret"] {
            fs::write(at(name), name).unwrap();
        }
        fs::write(at("lua/.gitignore"), "build\n").unwrap();
        let peer = Peer {
            dir: at("lua"),
            agent: vec!["lua".into(), "agent.lua".into()],
            shared: vec!["../common".into()],
            launcher_dir: Some("~/there/".into()),
            ..Peer::here("lua")
        };
        let carried = ["common", "lua", "lua/.gitignore", "lua/.luacheckrc", "lua/rep.lua"];
        assert_eq!(names(&peer), carried);
        assert_eq!(folder(&peer).as_deref(), Some("~/there/lua"));
    }

    #[test]
    fn what_is_carried_again_replaces_what_was_there() {
        let [from, to] = [0, 1].map(|_| tempfile::tempdir().unwrap());
        let write = |name: &str| fs::write(from.path().join("lua").join(name), name).unwrap();
        fs::create_dir(from.path().join("lua")).unwrap();
        let peer =
            Peer { dir: from.path().join("lua"), agent: vec!["x".into()], ..Peer::here("lua") };
        let unpack = || {
            let status = std::process::Command::new("sh")
                .args(["-c", UNPACK, "sh", to.path().to_str().unwrap(), "lua"])
                .stdin(pack(&peer).unwrap())
                .status();
            assert!(status.unwrap().success());
            let files = fs::read_dir(to.path().join("lua")).unwrap();
            let mut files: Vec<_> = files.map(|file| file.unwrap().file_name()).collect();
            files.sort();
            files
        };
        write("a.lua");
        write("old name.lua");
        assert_eq!(unpack(), ["a.lua", "old name.lua"]);
        fs::write(to.path().join("lua/built"), "").unwrap();
        fs::remove_file(from.path().join("lua/old name.lua")).unwrap();
        write("new.lua");
        assert_eq!(unpack(), ["a.lua", "built", "new.lua"]);
    }

    #[test]
    fn only_what_stands_beside_a_folder_is_carried_along() {
        for (path, near) in [
            ("../x", true),
            ("../x/y", true),
            ("..", false),
            ("../../x", false),
            ("/x", false),
            ("x", false),
        ] {
            assert_eq!(is_near(Path::new(path)), near, "{path}");
        }
    }
}
