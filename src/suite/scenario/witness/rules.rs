//! The wire as the third witness: when two programs tell different stories, the recorded links say
//! who did not do what it said. Without taps nothing is examined.
//!
//! The rules are asked in turn, from what is seen to what is inferred; each looks at servers before
//! the broker, and at both before clients.

use std::time::Instant;

use super::wire::{Recorded, Wire, single};
use crate::digest::D;
use crate::role::Role;
use crate::suite::scenario::judge::answer::answer_to;
use crate::suite::scenario::judge::online::{LATE, SETTLING, late_after, usually_late_after};
use crate::suite::scenario::stage::Stage;
use crate::suite::scenario::stage::actor::Ending;
use crate::suite::scenario::stage::journal::Kind;
use crate::suite::scenario::stage::step::{ActorId, Cause, Failure};
use crate::zmtp::Side;
use crate::zmtp::conversation::Conversation;
use crate::zmtp::exchange::Exchange;

/// How many of a conversation's last lines are evidence.
const LINES: usize = 12;

/// What the wire says: who, what they did, and on which connection it is seen.
pub(super) struct Finding<'w> {
    pub(super) who: ActorId,
    pub(super) cause: Cause,
    pub(super) what: String,
    pub(super) seen: Option<&'w Conversation>,
}

impl<'w> Finding<'w> {
    pub(super) fn new(
        who: ActorId,
        cause: Cause,
        what: impl Into<String>,
        link: &'w Recorded,
    ) -> Self {
        Finding { who, cause, what: what.into(), seen: link.conversations.last() }
    }
}

/// Names the one who is to blame for `failure`, where the wire shows it.
pub fn examine(stage: &mut Stage, failure: &mut Failure) {
    // Who is certain already may still be found to have done something else than to be late.
    let settled = failure.suspects.len() == 1 && failure.cause != Cause::Timeout;
    if settled || stage.links.iter().all(|link| link.tap.is_none()) {
        return;
    }
    let found_at = Instant::now();
    let mut waiting: Vec<_> = stage.clients().collect();
    waiting.retain(|id| failure.suspects.contains(id));
    let waited_for = waiting.into_iter().filter_map(|id| stage.actors[id].open.clone()).collect();
    let by = found_at + SETTLING;
    while Instant::now() < by {
        stage.drain(by);
    }
    let wire = Wire::of(stage);
    let before = failure.clone();
    let case = Case { stage, wire: &wire, failure: &before, found_at, waited_for };
    let rules = [
        Case::protocol,
        Case::refused,
        Case::wrong_type,
        Case::unconnected,
        Case::pushed,
        Case::wrong_answer,
        Case::hasty,
        Case::no_answer,
        Case::untold_answer,
        Case::passed_over,
        Case::account_of_a_server,
        Case::account_of_a_client,
        Case::made_up,
        Case::mistaken,
    ];
    let Some(found) = rules.iter().find_map(|rule| rule(&case)) else { return };
    failure.suspects = vec![found.who];
    failure.cause = found.cause;
    failure.what += &format!("; on the wire {} {}", stage.name(found.who), found.what);
    if let Some(conversation) = found.seen {
        let transcript = conversation.to_string();
        let lines: Vec<_> = transcript.lines().map(str::to_owned).collect();
        failure.evidence.extend_from_slice(&lines[lines.len().saturating_sub(LINES)..]);
    }
}

/// What is known when the rules are asked.
pub(super) struct Case<'w> {
    pub(super) stage: &'w Stage<'w>,
    pub(super) wire: &'w Wire,
    failure: &'w Failure,
    found_at: Instant,
    /// What the suspected clients had asked and waited for by then: each is late as it is.
    waited_for: Vec<D>,
}

impl<'w> Case<'w> {
    pub(super) fn suspected(&self, id: ActorId) -> bool {
        self.failure.suspects.contains(&id)
    }

    pub(super) fn timed_out(&self) -> bool {
        self.failure.cause == Cause::Timeout
    }

    fn runs(&self, id: ActorId) -> bool {
        self.stage.actors[id].status.is_none()
    }

