//! Runs a plan: some cells at a time, and one stream of events for whoever reports.

use std::collections::VecDeque;
use std::num::NonZeroUsize;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Mutex, MutexGuard};
use std::thread;
use std::time::Duration;

use rand::SeedableRng as _;
use rand::seq::SliceRandom as _;
use rand_chacha::ChaCha8Rng;

use super::attempts;
use crate::expectation::Expectations;
use crate::interrupt::Interrupt;
use crate::outcome::{Outcome, Verdict};
use crate::suite::play::{Planned, Play, Suite, Unable};
use crate::suite::setting::Setting;

/// What happens in a run.
#[derive(Clone, Debug)]
pub enum Event {
    /// Cell number n of the plan begins.
    Started(usize),
    /// Cell number n of the plan has ended (or was never begun).
    Ended(usize, Box<Outcome>),
    /// Nothing happened for a second.
    Waiting,
}

/// As often as this who listens is told that nothing happened: a clock that shows seconds.
const TICK: Duration = Duration::from_secs(1);

/// How a plan is run.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// How many cells at a time; what keeps the processors busy where that is not said.
    pub jobs: Option<NonZeroUsize>,
    /// How many files the cells may have open.
    pub files: u64,
    /// Begin no cell after one that failed.
    pub fail_fast: bool,
    /// How often each cell is run.
    pub repeat: u32,
}

impl Default for Options {
    fn default() -> Options {
        Options { jobs: None, files: u64::MAX, fail_fast: false, repeat: 1 }
    }
}

/// Runs the cells of `plan`, some at a time, one suite after the other, and tells `listener`, which is
/// called from this thread only. Every cell of the plan ends exactly once.
pub fn run(
    plan: &[Planned],
    setting: &Setting,
    known: &Expectations,
    options: &Options,
    mut listener: impl FnMut(Event),
) {
    for (n, planned) in plan.iter().enumerate() {
        let outcome = match &planned.unable {
            None => continue,
            Some(Unable::Skipped(why)) => Outcome::unplayed(Verdict::Skipped, why.clone()),
            Some(Unable::Unsupported(why)) => Outcome::unplayed(Verdict::Unsupported, why.clone()),
        };
        listener(Event::Ended(n, outcome.into()));
    }
    let queues = &queues(plan, setting.seed);
    for (suite, queue) in queues {
        let (tell, told) = mpsc::channel();
        thread::scope(|scope| {
            let workers = at_a_time(suite, options).min(plan.len().max(1));
            for worker in 0..workers {
                let tell = tell.clone();
                let work = move || {
                    let turn = || {
                        let no_more = || locked(queue).is_empty();
                        setting.machine.wait_for_turn(worker, workers, no_more);
                        next(queue)
                    };
                    while let Some((n, cell)) = turn() {
                        let outcome = if setting.interrupt.raised() {
                            not_run("the run was interrupted")
                        } else {
                            let _ = tell.send(Event::Started(n));
                            attempts::run(cell, setting, known, options.repeat).into()
                        };
                        setting.interrupt.halt_if_abandoned();
                        // Here, so that no other worker begins a cell meanwhile.
                        let waiting = match outcome.verdict.is_bad() && options.fail_fast {
                            true => take_all(queues),
                            false => vec![],
                        };
                        let _ = tell.send(Event::Ended(n, outcome));
                        for n in waiting {
                            let why = "another cell failed first (--fail-fast)";
                            let _ = tell.send(Event::Ended(n, not_run(why)));
                        }
                    }
                };
                thread::Builder::new()
                    .name(format!("worker {worker}"))
                    .spawn_scoped(scope, work)
                    .expect("a thread can be started");
            }
            drop(tell);
            let _stop = StopOnPanic(&setting.interrupt);
            loop {
                match told.recv_timeout(TICK) {
                    Ok(event) => listener(event),
                    Err(RecvTimeoutError::Timeout) => listener(Event::Waiting),
                    Err(RecvTimeoutError::Disconnected) => break,
                }
            }
        });
    }
}

/// How many cells of `suite` are played at a time.
fn at_a_time(suite: &Suite, options: &Options) -> usize {
    wanted(suite, options).min(possible(suite, options))
}

