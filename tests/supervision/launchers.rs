//! Launchers on this machine, among them those that docs/elsewhere.md names, as far as they can be had here: containers
//! are stood for by namespaces, and their tools by a program that records how it was called.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use libtest_mimic::{Failed, Trial};
use tempfile::TempDir;

use super::ends::DEADLINE;
use super::run::{Liar, Place};
use super::{ALL, all_scenarios_pass, skip, test};

pub fn trials() -> Vec<Trial> {
    let root = (!rustix::process::geteuid().is_root()).then(|| "needs root".to_owned());
    vec![
        Trial::test("a_launcher_before_everybody", || plays("['env', 'LIAR_FROM=far']")),
        test("a_launcher_that_fails_is_told_in_its_words", failing),
        skip::unless(lacks_busybox(), "a_far_side_that_is_busybox", busybox),
        Trial::test("docker_podman_and_kubectl_are_called_as_they_want", called),
        skip::unless(root.clone(), "behind_unshare_and_chroot", || {
            plays("['unshare', '--mount', 'chroot', '/']")
        }),
        skip::unless(root, "in_a_namespace_of_processes_and_mounts", || {
            let container = Container::start();
            plays(&format!("['nsenter', '-t', '{}', '-m', '-p']", container.first))
        }),
    ]
}

/// All scenarios pass behind it, and a server that is killed is seen to be.
fn plays(launcher: &str) -> Result<(), Failed> {
    all_scenarios_pass(&format!("launcher = {launcher}"))
}

fn failing() {
    let more = "launcher = ['sh', '-c', 'echo no such container >&2; exit 125']";
    let place = Place::new(&[Liar { name: "far", lie: "honest", roles: ALL, more }]);
    let run = place.run(&["--peer=far,rust", "--cell=fan-in/all-far"]);
    assert_eq!(run.code(), Some(1), "{}", run.text());
    assert!(run.text().contains("no such container (exited with 125)"), "{}", run.text());
}

fn lacks_busybox() -> Option<String> {
    let here = Command::new("busybox").arg("true").status().is_ok_and(|status| status.success());
    (!here).then(|| "needs busybox".into())
}

/// Its shell and commands are those of small containers.
fn busybox() -> Result<(), Failed> {
    let commands = tempfile::tempdir().unwrap();
    let installed =
        Command::new("busybox").args(["--install", "-s"]).arg(commands.path()).status().unwrap();
    assert!(installed.success());
    plays(&format!("['env', 'PATH={}']", commands.path().display()))
}

/// Namespaces of processes and mounts, with a /proc of their own, for as long as it lives.
struct Container {
    holder: Child,
    /// Its first process, as it is known here.
    first: String,
}

impl Container {
    fn start() -> Container {
        let holder = Command::new("unshare")
            .args(["--mount", "--pid", "--fork", "--mount-proc", "cat"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let mut container = Container { holder, first: String::new() };
        let children = format!("/proc/{0}/task/{0}/children", container.holder.id());
        let start = Instant::now();
        // It has mounted its /proc when it is cat(1).
        loop {
            let first = fs::read_to_string(&children).unwrap_or_default().trim().to_owned();
            let name = fs::read_to_string(format!("/proc/{first}/comm")).unwrap_or_default();
            if name.trim() == "cat" {
                container.first = first;
                return container;
            }
            assert!(start.elapsed() < DEADLINE, "unshare(1) starts nothing");
            std::thread::yield_now();
        }
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        // With the first process all others end.
        drop(self.holder.stdin.take());
        let _ = self.holder.wait();
    }
}

/// A folder with a program that writes down its words, and then does what those after its own want.
fn recording(name: &str, own: usize) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(name);
    let script = format!(
        "#!/bin/sh\nprintf '%s\\0' \"$@\" >'{0}/words.'$$\nshift {own}\nexec \"$@\"\n",
        dir.path().display()
    );
    fs::write(&path, script).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    dir
}

fn records(dir: &Path) -> Vec<Vec<String>> {
    let files = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    let words = files.filter(|path| path.to_string_lossy().contains("/words."));
    let read = |path| {
        let text = fs::read_to_string(path).unwrap();
        text.split_terminator('\0').map(str::to_owned).collect()
    };
    words.map(read).collect()
}

fn called() -> Result<(), Failed> {
    for (program, own) in [
        ("docker", &["exec", "-i", "box"][..]),
        ("podman", &["exec", "-i", "box"]),
        ("kubectl", &["exec", "-i", "pod", "-c", "box", "--"]),
    ] {
        let dir = recording(program, own.len());
        let launcher: Vec<String> = [dir.path().join(program).display().to_string()]
            .into_iter()
            .chain(own.iter().map(ToString::to_string))
            .collect();
        plays(&format!("{launcher:?}"))?;
        let records = records(dir.path());
        let wrong = records.iter().find(|words| {
            words[..own.len()] != *own || words[own.len()..own.len() + 2] != ["sh", "-c"]
        });
        if let Some(words) = wrong {
            return Err(format!("{program} was called with {words:?}").into());
        }
        // One keeper, and all programs.
        if records.len() < 20 {
            return Err(format!("{program} was called {} times only", records.len()).into());
        }
    }
    Ok(())
}
