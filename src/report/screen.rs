//! What a person sees while cells run and afterwards: progress on a terminal or plain lines in a pipe,
//! failures as they happen, then the matrices, then a summary. Only the main thread comes here.

use std::time::Duration;

use owo_colors::OwoColorize as _;

use super::failures::seconds;
use super::groups::Group;
use super::progress::Progress;
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

/// A cell that has been played for so long is named: most take less.
const LONG: Duration = Duration::from_secs(2);

/// In a pipe, one line of progress for so many cases.
const EVERY: usize = 500;

/// The screen.
pub struct Screen {
    verbosity: Verbosity,
    progress: Progress,
    stories: usize,
}

impl Screen {
    /// A screen for `cells` cells. Progress is shown where a person watches.
    pub fn new(verbosity: Verbosity, cells: usize) -> Screen {
        let progress = Progress::new(cells, verbosity > Verbosity::Quiet);
        Screen { verbosity, progress, stories: 0 }
    }

    /// The first line: what is going to run.
    pub fn begin(&mut self, record: &Record) {
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
            Event::Started(n) => self.progress.started(&record.cells[*n].id),
            Event::Ended(n, _) => {
                let cell = &record.cells[*n];
                let begun = !matches!(cell.verdict(), Verdict::Skipped | Verdict::Unsupported);
                self.progress.ended(&cell.id, begun);
                self.ended(cell, record);
            }
            Event::Waiting => {}
        }
        if self.verbosity > Verbosity::Quiet {
            self.progress.refresh(|progress| match progress.is_watched() {
                true => format!("{}{}", counts(record), progress.waits(LONG)),
                false => progress_line(record, progress),
            });
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
        } else if self.verbosity == Verbosity::Normal && !self.progress.is_watched() {
            match verdict {
                Verdict::Skipped | Verdict::Unsupported => {}
                _ if !case => self.print(&failures::line(cell)),
                // Thousands of lines would say nothing.
                _ if record.ended().is_multiple_of(EVERY) => {
                    let line = progress_line(record, &self.progress);
                    self.print(&line);
                }
                _ => {}
            }
        }
    }

    /// Matrices and summary.
    pub fn finish(&mut self, record: &Record, report: Option<&std::path::Path>) {
        self.progress.finish();
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

    fn groups(&mut self, title: &str, groups: &[Group]) {
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

    fn print(&mut self, text: &str) {
        self.progress.print(text);
    }
}

/// `12/39 cells: 11 passed, 1 failed; waits for pipeline/a-b-c (12 s)`
fn progress_line(record: &Record, progress: &Progress) -> String {
    let (ended, all) = (record.ended(), record.cells.len());
    format!("{ended}/{all} cells: {}{}", counts(record), progress.waits(LONG))
}

/// `11 passed, 1 failed`
fn counts(record: &Record) -> String {
    let counted = WORDS.iter().filter(|(verdict, _)| *verdict != Verdict::Skipped);
    let counted = counted.map(|(verdict, word)| (record.count(*verdict), word));
    let counts: Vec<_> =
        counted.filter(|(n, _)| *n > 0).map(|(n, word)| format!("{n} {word}")).collect();
    if counts.is_empty() { "no verdict yet".into() } else { counts.join(", ") }
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
