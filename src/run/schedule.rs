//! Runs a plan: some cells at a time, and one stream of events for whoever reports.

use std::collections::VecDeque;
use std::num::NonZeroUsize;
use std::sync::{Mutex, MutexGuard, mpsc};
use std::thread;

use rand::SeedableRng as _;
use rand::seq::SliceRandom as _;
use rand_chacha::ChaCha8Rng;

use super::cell::{self, Outcome, Verdict};
use super::interrupt::Interrupt;
use super::stage::Setting;
use crate::conformance::pool::Pool;
use crate::peer::Peer;
use crate::plan::{Cell, Planned, Unable};

/// What happens in a run.
#[derive(Clone, Debug)]
pub enum Event {
    /// Cell number n of the plan begins.
    Started(usize),
    /// Cell number n of the plan has ended (or was never begun).
    Ended(usize, Box<Outcome>),
}

/// How many cells run at a time.
#[derive(Clone, Copy, Debug)]
pub struct Jobs {
    /// Scenarios, whose programs are busy.
    pub scenarios: usize,
    /// Conformance cases, most of which wait for a peer's timer.
    pub cases: usize,
}

impl Jobs {
    /// What keeps the processors of this machine busy.
    pub fn of_this_machine() -> Jobs {
        let processors = thread::available_parallelism().map_or(1, NonZeroUsize::get);
        Jobs { scenarios: 2 * processors, cases: 10 * processors }
    }

    /// The same for both.
    pub fn all(n: usize) -> Jobs {
        Jobs { scenarios: n, cases: n }
    }
}

/// How a plan is run.
pub struct Options {
    /// How many cells at a time.
    pub jobs: Jobs,
    /// Begin no cell after one that failed.
    pub fail_fast: bool,
    /// How often each cell is run.
    pub repeat: u32,
}

/// Runs the cells of `plan` with the peers that are here, some at a time, and tells `listener`, which
/// is called from this thread only. Every cell of the plan ends exactly once.
pub fn run(
    plan: &[Planned],
    peers: &[Peer],
    setting: &Setting,
    options: &Options,
    mut listener: impl FnMut(Event),
) {
    for (n, planned) in plan.iter().enumerate() {
        let outcome = match &planned.unable {
            None => continue,
            Some(Unable::Skipped(why)) => Outcome::unplayed(Verdict::Skipped, Some(why.clone())),
            Some(Unable::Unsupported(why)) => {
                Outcome::unplayed(Verdict::Unsupported, Some(why.clone()))
            }
        };
        listener(Event::Ended(n, outcome.into()));
    }
    let queues = queues(plan, setting.seed);
    for (queue, workers) in queues.iter().zip([options.jobs.scenarios, options.jobs.cases]) {
        let (tell, told) = mpsc::channel();
        thread::scope(|scope| {
            for worker in 0..workers.clamp(1, plan.len().max(1)) {
                let tell = tell.clone();
                let work = move || {
                    while let Some((n, cell)) = next(queue, &setting.pool) {
                        let outcome = if setting.interrupt.raised() {
                            not_run("the run was interrupted")
                        } else {
                            let _ = tell.send(Event::Started(n));
                            cell::run(cell, peers, setting, options.repeat).into()
                        };
                        setting.interrupt.halt_if_abandoned();
                        let _ = tell.send(Event::Ended(n, outcome));
                    }
                };
                thread::Builder::new()
                    .name(format!("worker {worker}"))
                    .spawn_scoped(scope, work)
                    .expect("a thread can be started");
            }
            drop(tell);
            let _stop = StopOnPanic(&setting.interrupt);
            for event in told {
                let failed = matches!(&event, Event::Ended(_, o) if o.verdict.is_bad());
                listener(event);
                if failed && options.fail_fast {
                    for (n, _) in
                        queues.iter().flat_map(|queue| std::mem::take(&mut *locked(queue)))
                    {
                        let why = "another cell failed first (--fail-fast)";
                        listener(Event::Ended(n, not_run(why)));
                    }
                }
            }
        });
    }
    setting.interrupt.forget_stages();
}

/// Cells that wait for a worker, with their numbers.
type Queue<'a> = Mutex<VecDeque<(usize, &'a Cell)>>;

/// What is to be played, the scenarios before the conformance cases.
fn queues(plan: &[Planned], seed: u64) -> [Queue<'_>; 2] {
    let waiting = plan.iter().enumerate().filter(|(_, planned)| planned.unable.is_none());
    let waiting = waiting.map(|(n, planned)| (n, &planned.cell));
    let (mut scenarios, mut cases): (Vec<_>, Vec<_>) =
        waiting.partition(|(_, cell)| matches!(cell, Cell::Scenario(_)));
    // The last scenarios take longest; begun first, they don't stand alone at the end.
    scenarios.reverse();
    // Cells that wait beside cells that work.
    cases.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
    [scenarios, cases].map(|cells| Mutex::new(VecDeque::from(cells)))
}

/// How far a worker looks for a cell whose agents are idle.
const AHEAD: usize = 64;

/// The next cell: rather one whose agents are there already, since a fresh one has to warm up.
fn next<'a>(queue: &Queue<'a>, pool: &Pool) -> Option<(usize, &'a Cell)> {
    let mut queue = locked(queue);
    let warm = |cell: &Cell| matches!(cell, Cell::Case(cell) if pool.has(&cell.chosen));
    let at = queue.iter().take(AHEAD).position(|(_, cell)| warm(cell));
    queue.remove(at.unwrap_or(0))
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|e| e.into_inner())
}

fn not_run(why: &str) -> Box<Outcome> {
    Outcome::unplayed(Verdict::NotRun, Some(why.to_owned())).into()
}

/// A listener that panics ends the run: nobody would learn of its cells.
struct StopOnPanic<'a>(&'a Interrupt);

impl Drop for StopOnPanic<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.raise();
        }
    }
}
