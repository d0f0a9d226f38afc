//! What `c`, `mreq` and `req` ask, and what they make of the answers.

use std::time::{Duration, Instant};

use jiff::Zoned;
use jiff::civil::DateTime;

use super::asking::Asking;
use super::{Check, Seen, Step, arguments, odd, patience, sentences, step};
use crate::digest::D;
use crate::role::Role;
use crate::suite::scenario::judge::answer::malformed;

/// What is added to a pause on a busy machine.
const LONGER: Duration = Duration::from_millis(600);

/// So often a pause may be too long until it is the program that makes it so.
const TRIES: usize = 3;

/// How long exchanges without a pause may take in all; with one of a second they take longer.
const NO_PAUSE: Duration = Duration::from_secs(5);

/// How far a clock that is read now is from now.
const NOW: i64 = 20;

pub fn steps(role: Role) -> Vec<Step> {
    let mut steps = match role {
        Role::Req => vec![step("what it pulls it asks the rep for, byte for byte", pulled)],
        Role::C => vec![step("it sends the local date and time as ctime(3) writes it", date)],
        _ => {
            vec![step("it sends ten letters of qwertyuiop and its pid, others each time", letters)]
        }
    };
    steps.push(step("an answer is what it says it is, byte for byte", answers));
    if role != Role::Req {
        steps.push(step("it pauses for INTEROP_INTERVAL_MS, or a second", pauses));
    }
    steps.extend([
        step("INTEROP_COUNT=0: it says ready, and exits with 0", arguments::count_0),
        step("INTEROP_COUNT=2: it exits with 0 after two answers, and asks no more", count),
        step(
            "without an answer it sends the same again after a second, and again",
            patience::resends,
        ),
        step("a late answer is not taken for the answer to the next message", patience::late),
        step("its server goes and comes back, and it goes on", patience::returns),
        step("without INTEROP_EVENTS it prints the sentences of the contract", sentences::client),
        step("data can't disturb a terminal", sentences::client_odd),
        step("it tells a person that it sends again", sentences::again),
    ]);
    steps
}

fn pulled(check: &Check) -> Seen {
    let mut asks = Asking::begin(check, &[("INTEROP_COUNT", "")])?;
    for message in odd::all() {
        let question = asks.question_about(&message)?;
        asks.answer(&question, D::of(&message).sha1.as_bytes())?;
    }
    Ok(())
}

/// The message of a question, as text.
fn text(asks: &mut Asking) -> Seen<String> {
    let question = asks.question()?;
    asks.answer(&question, D::of(&question.body).sha1.as_bytes())?;
    Ok(String::from_utf8_lossy(&question.body).into_owned())
}

fn date(check: &Check) -> Seen {
    let mut asks = Asking::begin(check, &[("INTEROP_COUNT", "")])?;
    let text = text(&mut asks)?;
    if let Some(form) = malformed(Role::C, &D::of(text.as_bytes())) {
        return asks
            .tried
            .wrong(format!("it must send {form}, `Fri Aug 10 00:03:40 2012`, and sent '{text}'"));
    }
    let now = Zoned::now().datetime();
    let told = DateTime::strptime("%a %b %e %H:%M:%S %Y", &text).unwrap_or_default();
    let away = now.duration_since(told).as_secs();
    if away.abs() > NOW {
        return asks
            .tried
            .wrong(format!("it must send the local time, which is {now}, and sent '{text}'"));
    }
    Ok(())
}

fn letters(check: &Check) -> Seen {
    let mut asks = Asking::begin(check, &[("INTEROP_COUNT", "")])?;
    let all = [text(&mut asks)?, text(&mut asks)?];
    for text in &all {
        let data = D::of(text.as_bytes());
        if let Some(form) = malformed(Role::Mreq, &data) {
            return asks.tried.wrong(format!("it must send {form}, and sent '{text}'"));
        }
        let pid = text.split("pid=").nth(1).and_then(|pid| pid.trim_end_matches(')').parse().ok());
        if !pid.is_some_and(|pid| asks.tried.is_one_of_us(pid)) {
            return asks.tried.wrong(format!("it must send its own process id, and sent '{text}'"));
        }
    }
    match all[0] == all[1] {
        false => Ok(()),
        true => {
            asks.tried.wrong(format!("the letters must be random, and twice it sent '{}'", all[0]))
        }
    }
}

fn answers(check: &Check) -> Seen {
    let mut asks = Asking::begin(check, &[])?;
    for answer in odd::all().iter().filter(|answer| answer.len() <= odd::SMALL) {
        let question = asks.question()?;
        asks.answer(&question, answer)?;
    }
    Ok(())
}

fn pauses(check: &Check) -> Seen {
    for (value, pause) in [("300", 300), ("", 1000)] {
        let pause = Duration::from_millis(pause);
        let mut asks = Asking::begin(check, &[("INTEROP_INTERVAL_MS", value)])?;
        let question = asks.question()?;
        let mut waited = Duration::ZERO;
        let mut last = question;
        for _ in 0..TRIES {
            let answered = Instant::now();
            asks.answer(&last, b"an answer")?;
            last = asks.question()?;
            waited = last.at.duration_since(answered);
            if waited <= pause + LONGER {
                break;
            }
        }
        if waited < pause.mul_f64(0.9) || waited > pause + LONGER {
            let [pause, waited] = [pause, waited].map(|time| time.as_millis());
            return asks.tried.wrong(format!(
                "between an answer and the next message it must pause {pause} ms, and paused {waited} ms"
            ));
        }
    }
    let mut asks = Asking::begin(check, &[])?;
    let begin = Instant::now();
    for _ in 0..8 {
        let question = asks.question()?;
        asks.answer(&question, b"an answer")?;
    }
    match begin.elapsed() {
        took if took < NO_PAUSE => Ok(()),
        took => asks.tried.wrong(format!(
            "INTEROP_INTERVAL_MS=0 is no pause, and eight exchanges took {} ms",
            took.as_millis()
        )),
    }
}

fn count(check: &Check) -> Seen {
    let mut asks = Asking::begin(check, &[("INTEROP_COUNT", "2")])?;
    for _ in 0..2 {
        let question = asks.question()?;
        asks.answer(&question, b"an answer")?;
    }
    if let Some(source) = &asks.source {
        source.offer(b"one too many");
    }
    let Asking { tried, server, .. } = asks;
    tried.exits_0("after two answers with INTEROP_COUNT=2")?;
    server.nothing_more("after two answers with INTEROP_COUNT=2 it must ask no more")
}
