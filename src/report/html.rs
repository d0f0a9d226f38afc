//! index.html: one page that needs nothing else, with the matrices, what failed and why, and all cells.

use std::path::Path;

use askama::Template;

use super::failures::seconds;
use super::record::{CellRecord, PeerRecord, Record};
use super::{failures, files, screen, svg};
use crate::outcome::Verdict;

#[derive(Template)]
#[template(path = "index.html")]
struct Page<'a> {
    record: &'a Record,
    summary: String,
    picture: String,
    stories: Vec<(String, String)>,
    cells: Vec<Row<'a>>,
}

struct Row<'a> {
    cell: &'a CellRecord,
    versions: String,
    verdict: &'static str,
    took: String,
    rate: String,
    stall: String,
    note: String,
}

fn row(cell: &CellRecord) -> Row<'_> {
    let outcome = cell.outcome.as_ref();
    let measured = outcome.map(|o| &o.measurements);
    let shares = measured.map(|m| &m.shares).filter(|shares| !shares.is_empty());
    let share = |(name, n): (&String, &usize)| format!("{name} {n}");
    let note = match (outcome.and_then(|o| o.reason.clone()), shares) {
        (Some(reason), _) => reason,
        (None, Some(shares)) => shares.iter().map(share).collect::<Vec<_>>().join(", "),
        (None, None) => String::new(),
    };
    let ran = outcome.is_some_and(|o| o.played > 0);
    Row {
        cell,
        versions: cell.peers().iter().map(|(name, words)| format!("{name}: {words}\n")).collect(),
        verdict: class(cell.verdict()),
        took: outcome.filter(|_| ran).map(|o| seconds(o.duration_ms)).unwrap_or_default(),
        rate: measured
            .and_then(|m| m.requests_per_second)
            .map(|r| format!("{r:.0}"))
            .unwrap_or_default(),
        stall: measured
            .and_then(|m| m.longest_stall_ms)
            .map(|ms| format!("{ms} ms"))
            .unwrap_or_default(),
        note,
    }
}

fn class(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "pass",
        Verdict::Flaky => "flaky",
        Verdict::Skipped => "skipped",
        Verdict::Known => "known",
        Verdict::Unsupported => "unsupported",
        Verdict::UnexpectedPass => "unexpected pass",
        Verdict::NotRun => "not run",
        Verdict::Fail => "fail",
        Verdict::Broken => "broken",
    }
}

/// Writes `DIR/index.html`.
pub fn write(record: &Record, dir: &Path) -> std::io::Result<()> {
    let plain = |text: &str| anstream::adapter::strip_str(text).to_string();
    let told = |cell: &&CellRecord| {
        matches!(cell.verdict(), Verdict::Fail | Verdict::Broken | Verdict::Flaky)
    };
    let page = Page {
        record,
        summary: plain(&screen::closing_line(record)),
        picture: svg::render(record),
        stories: record
            .cells
            .iter()
            .filter(told)
            .map(|cell| (cell.id.clone(), plain(&failures::story(cell))))
            .collect(),
        cells: record.cells.iter().map(row).collect(),
    };
    let html = page.render().map_err(std::io::Error::other)?;
    files::write(&dir.join("index.html"), html.as_bytes())
}

/// What the template asks of a peer.
trait Words {
    fn state(&self) -> String;
}

impl Words for PeerRecord {
    fn state(&self) -> String {
        match &self.missing {
            None => self.in_words(),
            Some(reason) => match &self.evidence {
                None => format!("skipped: {reason}"),
                Some(evidence) => format!("skipped: {reason}; {evidence}"),
            },
        }
    }
}