/// How many cells of `suite` should be played at a time.
fn wanted(suite: &Suite, options: &Options) -> usize {
    let processors = || thread::available_parallelism().map_or(1, NonZeroUsize::get);
    options.jobs.map_or_else(|| processors() * suite.cells_per_processor, NonZeroUsize::get)
}

/// How many cells of `suite` may be played at a time for want of files; one is always tried.
fn possible(suite: &Suite, options: &Options) -> usize {
    usize::try_from(options.files / suite.files_per_cell).unwrap_or(usize::MAX).max(1)
}

/// What is said of suites in `plan` of which fewer cells are played at a time than should be.
pub fn fewer(plan: &[Planned], options: &Options) -> Vec<String> {
    let mut suites: Vec<&Suite> = plan.iter().map(|planned| planned.cell.suite()).collect();
    suites.dedup();
    let fewer = suites.into_iter().filter_map(|suite| {
        let (wanted, possible) = (wanted(suite, options), possible(suite, options));
        (possible < wanted).then(|| {
            let (files, suite) = (options.files, suite.name);
            format!("only {files} more files can be open (ulimit -n): {possible} cells of {suite} at a time instead of {wanted}")
        })
    });
    fewer.collect()
}

/// A cell that waits for a worker, with its number in the plan.
type Waiting<'a> = (usize, &'a dyn Play);

type Queue<'a> = Mutex<VecDeque<Waiting<'a>>>;

/// What is to be played, suite by suite.
fn queues(plan: &[Planned], seed: u64) -> Vec<(&'static Suite, Queue<'_>)> {
    let mut queues: Vec<(&'static Suite, Vec<Waiting>)> = vec![];
    for (n, planned) in plan.iter().enumerate().filter(|(_, planned)| planned.unable.is_none()) {
        let suite = planned.cell.suite();
        let at = queues.iter().position(|(other, _)| *other == suite).unwrap_or_else(|| {
            queues.push((suite, vec![]));
            queues.len() - 1
        });
        queues[at].1.push((n, &*planned.cell));
    }
    for (suite, cells) in &mut queues {
        match suite.shuffled {
            // Cells that wait beside cells that work.
            true => cells.shuffle(&mut ChaCha8Rng::seed_from_u64(seed)),
            // The last ones take longest; begun first, they don't stand alone at the end.
            false => cells.reverse(),
        }
    }
    let queue = |(suite, cells)| (suite, Mutex::new(VecDeque::from(cells)));
    queues.into_iter().map(queue).collect()
}

/// The numbers of all cells that wait, which wait no more.
fn take_all(queues: &[(&Suite, Queue)]) -> Vec<usize> {
    let waiting = queues.iter().flat_map(|(_, queue)| std::mem::take(&mut *locked(queue)));
    waiting.map(|(n, _)| n).collect()
}

/// How far a worker looks for a cell that can begin at once.
const AHEAD: usize = 64;

/// The next cell: rather one that can begin at once.
fn next<'a>(queue: &Queue<'a>) -> Option<Waiting<'a>> {
    let mut queue = locked(queue);
    let at = queue.iter().take(AHEAD).position(|(_, cell)| cell.is_warm());
    queue.remove(at.unwrap_or(0))
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|e| e.into_inner())
}

fn not_run(why: &str) -> Box<Outcome> {
    Outcome::unplayed(Verdict::NotRun, why.to_owned()).into()
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

#[cfg(test)]
mod tests {
    use super::*;

    static SUITE: Suite = Suite {
        name: "counted",
        about: "",
        cells_per_processor: 10,
        files_per_cell: 20,
        shuffled: false,
    };

    #[test]
    fn with_few_files_fewer_cells_are_played_at_a_time() {
        let with = |jobs, files| {
            let jobs = NonZeroUsize::new(jobs);
            at_a_time(&SUITE, &Options { jobs, files, ..Options::default() })
        };
        assert_eq!([with(8, u64::MAX), with(8, 100), with(8, 1)], [8, 5, 1]);
        assert_eq!(with(0, 40), 2, "what is not said is what the processors bear, or the files");
    }
}
