//! The memory of a harness that plays thousands of cells: what a cell gave back goes back to the system.

/// To be called before threads start.
///
/// The allocator of glibc has an arena for nearly each thread, and each of them keeps as much as the
/// largest message that was ever given back (a run over nine peers had 386 MB at its peak).
#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub fn keep_little() {
    /// Cells mostly wait, so they rarely wait for each other's allocations.
    const ARENAS: libc::c_int = 2;
    /// In bytes; larger pieces come from the system and go back to it. It is where glibc begins, too,
    /// but said by us it does not grow.
    const LARGE: libc::c_int = 128 * 1024;
    // SAFETY: mallopt(3) changes how memory is got from now on, and nothing else.
    unsafe {
        libc::mallopt(libc::M_ARENA_MAX, ARENAS);
        libc::mallopt(libc::M_MMAP_THRESHOLD, LARGE);
        libc::mallopt(libc::M_TRIM_THRESHOLD, LARGE);
    }
}

/// Gives back what is free between pieces in use, at the end of something large.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub fn give_back() {
    // SAFETY: malloc_trim(3) touches only what is free.
    unsafe { libc::malloc_trim(0) };
}

/// Other allocators are left as they are.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub fn give_back() {}

/// Other allocators are left as they are.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub fn keep_little() {}
