//! What memory a process takes from the machine.

use std::fs;

/// What memory a process has, in bytes.
#[derive(Clone, Copy)]
pub struct Memory {
    /// What it has asked for.
    asked: u64,
    /// What it uses.
    used: u64,
}

impl Memory {
    /// Of this process, if it is one of this machine.
    pub fn of(pid: u32) -> Option<Memory> {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
        let field = |name: &str| -> Option<u64> {
            let line = status.lines().find(|line| line.starts_with(name))?;
            Some(line.split_whitespace().nth(1)?.parse::<u64>().ok()? << 10)
        };
        Some(Memory { asked: field("VmSize:")?, used: field("VmRSS:")? })
    }

    /// By how much it has grown, in the one or the other way.
    pub fn more_than(self, before: Memory) -> u64 {
        self.asked.saturating_sub(before.asked).max(self.used.saturating_sub(before.used))
    }
}
