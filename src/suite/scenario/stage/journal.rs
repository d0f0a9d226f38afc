//! What the programs of a cell said, as it came: events of the role contract, checked for form.

use std::time::Instant;

use serde::Deserialize;

use super::step::ActorId;
use crate::digest::D;
use crate::role::Role;

/// The events of docs/role-contract.md.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// The sockets are there.
    Ready,
    /// A client handed over a message.
    Sent,
    /// A client waited in vain and sent again.
    Resent,
    /// req took a message from its PULL socket.
    Pulled,
    /// A server got a request.
    Received,
    /// A server sent its reply.
    Replied,
    /// A client got an answer.
    Answered,
}

impl Kind {
    /// How many kinds there are.
    pub const COUNT: usize = 7;

    /// Does a program of this role say this?
    fn belongs_to(self, role: Role) -> bool {
        use Kind::*;
        match role {
            Role::Push => matches!(self, Ready | Sent),
            Role::Req => matches!(self, Ready | Pulled | Resent | Answered),
            Role::Rep | Role::Mrep => matches!(self, Ready | Received | Replied),
            Role::C | Role::Mreq => matches!(self, Ready | Sent | Resent | Answered),
            Role::Msgqueue => self == Ready,
        }
    }
}

/// One event.
#[derive(Clone, Debug, PartialEq)]
pub struct RoleEvent {
    /// Which.
    pub kind: Kind,
    /// The process id of whoever says so.
    pub pid: u32,
    /// The endpoints of `ready`, else none.
    pub endpoints: Vec<String>,
    /// The message; the empty one's for `ready`.
    pub data: D,
}

#[derive(Deserialize)]
struct Line {
    event: Kind,
    pid: u32,
    endpoints: Option<Vec<String>>,
    data: Option<D>,
}

/// Reads a line that a program of `role` printed, or says what is wrong with it.
pub fn parse(role: Role, line: &[u8]) -> Result<RoleEvent, String> {
    let line: Line = serde_json::from_slice(line)
        .map_err(|e| format!("standard output is not an event of the role contract: {e}"))?;
    let (kind, pid) = (line.event, line.pid);
    if !kind.belongs_to(role) {
        return Err(format!("a {role} has no event {kind:?}"));
    }
    if kind == Kind::Ready {
        let endpoints = line.endpoints.ok_or("\"ready\" needs \"endpoints\"")?;
        let bound = role.parameters().iter().filter(|p| p.binds).count();
        if endpoints.len() != bound {
            return Err(format!("a {role} binds {bound} endpoints, not {endpoints:?}"));
        }
        if let Some(bad) = endpoints.iter().find(|e| port_of(e).is_none()) {
            return Err(format!("{bad:?} is no tcp://address:port that others can connect to"));
        }
        return Ok(RoleEvent { kind, pid, endpoints, data: D::of(b"") });
    }
    let data = line.data.ok_or_else(|| format!("{kind:?} needs \"data\""))?;
    match data.contradiction() {
        Some(contradiction) => Err(format!("\"data\" contradicts itself: {contradiction}")),
        None => Ok(RoleEvent { kind, pid, endpoints: vec![], data }),
    }
}

/// The port of `tcp://address:port`, if it is one that can be connected to.
fn port_of(endpoint: &str) -> Option<u16> {
    let (_, port) = endpoint.strip_prefix("tcp://")?.rsplit_once(':')?;
    port.parse().ok().filter(|port| *port != 0)
}

/// An event, who said it, and when it came.
#[derive(Clone, Debug)]
pub struct Entry {
    /// When the harness read it.
    pub at: Instant,
    /// Who said it.
    pub actor: ActorId,
    /// What.
    pub event: RoleEvent,
}

/// All events of a cell in the order they came, with counts that cost nothing to ask.
#[derive(Debug, Default)]
pub struct Journal {
    entries: Vec<Entry>,
    counts: Vec<[usize; Kind::COUNT]>,
}

impl Journal {
    /// Adds an event.
    pub fn push(&mut self, entry: Entry) {
        let actor = entry.actor.0;
        if self.counts.len() <= actor {
            self.counts.resize(actor + 1, [0; Kind::COUNT]);
        }
        self.counts[actor][entry.event.kind as usize] += 1;
        self.entries.push(entry);
    }

    /// All entries.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// How often `actor` said `kind`.
    pub fn count(&self, actor: ActorId, kind: Kind) -> usize {
        self.counts.get(actor.0).map_or(0, |counts| counts[kind as usize])
    }

    /// The messages with which `actor` said `kind`, in order.
    pub fn data(&self, actor: ActorId, kind: Kind) -> impl DoubleEndedIterator<Item = &D> {
        self.of(actor, kind).map(|entry| &entry.event.data)
    }

    /// The last entry in which `actor` said one of `kinds`.
    pub fn last(&self, actor: ActorId, kinds: &[Kind]) -> Option<&Entry> {
        let mut entries = self.entries.iter().rev();
        entries.find(|e| e.actor == actor && kinds.contains(&e.event.kind))
    }

    /// The entries in which `actor` said `kind`.
    pub fn of(&self, actor: ActorId, kind: Kind) -> impl DoubleEndedIterator<Item = &Entry> {
        self.entries.iter().filter(move |e| e.actor == actor && e.event.kind == kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(role: Role, line: &str) -> String {
        parse(role, line.as_bytes()).unwrap_err()
    }

    #[test]
    fn an_event_is_read() {
        let line = r#"{"event":"ready","pid":7,"endpoints":["tcp://127.0.0.1:40123"]}"#;
        let event = parse(Role::Rep, line.as_bytes()).unwrap();
        assert_eq!(
            (event.kind, event.endpoints[0].as_str()),
            (Kind::Ready, "tcp://127.0.0.1:40123")
        );
        let line = format!(
            r#"{{"event":"received","pid":7,"data":{},"more":1}}"#,
            serde_json::to_string(&D::of(b"x")).unwrap()
        );
        assert_eq!(parse(Role::Rep, line.as_bytes()).unwrap().data, D::of(b"x"));
    }

    #[test]
    fn what_is_no_event_of_the_role_is_refused() {
        assert!(refused(Role::Rep, "hello").contains("not an event"));
        assert!(refused(Role::Rep, r#"{"event":"ready","pid":7}"#).contains("endpoints"));
        assert!(
            refused(Role::Rep, r#"{"event":"ready","pid":7,"endpoints":[]}"#)
                .contains("1 endpoints")
        );
        let any = r#"{"event":"ready","pid":7,"endpoints":["tcp://127.0.0.1:*"]}"#;
        assert!(refused(Role::Rep, any).contains("others can connect"));
        assert!(refused(Role::Rep, r#"{"event":"received","pid":7}"#).contains("needs \"data\""));
        let lie = r#"{"event":"received","pid":7,"data":{"size":1,"sha1":"x","hex":"00"}}"#;
        assert!(refused(Role::Rep, lie).contains("contradicts"));
        let alien = r#"{"event":"answered","pid":7,"data":{"size":0,"sha1":"x","hex":""}}"#;
        assert!(refused(Role::Rep, alien).contains("no event"));
        assert!(refused(Role::Rep, r#"{"event":"dance","pid":7}"#).contains("unknown variant"));
    }
}
