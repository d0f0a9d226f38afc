//! What a cell measured.

use std::collections::BTreeMap;
use std::time::Duration;

use super::journal::Kind;
use super::state::Stage;
use super::step::ActorId;
use crate::outcome::Measurements;

/// Reads the figures off the journal.
pub fn measure(stage: &Stage) -> Measurements {
    let clients: Vec<_> = stage.clients().filter(|id| !stage.is_probe(*id)).collect();
    let entries = || stage.journal.entries().iter().filter(|e| clients.contains(&e.actor));
    let asked = entries().find(|e| matches!(e.event.kind, Kind::Sent | Kind::Pulled));
    let mut answered = entries().filter(|e| e.event.kind == Kind::Answered);
    let exchanges = answered.clone().count();
    let span =
        asked.zip(answered.next_back()).map(|(first, last)| last.at.duration_since(first.at));
    let rate = span.filter(|s| !s.is_zero()).map(|s| exchanges as f64 / s.as_secs_f64());

    // Who was told how much to serve shares nothing.
    let servers: Vec<_> = stage.servers().filter(|id| stage.actors[*id].count.is_none()).collect();
    let mut shares = BTreeMap::new();
    if servers.len() > 1 {
        shares.extend(
            servers.iter().map(|id| (stage.name(*id), stage.journal.count(*id, Kind::Received))),
        );
    }
    let stall = |client: &ActorId| {
        let times: Vec<_> = stage.journal.of(*client, Kind::Answered).map(|e| e.at).collect();
        times.windows(2).map(|pair| pair[1].duration_since(pair[0])).max()
    };
    let longest: Option<Duration> = clients.iter().filter_map(stall).max();
    Measurements {
        exchanges,
        requests_per_second: rate.map(|r| (r * 10.0).round() / 10.0),
        shares,
        longest_stall_ms: longest.map(|d| d.as_millis() as u64),
        ..Measurements::default()
    }
}
