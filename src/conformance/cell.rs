//! A case with two peers: which cells there are, and how one is run.

use std::collections::HashMap;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use super::bench::{A, B, Bench};
use super::{Binds, Case};
use crate::peer::Peer;
use crate::peer::agent::{Agent, Hello};
use crate::run::cell::{Blamed, Outcome, Verdict, in_words};
use crate::run::ending::ActorReport;
use crate::run::failure::{Cause, End, Failure, Step};
use crate::run::measure::Measurements;
use crate::run::stage::Setting;

/// A case with a peer for each side.
#[derive(Clone)]
pub struct Cell {
    /// The case.
    pub case: &'static Case,
    /// Does the first side bind where either may?
    pub flip: bool,
    /// The names of the two sides' peers.
    pub chosen: [String; 2],
}

impl Cell {
    /// Its id: `frame-sizes/python-node`, `frame-sizes+flip/python-node`, `tr-inproc/python`.
    pub fn id(&self) -> String {
        let flip = if self.flip { "+flip" } else { "" };
        let [a, b] = &self.chosen;
        match self.case.binds {
            Binds::Alone => format!("{}/{a}", self.case.name),
            _ => format!("{}{flip}/{a}-{b}", self.case.name),
        }
    }

    /// What one of the two peers lacks for it.
    pub fn unsupported(&self, hellos: &HashMap<String, Hello>) -> Option<String> {
        self.chosen.iter().zip(&self.case.needs).find_map(|(name, needs)| {
            let missing = needs.missing(hellos.get(name)?)?;
            Some(format!("{name} {missing}"))
        })
    }
}

impl fmt::Debug for Cell {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.id())
    }
}

/// The cells of `case` over `peers`: every ordered pair, itself included, with either side binding
/// where either may.
pub fn cells(case: &'static Case, peers: &[&str]) -> Vec<Cell> {
    let mut cells = vec![];
    for a in peers {
        for b in peers {
            if case.binds == Binds::Alone && a != b {
                continue;
            }
            for flip in [false, true] {
                if !flip || case.binds == Binds::Either {
                    cells.push(Cell { case, flip, chosen: [a.to_string(), b.to_string()] });
                }
            }
        }
    }
    cells
}

/// How often a cell is played at most.
const CHANCES: u32 = 3;

/// Runs a cell. A timeout or a crash may be bad luck, with thousands of cells on a busy machine, and
/// gets another chance, unless it is known.
pub fn run(cell: &Cell, peers: &[Peer], setting: &Setting) -> Outcome {
    let start = Instant::now();
    let luck = |end: &Step| match end {
        Err(End::Failed(failure)) => {
            matches!(failure.cause, Cause::Timeout | Cause::Crash)
                && !setting.expectations.expects(&cell.id(), failure.cause)
                && !setting.interrupt.raised()
        }
        _ => false,
    };
    let mut played = 1;
    let (mut end, mut blamed) = play(cell, peers, setting);
    let mut verdict = None;
    while verdict.is_none() && luck(&end) && played < CHANCES {
        played += 1;
        match play(cell, peers, setting) {
            // What is told is how it failed.
            (Ok(()), _) => verdict = Some(Verdict::Flaky),
            again => (end, blamed) = again,
        }
    }
    let verdict = verdict.unwrap_or_else(|| verdict_of(&end));
    let reason = match end {
        Err(End::Broken(reason)) => Some(reason),
        Err(End::Interrupted) => Some("the run was interrupted".into()),
        _ => None,
    };
    let duration_ms = start.elapsed().as_millis() as u64;
    let measurements = Measurements::default();
    Outcome { verdict, failure: blamed, reason, played, passed: None, duration_ms, measurements }
}

fn verdict_of(end: &Step) -> Verdict {
    match end {
        Ok(()) => Verdict::Pass,
        Err(End::Failed(_)) => Verdict::Fail,
        Err(End::Interrupted) => Verdict::NotRun,
        Err(End::Broken(_)) => Verdict::Broken,
    }
}

fn play(cell: &Cell, peers: &[Peer], setting: &Setting) -> (Step, Option<Blamed>) {
    let (a, b) = match (take(A, cell, peers, setting), take(B, cell, peers, setting)) {
        (Ok(a), Ok(b)) => (a, b),
        (a, b) => {
            let mut end = Ok(());
            for agent in [a, b] {
                match agent {
                    Ok(unharmed) => setting.pool.give(unharmed, &cell.id()),
                    Err(error) => end = Err(error),
                }
            }
            let blamed = match &end {
                Err(End::Failed(failure)) => Some(blame(cell, failure, vec![], vec![])),
                _ => None,
            };
            return (end, blamed);
        }
    };
    let chosen = match (peer(A, cell, peers), peer(B, cell, peers)) {
        (Ok(a), Ok(b)) => [a.clone(), b.clone()],
        (Err(end), _) | (_, Err(end)) => return (Err(end), None),
    };
    let mut bench = Bench::new([a, b], chosen, cell.flip, setting);
    let mut end = catch_unwind(AssertUnwindSafe(|| (cell.case.play)(&mut bench)))
        .unwrap_or_else(|panic| Err(End::Broken(in_words(panic))));
    let log = bench.log();
    let mut programs: Vec<ActorReport> = bench.agents.iter().map(report).collect();
    for agent in bench.finish(&mut end) {
        setting.pool.give(agent, &cell.id());
    }
    match &end {
        Err(End::Failed(failure)) => {
            programs.retain(|program| !program.stderr.is_empty());
            let blamed = blame(cell, failure, log, programs);
            (end, Some(blamed))
        }
        _ => (end, None),
    }
}

/// An agent for one side.
fn take(side: usize, cell: &Cell, peers: &[Peer], setting: &Setting) -> Step<Agent> {
    let peer = peer(side, cell, peers)?;
    setting.pool.take(peer).map_err(|error| super::bench::broken(side, &error))
}

fn peer<'a>(side: usize, cell: &Cell, peers: &'a [Peer]) -> Step<&'a Peer> {
    let name = &cell.chosen[side];
    let found = peers.iter().find(|peer| peer.name == *name);
    found.ok_or_else(|| End::Broken(format!("no peer {name}: the plan is wrong")))
}

fn report(agent: &Agent) -> ActorReport {
    ActorReport {
        name: format!("{} agent", agent.peer),
        peer: agent.peer.clone(),
        command: vec![],
        status: "agent".into(),
        stderr: agent.last_errors(),
    }
}

fn blame(cell: &Cell, failure: &Failure, log: Vec<String>, programs: Vec<ActorReport>) -> Blamed {
    let mut blamed_peers: Vec<String> =
        failure.suspects.iter().map(|side| cell.chosen[*side].clone()).collect();
    blamed_peers.sort();
    blamed_peers.dedup();
    let mut evidence = failure.evidence.clone();
    evidence.extend(log);
    Blamed {
        cause: failure.cause,
        requirement: Some(format!("{} ({})", cell.case.requirement, cell.case.source)),
        what: failure.what.clone(),
        expected: failure.expected.clone(),
        got: failure.got.clone(),
        blame: blamed_peers.iter().map(|peer| format!("{peer} agent")).collect(),
        blamed_peers,
        evidence,
        programs,
    }
}
