//! How far a run or a setup is: on a terminal a bar with the time so far and what it waits for; elsewhere
//! a line once nothing has been printed for a while.

use std::fmt;
use std::io::{IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

use indicatif::{HumanDuration, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

/// In a pipe, after so long without a line there is one of progress: who reads a log of CI sees that it
/// goes on.
const SILENCE: Duration = Duration::from_secs(20);

/// So many of those that are waited for are named.
const NAMED: usize = 3;

/// How long the rest takes is said from this part on,
const BEGUN: f32 = 0.1;

/// and while so many are left: the end of a run waits for single ones.
const MANY: u64 = 100;

/// See the module.
pub struct Progress {
    bar: Option<ProgressBar>,
    waits: Waits,
    printed: Instant,
}

impl Progress {
    /// Of `total` things. A bar is shown where a person watches and it is `wanted`.
    pub fn new(total: usize, wanted: bool) -> Progress {
        let watched = wanted
            && std::io::stdout().is_terminal()
            && std::io::stderr().is_terminal()
            && std::env::var_os("CI").is_none();
        let bar = watched.then(|| {
            let target = ProgressDrawTarget::stderr();
            let bar = ProgressBar::with_draw_target(Some(total as u64), target);
            let template = "{spinner} [{elapsed}] {bar:20} {pos}/{len}{left}{wide_msg}";
            let style = ProgressStyle::with_template(template);
            let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
            bar.set_style(style.with_key("left", left));
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        Progress { bar, waits: Waits::default(), printed: Instant::now() }
    }

    /// Does a person watch a bar?
    pub fn is_watched(&self) -> bool {
        self.bar.is_some()
    }

    /// `name` is waited for from now on.
    pub fn started(&mut self, name: &str) {
        self.waits.0.push((name.to_owned(), Instant::now()));
    }

    /// `name` is done, or `begun` is false: there was nothing to wait for, and it says nothing of how long
    /// the others take.
    pub fn ended(&mut self, name: &str, begun: bool) {
        self.waits.0.retain(|(other, _)| other != name);
        match &self.bar {
            Some(bar) if begun => bar.inc(1),
            Some(bar) => bar.dec_length(1),
            None => {}
        }
    }

    /// Brings what is seen up to date: `counts` is how far it is, in words.
    pub fn refresh(&mut self, counts: impl FnOnce(&Progress) -> String) {
        match &self.bar {
            Some(bar) => bar.set_message(format!("; {}", counts(self))),
            None if self.printed.elapsed() >= SILENCE => {
                let line = counts(self);
                self.print(&line);
            }
            None => {}
        }
    }

    /// `; waits for a (12 s), b (3 s) and 4 more`, of those that have taken `least` so far; the longest first.
    pub fn waits(&self, least: Duration) -> String {
        self.waits.in_words(Instant::now(), least)
    }

    /// Prints a line, or several, above the bar.
    pub fn print(&mut self, text: &str) {
        self.printed = Instant::now();
        // Nobody may be reading any more (`| head`): the run goes on, and the report is written.
        let write = || {
            let _ = writeln!(anstream::stdout().lock(), "{text}");
        };
        match &self.bar {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
    }

    /// The bar goes.
    pub fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// `, about 2 minutes left`, once that can be said.
fn left(state: &ProgressState, text: &mut dyn fmt::Write) {
    let rest = state.len().unwrap_or(0).saturating_sub(state.pos());
    if state.fraction() >= BEGUN && rest >= MANY {
        let _ = write!(text, ", about {} left", HumanDuration(state.eta()));
    }
}

/// What has begun and not ended, by its name, the longest first.
#[derive(Default)]
struct Waits(Vec<(String, Instant)>);

impl Waits {
    fn in_words(&self, now: Instant, least: Duration) -> String {
        let long = self.0.iter().map(|(name, since)| (name, now.duration_since(*since)));
        let long: Vec<_> = long.filter(|(_, time)| *time >= least).collect();
        let named = long.iter().take(NAMED);
        let named: Vec<_> =
            named.map(|(name, time)| format!("{name} ({} s)", time.as_secs())).collect();
        match (named.is_empty(), long.len().saturating_sub(NAMED)) {
            (true, _) => String::new(),
            (_, 0) => format!("; waits for {}", named.join(", ")),
            (_, more) => format!("; waits for {} and {more} more", named.join(", ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_that_take_longest_are_named() {
        let start = Instant::now();
        let at = |s| start + Duration::from_secs(s);
        let mut waits = Waits::default();
        assert_eq!(waits.in_words(at(9), Duration::ZERO), "");
        for (n, name) in ["a", "b", "c", "d", "e"].into_iter().enumerate() {
            waits.0.push((name.into(), at(n as u64)));
        }
        let all = waits.in_words(at(9), Duration::ZERO);
        assert_eq!(all, "; waits for a (9 s), b (8 s), c (7 s) and 2 more");
        let long = waits.in_words(at(9), Duration::from_secs(8));
        assert_eq!(long, "; waits for a (9 s), b (8 s)");
    }
}
