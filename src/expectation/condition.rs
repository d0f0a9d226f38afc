//! Conditions on the peers of a cell: who stands at a place, and what it is made of.

use std::collections::{BTreeMap, BTreeSet};

use toml::{Table, Value};

use super::{Peers, Subject};
use crate::component::{Components, Requirement, key};
use crate::role::Role;

/// A place of a cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// The one that asks.
    First,
    /// The one that answers, or the next.
    Second,
    /// Whichever.
    Any,
    /// That of a role.
    Role(Role),
}

impl Place {
    /// By its name in the file.
    pub fn parse(name: &str) -> Result<Place, Wrong> {
        match name {
            "first" => Ok(Place::First),
            "second" => Ok(Place::Second),
            "any" => Ok(Place::Any),
            role => role.parse().map(Place::Role).map_err(|_| {
                let roles = Role::ALL.map(Role::name).join(", ");
                Wrong::new(
                    format!("there is no place '{name}'"),
                    format!("the places are first, second, any, and those of roles: {roles}"),
                )
            }),
        }
    }

    /// Who stands there.
    fn peers<'a>(&self, subject: &'a Subject) -> impl Iterator<Item = &'a str> {
        let at = |(n, label): (usize, &str)| match self {
            Place::First => n == 0,
            Place::Second => n == 1,
            Place::Any => true,
            Place::Role(role) => label == role.name(),
        };
        let places =
            subject.places.iter().enumerate().filter(move |(n, (label, _))| at((*n, label)));
        places.flat_map(|(_, (_, peers))| peers.iter().map(String::as_str))
    }
}

/// What is wrong with an entry, and what to write instead.
#[derive(Debug)]
pub struct Wrong {
    pub what: String,
    pub help: String,
}

impl Wrong {
    pub fn new(what: impl Into<String>, help: impl Into<String>) -> Wrong {
        Wrong { what: what.into(), help: help.into() }
    }
}

/// How a condition is written.
const EXAMPLE: &str = "a condition is a table of what the peer is made of, or a list of such tables of which one \
                       must hold: { libzmq = \"<4.3.5\" }, { jeromq = false }, { peer = \"bash\" }";

/// What must hold of one peer: all of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    peer: Option<String>,
    /// What it must be made of, and at which version; `None`: what it must not be made of.
    components: BTreeMap<String, Option<Requirement>>,
}

impl Condition {
    /// The alternatives that `value` lists. What they name must be among `peers`.
    pub fn alternatives(value: &Value, peers: &Peers) -> Result<Vec<Condition>, Wrong> {
        let tables: Option<Vec<&Table>> = match value {
            Value::Table(table) => Some(vec![table]),
            Value::Array(list) => list.iter().map(Value::as_table).collect(),
            _ => None,
        };
        match tables {
            Some(tables) if !tables.is_empty() && tables.iter().all(|table| !table.is_empty()) => {
                tables.into_iter().map(|table| Condition::parse(table, peers)).collect()
            }
            _ => Err(Wrong::new(format!("{value} is no condition"), EXAMPLE)),
        }
    }

    fn parse(table: &Table, peers: &Peers) -> Result<Condition, Wrong> {
        let mut condition = Condition { peer: None, components: BTreeMap::new() };
        for (name, value) in table {
            match (name.as_str(), value) {
                ("peer", Value::String(peer)) => {
                    known(peer, "peer", &peers.names)?;
                    condition.peer = Some(peer.clone());
                }
                (_, Value::String(requirement)) => {
                    known(name, "component", &peers.components)?;
                    let parsed = Requirement::parse(requirement).map_err(|e| {
                        let what = format!("{name} = {requirement:?} is no requirement: {e}");
                        Wrong::new(
                            what,
                            "write \"<4.3.5\", \">=4.3.4, <4.3.5\", \"=0.6.0\", or \"*\"",
                        )
                    })?;
                    condition.components.insert(key(name), Some(parsed));
                }
                (_, Value::Boolean(false)) => {
                    known(name, "component", &peers.components)?;
                    condition.components.insert(key(name), None);
                }
                _ => return Err(Wrong::new(format!("{name} = {value} is no condition"), EXAMPLE)),
            }
        }
        Ok(condition)
    }

    /// Does it hold of `peer`, which is made of `components`?
    fn holds(&self, peer: &str, components: &Components) -> bool {
        self.peer.as_ref().is_none_or(|name| name == peer)
            && self.components.iter().all(|(name, required)| match required {
                Some(requirement) => components.has(name, requirement),
                None => !components.contains(name),
            })
    }
}

/// A name of nobody is a mistake: the condition would never hold, and nobody would see it.
fn known(name: &str, what: &str, names: &BTreeSet<String>) -> Result<(), Wrong> {
    if names.contains(&key(name)) {
        return Ok(());
    }
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    let declare = "another one is declared in the manifest of a peer, --peers FILE (docs/peers.md)";
    let help = format!("there are {}; {declare}", names.join(", "));
    Err(Wrong::new(format!("there is no {what} '{name}'"), help))
}

/// What must hold at one place: one of the alternatives, of one who stands there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct At {
    pub place: Place,
    pub alternatives: Vec<Condition>,
}

impl At {
    /// Does it hold in this cell?
    pub fn holds(&self, subject: &Subject, peers: &Peers) -> bool {
        self.place.peers(subject).any(|peer| self.holds_of(peer, peers))
    }

    /// Can it hold of anybody who is here?
    pub fn can_hold(&self, peers: &Peers) -> bool {
        peers.made_of.keys().any(|peer| self.holds_of(peer, peers))
    }

    fn holds_of(&self, peer: &str, peers: &Peers) -> bool {
        let components = peers.made_of.get(peer).unwrap_or(&peers.nothing);
        self.alternatives.iter().any(|condition| condition.holds(peer, components))
    }
}
