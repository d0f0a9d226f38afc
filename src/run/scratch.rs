//! The folder for what the programs of a run share: messages to push, sockets of ipc. It goes when the
//! run ends, at the second Ctrl-C too; what a killed harness left is removed by the next one.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use rustix::process::{Pid, test_kill_process};
use tempfile::TempDir;

/// Its name begins with this, and the process id.
const PREFIX: &str = "zmq-interop-";

/// The folder of this run, for [`remove`].
static CURRENT: Mutex<Option<PathBuf>> = Mutex::new(None);

/// See the module.
pub struct Scratch(TempDir);

impl Scratch {
    /// Makes the folder.
    pub fn new() -> io::Result<Scratch> {
        let temporary = short(std::env::temp_dir());
        sweep(&temporary);
        let name = format!("{PREFIX}{}.", std::process::id());
        let dir = tempfile::Builder::new().prefix(&name).tempdir_in(temporary)?;
        *CURRENT.lock().unwrap_or_else(|e| e.into_inner()) = Some(dir.path().to_owned());
        Ok(Scratch(dir))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.0.path()
    }
}

/// A folder whose paths the address of an ipc socket can hold: 108 octets on Linux, 104 elsewhere, of which
/// the names below it need forty.
fn short(temporary: PathBuf) -> PathBuf {
    const LONGEST: usize = 60;
    let shared = Path::new("/tmp");
    if temporary.as_os_str().len() > LONGEST && shared.is_dir() { shared.into() } else { temporary }
}

/// Removes the folder of this run, for a harness that must end at once.
pub fn remove() {
    if let Some(dir) = CURRENT.lock().unwrap_or_else(|e| e.into_inner()).take() {
        let _ = fs::remove_dir_all(dir);
    }
}

/// Removes the folders of harnesses that are no more. Another user's can't be removed, and stay.
fn sweep(temporary: &Path) {
    for entry in fs::read_dir(temporary).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let owner = name.to_str().and_then(|name| name.strip_prefix(PREFIX)?.split_once('.'));
        let owner = owner.and_then(|(pid, _)| Pid::from_raw(pid.parse().ok()?));
        if owner.is_some_and(|pid| test_kill_process(pid) == Err(rustix::io::Errno::SRCH)) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_too_long_for_the_address_of_a_socket_is_replaced() {
        let long = PathBuf::from(format!("/tmp/{}", "x".repeat(70)));
        assert_eq!(short(long), Path::new("/tmp"));
        assert_eq!(short("/var/tmp".into()), Path::new("/var/tmp"));
    }
}
