//! What is said of a cell that did not pass: what was expected and what came, who is to blame as far
//! as the evidence shows, each program, the versions at all ends, and the command that runs just this cell again.

use std::fmt::Write as _;
use std::time::Duration;

use owo_colors::OwoColorize as _;

use super::record::CellRecord;
use crate::outcome::Verdict;

/// How long a cell took, for people.
pub fn seconds(ms: u64) -> String {
    format!("{:.1} s", Duration::from_millis(ms).as_secs_f64())
}

/// The word for a verdict, with its colour.
pub fn word(verdict: Verdict) -> String {
    match verdict {
        Verdict::Pass => "PASS".green().to_string(),
        Verdict::Flaky => "FLAKY".yellow().bold().to_string(),
        Verdict::Skipped => "SKIP".dimmed().to_string(),
        Verdict::Known => "KNOWN".yellow().to_string(),
        Verdict::Unsupported => "CANNOT".dimmed().to_string(),
        Verdict::UnexpectedPass => "PASSES!".red().bold().to_string(),
        Verdict::NotRun => "NOT RUN".yellow().to_string(),
        Verdict::Fail => "FAIL".red().bold().to_string(),
        Verdict::Broken => "BROKEN".red().bold().to_string(),
    }
}

/// One line: verdict, id, and how long it took and how often it was played, or why it did not run.
pub fn line(cell: &CellRecord) -> String {
    let verdict = cell.verdict();
    let more = match &cell.outcome {
        Some(outcome) if outcome.played > 0 => {
            let times = outcome.times().map(|times| format!(", {times}"));
            format!("({}{})", seconds(outcome.duration_ms), times.unwrap_or_default())
        }
        Some(outcome) => outcome.reason.clone().unwrap_or_default(),
        None => String::new(),
    };
    // Padding must not count the escape sequences of colours.
    let padding = " ".repeat(8usize.saturating_sub(plain_width(verdict)));
    format!("{}{padding}{} {}", word(verdict), cell.id, more.dimmed())
}

fn plain_width(verdict: Verdict) -> usize {
    match verdict {
        Verdict::Pass | Verdict::Skipped | Verdict::Fail => 4,
        Verdict::Flaky | Verdict::Known => 5,
        Verdict::Broken | Verdict::Unsupported => 6,
        Verdict::NotRun | Verdict::UnexpectedPass => 7,
    }
}

/// The whole story of a cell that is not as it should be, several lines.
pub fn story(cell: &CellRecord) -> String {
    let mut text = line(cell) + "\n";
    let Some(outcome) = &cell.outcome else { return text };
    let mut say = |label: &str, what: &str| {
        let _ = writeln!(text, "    {:<10}{what}", label.bold());
    };
    // Of a cell that was not played the line says it.
    if let Some(reason) = outcome.reason.as_ref().filter(|_| outcome.played > 0) {
        say(if outcome.verdict == Verdict::Broken { "harness" } else { "reason" }, reason);
    }
    if let Some(failure) = &outcome.failure {
        if let Some(requirement) = &outcome.requirement {
            say("requires", requirement);
        }
        say("cause", failure.cause.name());
        say("what", &failure.what);
        if let Some(expected) = &failure.expected {
            say("expected", expected);
        }
        if let Some(got) = &failure.got {
            say("got", got);
        }
        let suspects: Vec<_> = failure.suspects.iter().map(|s| s.name.as_str()).collect();
        say(
            "blame",
            &match suspects.as_slice() {
                [] => "nobody in particular".to_owned(),
                [one] => (*one).to_owned(),
                several => format!("one of {} (the evidence does not tell)", several.join(", ")),
            },
        );
        for (n, evidence) in failure.evidence.iter().enumerate() {
            say(if n == 0 { "evidence" } else { "" }, evidence);
        }
        for program in &outcome.programs {
            // Programs that say nothing and are not suspected would only hide the others.
            let suspected = suspects.contains(&program.name.as_str());
            if !suspected && program.stderr.is_empty() && program.status == "exited with 0" {
                continue;
            }
            let command = shlex::try_join(program.command.iter().map(String::as_str));
            say(
                "program",
                &format!("{}, {}: {}", program.name, program.status, command.unwrap_or_default()),
            );
            for line in &program.stderr {
                say("", &format!("  | {line}"));
            }
        }
    }
    for (n, (name, versions)) in cell.peers().into_iter().enumerate() {
        say(if n == 0 { "versions" } else { "" }, &format!("{name}: {versions}"));
    }
    say("again", &cell.again);
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample::full;

    #[test]
    fn lines_and_stories_give_the_reason() {
        let plain = |text: String| anstream::adapter::strip_str(&text).to_string();
        let lines = full().cells.iter().map(|cell| plain(line(cell)) + "\n").collect::<String>();
        let bad = |cell: &&CellRecord| cell.verdict().is_bad() || cell.verdict() == Verdict::Flaky;
        let stories =
            full().cells.iter().filter(bad).map(|c| plain(story(c)) + "\n").collect::<String>();
        insta::assert_snapshot!(format!("{lines}\n{stories}"));
    }
}