    /// A side broke ZMTP itself.
    fn protocol(&self) -> Option<Finding<'w>> {
        self.wire.0.iter().find_map(|link| {
            let broke = |side: &Side| {
                let violation = link.conversations.iter().find_map(|c| c.violation(*side))?;
                let what = format!("broke ZMTP: {}", violation.what);
                Some(Finding::new(link.at(*side), Cause::Contract, what, link))
            };
            [Side::Connector, Side::Binder]
                .iter()
                .filter(|side| self.suspected(link.at(**side)))
                .find_map(broke)
        })
    }

    /// Nobody listened at an endpoint that was reported.
    fn refused(&self) -> Option<Finding<'w>> {
        let link = self.wire.0.iter().find(|link| {
            let last = link.conversations.last();
            let refused =
                last.is_some_and(|c| c.upstream_refused && c.opened > self.stage.changed_at);
            refused && self.runs(link.binder) && self.suspected(link.binder)
        })?;
        let what = "reported an endpoint at which nobody listens";
        Some(Finding::new(link.binder, Cause::Contract, what, link))
    }

    /// A broker has another socket where it says that its frontend or its backend is.
    fn wrong_type(&self) -> Option<Finding<'w>> {
        let actors = &self.stage.actors;
        self.wire.two_way().find_map(|link| {
            let broker = actors[link.binder].role == Role::Msgqueue && self.suspected(link.binder);
            let right = match actors[link.connector].role.is_server() {
                true => "DEALER",
                false => "ROUTER",
            };
            let told = link.conversations.iter().find_map(|c| c.socket_type(Side::Binder))?;
            let what = format!("has a {told} where a {right} should be");
            (broker && told != right)
                .then(|| Finding::new(link.binder, Cause::Contract, what, link))
        })
    }

    /// A connector is not connected although its binder is there.
    fn unconnected(&self) -> Option<Finding<'w>> {
        let link = self.wire.0.iter().find(|link| {
            let ready = self.stage.journal.of(link.connector, Kind::Ready).next();
            let overdue = ready.is_some_and(|ready| ready.at.elapsed() > LATE);
            // Who was disconnected, or asks again on a new socket, may take its time to connect again.
            let patience = |since| self.stage.setting.machine.patience(LATE, since);
            let again = link.last_change().is_none_or(|at| at.elapsed() > patience(at));
            overdue
                && again
                && link.standing().is_none()
                && self.runs(link.connector)
                && self.suspected(link.connector)
        })?;
        let what = "is not connected to the endpoint that it was given";
        self.timed_out().then(|| Finding::new(link.connector, Cause::Timeout, what, link))
    }

    /// push said what it sent, req what it pulled: the wire has what passed.
    fn pushed(&self) -> Option<Finding<'w>> {
        let mut pushers = self.wire.0.iter().filter(|link| link.one_way);
        let link = pushers.rfind(|link| self.suspected(link.connector))?;
        let passed: Vec<_> =
            link.conversations.iter().flat_map(|c| c.one_way(Side::Connector)).collect();
        let shown = passed.iter().flatten().map(D::described).collect::<Vec<_>>().join(" | ");
        let shown = if passed.is_empty() { "nothing".into() } else { shown };
        let found = |who, cause, what| {
            Some(Finding::new(who, cause, what, link)).filter(|found| self.suspected(found.who))
        };
        match self.stage.journal.data(link.connector, Kind::Sent).next_back() {
            None if passed.is_empty() => {
                found(link.connector, self.failure.cause, "sent nothing".into())
            }
            Some(told) if !passed.iter().any(|message| single(message) == Some(told)) => {
                let what = format!("sent {shown}, but claims {}", told.described());
                found(link.connector, Cause::Contract, what)
            }
            _ => {
                let pulled =
                    |d: &D| self.stage.journal.data(link.binder, Kind::Pulled).any(|p| p == d);
                let taken = passed.iter().all(|message| single(message).is_some_and(pulled));
                let what = format!("was sent {shown}, and did not say so");
                if taken { None } else { found(link.binder, self.failure.cause, what) }
            }
        }
    }

    fn exchanges(&self) -> impl Iterator<Item = (&'w Recorded, &'w Exchange)> {
        let of = |link: &'w Recorded| link.exchanges.iter().map(move |exchange| (link, exchange));
        self.wire.two_way().filter(|link| self.suspected(link.answerer)).flat_map(of)
    }

    fn answer(&self, link: &Recorded, exchange: &Exchange) -> Option<D> {
        Some(answer_to(self.stage.actors[link.connector].role, single(&exchange.request)?))
    }

    fn wrong_answer(&self) -> Option<Finding<'w>> {
        self.exchanges().find_map(|(link, exchange)| {
            let right = self.answer(link, exchange)?;
            let (given, _) = exchange.reply.as_ref()?;
            let wrong = single(given) != Some(&right);
            let shown = given.iter().map(D::described).collect::<Vec<_>>().join(" | ");
            let request = single(&exchange.request)?.described();
            let what = format!("answered {request} with {shown}");
            wrong.then(|| Finding::new(link.answerer, Cause::WrongAnswer, what, link))
        })
    }

    /// A client did not wait before it asked again. What was asked before there was anybody to ask passes all at once;
    /// with the first reply that is over.
    fn hasty(&self) -> Option<Finding<'w>> {
        let again = |link: &'w Recorded| {
            link.exchanges.windows(2).find_map(|pair| match pair {
                [one, two]
                    if single(&one.request).is_some()
                        && one.request == two.request
                        && !self.stage.outage.excuses(one.asked_at)
                        && link.first_reply().is_some_and(|at| one.asked_at > at) =>
                {
                    let waited = two.asked_at.duration_since(one.asked_at);
                    let had = one.reply.as_ref().is_some_and(|(_, at)| *at < two.asked_at);
                    (!had && waited < LATE / 2).then_some(waited)
                }
                _ => None,
            })
        };
        let mut asked = self.wire.two_way().filter(|link| self.suspected(link.asker));
        asked.find_map(|link| {
            let waited = again(link).filter(|_| self.timed_out())?;
            let what = format!("asked again after {} ms", waited.as_millis());
            let client = self.stage.clients().any(|id| id == link.asker);
            client.then(|| Finding::new(link.asker, Cause::Timeout, what, link))
        })
    }

    /// Had `id` answered as often as it was told to, by then? So it has left, and owes nothing to who asks it still.
    fn had_served_its_count(&self, id: ActorId, then: Instant) -> bool {
        let before = |e: &&Exchange| e.reply.as_ref().is_some_and(|(_, at)| *at <= then);
        let answered = self.wire.exchanges(|link| link.answerer == id).filter(before).count();
        self.stage.actors[id].count.is_some_and(|count| answered >= count)
    }

    /// A request that was not answered in time, and not because the play took somebody away.
    fn no_answer(&self) -> Option<Finding<'w>> {
        let mut exchanges = self.exchanges().filter(|(link, exchange)| {
            self.timed_out()
                && !self.had_served_its_count(link.answerer, exchange.asked_at)
                && exchange.asked_at > self.stage.changed_at
                && self.stage.actors[link.answerer].ending != Ending::Killed
                && self.stage.actors[link.asker].ending != Ending::Stopped
        });
        exchanges.find_map(|(link, exchange)| {
            let request = single(&exchange.request)?;
            let answered = exchange.reply.as_ref().is_some_and(|(_, at)| *at <= self.found_at);
            let late = match !answered && self.waited_for.contains(request) {
                true => usually_late_after(request),
                false => late_after(self.stage, request, exchange.asked_at, self.found_at),
            };
            let request = request.described();
            let what = match &exchange.reply {
                None if exchange.asked_at.elapsed() > late => format!("did not answer {request}"),
                Some((_, at)) if at.duration_since(exchange.asked_at) > late => {
                    let late = at.duration_since(exchange.asked_at).as_secs_f64();
                    format!("answered {request} after {late:.1} s")
                }
                _ => return None,
            };
            Some(Finding::new(link.answerer, Cause::Timeout, what, link))
        })
    }

    /// A client was answered, and did not say so.
    fn untold_answer(&self) -> Option<Finding<'w>> {
        self.wire.two_way().filter(|link| self.suspected(link.asker)).find_map(|link| {
            let open = self.stage.actors[link.asker].open.as_ref()?;
            let last = link.exchanges.iter().rfind(|e| single(&e.request) == Some(open))?;
            let (_, at) = last.reply.as_ref()?;
            let long_ago = *at + LATE < self.found_at;
            let what = format!("was answered {} and did not say so", open.described());
            (self.timed_out() && long_ago && self.runs(link.asker))
                .then(|| Finding::new(link.asker, Cause::Timeout, what, link))
        })
    }

    /// A broker gave others more than a round of requests, and a server that was connected none.
    fn passed_over(&self) -> Option<Finding<'w>> {
        let (link, _) = self.wire.two_way().find_map(|link| {
            let standing = link.standing()?;
            let broker = link.asker;
            let since = |other: &&Exchange| other.asked_at > standing.opened + LATE;
            let others = self.wire.exchanges(|other| other.asker == broker).filter(since).count();
            let servers = self.wire.two_way().filter(|other| other.asker == broker).count();
            let idle = !link.exchanges.iter().any(|exchange| exchange.asked_at > standing.opened);
            (idle && self.stage.actors[link.connector].role.is_server() && others > 2 * servers)
                .then_some((link, standing))
        })?;
        let what = format!("gave {} nothing, which is connected", self.stage.name(link.answerer));
        (self.timed_out() && self.suspected(link.asker))
            .then(|| Finding::new(link.asker, Cause::Timeout, what, link))
    }
}
