//! Who is who on a stage: names, and the paths between clients and servers.

use std::ptr;

use super::actor::Actor;
use super::state::Stage;
use super::step::ActorId;
use crate::role::Role;
use crate::suite::scenario::probe;

impl Stage<'_> {
    /// `python rep`, and with a number where there are several.
    pub fn name(&self, id: ActorId) -> String {
        let actor = &self.actors[id];
        let same = |a: &&Actor| a.role == actor.role && a.peer.name == actor.peer.name;
        let base = match self.is_probe(id) {
            true => "the harness's own client".into(),
            false => format!("{} {}", actor.peer.name, actor.role),
        };
        match self.actors.iter().filter(same).count() {
            1 => base,
            _ => {
                let before = self.actors.iter().take(id.0).filter(same).count();
                format!("{base} #{}", before + 1)
            }
        }
    }

    /// Is it the harness's own client? It is never a suspect.
    pub fn is_probe(&self, id: ActorId) -> bool {
        ptr::eq(self.actors[id].peer, &*probe::PEER)
    }

    fn those(&self, wanted: impl Fn(Role) -> bool) -> impl Iterator<Item = ActorId> {
        self.actors.ids().filter(move |id| wanted(self.actors[*id].role))
    }

    /// The actors that ask: c, mreq, req, and the harness's own client.
    pub fn clients(&self) -> impl Iterator<Item = ActorId> {
        self.those(|role| matches!(role, Role::C | Role::Mreq | Role::Req))
    }

    /// The actors that reply: rep, mrep.
    pub fn servers(&self) -> impl Iterator<Item = ActorId> {
        self.those(Role::is_server)
    }

    /// Everybody who handles the exchanges of `client`: itself, the server or the broker that it is
    /// connected to, and the servers behind that broker.
    pub fn path_of(&self, client: ActorId) -> Vec<ActorId> {
        let mut path = vec![client];
        path.extend(self.links.iter().filter(|l| l.connector == client).map(|l| l.binder));
        let brokers = path.clone();
        let behind = self.links.iter().filter(|l| brokers.contains(&l.binder));
        path.extend(behind.map(|l| l.connector).filter(|id| self.actors[*id].role.is_server()));
        path.retain(|id| !self.is_probe(*id));
        path
    }
}
