//! How slow this machine is, so that nobody is blamed for it: how many programs want each of its processors,
//! and how late a thread wakes up that has nothing to do but that. Waits last longer on a slow machine, fewer
//! cells are played at a time, and what failed for want of time is played again.

use std::collections::VecDeque;
use std::fs;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, Weak};
use std::thread;
use std::time::{Duration, Instant};

/// How often the machine is looked at.
const PERIOD: Duration = Duration::from_millis(100);

/// How much of what is known stands against what was seen last: about the last second counts.
const MEMORY: f64 = 0.9;

/// So many looks are remembered: a minute, longer than most cells take.
const KEPT: usize = 600;

/// So many programs that want a processor are no reason to wait longer: starting a cell's programs does that.
const CROWD: f64 = 4.0;

/// A thread that wakes up later than this, on an average of about a second, is on a slow machine.
const LATENESS: Duration = Duration::from_millis(25);

/// From here on the machine is called slow.
const SLOW: f64 = 2.0;

/// Nothing is waited for longer than so many times.
const SLOWEST: f64 = 10.0;

/// See the module. The default is a machine that is never slow; clones are of one machine.
#[derive(Clone, Debug, Default)]
pub struct Machine(Arc<Watched>);

#[derive(Debug, Default)]
struct Watched {
    looks: Mutex<Looks>,
    looked: Condvar,
}

#[derive(Debug, Default)]
struct Looks {
    /// How slow it was, and when, the newest last.
    seen: VecDeque<(Instant, f64)>,
    /// How often somebody was excused by it, and how slow it was then at most.
    excuses: (usize, f64),
}

impl Machine {
    /// This machine, watched by a thread as long as somebody has it.
    pub fn watched() -> Machine {
        let machine = Machine::default();
        let watched = Arc::downgrade(&machine.0);
        // Without the thread the machine is never slow.
        let _ = thread::Builder::new().name("machine".into()).spawn(move || watch(&watched));
        machine
    }

    /// A machine that is always so slow: for tests.
    pub fn slow(slowness: f64) -> Machine {
        let machine = Machine::default();
        machine.0.note(slowness);
        machine
    }

    /// How many times longer than usual things may have taken since `then`; 1 on a machine that is not slow.
    pub fn slowness_since(&self, then: Instant) -> f64 {
        self.slowness_between(then, Instant::now())
    }

    /// How many times longer than usual things may have taken from `then` to `until`.
    fn slowness_between(&self, then: Instant, until: Instant) -> f64 {
        let looks = self.0.lock();
        // The last look before it, too: it tells how slow the machine was just then.
        let mut before = 0;
        let known = looks.seen.iter().rev().skip_while(|(at, _)| *at > until);
        let since = known.take_while(|(at, _)| {
            before += usize::from(*at < then);
            before <= 1
        });
        times(since.map(|(_, slowness)| *slowness).fold(0.0, f64::max))
    }

    /// How long something may take that has gone on since `then` and may take `usual` on a machine that is not
    /// slow.
    pub fn patience(&self, usual: Duration, then: Instant) -> Duration {
        self.patience_until(usual, then, Instant::now())
    }

    /// The same as it was at `until`: what was judged then is not judged anew because the machine got slower.
    pub fn patience_until(&self, usual: Duration, then: Instant, until: Instant) -> Duration {
        usual.mul_f64(self.slowness_between(then, until))
    }

    /// Has it been slow since `then`? If so it is remembered that somebody was late for that.
    pub fn excuses(&self, then: Instant) -> bool {
        let slowness = self.slowness_since(then);
        let is_slow = slowness > 1.0;
        if is_slow {
            let mut looks = self.0.lock();
            looks.excuses = (looks.excuses.0 + 1, looks.excuses.1.max(slowness));
        }
        is_slow
    }

    /// What is said of a machine for which somebody was excused.
    pub fn notice(&self) -> Option<String> {
        let (times, worst) = self.0.lock().excuses;
        (times > 0).then(|| {
            format!(
                "the machine was slow, waits lasted up to {worst:.0} times as long; timeouts that did not count and were \
                 played again: {times}"
            )
        })
    }

    /// Waits until worker number `n` of `all` may begin: on a slow machine fewer work at a time. Returns also
    /// when there is no more work.
    pub fn wait_for_turn(&self, n: usize, all: usize, no_more: impl Fn() -> bool) {
        let mut looks = self.0.lock();
        while n > 0 && n >= at_a_time(all, looks.seen.back().map_or(0.0, |(_, now)| *now)) {
            drop(looks);
            if no_more() {
                return;
            }
            looks = self.0.lock();
            looks = self.0.looked.wait_timeout(looks, PERIOD).unwrap_or_else(|e| e.into_inner()).0;
        }
    }
}

