//! What each socket type puts into messages, and makes of them (RFC 28, RFC 29).

use std::time::{Duration, Instant};

use data_encoding::HEXLOWER;
use serde_json::{Value, json};

use super::case::{Case, breach, look};
use super::dialogue::{WRONG, command, ready};
use super::exam::{COMES, Exam, Looked};
use super::failure::{Step, late, wrong};
use super::grade::{Allowed, Grade};
use crate::digest::D;
use crate::outcome::Cause;
use crate::suite::mutant::Blame::Surely;
use crate::suite::mutant::{Mutant, mutant};
use crate::zmtp::frame;
use crate::zmtp::greeting::{Version, encode_v3};
use crate::zmtp::raw::Raw;

/// A publisher that does not send what is subscribed to, and one that sends all.
const DEAF_OR_GENEROUS: &[Mutant] = &[
    mutant("garble:second", "/liar", Cause::Timeout, Surely),
    mutant("all-topics", "/liar", Cause::WrongAnswer, Surely),
];

pub const CASES: &[Case] = &[
    look(
        "req-wire",
        "RFC 28 \"The REQ Socket Type\"",
        "a request is an empty frame, and the frames that were sent",
        "REQ",
        "REP",
        &[
            mutant("flip:104", "/liar", Cause::WrongAnswer, Surely),
            mutant("garble:three", "/liar", Cause::WrongAnswer, Surely),
        ],
        request,
    ),
    breach(
        "rep-malformed",
        "RFC 28 \"The REP Socket Type\"",
        "a request without an empty frame is dropped, and the next one served",
        Allowed::of(&[Grade::Ignored], &[Grade::Closed, Grade::Rejected]),
        |dialogue| dialogue.first(&frame::encode(Version::V3_1, false, WRONG)),
    )
    .between("DEALER", "REP"),
    look(
        "sub-forms",
        "RFC 37 \"The SUBSCRIBE Command\", RFC 23 \"Publish-Subscribe\"",
        "a subscription, and its end, is a message to a peer of 3.0, and a command among peers of 3.1",
        "SUB",
        "PUB",
        &[
            mutant("garble:SUBSCRIBE", "/liar", Cause::Timeout, Surely),
            mutant("garble:CANCEL", "/liar", Cause::Timeout, Surely),
        ],
        |exam| {
            says_topics(exam, |what, topic| {
                let op = if what == 1 { "subscribe" } else { "unsubscribe" };
                json!({"op": op, "socket": "s", "topic": {"text": topic}})
            })
        },
    ),
    look(
        "xsub-forms",
        "RFC 37 \"The SUBSCRIBE Command\", RFC 23 \"Publish-Subscribe\"",
        "the same of an XSUB, whose user sends subscriptions as messages",
        "XSUB",
        "XPUB",
        &[mutant("flip:92", "/liar", Cause::Timeout, Surely).over("java")],
        |exam| {
            says_topics(exam, |what, topic| {
                let frame = json!({"hex": format!("0{what}{}", HEXLOWER.encode(topic.as_bytes()))});
                json!({"op": "send", "socket": "s", "frames": [frame], "timeout_ms": 1000})
            })
        },
    ),
    look(
        "pub-forms",
        "RFC 23 \"Publish-Subscribe\"",
        "a publisher takes a subscription, and its end, as a message",
        "PUB",
        "SUB",
        DEAF_OR_GENEROUS,
        |exam| takes_topics(exam, by_message),
    ),
    look(
        "xpub-forms",
        "RFC 23 \"Publish-Subscribe\"",
        "an XPUB, too, takes a subscription, and its end, as a message",
        "XPUB",
        "SUB",
        DEAF_OR_GENEROUS,
        |exam| takes_topics(exam, by_message),
    ),
    look(
        "pub-forms-command",
        "RFC 37 \"The SUBSCRIBE Command\"",
        "a publisher takes a subscription, and its end, as a command",
        "PUB",
        "SUB",
        DEAF_OR_GENEROUS,
        |exam| takes_topics(exam, by_command),
    )
    .new_in_3_1(),
    look(
        "pub-filter",
        "RFC 23 \"Publish-Subscribe\"",
        "it is the publisher that filters: what nobody subscribed to is not sent",
        "PUB",
        "SUB",
        &[mutant("all-topics", "/liar", Cause::WrongAnswer, Surely)],
        filters,
    ),
];

fn request(exam: &mut Exam) -> Looked {
    let mut raw = exam.greeted("REP")?;
    let frames = json!([{"text": "one"}, {"text": ""}, {"text": "three"}]);
    exam.ask(json!({"op": "send", "socket": "s", "frames": frames, "timeout_ms": 1000}))?;
    let heard = exam.hears(&mut raw, 1)?;
    let wanted = [&b""[..], b"one", b"", b"three"].map(D::of);
    match heard[0] == wanted {
        true => Ok(()),
        false => Err(wrong(
            &raw,
            format!("an empty frame and three others, and there were {}", heard[0].len()),
        )),
    }
}

