//! index.html: one page that needs nothing else, with the matrices, what failed and why, and all cells.

use std::collections::BTreeMap;

use askama::Template;

use super::failures::seconds;
use super::groups::{self, Group};
use super::record::{CellRecord, PeerRecord, Record};
use super::{failures, screen, svg};
use crate::outcome::{Outcome, Verdict};

#[derive(Template)]
#[template(path = "index.html")]
struct Page<'a> {
    record: &'a Record,
    summary: String,
    picture: String,
    /// Why the run failed, where that is no cell.
    errors: Vec<String>,
    /// What the machine lacked.
    notices: &'a [String],
    sections: Vec<Section<'a>>,
    known: Vec<Group>,
    known_cells: usize,
    /// Reasons, and the cells that were not run for them.
    not_run: BTreeMap<&'a str, Vec<&'a str>>,
    cells: Vec<Row<'a>>,
}

/// Cells that are told whole.
struct Section<'a> {
    title: &'static str,
    stories: Vec<(&'a str, String)>,
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
    let shares = measured.into_iter().flat_map(|m| &m.shares);
    let shares: Vec<_> = shares.map(|(name, n)| format!("{name} {n}")).collect();
    let notes = [
        outcome.and_then(Outcome::times),
        outcome.and_then(|o| o.reason.clone()),
        (!shares.is_empty()).then(|| shares.join(", ")),
    ];
    let ran = outcome.is_some_and(|o| o.played > 0);
    Row {
        cell,
        versions: cell.peers().iter().map(|(name, words)| format!("{name}: {words}\n")).collect(),
        verdict: cell.verdict().name(),
        took: outcome.filter(|_| ran).map(|o| seconds(o.duration_ms)).unwrap_or_default(),
        rate: measured
            .and_then(|m| m.requests_per_second)
            .map(|r| format!("{r:.0}"))
            .unwrap_or_default(),
        stall: measured
            .and_then(|m| m.longest_stall_ms)
            .map(|ms| format!("{ms} ms"))
            .unwrap_or_default(),
        note: notes.into_iter().flatten().collect::<Vec<_>>().join("; "),
    }
}

/// What is told whole, from bad to good.
const SECTIONS: [(&str, &[Verdict]); 3] = [
    ("What failed", &[Verdict::Fail, Verdict::Broken]),
    ("What passed, and was expected to fail", &[Verdict::UnexpectedPass]),
    ("What passed only sometimes", &[Verdict::Flaky]),
];

/// The page.
pub fn render(record: &Record) -> std::io::Result<String> {
    let section = |(title, verdicts): (&'static str, &[Verdict])| {
        let told = record.cells.iter().filter(|cell| verdicts.contains(&cell.verdict()));
        Section { title, stories: told.map(|c| (c.id.as_str(), failures::story(c))).collect() }
    };
    let mut sections: Vec<_> = SECTIONS.into_iter().map(section).collect();
    sections.retain(|section| !section.stories.is_empty());
    let mut not_run: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for cell in record.cells.iter().filter(|cell| cell.verdict() == Verdict::NotRun) {
        let reason = cell.outcome.as_ref().and_then(|o| o.reason.as_deref());
        not_run.entry(reason.unwrap_or("no reason was given")).or_default().push(cell.id.as_str());
    }
    let page = Page {
        record,
        summary: screen::closing_line(record),
        picture: svg::render(record)?,
        errors: record.errors(),
        notices: &record.notices,
        sections,
        known: groups::known(record),
        known_cells: record.count(Verdict::Known),
        not_run,
        cells: record.cells.iter().map(row).collect(),
    };
    // What a program printed may hold colours anywhere.
    let page = page.render().map_err(std::io::Error::other)?;
    Ok(anstream::adapter::strip_str(&page).to_string())
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample::full;

    #[test]
    fn the_page_tells_all() {
        let page = render(&full()).unwrap();
        // The picture has a test of its own.
        let (head, rest) = page.split_once("<svg").unwrap();
        let (_, rest) = rest.split_once("</svg>").unwrap();
        insta::assert_snapshot!(format!("{head}<svg…/>{rest}"));
    }

    #[test]
    fn hostile_words_stay_text() {
        let page = render(&full()).unwrap();
        for markup in ["<script", "<b>", "<i>", "\u{1b}"] {
            assert!(!page.contains(markup), "{markup}");
        }
    }
}