/// How many of `all` work at a time on a machine this slow.
fn at_a_time(all: usize, slowness: f64) -> usize {
    ((all as f64 / times(slowness)) as usize).max(1)
}

/// How many times longer than usual is waited.
fn times(slowness: f64) -> f64 {
    if slowness < SLOW { 1.0 } else { slowness.min(SLOWEST) }
}

impl Watched {
    fn lock(&self) -> MutexGuard<'_, Looks> {
        self.looks.lock().unwrap_or_else(|e| e.into_inner())
    }

    fn note(&self, slowness: f64) {
        let mut looks = self.lock();
        if looks.seen.len() == KEPT {
            looks.seen.pop_front();
        }
        looks.seen.push_back((Instant::now(), slowness));
        self.looked.notify_all();
    }
}

/// Looks at the machine until nobody wants to know.
fn watch(watched: &Weak<Watched>) {
    let processors = processors();
    let (mut crowd, mut lateness) = (0.0, 0.0);
    let due = (Mutex::new(()), Condvar::new());
    while let Some(watched) = watched.upgrade() {
        let asleep = Instant::now();
        let guard = due.0.lock().unwrap_or_else(|e| e.into_inner());
        drop(due.1.wait_timeout_while(guard, PERIOD, |()| true));
        let late = asleep.elapsed().saturating_sub(PERIOD);
        // One of the programs that run is this one.
        let wanting = running().unwrap_or(1).saturating_sub(1) as f64 / processors as f64;
        crowd = follow(crowd, wanting / CROWD);
        lateness = follow(lateness, late.as_secs_f64() / LATENESS.as_secs_f64());
        watched.note(crowd.max(lateness));
    }
}

/// The average of about the last second, with what was seen last.
fn follow(average: f64, last: f64) -> f64 {
    average * MEMORY + last * (1.0 - MEMORY)
}

/// How many programs want a processor now, on the whole machine; unknown on some systems.
fn running() -> Option<usize> {
    let text = fs::read_to_string("/proc/loadavg").ok()?;
    text.split_whitespace().nth(3)?.split_once('/')?.0.parse().ok()
}

/// How many processors the whole machine has, which may be more than this program may use.
fn processors() -> usize {
    let listed = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let count = listed.lines().filter(|line| line.starts_with("processor")).count();
    count.max(thread::available_parallelism().map_or(1, usize::from))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_slow_machine_takes_longer() {
        let start = Instant::now();
        let usual = Duration::from_secs(1);
        assert_eq!(Machine::default().patience(usual, start), usual);
        assert_eq!(Machine::slow(1.9).patience(usual, start), usual);
        assert_eq!(Machine::slow(3.0).patience(usual, start), 3 * usual);
        assert_eq!(Machine::slow(99.0).patience(usual, start), 10 * usual);
    }

    #[test]
    fn what_was_slow_before_is_over() {
        let machine = Machine::slow(5.0);
        machine.0.note(1.0);
        let later = Instant::now();
        machine.0.note(1.0);
        assert!(!machine.excuses(later));
        assert_eq!(machine.notice(), None);
    }

    #[test]
    fn what_becomes_slow_later_does_not_change_what_was_judged() {
        let machine = Machine::slow(2.0);
        let (usual, judged) = (Duration::from_secs(1), Instant::now());
        machine.0.note(4.0);
        assert_eq!(machine.patience_until(usual, judged, judged), 2 * usual);
        assert_eq!(machine.patience(usual, judged), 4 * usual);
    }

    #[test]
    fn the_look_before_counts_as_well() {
        let machine = Machine::slow(5.0);
        assert!(machine.excuses(Instant::now()));
        assert!(machine.notice().is_some_and(|said| said.contains("5 times as long")));
    }

    #[test]
    fn fewer_work_at_a_time_and_one_always() {
        assert_eq!([1.0, 2.0, 4.0, 99.0].map(|slowness| at_a_time(8, slowness)), [8, 4, 2, 1]);
        Machine::slow(99.0).wait_for_turn(0, 8, || false);
        Machine::slow(99.0).wait_for_turn(1, 8, || true);
        Machine::default().wait_for_turn(7, 8, || false);
    }

    #[test]
    fn a_machine_is_watched() {
        let machine = Machine::watched();
        let mut looks = machine.0.lock();
        while looks.seen.is_empty() {
            let woken = machine.0.looked.wait_timeout(looks, Duration::from_secs(20)).unwrap();
            assert!(!woken.1.timed_out(), "nobody looks at the machine");
            looks = woken.0;
        }
        assert!(looks.seen[0].1.is_finite());
    }
}
