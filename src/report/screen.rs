//! What a person sees while cells run and afterwards: progress on a terminal or plain lines in a pipe,
//! failures as they happen, then the matrices, then a summary. Only the main thread comes here.

use std::collections::BTreeSet;
use std::io::{IsTerminal as _, Write as _};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use owo_colors::OwoColorize as _;

use super::failures::seconds;
use super::groups::Group;
use super::record::{CellRecord, Record};
use super::{failures, groups, matrix};
use crate::outcome::Verdict;
use crate::run::schedule::Event;

/// How much is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verbosity {
    /// Failures and the summary.
    Quiet,
    /// On a terminal progress, elsewhere a line for each cell; then matrices and the summary.
    Normal,
    /// A line for each cell everywhere, and each skipped cell with its reason.
    Verbose,
}

/// How many failed cases are told whole; of the others there is a line each.
const STORIES: usize = 20;

/// How many groups of failures are listed.
const GROUPS: usize = 40;

/// In a pipe, one line of progress for so many cases.
const EVERY: usize = 500;

/// The screen.
pub struct Screen {
    verbosity: Verbosity,
    progress: Option<ProgressBar>,
    running: BTreeSet<usize>,
    stories: usize,
}

impl Screen {
    /// A screen for `cells` cells. Progress is shown where a person watches.
    pub fn new(verbosity: Verbosity, cells: usize) -> Screen {
        let watched = std::io::stdout().is_terminal()
            && std::io::stderr().is_terminal()
            && std::env::var_os("CI").is_none()
            && verbosity > Verbosity::Quiet;
        let progress = watched.then(|| {
            let target = ProgressDrawTarget::stderr();
            let bar = ProgressBar::with_draw_target(Some(cells as u64), target);
            let style = ProgressStyle::with_template("{spinner} [{elapsed}] {wide_msg}");
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        Screen { verbosity, progress, running: BTreeSet::new(), stories: 0 }
    }

    /// The first line: what is going to run.
    pub fn begin(&self, record: &Record) {
        if self.verbosity == Verbosity::Quiet {
            return;
        }
        let here = record.peers.iter().filter(|peer| peer.missing.is_none());
        let here: Vec<_> = here.map(|peer| peer.name.as_str()).collect();
        self.print(&format!(
            "{} over {}; seed {}",
            cells(record.cells.len()),
            if here.is_empty() { "no peer".into() } else { here.join(", ") },
            record.seed
        ));
    }

    /// Shows an event that `record` has noted already.
    pub fn show(&mut self, event: &Event, record: &Record) {
        match event {
            Event::Started(n) => {
                self.running.insert(*n);
            }
            Event::Ended(n, _) => {
                self.running.remove(n);
                self.ended(&record.cells[*n], record);
            }
        }
        if let Some(progress) = &self.progress {
            progress.set_message(progress_line(record, &self.running));
        }
    }

    fn ended(&mut self, cell: &CellRecord, record: &Record) {
        let verdict = cell.verdict();
        let case = cell.is_case();
        if verdict.is_bad() || verdict == Verdict::Flaky {
            // Hundreds of failures have a handful of causes, and the report has them all.
            self.stories += usize::from(case);
            if self.stories <= STORIES || !case {
                self.print(failures::story(cell).trim_end());
            } else {
                self.print(&failures::line(cell));
            }
        } else if self.verbosity == Verbosity::Verbose {
            self.print(&failures::line(cell));
        } else if self.verbosity == Verbosity::Normal && self.progress.is_none() {
            match verdict {
                Verdict::Skipped | Verdict::Unsupported => {}
                _ if !case => self.print(&failures::line(cell)),
                // Thousands of lines would say nothing.
                _ if record.ended().is_multiple_of(EVERY) => {
                    self.print(&progress_line(record, &BTreeSet::new()));
                }
                _ => {}
            }
        }
    }

    /// Matrices and summary.
    pub fn finish(&self, record: &Record, report: Option<&std::path::Path>) {
        if let Some(progress) = &self.progress {
            progress.finish_and_clear();
        }
        if self.verbosity > Verbosity::Quiet {
            for matrix in matrix::Matrix::all(record) {
                self.print(&format!("\n{}", matrix.group.bold()));
                self.print(&matrix.table(true));
                if let Some(legend) = matrix.legend() {
                    self.print(&format!("  {}", legend.dimmed()));
                }
            }
            self.groups("Failures", &groups::failed(record));
            self.groups("Known failures", &groups::known(record));
            self.print("");
        }
        self.print(&summary(record));
        if let Some(dir) = report {
            self.print(&format!("report: {}", dir.join("index.html").display()));
        }
    }

    fn groups(&self, title: &str, groups: &[Group]) {
        if groups.is_empty() {
            return;
        }
        let all = cells(groups.iter().map(|group| group.cells).sum());
        let title = format!("{title} by what they have in common, {all}");
        self.print(&format!("\n{}", title.bold()));
        for group in groups.iter().take(GROUPS) {
            let Group { what, cells: n, example, .. } = group;
            self.print(&format!("  {n:>4}  {what} {}", example.dimmed()));
        }
        if groups.len() > GROUPS {
            self.print(&format!("  and {} more groups", groups.len() - GROUPS));
        }
    }

    fn print(&self, text: &str) {
        // Nobody may be reading any more (`| head`): the run goes on, and the report is written.
        let write = || {
            let _ = writeln!(anstream::stdout().lock(), "{text}");
        };
        match &self.progress {
            Some(progress) => progress.suspend(write),
            None => write(),
        }
    }
}

/// `12/39 cells, 11 passed, 1 failed; running: pipeline/a-b-c, …`
pub fn progress_line(record: &Record, running: &BTreeSet<usize>) -> String {
    let names: Vec<_> = running.iter().map(|n| record.cells[*n].id.as_str()).collect();
    let mut line = format!("{}/{} cells", record.ended(), record.cells.len());
    for (verdict, word) in WORDS {
        let count = record.count(verdict);
        if count > 0 && verdict != Verdict::Skipped {
            line += &format!(", {count} {word}");
        }
    }
    if !names.is_empty() {
        line += &format!("; running: {}", names.join(", "));
    }
    line
}

const WORDS: [(Verdict, &str); 9] = [
    (Verdict::Pass, "passed"),
    (Verdict::Fail, "failed"),
    (Verdict::UnexpectedPass, "unexpectedly passed"),
    (Verdict::Flaky, "flaky"),
    (Verdict::Known, "known failures"),
    (Verdict::Broken, "broken"),
    (Verdict::NotRun, "not run"),
    (Verdict::Unsupported, "unsupported"),
    (Verdict::Skipped, "skipped"),
];

/// The last lines: what took part, what did not, and how it ended.
pub fn summary(record: &Record) -> String {
    let mut lines = vec![];
    let width = record.peers.iter().map(|peer| peer.name.len()).max().unwrap_or(0);
    for peer in &record.peers {
        let name = format!("{:width$}", peer.name);
        match &peer.missing {
            None => lines.push(format!("  {}  {}", name.bold(), peer.in_words())),
            Some(reason) => {
                let install = peer.install.as_ref().map(|how| format!("; install: {how}"));
                let evidence = peer.evidence.as_ref().map(|what| format!("; {what}"));
                let more = [evidence, install].into_iter().flatten().collect::<String>();
                lines.push(format!("  {}  {} {reason}{more}", name.bold(), "skipped:".yellow()));
            }
        }
    }
    let note = "note:".yellow().to_string();
    lines.extend(record.notices.iter().map(|what| format!("{note} {what}")));
    let error = "error:".red().bold().to_string();
    lines.extend(record.errors().into_iter().map(|why| format!("{error} {why}")));
    lines.push(closing_line(record));
    lines.join("\n")
}

/// `39 cells: 38 passed, 1 failed in 33.1 s`
pub fn closing_line(record: &Record) -> String {
    let counts: Vec<_> = WORDS
        .iter()
        .filter(|(verdict, _)| record.count(*verdict) > 0 || *verdict == Verdict::Pass)
        .map(|(verdict, word)| {
            let text = format!("{} {word}", record.count(*verdict));
            match verdict {
                Verdict::Pass => text.green().to_string(),
                Verdict::Fail | Verdict::Broken | Verdict::UnexpectedPass => {
                    text.red().bold().to_string()
                }
                Verdict::Skipped | Verdict::Unsupported => text.dimmed().to_string(),
                _ => text.yellow().to_string(),
            }
        })
        .collect();
    let end = if record.interrupted { "interrupted: " } else { "" };
    let total = cells(record.cells.len());
    let took = seconds(record.duration_ms);
    format!("{end}{total}: {} in {took}", counts.join(", "))
}

/// `1 cell`, `2 cells`
fn cells(n: usize) -> String {
    format!("{n} cell{}", if n == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample::full;

    #[test]
    fn the_summary_tells_all_that_fails_the_run() {
        insta::assert_snapshot!(anstream::adapter::strip_str(&summary(&full())).to_string());
    }
}
