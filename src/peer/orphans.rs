//! Descendants that left their process group (setsid, double fork). On Linux the harness is their
//! subreaper (prctl(2), PR_SET_CHILD_SUBREAPER): when their parent ends they become our children, and
//! a variable in their environment tells whose they were. Elsewhere only process groups are watched.

/// The environment variable that marks all processes of one program of one cell.
pub const MARK: &str = "ZMQ_INTEROP_MARK";

/// An escaped descendant that was found and killed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Orphan {
    /// The value of [`MARK`] in its environment.
    pub mark: String,
    /// Its process id.
    pub pid: i32,
    /// Its command line.
    pub command: String,
}

#[cfg(target_os = "linux")]
mod linux {
    use super::{MARK, Orphan};
    use rustix::process::{Pid, Signal, WaitOptions};
    use std::fs;

    /// From now on orphaned descendants become our children. Call once, early.
    pub fn adopt() {
        let _ = rustix::process::set_child_subreaper(Some(rustix::process::getpid()));
    }

    /// Kills and names the processes whose parent we became and whose mark begins with `prefix`.
    /// Processes that lead a group of ours are not orphans and must be gone before this is called.
    pub fn kill_marked(prefix: &str) -> Vec<Orphan> {
        let mut all = vec![];
        loop {
            // The children of those that are killed become ours, and are found the next time.
            let found = kill_children(prefix);
            if found.is_empty() {
                return all;
            }
            all.extend(found);
        }
    }

    fn kill_children(prefix: &str) -> Vec<Orphan> {
        let me = rustix::process::getpid().as_raw_nonzero().get();
        let mut found = vec![];
        for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
            let Some(pid) = entry.file_name().to_str().and_then(|n| n.parse::<i32>().ok()) else {
                continue;
            };
            if parent(pid) != Some(me) {
                continue;
            }
            let Some(mark) = mark_of(pid).filter(|m| m.starts_with(prefix)) else { continue };
            let orphan = Orphan { mark, pid, command: command_of(pid) };
            if let Some(pid) = Pid::from_raw(pid)
                && rustix::process::kill_process(pid, Signal::KILL).is_ok()
            {
                let _ = rustix::process::waitpid(Some(pid), WaitOptions::empty());
                found.push(orphan);
            }
        }
        found
    }

    /// The command lines of the living members of process group `group`.
    pub fn members(group: u32) -> Vec<String> {
        let pids = fs::read_dir("/proc").into_iter().flatten().flatten();
        pids.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok())
            .filter(|pid| {
                stat(*pid).is_some_and(|(state, _, pgrp)| pgrp == group as i32 && state != "Z")
            })
            .map(|pid| format!("{} (pid {pid})", command_of(pid)))
            .collect()
    }

    /// The process group of `pid`, if there is such a process. (Not getpgid(2): rustix takes the 0 of a group
    /// of another namespace for impossible.)
    pub fn group_of(pid: i32) -> Option<i32> {
        stat(pid).map(|(_, _, group)| group)
    }

    /// State, parent and process group from /proc/PID/stat (proc(5)).
    fn stat(pid: i32) -> Option<(String, i32, i32)> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // The name in parentheses may hold anything, parentheses too.
        let mut fields = stat[stat.rfind(')')? + 1..].split_whitespace();
        let state = fields.next()?.to_owned();
        Some((state, fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
    }

    fn parent(pid: i32) -> Option<i32> {
        stat(pid).filter(|(state, ..)| state != "Z").map(|(_, parent, _)| parent)
    }

    fn mark_of(pid: i32) -> Option<String> {
        let environment = fs::read(format!("/proc/{pid}/environ")).ok()?;
        let name = format!("{MARK}=");
        environment.split(|b| *b == 0).find_map(|variable| {
            std::str::from_utf8(variable).ok()?.strip_prefix(&name).map(str::to_owned)
        })
    }

    fn command_of(pid: i32) -> String {
        let words = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        let words: Vec<_> = words.split(|b| *b == 0).filter(|w| !w.is_empty()).collect();
        let text = words.iter().map(|w| String::from_utf8_lossy(w)).collect::<Vec<_>>().join(" ");
        text.chars().filter(|c| !c.is_control()).take(120).collect()
    }
}

#[cfg(target_os = "linux")]
pub use linux::{adopt, group_of, kill_marked, members};

#[cfg(not(target_os = "linux"))]
mod elsewhere {
    use super::Orphan;

    /// Only Linux has subreapers.
    pub fn adopt() {}

    /// Only Linux has subreapers: nobody is found.
    pub fn kill_marked(_prefix: &str) -> Vec<Orphan> {
        vec![]
    }

    /// The process group of `pid`, if there is such a process.
    pub fn group_of(pid: i32) -> Option<i32> {
        let pid = rustix::process::Pid::from_raw(pid)?;
        let group = rustix::process::getpgid(Some(pid)).ok()?;
        Some(group.as_raw_nonzero().get())
    }

    /// Without /proc the members of a group have no names.
    pub fn members(group: u32) -> Vec<String> {
        vec![format!("a process of group {group}")]
    }
}

#[cfg(not(target_os = "linux"))]
pub use elsewhere::{adopt, group_of, kill_marked, members};