/// How long a raw peer and a socket are listened to in turn.
const TURN: Duration = Duration::from_millis(5);

/// How a subscription (1), or its end (0), is said.
type Form = fn(u8, &[u8]) -> Vec<u8>;

fn by_message(what: u8, topic: &[u8]) -> Vec<u8> {
    frame::encode(Version::V3_0, false, &[&[what], topic].concat())
}

fn by_command(what: u8, topic: &[u8]) -> Vec<u8> {
    command(if what == 1 { "SUBSCRIBE" } else { "CANCEL" }, topic)
}

/// Once to a publisher of 3.1, once to one of 3.0.
fn says_topics(exam: &mut Exam, request: fn(u8, &str) -> Value) -> Looked {
    // Who leaves is another matter.
    let mut connected = vec![];
    for (minor, topic) in [(1, "A"), (0, "B")] {
        let mut raw = exam.connect()?;
        raw.say(&encode_v3(3, minor, "NULL", false));
        raw.say(&ready("XPUB"));
        raw.hear(Instant::now() + exam.patience(COMES), |raw| raw.has_said("READY"));
        let both_3_1 =
            |raw: &Raw| raw.greeting().is_some_and(|greeting| greeting.version == Version::V3_1);
        for what in [1, 0] {
            exam.ask(request(what, topic))?;
            let deadline = Instant::now() + exam.patience(COMES);
            let wanted = |raw: &Raw| {
                let form = if both_3_1(raw) { by_command } else { by_message };
                let wanted = form(what, topic.as_bytes());
                raw.came().windows(wanted.len()).any(|octets| octets == wanted)
            };
            // A socket of libzmq says what it has to say when it is called.
            while !raw.hear(Instant::now() + TURN, wanted) && Instant::now() < deadline {
                exam.taken(&mut raw, 0)?;
            }
            if !wanted(&raw) {
                let form = if both_3_1(&raw) { "the command" } else { "a message" };
                return Err(late(
                    &raw,
                    format!("{form} that says {what} of {topic:?}, and it did not come"),
                ));
            }
        }
        connected.push(raw);
    }
    Ok(())
}

fn takes_topics(exam: &mut Exam, form: Form) -> Looked {
    let mut raw = exam.greeted("SUB")?;
    raw.say(&form(1, b"first"));
    until_heard(exam, &mut raw, "first")?;
    raw.say(&form(0, b"first"));
    raw.say(&form(1, b"second"));
    until_heard(exam, &mut raw, "second")?;
    // The last of those that were published until one came may still be on its way.
    let before = Exam::messages(&raw).len();
    publish(exam, "first")?;
    publish(exam, "second last")?;
    let deadline = Instant::now() + exam.patience(COMES);
    let last = |raw: &Raw| Exam::messages(raw).last() == Some(&vec![D::of(b"second last")]);
    if !raw.hear(deadline, last) {
        return Err(late(&raw, "'second last', and it did not come"));
    }
    match Exam::messages(&raw)[before..].contains(&vec![D::of(b"first")]) {
        false => Ok(()),
        true => Err(wrong(&raw, "nothing of a topic that was cancelled")),
    }
}

fn filters(exam: &mut Exam) -> Looked {
    let mut raw = exam.greeted("SUB")?;
    raw.say(&frame::encode(Version::V3_0, false, b"\x01A"));
    until_heard(exam, &mut raw, "A")?;
    for text in ["B1", "A1", "", "a", "A last"] {
        publish(exam, text)?;
    }
    let deadline = Instant::now() + exam.patience(COMES);
    let last = |raw: &Raw| Exam::messages(raw).last() == Some(&vec![D::of(b"A last")]);
    if !raw.hear(deadline, last) {
        return Err(late(&raw, "'A last', and it did not come"));
    }
    let begins = |frames: &Vec<D>| frames[0].bytes().is_some_and(|bytes| bytes.starts_with(b"A"));
    match Exam::messages(&raw).iter().all(begins) {
        true => Ok(()),
        false => Err(wrong(&raw, "only what begins with A")),
    }
}

pub fn publish(exam: &mut Exam, text: &str) -> Step {
    let frames = json!([{"text": text}]);
    exam.ask(json!({"op": "send", "socket": "s", "frames": frames, "timeout_ms": 1000})).map(drop)
}

/// Nothing tells when a PUB has a subscription but what comes of it.
pub fn until_heard(exam: &mut Exam, raw: &mut Raw, text: &str) -> Step {
    let deadline = Instant::now() + exam.patience(COMES);
    let mut wait = 1;
    while Instant::now() < deadline {
        publish(exam, text)?;
        let soon = Instant::now() + Duration::from_millis(wait);
        if raw.hear(soon, |raw| Exam::messages(raw).last() == Some(&vec![D::of(text.as_bytes())])) {
            return Ok(());
        }
        wait = (2 * wait).min(50);
    }
    Err(late(raw, format!("{text:?}, which is subscribed to, and it did not come")))
}
