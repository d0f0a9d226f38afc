//! What passed on the recorded links of a stage, told by who was at their ends.

use std::collections::HashMap;
use std::time::Instant;

use crate::digest::D;
use crate::role::Role;
use crate::suite::scenario::stage::Stage;
use crate::suite::scenario::stage::step::ActorId;
use crate::zmtp::Side;
use crate::zmtp::conversation::{Conversation, Item};
use crate::zmtp::exchange::Exchange;

/// A link and all that was said on it.
pub struct Recorded {
    /// Who connected.
    pub connector: ActorId,
    /// Who bound.
    pub binder: ActorId,
    /// Does nobody answer here?
    pub one_way: bool,
    /// Who asks.
    pub asker: ActorId,
    /// Who answers: a server that connected to the broker, or whoever bound.
    pub answerer: ActorId,
    /// Each connection, the oldest first.
    pub conversations: Vec<Conversation>,
    /// The exchanges of all of them.
    pub exchanges: Vec<Exchange>,
}

impl Recorded {
    /// The connection that stands now: both have spoken and neither has closed it.
    pub fn standing(&self) -> Option<&Conversation> {
        let spoke = |c: &Conversation, side| c.entries.iter().any(|e| e.from == side);
        let closed = |c: &Conversation| {
            c.closed.is_some() || c.entries.iter().any(|e| matches!(e.item, Item::Closed { .. }))
        };
        self.conversations
            .last()
            .filter(|c| spoke(c, Side::Connector) && spoke(c, Side::Binder) && !closed(c))
    }

    /// When the first reply passed.
    pub fn first_reply(&self) -> Option<Instant> {
        self.exchanges.iter().filter_map(|e| e.reply.as_ref()).map(|(_, at)| *at).min()
    }

    /// When something was last seen of its last connection.
    pub fn last_change(&self) -> Option<Instant> {
        let last = self.conversations.last()?;
        Some(last.entries.last().map_or(last.opened, |entry| entry.at))
    }

    /// Was all kept that passed? Only then does it mean something that a message is not there.
    pub fn is_whole(&self) -> bool {
        self.conversations.iter().all(|c| c.dropped == 0)
    }

    /// The actor at this end.
    pub fn at(&self, side: Side) -> ActorId {
        match side {
            Side::Connector => self.connector,
            Side::Binder => self.binder,
        }
    }
}

/// All links, those to servers behind a broker first: what a broker passed on wrongly is only known
/// when its servers are cleared.
pub struct Wire(pub Vec<Recorded>);

impl Wire {
    /// What was recorded until now.
    pub fn of(stage: &Stage) -> Wire {
        let mut links: Vec<_> = stage
            .links
            .iter()
            .filter_map(|link| {
                let conversations = link.tap.as_ref()?.conversations();
                let role = stage.actors[link.connector].role;
                let (asker, answerer) = match role.is_server() {
                    true => (link.binder, link.connector),
                    false => (link.connector, link.binder),
                };
                Some(Recorded {
                    connector: link.connector,
                    binder: link.binder,
                    one_way: role == Role::Push,
                    asker,
                    answerer,
                    exchanges: conversations
                        .iter()
                        .flat_map(Conversation::exchanges)
                        .map(joined)
                        .collect(),
                    conversations,
                })
            })
            .collect();
        links.sort_by_key(|link| !stage.actors[link.connector].role.is_server());
        Wire(links)
    }

    /// The links on which requests are answered.
    pub fn two_way(&self) -> impl Iterator<Item = &Recorded> {
        self.0.iter().filter(|link| !link.one_way)
    }

    /// The exchanges of the links that `of` chooses.
    pub fn exchanges(&self, of: impl Fn(&Recorded) -> bool) -> impl Iterator<Item = &Exchange> {
        self.two_way().filter(move |link| of(link)).flat_map(|link| &link.exchanges)
    }
}

/// The same with the frames of its request joined, as a server takes them, where they are known.
fn joined(mut exchange: Exchange) -> Exchange {
    if exchange.request.len() > 1
        && let Some(frames) = exchange.request.iter().map(D::bytes).collect::<Option<Vec<_>>>()
    {
        exchange.request = vec![D::of(&frames.concat())];
    }
    exchange
}

/// The only frame of a body.
pub fn single(frames: &[D]) -> Option<&D> {
    match frames {
        [frame] => Some(frame),
        _ => None,
    }
}

/// The reply of an exchange, where it has come and is of one frame.
pub fn reply(exchange: &Exchange) -> Option<&D> {
    single(&exchange.reply.as_ref()?.0)
}

/// How often each is there.
pub fn counted<'d>(all: impl Iterator<Item = &'d D>) -> HashMap<&'d D, usize> {
    let mut counts = HashMap::new();
    all.for_each(|d| *counts.entry(d).or_default() += 1);
    counts
}

/// Something of `told` that is there more often than in `passed`.
pub fn beyond<'d>(
    told: impl Iterator<Item = &'d D>,
    passed: impl Iterator<Item = &'d D>,
) -> Option<&'d D> {
    let mut left = counted(passed);
    told.into_iter().find(|d| match left.get_mut(d) {
        Some(n) if *n > 0 => {
            *n -= 1;
            false
        }
        _ => true,
    })
}
