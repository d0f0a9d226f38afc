//! What a socket makes of a client that is not right: between two that are.

use std::time::{Duration, Instant};

use super::dialogue::{Dialogue, GOOD, LAST, message};
use super::exam::{COMES, Exam, REACTS};
use super::failure::{Step, cause, fail, in_words};
use super::grade::{Allowed, Grade};
use super::memory::Memory;
use crate::outcome::{Cause, End, Failure};
use crate::zmtp::greeting::Version;
use crate::zmtp::raw::Raw;

/// A process that has taken so much more memory, for less than a megabyte that was sent, believes what a length says.
const TOO_MUCH: u64 = 256 << 20;

impl Exam<'_> {
    /// The right client, and each of the changed ones, each followed by the right one. The worst grade, if all were seen.
    pub(super) fn breaches(
        &mut self,
        right: &Dialogue,
        changed: Vec<(String, Dialogue)>,
        allowed: Allowed,
    ) -> Step<Option<Grade>> {
        match self.attempt(right, right, COMES)?.0 {
            Grade::Accepted => {}
            // "MUST close if one can't downgrade": what it can't speak it can't speak wrongly either (23-VER-12).
            Grade::Rejected | Grade::Closed if right.version < Version::V3_0 => {
                return Ok(Some(Grade::Closed));
            }
            // Nobody sees what it takes.
            Grade::Hung if !self.holder.sees(right.version) => {}
            other => {
                let what = format!("it {} when all was right", in_words(other));
                return Err(fail(cause(other), what));
            }
        }
        let mut worst = Some((false, Grade::Rejected));
        // A silence that is allowed is waited for once; the next one of the same case not as long.
        let mut reacts = REACTS;
        for (name, changed) in changed {
            self.said.clear();
            let grade = self.breach(right, &changed, reacts)?;
            if grade == Grade::Hung && allowed.allows(grade) {
                reacts = REACTS / 5;
            }
            let grades = self.as_far_as_seen(grade, right.version);
            if !grades.iter().any(|grade| allowed.allows(*grade)) {
                return Err(self.not_allowed(&name, grade, allowed));
            }
            worst = match grades[..] {
                [grade] => worst.map(|worst| worst.max((allowed.lenient.contains(&grade), grade))),
                _ => None,
            };
        }
        Ok(worst.map(|(_, grade)| grade))
    }

    /// What it may have been where not all is seen: nobody sees which message a stranger takes, and of one who answers no
    /// PING not even whether it takes any.
    fn as_far_as_seen(&self, grade: Grade, version: Version) -> Vec<Grade> {
        use Grade::{Accepted, Hung, Ignored};
        match grade {
            Ignored | Accepted if !self.holder.reads() => vec![Ignored, Accepted],
            Hung if !self.holder.sees(version) => vec![Hung, Ignored, Accepted],
            _ => vec![grade],
        }
    }

    /// A right client, and others that announce more than they send. What the process has of memory is looked at while
    /// they are connected.
    pub(super) fn announced(&mut self, right: &Dialogue, changed: Vec<(String, Dialogue)>) -> Step {
        let twin = self.attempt(right, right, COMES)?.0;
        if twin != Grade::Accepted {
            return Err(fail(cause(twin), format!("it {} when all was right", in_words(twin))));
        }
        for (name, changed) in changed {
            self.said.clear();
            let before = self.holder.pid().and_then(Memory::of);
            let (_, _raw) = self.attempt(right, &changed, REACTS)?;
            let more =
                before.and_then(|before| Some(Memory::of(self.holder.pid()?)?.more_than(before)));
            if let Some(more) = more.filter(|more| *more > TOO_MUCH) {
                let what =
                    format!("{name}: it took {} MiB for what was only announced", more >> 20);
                return Err(fail(Cause::WrongAnswer, what));
            }
        }
        Ok(())
    }

    fn not_allowed(&self, name: &str, grade: Grade, allowed: Allowed) -> End<()> {
        let what = match (self.holder.ended(), grade) {
            (Some(how), Grade::Died) => format!("its process {how}"),
            _ => format!("it {}", in_words(grade)),
        };
        let what = if name.is_empty() { what } else { format!("{name}: {what}") };
        let failure = Failure::new(cause(grade), [()], what);
        failure.compared(allowed.in_words(), grade.to_string()).into()
    }

    /// A changed client, and a right one after it.
    fn breach(&mut self, right: &Dialogue, changed: &Dialogue, reacts: Duration) -> Step<Grade> {
        let (grade, raw) = match self.attempt(right, changed, reacts) {
            Ok(seen) => seen,
            Err(_) if self.holder.ended().is_some() => return Ok(Grade::Died),
            Err(end) => return Err(end),
        };
        drop(raw);
        let good = self.good();
        match self.serves_after(&good) {
            // It came late, and was taken all the same.
            Ok((true, true)) if grade < Grade::Accepted => Ok(Grade::Accepted),
            Ok((true, _)) => Ok(grade),
            Ok((false, _)) => Ok(Grade::Deaf),
            Err(_) if self.holder.ended().is_some() => Ok(Grade::Died),
            Err(End::Failed(failure)) if failure.cause == Cause::Timeout => Ok(Grade::Deaf),
            Err(end) => Err(end),
        }
    }

    /// Says one dialogue, and sees what comes of it within `usual`. The connection is still open, if the other side left it so.
    fn attempt(
        &mut self,
        right: &Dialogue,
        dialogue: &Dialogue,
        usual: Duration,
    ) -> Step<(Grade, Raw)> {
        let mut raw = self.connect()?;
        self.say(&mut raw, dialogue);
        let deadline = Instant::now() + self.patience(usual);
        let mut wait = 1;
        let grade = loop {
            // What came before an end was taken all the same.
            let ended = raw.hear(Instant::now(), Raw::is_ended);
            match self.taken(&mut raw, wait)? {
                Some(taken) if taken.is(LAST) => {
                    // What is wrong came before all messages, or is none that could be taken.
                    let is_taken = dialogue.traffic == right.traffic;
                    break if is_taken { Grade::Accepted } else { Grade::Ignored };
                }
                // It, or what was made of it. The last message is not left for who comes next.
                Some(_) => {
                    while self.taken(&mut raw, 50)?.is_some_and(|taken| !taken.is(LAST)) {}
                    break Grade::Accepted;
                }
                None if ended && raw.has_said("ERROR") => break Grade::Rejected,
                None if ended => break Grade::Closed,
                None if Instant::now() >= deadline => break Grade::Hung,
                None => wait = (2 * wait).min(20),
            }
        };
        self.keep(&raw);
        Ok((grade, raw))
    }

    /// A right client that says [`GOOD`].
    pub(super) fn good(&self) -> Dialogue {
        let mut good = Dialogue::new(Version::V3_1, self.comes_as, self.subject);
        good.traffic = message(Version::V3_1, self.subject, GOOD);
        good
    }

    /// Is a right client served?
    pub(super) fn serves(&mut self, dialogue: &Dialogue) -> Step<bool> {
        Ok(self.serves_after(dialogue)?.0)
    }

    /// The same, and whether a message was taken before that which only the breach can have carried.
    fn serves_after(&mut self, dialogue: &Dialogue) -> Step<(bool, bool)> {
        let mut raw = self.connect()?;
        self.say(&mut raw, dialogue);
        let deadline = Instant::now() + self.patience(COMES);
        let mut late = false;
        while Instant::now() < deadline {
            match self.taken(&mut raw, 50)? {
                Some(taken) if taken.is(GOOD) => return Ok((true, late)),
                Some(taken) => late |= !taken.is(LAST),
                None => {}
            }
        }
        self.keep(&raw);
        Ok((false, late))
    }
}
