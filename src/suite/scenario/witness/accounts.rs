//! What programs tell, held against the wire: the rules of [`super::rules`] that infer from what did
//! not pass.

use super::rules::{Case, Finding};
use super::wire::{Recorded, beyond, reply, single};
use crate::role::Role;
use crate::suite::scenario::judge::answer::answer_to;
use crate::suite::scenario::judge::online::SETTLING;
use crate::suite::scenario::stage::actor::Ending;
use crate::suite::scenario::stage::journal::Kind;
use crate::suite::scenario::stage::step::{ActorId, Cause};
use crate::zmtp::exchange::Exchange;

impl<'w> Case<'w> {
    /// A finding against `id` that rests on a message not having passed on its links.
    fn absent(&self, id: ActorId, what: String) -> Option<Finding<'w>> {
        let ours = |link: &&Recorded| link.asker == id || link.answerer == id;
        // Of large frames that belong together nobody knows the message.
        let known = |link: &Recorded| link.exchanges.iter().all(|e| e.request.len() == 1);
        let whole = self.wire.two_way().filter(ours).all(|link| link.is_whole() && known(link));
        let link = self.wire.two_way().find(ours)?;
        whole.then(|| Finding::new(id, Cause::Contract, what, link))
    }

    /// A server tells of requests or replies that were not there.
    pub(super) fn account_of_a_server(&self) -> Option<Finding<'w>> {
        let mut servers = self.stage.servers().filter(|id| self.suspected(*id));
        servers.find_map(|id| {
            let role = self.stage.actors[id].role;
            let told = |kind| self.stage.journal.data(id, kind);
            let mine = || self.wire.exchanges(|link| link.answerer == id);
            let requests = mine().filter_map(|e| single(&e.request));
            if let Some(d) = beyond(told(Kind::Received), requests) {
                return self
                    .absent(id, format!("was never asked what it claims: {}", d.described()));
            }
            // A reply to somebody who has gone meanwhile does not pass, and is right.
            let owed: Vec<_> = mine()
                .filter(|e| e.reply.is_none())
                .filter_map(|e| Some(answer_to(role, single(&e.request)?)))
                .collect();
            let d = beyond(told(Kind::Replied), mine().filter_map(reply).chain(&owed))?;
            self.absent(id, format!("never sent what it claims: {}", d.described()))
        })
    }

    /// A client tells of questions or answers that were not there, or not of all that it asked.
    pub(super) fn account_of_a_client(&self) -> Option<Finding<'w>> {
        let mut clients = self.stage.clients().filter(|id| self.suspected(*id));
        clients.find_map(|id| {
            let actor = &self.stage.actors[id];
            let mine = || self.wire.exchanges(|link| link.asker == id);
            let asked = || mine().filter_map(|e| single(&e.request));
            let told = |kind| self.stage.journal.data(id, kind);
            if let Some(d) = beyond(told(Kind::Answered), mine().filter_map(reply)) {
                return self.absent(id, format!("never got what it claims: {}", d.described()));
            }
            // What it told last may have found nobody to send it to, unless it has been connected for
            // longer than it waits before it asks again.
            let link = self.wire.two_way().find(|link| link.asker == id)?;
            let could = link.standing().is_some_and(|c| c.opened.elapsed() > SETTLING * 3 / 2);
            let open = actor.open.as_ref();
            let sent = self
                .stage
                .journal
                .entries()
                .iter()
                .filter(|e| e.actor == id && matches!(e.event.kind, Kind::Sent | Kind::Pulled));
            let mut due = sent.filter(|e| open != Some(&e.event.data) || could);
            if let Some(e) = due.find(|e| !asked().any(|d| *d == e.event.data)) {
                let what = format!("never sent what it claims: {}", e.event.data.described());
                return self.absent(id, what).map(|found| match open {
                    Some(_) if self.timed_out() => Finding { cause: Cause::Timeout, ..found },
                    _ => found,
                });
            }
            // Only of one that ended by itself are all lines known to have come.
            let all_told = matches!(actor.ending, Ending::Done(_)) && actor.gone();
            let told = told(Kind::Sent).chain(told(Kind::Resent)).chain(told(Kind::Pulled));
            let d = beyond(asked(), told).filter(|_| all_told)?;
            self.absent(id, format!("asked what it does not tell: {}", d.described()))
        })
    }

    /// A broker asked its servers what no client had asked.
    pub(super) fn made_up(&self) -> Option<Finding<'w>> {
        let brokers = self.stage.actors.ids();
        let is_broker = |id: &ActorId| self.stage.actors[*id].role == Role::Msgqueue;
        let mut brokers = brokers.filter(|id| is_broker(id) && self.suspected(*id));
        brokers.find_map(|id| {
            let behind = self.wire.exchanges(|link| link.asker == id);
            let before = self.wire.exchanges(|link| link.answerer == id);
            let request = |e: &'w Exchange| single(&e.request);
            let d = beyond(behind.filter_map(request), before.filter_map(request))?;
            self.absent(id, format!("made up a request: {}", d.described()))
        })
    }

    /// All answers were right when they passed, and still a client has a wrong one: it took the answer
    /// to one message for the answer to another.
    pub(super) fn mistaken(&self) -> Option<Finding<'w>> {
        let mut clients = self.stage.clients().filter(|id| self.suspected(*id));
        clients.find_map(|id| {
            let role = self.stage.actors[id].role;
            let mut asked = None;
            let mine = self.stage.journal.entries().iter().filter(|e| e.actor == id);
            let (asked, got) = mine.into_iter().find_map(|e| match e.event.kind {
                Kind::Sent | Kind::Pulled => {
                    asked = Some(&e.event.data);
                    None
                }
                Kind::Answered if answer_to(role, asked?) != e.event.data => {
                    Some((asked?, &e.event.data))
                }
                _ => None,
            })?;
            let what = format!(
                "took {}, the answer to another message, for that to {}",
                got.described(),
                asked.described()
            );
            self.absent(id, what)
        })
    }
}
