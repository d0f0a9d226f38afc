//! Runs a plan: some cells at a time, and one stream of events for whoever reports.

use std::collections::VecDeque;
use std::sync::{Mutex, mpsc};
use std::thread;

use super::cell::{self, Outcome, Verdict};
use super::stage::Setting;
use crate::peer::Peer;
use crate::scenario::Cell;

/// A cell and, where it can't be run, why.
#[derive(Clone, Debug)]
pub struct Planned {
    /// The cell.
    pub cell: Cell,
    /// Why it is skipped.
    pub skip: Option<String>,
}

/// What happens in a run.
#[derive(Clone, Debug)]
pub enum Event {
    /// Cell number n of the plan begins.
    Started(usize),
    /// Cell number n of the plan has ended (or was never begun).
    Ended(usize, Box<Outcome>),
}

/// Runs the cells of `plan` with the peers that are here, `jobs` at a time, and tells `listener`, which
/// is called from this thread only. Every cell of the plan ends exactly once. With `fail_fast` no cell
/// is begun after one that failed.
pub fn run(
    plan: &[Planned],
    peers: &[Peer],
    setting: &Setting,
    jobs: usize,
    fail_fast: bool,
    mut listener: impl FnMut(Event),
) {
    for (n, planned) in plan.iter().enumerate() {
        if let Some(reason) = &planned.skip {
            listener(Event::Ended(
                n,
                Outcome::unplayed(Verdict::Skipped, Some(reason.clone())).into(),
            ));
        }
    }
    let waiting = plan.iter().enumerate().filter(|(_, planned)| planned.skip.is_none());
    let mut waiting: Vec<_> = waiting.map(|(n, planned)| (n, &planned.cell)).collect();
    // The last scenarios take longest; begun first, they don't stand alone at the end.
    waiting.reverse();
    let queue = Mutex::new(VecDeque::from(waiting));
    let (tell, told) = mpsc::channel();
    thread::scope(|scope| {
        for worker in 0..jobs.max(1) {
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
                    let _ = tell.send(Event::Ended(n, cell::run(cell, peers, setting).into()));
                }
            };
            let name = format!("worker {worker}");
            thread::Builder::new()
                .name(name)
                .spawn_scoped(scope, work)
                .expect("a thread can be started");
        }
        drop(tell);
        for event in told {
            let failed = matches!(&event, Event::Ended(_, o) if matches!(o.verdict, Verdict::Fail | Verdict::Broken));
            listener(event);
            if failed && fail_fast {
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
