//! What is said of a program that prints what is no event, or ends before it is ready: it may have said
//! why on either stream, so both are told, and how it ended.

use std::process::ExitStatus;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::ending::ERRORS;
use crate::digest::shown::Shown;
use crate::outcome::fold::fold;
use crate::peer::process::Said;
use crate::peer::status::describe;
use crate::suite::scenario::stage::journal::Kind;
use crate::suite::scenario::stage::step::{ActorId, Cause, End, Failure};
use crate::suite::scenario::stage::{Message, Stage};

/// How long a program that printed what is no event may take to end: who prints an error ends at once.
const ENDING: Duration = Duration::from_secs(1);

/// Of a line that is no event so many bytes are told.
const SHOWN: usize = 200;

/// So many lines of standard output are kept once one was no event.
const KEPT: usize = 200;

/// So many lines of the beginning and of the end of either stream are told.
const TOLD: usize = 2;

impl Stage<'_> {
    /// What is said of `id`, which printed a `line` that is wrong: `why` says how.
    pub(super) fn breach(&mut self, id: ActorId, why: &str, line: &[u8]) -> End {
        let mut lines = vec![shown(line)];
        let got = format!("the line {}", lines[0]);
        self.hear_out(id, &mut lines);
        if self.setting.interrupt.raised() {
            return End::Interrupted;
        }
        let name = self.name(id);
        let ended = self.actors[id].status;
        // Who prints an error in place of an event, and ends, has crashed.
        let is_event =
            serde_json::from_slice::<Value>(line).is_ok_and(|line| line["event"].is_string());
        let unready = !is_event && self.journal.count(id, Kind::Ready) == 0;
        if let Some(status) = ended.filter(|_| unready) {
            return self.unready(id, status, lines).into();
        }
        let what = match ended {
            None => format!("{name}: {why}"),
            Some(status) => {
                let said = in_words(self.actors[id].child.last_errors(ERRORS));
                let said = said.map(|said| format!("; standard error: {said}"));
                format!("{name}: {why}; then it {}{}", describe(status), said.unwrap_or_default())
            }
        };
        let mut failure = Failure::new(Cause::Contract, [id], what);
        failure.got = Some(got);
        failure.into()
    }

    /// What is said of `id`, which ended with `status` before it said that it is ready, and printed `lines`.
    pub(super) fn unready(&self, id: ActorId, status: ExitStatus, lines: Vec<String>) -> Failure {
        let mut what = format!(
            "{} ended ({}) before it said that it is ready",
            self.name(id),
            describe(status)
        );
        let errors = in_words(self.actors[id].child.last_errors(ERRORS));
        let output = in_words(lines);
        if errors.is_none() && output.is_none() {
            what += "; it printed nothing";
        }
        for (stream, said) in [("standard error", errors), ("standard output", output)] {
            if let Some(said) = said {
                what += &format!("; {stream}: {said}");
            }
        }
        Failure::new(Cause::Crash, [id], what)
    }

    /// Takes in what `id` prints, without judging it, until it has ended or its time is over. The play is
    /// over: of the others only their ends are of interest.
    fn hear_out(&mut self, id: ActorId, lines: &mut Vec<String>) {
        let by = Instant::now() + ENDING;
        while !self.actors[id].gone() && !self.setting.interrupt.raised() {
            let left = by.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            let Ok(message) = self.receiver.recv_timeout(left) else { return };
            let Message::Actor(who, said) = message else { continue };
            match said {
                Said::Line(line) if who == id && lines.len() < KEPT => lines.push(shown(&line)),
                Said::Line(_) => {}
                Said::TooMuch(_) | Said::Closed => self.actors[who].output_closed = true,
                Said::Exited => self.actors[who].status = self.actors[who].child.reap().ok(),
            }
        }
    }
}

/// A line as a person sees it, cut short.
fn shown(line: &[u8]) -> String {
    Shown(&line[..line.len().min(SHOWN)]).to_string()
}

/// The first and the last of `lines`, what repeats itself told once; nothing if there are none. Some
/// languages name an error first, and others last.
fn in_words(lines: Vec<String>) -> Option<String> {
    let mut lines = fold(lines);
    if lines.len() > 2 * TOLD {
        lines.splice(TOLD..lines.len() - TOLD, ["…".to_owned()]);
    }
    (!lines.is_empty()).then(|| lines.join(" | "))
}
