//! Coverage by RFC as a table of words, for people and for documents.

use crate::statement::{Coverage, CoverageRow};

/// The columns; the shares are those of the column before.
pub const HEAD: [&str; 11] = [
    "RFC",
    "statements",
    "MUST",
    "SHOULD",
    "MAY",
    "n/o",
    "covered",
    "partly",
    "not",
    "pair",
    "pair covered",
];

/// A line for each RFC, and one for all of them where there are several: drafts don't count in it.
pub fn lines(rows: &[CoverageRow]) -> Vec<[String; HEAD.len()]> {
    let mut lines: Vec<_> = rows
        .iter()
        .map(|row| {
            let draft = if row.draft { " (draft)" } else { "" };
            line(format!("{} {}{draft}", row.rfc, row.title), &row.counts)
        })
        .collect();
    let counted: Vec<_> = rows.iter().filter(|row| !row.draft).map(|row| row.counts).collect();
    if counted.len() > 1 {
        lines.push(line("all".into(), &counted.into_iter().sum()));
    }
    lines
}

fn line(rfc: String, counts: &Coverage) -> [String; HEAD.len()] {
    let Coverage { statements, must, should, may, not_observable, .. } = counts;
    let Coverage { covered, partly, uncovered, pair, pair_covered, .. } = counts;
    let number = usize::to_string;
    [
        rfc,
        number(statements),
        number(must),
        number(should),
        number(may),
        number(not_observable),
        share(*covered, counts.observable()),
        number(partly),
        number(uncovered),
        number(pair),
        share(*pair_covered, *pair),
    ]
}

/// `35 (73 %)`, rounded down: 100 % is all.
fn share(part: usize, of: usize) -> String {
    match of {
        0 => part.to_string(),
        of => format!("{part} ({} %)", part * 100 / of),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drafts_do_not_count() {
        let row = |rfc, draft| {
            let counts = Coverage {
                statements: 3,
                covered: 2,
                uncovered: 1,
                pair: 3,
                pair_covered: 2,
                ..Coverage::default()
            };
            CoverageRow { rfc, title: "T", draft, about: String::new(), counts }
        };
        let lines = lines(&[row(28, false), row(29, false), row(41, true)]);
        let all = lines.last().unwrap();
        assert_eq!((&*all[0], &*all[1], &*all[6], &*all[10]), ("all", "6", "4 (66 %)", "4 (66 %)"));
        assert_eq!(lines[2][0], "41 T (draft)");
    }
}
