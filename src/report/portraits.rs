//! portraits.md: what each library does with what no library would say, a row for each case of the raw peer.

use std::io;

use super::record::{CellRecord, Record};
use crate::outcome::Verdict;
use crate::suite::wire;

/// Nothing where no case of the raw peer was played.
pub fn render(record: &Record) -> io::Result<String> {
    let cells: Vec<&CellRecord> =
        record.cells.iter().filter(|cell| cell.suite == wire::SUITE.name).collect();
    let has = |peer: &str| cells.iter().any(|cell| cell.places[0].peers[0] == peer);
    let peers: Vec<_> = record.peers.iter().filter(|peer| has(&peer.name)).collect();
    if peers.is_empty() {
        return Ok(String::new());
    }
    let mut lines = vec![
        "# Portraits".to_owned(),
        String::new(),
        "What each library does with what no library would say, as `zmq-interop run --suite wire --report DIR` wrote it into \
         `portraits.md`. [docs/wire.md](wire.md) has the cases and says what the grades mean. A grade in **bold type** is not \
         what the RFC allows; one in (brackets) is lenient: the RFC wants another. ✓ and **✗** stand for cases without grades, \
         – for a rule that a library need not know, since it does not speak ZMTP 3.1."
            .to_owned(),
        String::new(),
    ];
    lines.extend(peers.iter().map(|peer| format!("- {}: {}", peer.name, peer.in_words())));
    for (family, cases) in wire::families() {
        let names: Vec<_> = peers.iter().map(|peer| peer.name.as_str()).collect();
        let rows: Vec<String> = cases
            .iter()
            .filter(|case| cells.iter().any(|cell| is(cell, case.name, None)))
            .map(|case| {
                let of = |peer: &&str| {
                    let cell = cells.iter().find(|cell| is(cell, case.name, Some(peer)));
                    cell.map(|cell| told(cell)).unwrap_or_default()
                };
                let grades: Vec<_> = names.iter().map(of).collect();
                format!("| `{}` | {} |", case.name, grades.join(" | "))
            })
            .collect();
        if rows.is_empty() {
            continue;
        }
        lines.push(format!("\n## {family}\n\n| case | {} |", names.join(" | ")));
        lines.push(format!("|---|{}", "---|".repeat(names.len())));
        lines.extend(rows);
    }
    Ok(lines.join("\n") + "\n")
}

/// Is it a cell of this case, and of this peer?
fn is(cell: &CellRecord, case: &str, peer: Option<&str>) -> bool {
    let id = cell.id.split_once('/');
    id.is_some_and(|(name, who)| name == case && peer.is_none_or(|peer| peer == who))
}

/// What a library did, in a word.
fn told(cell: &CellRecord) -> String {
    let Some(outcome) = &cell.outcome else { return String::new() };
    let grade = outcome.measurements.grade.clone();
    match (cell.verdict(), &outcome.failure) {
        (Verdict::Unsupported, _) => "–".into(),
        (Verdict::Skipped | Verdict::NotRun | Verdict::Broken, _) => String::new(),
        (Verdict::Pass | Verdict::UnexpectedPass, _) => match grade {
            Some(grade) if outcome.measurements.lenient => format!("({grade})"),
            Some(grade) => grade,
            None => "✓".into(),
        },
        (_, failure) => {
            let got = failure.as_ref().and_then(|failure| failure.got.clone());
            format!("**{}**", got.unwrap_or_else(|| "✗".into()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::Failure;
    use crate::report::sample::{full, ran};

    #[test]
    fn a_case_is_a_row_with_the_grades() {
        let cell = |verdict, grade: Option<&str>, lenient| {
            let mut cell = ran(verdict, &["perl"], [vec!["perl".into()]]);
            cell.suite = wire::SUITE.name.into();
            let outcome = cell.outcome.as_mut().unwrap();
            outcome.measurements.grade = grade.map(str::to_owned);
            outcome.measurements.lenient = lenient;
            outcome.failure = outcome.failure.take().map(|f: Failure| f.compared("closed", "died"));
            cell
        };
        let mut record = full();
        assert_eq!(render(&record).unwrap(), "", "no case of the raw peer");
        record.cells = vec![];
        for (name, cell) in [
            ("hs-greeting", cell(Verdict::Pass, None, false)),
            ("hs-padding", cell(Verdict::Pass, Some("accepted"), false)),
            ("frame-reserved", cell(Verdict::Pass, Some("ignored"), true)),
            ("mal-oversize", cell(Verdict::Fail, None, false)),
            ("hb-pong", cell(Verdict::Unsupported, None, false)),
        ] {
            record.cells.push(CellRecord { id: format!("{name}/perl"), ..cell });
        }
        let text = render(&record).unwrap();
        for row in [
            "## wire-greeting\n\n| case | perl |\n|---|---|\n| `hs-greeting` | ✓ |\n| `hs-padding` | accepted |\n",
            "| `frame-reserved` | (ignored) |",
            "| `mal-oversize` | **died** |",
            "| `hb-pong` | – |",
        ] {
            assert!(text.contains(row), "{row}:\n{text}");
        }
        assert!(!text.contains("hs-filler"), "{text}");
    }
}
