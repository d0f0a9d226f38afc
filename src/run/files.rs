//! How many files this process may have open. Pipes to children count; where there can't be enough, fewer
//! cells are played at a time, and no peer is blamed.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Enough for all cells that are played at a time. Not as many as may be: there are programs that close all
/// that could be open.
const ENOUGH: u64 = 65_536;

/// What the harness has open itself: standard streams, report, lists, tap.
const OWN: u64 = 40;

/// Raises the limit as far as that goes; tells how many files cells may have open.
pub fn raise_limit() -> u64 {
    let now = getrlimit(Resource::Nofile);
    let enough = now.maximum.map_or(ENOUGH, |most| most.min(ENOUGH));
    if now.current.is_some_and(|current| current < enough) {
        let _ = setrlimit(Resource::Nofile, Rlimit { current: Some(enough), ..now });
    }
    let limit = getrlimit(Resource::Nofile).current.unwrap_or(ENOUGH);
    limit.saturating_sub(OWN)
}
