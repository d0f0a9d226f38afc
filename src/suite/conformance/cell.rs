//! A case with a peer for each side: which cells there are, and how one is played.

use std::collections::HashMap;
use std::net::{Ipv6Addr, TcpListener};
use std::sync::{Arc, OnceLock};

use super::case::{Binds, Case};
use super::kernel;
use super::sides::{Sides, broken};
use super::step::{A, B, Each, End, Side, Step};
use crate::outcome::{self, Measurements, Program, Suspect};
use crate::peer::Peer;
use crate::peer::agent::{Agent, Hello};
use crate::peer::discovery::{Found, missing};
use crate::suite::play::{Place, Planned, Play, Played, Suite, Unable, guarded};
use crate::suite::pool::Pool;
use crate::suite::reach::Reach;
use crate::suite::setting::Setting;

/// The suite.
pub static SUITE: Suite = Suite {
    name: "conformance",
    about: "Cases between two libraries",
    // Most wait for a peer's timer.
    cells_per_processor: 10,
    // Two agents with five pipes each, and as many that are idle.
    files_per_cell: 20,
    shuffled: true,
};

/// See the module.
pub struct CaseCell {
    case: &'static Case,
    /// Does the first side bind where either may?
    flip: bool,
    /// Shared: there are thousands of cells, and a peer is some kilobytes.
    peers: Each<Arc<Peer>>,
    pool: Arc<Pool>,
}

/// The cells of `case` over what was found: the ordered pairs of peers with an agent that `meet`, with either side
/// binding where either may.
pub fn cells(
    case: &'static Case,
    found: &[Found],
    pool: &Arc<Pool>,
    meet: impl Fn(&str, &str) -> bool,
) -> Vec<Arc<CaseCell>> {
    let able = found.iter().map(|f| &f.peer).filter(|peer| !peer.agent.is_empty());
    let peers: Vec<Arc<Peer>> = able.cloned().map(Arc::new).collect();
    let mut cells = vec![];
    for a in &peers {
        for b in &peers {
            if case.binds == Binds::Alone && a.name != b.name || !meet(&a.name, &b.name) {
                continue;
            }
            for flip in [false, true] {
                if !flip || case.binds == Binds::Either {
                    let peers = Each([a.clone(), b.clone()]);
                    cells.push(Arc::new(CaseCell { case, flip, peers, pool: pool.clone() }));
                }
            }
        }
    }
    cells
}

impl CaseCell {
    /// Is it one of its two peers?
    pub fn has(&self, peer: &str) -> bool {
        self.peers.0.iter().any(|side| side.name == peer)
    }

    /// As part of a plan: it can't be played with a peer that is not here, or that lacks something.
    /// `hellos` has what the agents say of themselves, by peer.
    pub fn planned(
        self: Arc<Self>,
        found: &[Found],
        hellos: &HashMap<String, Hello>,
        reach: &Reach,
    ) -> Planned {
        let absent = self.peers.0.iter().find_map(|peer| missing(found, &peer.name));
        let lacks = || self.unsupported(hellos).map(Unable::Unsupported);
        let apart = || {
            let lacks = self.needs_ipv6().then(lack_of_ipv6).flatten();
            let lacks = lacks.or_else(|| self.apart()).or_else(|| self.unseen(hellos, reach));
            lacks.or_else(|| self.outside(reach)).or_else(|| self.untold())
        };
        let unable = absent.or_else(apart).map(Unable::Skipped).or_else(lacks);
        Planned { cell: self, unable }
    }

    /// Does the case use ::1 of this machine?
    fn needs_ipv6(&self) -> bool {
        let near = |peer: &Arc<Peer>| !peer.is_far() && peer.host.is_none();
        self.case.needs.iter().any(|needs| needs.ipv6) && self.peers.0.iter().all(near)
    }

    /// Why the two may not be on one machine, where the case wants that.
    fn apart(&self) -> Option<String> {
        let [a, b] = &self.peers.0;
        let elsewhere = [a, b].into_iter().find(|peer| peer.host.is_some())?;
        let wanted = self.case.needs.iter().any(|needs| needs.one_machine);
        (wanted && a.host != b.host).then(|| {
            let host = elsewhere.host.as_deref().unwrap_or_default();
            format!("{} is reached at {host}, and the case is about one machine", elsewhere.name)
        })
    }

    /// Why nobody could see that the first connects, where the case rests on that.
    fn unseen(&self, hellos: &HashMap<String, Hello>, reach: &Reach) -> Option<String> {
        let [first, second] = &self.peers.0;
        let monitored = hellos.get(&first.name)?.features.iter().any(|had| had == "monitor");
        let unseen = !reach.stands_between(first, second) && !monitored;
        (self.case.needs[0].witness && unseen).then(|| {
            let (first, second) = (&first.name, &second.name);
            format!(
                "zmq-interop can't stand between {first} and {second}, and {first} has no monitor: nobody sees \
                 whether it connects"
            )
        })
    }

