//! Runs a plan: some cells at a time, and one stream of events for whoever reports.

use std::collections::VecDeque;
use std::sync::{Mutex, mpsc};
use std::thread;

use super::cell::{self, Outcome, Verdict};
use super::expectation::Expectations;
use super::interrupt::Interrupt;
use super::stage::Setting;
use crate::peer::Peer;
use crate::plan::{Planned, Unable};

/// What happens in a run.
#[derive(Clone, Debug)]
pub enum Event {
    /// Cell number n of the plan begins.
    Started(usize),
    /// Cell number n of the plan has ended (or was never begun).
    Ended(usize, Box<Outcome>),
}

/// How a plan is run.
pub struct Options {
    /// How many cells at a time.
    pub jobs: usize,
    /// Begin no cell after one that failed.
    pub fail_fast: bool,
    /// How often each cell is run.
    pub repeat: u32,
    /// What is known to fail.
    pub expectations: Expectations,
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
    let waiting = plan.iter().enumerate().filter(|(_, planned)| planned.unable.is_none());
    let mut waiting: Vec<_> = waiting.map(|(n, planned)| (n, &planned.cell)).collect();
    // The last scenarios take longest; begun first, they don't stand alone at the end.
    waiting.reverse();
    let queue = Mutex::new(VecDeque::from(waiting));
    let (tell, told) = mpsc::channel();
    thread::scope(|scope| {
        for worker in 0..options.jobs.max(1) {
            let (queue, tell) = (&queue, tell.clone());
            let next = || queue.lock().unwrap_or_else(|e| e.into_inner()).pop_front();
            let work = move || {
                while let Some((n, cell)) = next() {
                    if setting.interrupt.raised() {
                        let outcome = Outcome::unplayed(
                            Verdict::NotRun,
                            Some("the run was interrupted".into()),
                        );
                        let _ = tell.send(Event::Ended(n, outcome.into()));
                        continue;
                    }
                    let _ = tell.send(Event::Started(n));
                    let mut outcome = cell::repeated(cell, peers, setting, options.repeat);
                    setting.interrupt.halt_if_abandoned();
                    options.expectations.judge(&cell.id(), &mut outcome);
                    let _ = tell.send(Event::Ended(n, outcome.into()));
                }
            };
            let name = format!("worker {worker}");
            thread::Builder::new()
                .name(name)
                .spawn_scoped(scope, work)
                .expect("a thread can be started");
        }
        drop(tell);
        let _stop = StopOnPanic(&setting.interrupt);
        for event in told {
            let failed = matches!(&event, Event::Ended(_, o) if o.verdict.is_bad());
            listener(event);
            if failed && options.fail_fast {
                let left: Vec<_> =
                    queue.lock().unwrap_or_else(|e| e.into_inner()).drain(..).collect();
                for (n, _) in left {
                    let reason = "another cell failed first (--fail-fast)".to_owned();
                    let outcome = Outcome::unplayed(Verdict::NotRun, Some(reason));
                    listener(Event::Ended(n, outcome.into()));
                }
            }
        }
    });
    setting.interrupt.forget_stages();
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
