//! What is a right answer, what a right question looks like, and what a wrong answer resembles.

use crate::digest::D;
use crate::role::Role;
use crate::suite::scenario::stage::Stage;
use crate::suite::scenario::stage::journal::Kind;
use crate::suite::scenario::stage::step::{ActorId, Cause, Failure};

/// The right answer to `request` from a server of a client of `role`: rep answers with the SHA-1, the
/// broker's servers with the request itself.
pub fn answer_to(role: Role, request: &D) -> D {
    match role {
        Role::Rep | Role::C | Role::Req => D::of(request.sha1.as_bytes()),
        _ => request.clone(),
    }
}

/// The form of ctime(3), without its newline.
pub const CTIME: &str = "%a %b %e %H:%M:%S %Y";

/// What the messages of a client look like, where `data` does not.
pub fn malformed(role: Role, data: &D) -> Option<&'static str> {
    let bytes = data.bytes().unwrap_or_default();
    match role {
        Role::C => {
            let text = String::from_utf8(bytes).unwrap_or_default();
            let parsed = jiff::civil::DateTime::strptime(CTIME, &text);
            let same = parsed.is_ok_and(|date| date.strftime(CTIME).to_string() == text);
            (!same).then_some("the date and time as ctime(3) writes it")
        }
        Role::Mreq => {
            let letters = bytes.iter().take(10).filter(|b| b"qwertyuiop".contains(b)).count();
            let pid = bytes.get(10..).and_then(|rest| rest.strip_prefix(b" (from client pid="));
            let pid = pid.and_then(|rest| rest.strip_suffix(b")"));
            let number = pid.is_some_and(|p| !p.is_empty() && p.iter().all(u8::is_ascii_digit));
            (letters != 10 || !number)
                .then_some("ten letters of 'qwertyuiop' and ' (from client pid=N)'")
        }
        _ => None,
    }
}

/// A wrong answer, with what is known of where it came from.
pub(super) fn wrong(
    stage: &Stage,
    id: ActorId,
    suspects: Vec<ActorId>,
    request: &D,
    right: &D,
    got: &D,
) -> Failure {
    let verb = if stage.actors[id].role.is_server() { "replied" } else { "got" };
    let mut what = format!("{} {verb} a wrong answer to {}", stage.name(id), request.described());
    if let Some(origin) = resemblance(stage, id, request, right, got) {
        what += &format!(": {origin}");
    }
    Failure::new(Cause::WrongAnswer, suspects, what).compared(right.described(), got.described())
}

/// What a wrong answer looks like, for whoever has to find the mistake.
fn resemblance(stage: &Stage, id: ActorId, request: &D, right: &D, got: &D) -> Option<String> {
    let role = stage.actors[id].role;
    if let (Some(right), Some(got)) = (right.bytes(), got.bytes()) {
        if got.eq_ignore_ascii_case(&right) {
            return Some("only the case of letters differs".into());
        }
        if got.trim_ascii() == right.trim_ascii() {
            return Some("only white space at the ends differs".into());
        }
        if right.starts_with(&got) && !got.is_empty() {
            return Some(format!("its first {} bytes are right, then it ends", got.len()));
        }
        if got.starts_with(&right) && !right.is_empty() {
            return Some(format!("{} bytes follow the right answer", got.len() - right.len()));
        }
    }
    if let Some(mut bytes) = request.bytes() {
        bytes.push(b'\n');
        if *got == answer_to(role, &D::of(&bytes)) {
            return Some("it is the answer to the data plus a newline".into());
        }
    }
    let asked = stage.journal.entries().iter().rev().filter(|e| {
        matches!(e.event.kind, Kind::Sent | Kind::Pulled | Kind::Received)
            && e.event.data != *request
    });
    for entry in asked {
        if answer_to(role, &entry.event.data) == *got {
            let whose = match entry.actor == id {
                true => "an earlier message".to_owned(),
                false => format!("a message of {}", stage.name(entry.actor)),
            };
            return Some(format!("it is the answer to {whose}"));
        }
    }
    None
}
