//! Who is who on a stage: names, and the paths between clients and servers.

use super::actor::Actor;
use super::failure::ActorId;
use super::online::is_server;
use super::stage::Stage;
use crate::role::Role;

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
            _ => format!("{base} #{}", self.actors[..id].iter().filter(same).count() + 1),
        }
    }

    /// Is it the harness's own client? It is never a suspect.
    pub fn is_probe(&self, id: ActorId) -> bool {
        std::ptr::eq(self.actors[id].peer, &self.setting.probe)
    }

    fn those(&self, wanted: impl Fn(Role) -> bool) -> impl Iterator<Item = ActorId> {
        (0..self.actors.len()).filter(move |id| wanted(self.actors[*id].role))
    }

    /// The actors that ask: c, mreq, req, and the harness's own client.
    pub fn clients(&self) -> impl Iterator<Item = ActorId> {
        self.those(|role| matches!(role, Role::C | Role::Mreq | Role::Req))
    }

    /// The actors that reply: rep, mrep.
    pub fn servers(&self) -> impl Iterator<Item = ActorId> {
        self.those(is_server)
    }

    /// Everybody who handles the exchanges of `client`: itself, the server or the broker that it is
    /// connected to, and the servers behind that broker.
    pub fn path_of(&self, client: ActorId) -> Vec<ActorId> {
        let mut path = vec![client];
        path.extend(self.links.iter().filter(|l| l.connector == client).map(|l| l.binder));
        let brokers = path.clone();
        let behind = self.links.iter().filter(|l| brokers.contains(&l.binder));
        path.extend(behind.map(|l| l.connector).filter(|id| is_server(self.actors[*id].role)));
        path.retain(|id| !self.is_probe(*id));
        path
    }
}
