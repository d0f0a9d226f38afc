//! The wire as the third witness: when two programs tell different stories, the recorded links say
//! who did not do what it said. Without taps nothing is examined.

use std::time::{Duration, Instant};

use super::failure::{ActorId, Cause, Failure};
use super::journal::Kind;
use super::online::{answer_to, is_server, show};
use super::stage::{Link, Stage};
use crate::digest::D;
use crate::role::Role;
use crate::zmtp::Side;
use crate::zmtp::conversation::{Conversation, Exchange};

/// A reply is late when its client has asked again meanwhile (docs/role-contract.md).
const LATE: Duration = Duration::from_millis(900);

/// How many of a conversation's last lines are evidence.
const LINES: usize = 12;

/// What the wire says: who, what they did, and on which conversation it is seen.
struct Finding<'c> {
    who: ActorId,
    cause: Cause,
    what: String,
    seen: Option<&'c Conversation>,
}

/// Names the one who is to blame for `failure`, where the wire shows it.
pub fn examine(stage: &mut Stage, failure: &mut Failure) {
    if failure.suspects.len() == 1 {
        return;
    }
    let talks = |link: &Link| link.tap.as_ref().map(|tap| tap.conversations());
    let recorded: Vec<_> =
        stage.links.iter().filter_map(|link| Some((link, talks(link)?))).collect();
    // Servers first: what a broker passed on wrongly is only known when its servers are cleared.
    let (behind, before): (Vec<_>, Vec<_>) =
        recorded.iter().partition(|(link, _)| is_server(stage.actors[link.connector].role));
    let found = behind
        .iter()
        .chain(&before)
        .find_map(|(link, conversations)| finding(stage, link, conversations, failure.cause));
    let Some(found) = found.filter(|f| failure.suspects.contains(&f.who)) else { return };
    failure.suspects = vec![found.who];
    failure.cause = found.cause;
    failure.what += &format!("; on the wire {} {}", stage.name(found.who), found.what);
    if let Some(conversation) = found.seen {
        let transcript = conversation.to_string();
        let lines: Vec<_> = transcript.lines().map(str::to_owned).collect();
        failure.evidence.extend_from_slice(&lines[lines.len().saturating_sub(LINES)..]);
    }
}

fn finding<'c>(
    stage: &Stage,
    link: &Link,
    conversations: &'c [Conversation],
    cause: Cause,
) -> Option<Finding<'c>> {
    let (connector, binder) = (link.connector, link.binder);
    let role = stage.actors[connector].role;
    let refused = conversations.iter().find(|c| c.upstream_refused);
    if let Some(seen) = refused.filter(|_| stage.actors[binder].status.is_none()) {
        let what = "reported an endpoint at which nobody listens".into();
        return Some(Finding { who: binder, cause: Cause::Contract, what, seen: Some(seen) });
    }
    let silent = conversations.iter().all(|c| c.entries.iter().all(|e| e.from != Side::Connector));
    if silent && cause == Cause::Timeout && stage.journal.count(connector, Kind::Ready) > 0 {
        let what = "never spoke to the endpoint that it was given".into();
        return Some(Finding { who: connector, cause, what, seen: conversations.last() });
    }
    if role == Role::Push {
        return pushed(stage, link, conversations);
    }
    // Who answers on this link: a server that connects to the broker, or whoever bound.
    let (asker, answerer) = match is_server(role) {
        true => (binder, connector),
        false => (connector, binder),
    };
    for seen in conversations {
        for exchange in seen.exchanges() {
            let found = answered_wrongly(role, &exchange, cause);
            if let Some((cause, what)) = found {
                return Some(Finding { who: answerer, cause, what, seen: Some(seen) });
            }
        }
    }
    // The wire is right. Then whoever tells it otherwise is wrong.
    let exchanges: Vec<_> = conversations.iter().flat_map(Conversation::exchanges).collect();
    for (who, heard, said) in [
        (answerer, Kind::Received, Kind::Replied),
        (asker, Kind::Answered, Kind::Sent),
        (asker, Kind::Answered, Kind::Pulled),
    ] {
        let requests = |d: &D| exchanges.iter().any(|e| single(&e.request) == Some(d));
        let replies = |d: &D| {
            exchanges.iter().any(|e| e.reply.as_ref().and_then(|(r, _)| single(r)) == Some(d))
        };
        let (in_requests, in_replies) = match heard {
            Kind::Received => (Kind::Received, Kind::Replied),
            _ => (said, Kind::Answered),
        };
        let invented = stage.journal.data(who, in_requests).find(|d| !requests(d));
        // The last question of a stopped or failed client may not have passed yet.
        let invented =
            invented.filter(|d| stage.journal.data(who, in_requests).next_back() != Some(*d));
        let claimed = stage.journal.data(who, in_replies).find(|d| !replies(d));
        if let Some(d) = claimed.or(invented) {
            let what = format!("never had what it claims: {}", show(d));
            return Some(Finding { who, cause: Cause::Contract, what, seen: conversations.last() });
        }
    }
    None
}

/// The only frame of a body.
fn single(frames: &[D]) -> Option<&D> {
    match frames {
        [frame] => Some(frame),
        _ => None,
    }
}

fn answered_wrongly(role: Role, exchange: &Exchange, cause: Cause) -> Option<(Cause, String)> {
    let request = single(&exchange.request)?;
    let right = answer_to(role, request);
    let Some((reply, at)) = &exchange.reply else {
        let due = cause == Cause::Timeout && exchange.asked_at + LATE < Instant::now();
        return due.then(|| (Cause::Timeout, format!("did not answer {}", show(request))));
    };
    if single(reply) != Some(&right) {
        let shown = reply.iter().map(show).collect::<Vec<_>>().join(" | ");
        let what = format!("answered {} with {shown}", show(request));
        return Some((Cause::WrongAnswer, what));
    }
    let late = at.duration_since(exchange.asked_at);
    (cause == Cause::Timeout && late > LATE).then(|| {
        (Cause::Timeout, format!("answered {} after {:.1} s", show(request), late.as_secs_f64()))
    })
}

/// push said what it sent, req what it pulled: the wire has what passed.
fn pushed<'c>(
    stage: &Stage,
    link: &Link,
    conversations: &'c [Conversation],
) -> Option<Finding<'c>> {
    let passed: Vec<_> = conversations.iter().flat_map(|c| c.one_way(Side::Connector)).collect();
    let sent = stage.journal.data(link.connector, Kind::Sent).next_back()?;
    let seen = conversations.last();
    if !passed.iter().any(|message| single(message) == Some(sent)) {
        let shown: Vec<_> = passed.iter().flatten().map(show).collect();
        let what = match shown.is_empty() {
            true => format!("sent nothing, but claims {}", show(sent)),
            false => format!("sent {}, but claims {}", shown.join(" | "), show(sent)),
        };
        return Some(Finding { who: link.connector, cause: Cause::Contract, what, seen });
    }
    let pulled = stage.journal.data(link.binder, Kind::Pulled).any(|d| d == sent);
    (!pulled).then(|| {
        let what = format!("was sent {} and did not report it", show(sent));
        Finding { who: link.binder, cause: Cause::WrongAnswer, what, seen }
    })
}
