//! As balance, with msgqueue killed and started again on its ports: all resume.

use std::net::TcpListener;
use std::sync::atomic::{AtomicU16, Ordering};

use super::crowd::{self, Crowd};
use super::{Casting, Place, Scenario};
use crate::role::Role;
use crate::run::actor::{Arg, Cast};
use crate::run::compare::compare;
use crate::run::failure::{End, Step};
use crate::run::stage::Stage;

/// See the module.
pub struct BrokerRestart;

impl Scenario for BrokerRestart {
    fn name(&self) -> &'static str {
        "broker-restart"
    }

    fn holds(&self) -> &'static str {
        "when the broker is killed and started again on its ports, all clients and servers resume"
    }

    fn places(&self) -> &'static [Place] {
        &[Place::All(Role::Mreq), Place::One(Role::Msgqueue), Place::All(Role::Mrep)]
    }

    fn play<'a>(&self, stage: &mut Stage<'a>, cast: &Casting<'a>) -> Step {
        let peer = cast.one(1)?;
        let host = peer.host.clone().unwrap_or_else(|| stage.setting.host.clone());
        let ports = [port_to_keep(&host)?, port_to_keep(&host)?];
        let endpoints = ports.map(|port| Arg::BindAt(format!("tcp://{host}:{port}")));
        let mut crowd = Crowd::start(stage, cast, endpoints.clone())?;
        crowd.add_clients(stage, cast, 1, None)?;
        crowd.served(stage, 3)?;
        stage.outage = true;
        stage.kill(&[crowd.queue])?;
        crowd.paused(stage)?;
        crowd.queue = stage.start_ready(Cast::new(Role::Msgqueue, peer, endpoints))?;
        crowd.served(stage, 5)?;
        crowd::await_requests(stage, &crowd.servers)?;
        crowd.dismiss_clients(stage)?;
        compare(stage)
    }
}

/// A port that nobody gets by chance while its owner is away: outside of the ephemeral range, from
/// which the system takes the ports of `:*` and of outgoing connections (and a client that reconnects
/// may even connect to itself).
fn port_to_keep(host: &str) -> Step<u16> {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    const FIRST: u16 = 10_000;
    // Linux begins at 32768 by default, macOS at 49152.
    let range =
        std::fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").unwrap_or_default();
    let end: u16 = range.split_whitespace().next().and_then(|n| n.parse().ok()).unwrap_or(32_768);
    let span = end.saturating_sub(FIRST).max(1);
    let start = (std::process::id() as u16).wrapping_mul(61);
    for _ in 0..200 {
        let n = start.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed));
        let port = FIRST + n % span;
        if TcpListener::bind((host, port)).is_ok() {
            return Ok(port);
        }
    }
    Err(End::Broken(format!(
        "no port of {host} below {end} is free for a broker to be restarted on"
    )))
}
