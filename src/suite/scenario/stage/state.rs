//! The stage of one cell: its programs as actors, the links between them, and the journal of what
//! they say. A scenario's play starts actors here and waits, with a deadline, for what must happen.
//! What an actor may not do (crash, break the contract, answer wrongly) ends the play by itself.

use std::sync::mpsc::{self, Receiver, SyncSender};
use std::time::Instant;

use super::actor::{Actors, Ending, Link};
use super::journal::{Journal, Kind};
use super::outage::Outage;
use super::step::ActorId;
use crate::interrupt::Registration;
use crate::outcome::Suspect;
use crate::peer::process::Said;
use crate::role::Role;
use crate::suite::setting::Setting;

/// What reaches a stage from outside.
#[derive(Debug)]
pub enum Message {
    /// From an actor.
    Actor(ActorId, Said),
    /// Look at the interrupt.
    Wake,
}

/// See the module.
pub struct Stage<'a> {
    /// What holds for the whole run.
    pub setting: &'a Setting,
    /// The actors, in the order of their start.
    pub actors: Actors<'a>,
    /// Who would have been the next actor, and could not be started.
    pub unstarted: Option<Suspect>,
    /// Who is connected to whom.
    pub links: Vec<Link>,
    /// What was said so far.
    pub journal: Journal,
    /// When the play took somebody away: clients may wait in vain meanwhile.
    pub outage: Outage,
    /// Is a wrong answer being looked into?
    pub settling: bool,
    /// When the play last took somebody away or brought somebody back: who waits since before that
    /// may have reason to.
    pub changed_at: Instant,
    /// Are all links recorded?
    pub tapped: bool,
    /// Where what it says and does reaches the stage.
    pub sender: SyncSender<Message>,
    /// The other end of it.
    pub receiver: Receiver<Message>,
    mark: String,
    _wake: Registration,
}

impl<'a> Stage<'a> {
    /// An empty stage for the cell `mark` names; with `tapped`, all links are recorded.
    pub fn new(setting: &'a Setting, mark: String, tapped: bool) -> Stage<'a> {
        // Bounded, so that a flood fills the child's pipe and not our memory.
        let (sender, receiver) = mpsc::sync_channel(256);
        let awake = sender.clone();
        // A full channel belongs to a stage that is awake, and looks at the interrupt by itself.
        let wake = setting.interrupt.on_raise(move || drop(awake.try_send(Message::Wake)));
        Stage {
            setting,
            actors: Actors::default(),
            unstarted: None,
            links: vec![],
            journal: Journal::default(),
            outage: Outage::default(),
            settling: false,
            changed_at: Instant::now(),
            mark,
            tapped,
            _wake: wake,
            sender,
            receiver,
        }
    }

    /// The prefix of the marks of all actors of this stage.
    pub fn mark(&self) -> &str {
        &self.mark
    }

    /// `id` for those who know nothing of this stage.
    pub fn suspect(&self, id: ActorId) -> Suspect {
        match (&self.unstarted, id == self.actors.next()) {
            (Some(unstarted), true) => unstarted.clone(),
            _ => Suspect { name: self.name(id), peer: self.actors[id].peer.name.clone() },
        }
    }

    /// How much must still come from it until it is gone: its exchanges, and its end.
    pub fn remaining(&self, id: ActorId) -> usize {
        let actor = &self.actors[id];
        match actor.ending {
            _ if actor.gone() => 0,
            Ending::Done(n) => n.saturating_sub(self.exchanges(id)) + 1,
            _ => 1,
        }
    }

    /// How many exchanges it had.
    pub fn exchanges(&self, id: ActorId) -> usize {
        let kind = match self.actors[id].role {
            Role::Push => Kind::Sent,
            Role::Rep | Role::Mrep => Kind::Replied,
            _ => Kind::Answered,
        };
        self.journal.count(id, kind)
    }
}