    /// Why the harness can't stand between the two, where the case rests on what passes there.
    fn outside(&self, reach: &Reach) -> Option<String> {
        let [first, second] = &self.peers.0;
        let (connects, binds) = if self.flip { (second, first) } else { (first, second) };
        let wanted = self.case.needs.iter().any(|needs| needs.between);
        (wanted && !reach.stands_between(connects, binds)).then(|| {
            let (from, to) = (&connects.name, &binds.name);
            format!(
                "zmq-interop can't stand between {from} and {to}, and only what passes there tells"
            )
        })
    }

    /// Why no kernel tells about the connections of a side, where the case asks it.
    fn untold(&self) -> Option<String> {
        let asked = self.peers.0.iter().zip(&self.case.needs).filter(|(_, needs)| needs.kernel);
        asked.map(|(peer, _)| peer).find_map(|peer| match peer.is_far() || peer.host.is_some() {
            true => Some(format!("the kernel under {} may be another than this one", peer.name)),
            false if !kernel::tells() => Some("this kernel has no /proc/net/tcp".to_owned()),
            false => None,
        })
    }

    /// What one of the two peers lacks for it.
    fn unsupported(&self, hellos: &HashMap<String, Hello>) -> Option<String> {
        self.peers.0.iter().zip(&self.case.needs).find_map(|(peer, needs)| {
            let missing = needs.missing(hellos.get(&peer.name)?)?;
            Some(format!("{} {missing}", peer.name))
        })
    }

    /// An agent for each side; when one can't be had, the other goes back.
    fn agents(&self) -> Step<Each<Agent>> {
        let take = |side: Side| self.pool.take(&self.peers[side]).map_err(|e| broken(side, &e));
        let a = take(A)?;
        match take(B) {
            Ok(b) => Ok(Each([a, b])),
            Err(end) => {
                self.pool.give(a, &self.id());
                Err(end)
            }
        }
    }

    /// The end of a play with names for the suspects, and the last words between the case and its agents.
    fn named(&self, end: Step, log: &[String]) -> Result<(), outcome::End> {
        let suspect = |side| {
            let peer = self.peers[side].name.clone();
            Suspect { name: format!("{peer} agent"), peer }
        };
        end.map_err(|mut end| {
            if let End::Failed(failure) = &mut end {
                failure.evidence.extend_from_slice(log);
            }
            end.named(suspect)
        })
    }
}

impl Play for CaseCell {
    fn suite(&self) -> &'static Suite {
        &SUITE
    }

    /// `frame-sizes/python-node`, `frame-sizes+flip/python-node`, `tr-inproc/python`.
    fn id(&self) -> String {
        let flip = if self.flip { "+flip" } else { "" };
        let [a, b] = &self.peers.0;
        match self.case.binds {
            Binds::Alone => format!("{}/{}", self.case.name, a.name),
            _ => format!("{}{flip}/{}-{}", self.case.name, a.name, b.name),
        }
    }

    fn group(&self) -> &'static str {
        SUITE.name
    }

    fn requirement(&self) -> String {
        format!("{} ({})", self.case.requirement, self.case.source)
    }

    fn places(&self) -> Vec<Place> {
        let side = |(label, peer): (&'static str, &Arc<Peer>)| Place {
            label,
            peers: vec![peer.name.clone()],
        };
        ["A", "B"].into_iter().zip(&self.peers.0).map(side).collect()
    }

    fn links(&self) -> Vec<[String; 2]> {
        let [a, b] = [0, 1].map(|side| self.peers.0[side].name.clone());
        vec![if self.flip { [b, a] } else { [a, b] }]
    }

    /// With thousands of cells on a busy machine a timeout or a crash may be bad luck.
    fn attempts(&self) -> u32 {
        3
    }

    fn looks_closer(&self) -> bool {
        false
    }

    /// An agent that starts has to warm up.
    fn is_warm(&self) -> bool {
        self.pool.has(&self.peers.0)
    }

    fn play(&self, _: u32, setting: &Setting) -> Played {
        let (mut programs, mut log) = (vec![], vec![]);
        let end = self.agents().and_then(|agents| {
            let (peers, pool) = (self.peers.clone(), self.pool.clone());
            let mut sides = Sides::new(agents, peers, self.flip, pool, setting, &self.id());
            let mut end = guarded(|| (self.case.play)(&mut sides));
            log = sides.log();
            programs.extend(sides.agents.0.iter().map(program));
            for agent in sides.finish(&mut end) {
                self.pool.give(agent, &self.id());
            }
            end
        });
        programs.retain(|program: &Program| !program.stderr.is_empty());
        Played { end: self.named(end, &log), programs, measurements: Measurements::default() }
    }
}

fn program(agent: &Agent) -> Program {
    Program {
        name: format!("{} agent", agent.peer),
        peer: agent.peer.clone(),
        command: vec![],
        status: format!("pid {}", agent.pid()),
        stderr: agent.last_errors(),
    }
}

/// Why nobody can bind to ::1 here, if that is so.
fn lack_of_ipv6() -> Option<String> {
    static BOUND: OnceLock<bool> = OnceLock::new();
    let bound = *BOUND.get_or_init(|| TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).is_ok());
    (!bound).then(|| "no ::1 here".into())
}
