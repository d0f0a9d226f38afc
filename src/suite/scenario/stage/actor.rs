//! The programs on a stage: what is to be started, what was started, and who is connected to whom.

use std::ops::{Index, IndexMut};
use std::path::Path;
use std::process::ExitStatus;
use std::time::Instant;

use super::step::ActorId;
use crate::digest::D;
use crate::peer::Peer;
use crate::peer::process::Child;
use crate::role::Role;
use crate::zmtp::tap::Tap;

/// Where a machine has the zones that it knows.
const ZONES: &str = "/usr/share/zoneinfo";

/// Why an actor may end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// It may not.
    Never,
    /// With 0, once it has had this many exchanges (`push`: once it has sent).
    Done(usize),
    /// We stopped it.
    Stopped,
    /// We killed it: the play wants it so.
    Killed,
}

/// Where an argument's endpoint comes from.
#[derive(Clone, Debug)]
pub enum Arg {
    /// Bind, any port.
    Bind,
    /// Bind exactly this.
    BindAt(String),
    /// Connect to the n-th endpoint of that actor.
    To(ActorId, usize),
}

/// What a program reads from its standard input.
#[derive(Clone, Debug)]
pub enum Input {
    /// Nothing: it ends at once.
    Nothing,
    /// A file that it is fed with later.
    Held,
}

/// A program to start.
#[derive(Clone, Debug)]
pub struct Start<'a> {
    pub role: Role,
    pub peer: &'a Peer,
    pub arguments: Vec<Arg>,
    pub count: Option<usize>,
    pub interval_ms: Option<u32>,
    pub stdin: Input,
    pub hours_behind: Option<i8>,
    pub env: Vec<(String, String)>,
}

impl<'a> Start<'a> {
    /// A program of `peer` for `role`.
    pub fn new(role: Role, peer: &'a Peer, arguments: impl Into<Vec<Arg>>) -> Start<'a> {
        let arguments = arguments.into();
        Start {
            role,
            peer,
            arguments,
            count: None,
            interval_ms: None,
            stdin: Input::Nothing,
            hours_behind: None,
            env: vec![],
        }
    }

    /// It is to exit after `count` exchanges (INTEROP_COUNT).
    pub fn count(self, count: usize) -> Self {
        Start { count: Some(count), ..self }
    }

    /// The pause between its messages (INTEROP_INTERVAL_MS).
    pub fn interval(self, ms: u32) -> Self {
        Start { interval_ms: Some(ms), ..self }
    }

    /// Its standard input is held back until it is fed.
    pub fn held(self) -> Self {
        Start { stdin: Input::Held, ..self }
    }

    /// Its local time is so many hours behind UTC, from -14 to 12. Only the name of a zone that this machine knows is
    /// understood in all languages (Go reads no others); elsewhere its time may be any.
    pub fn hours_behind(self, hours: i8) -> Self {
        let name = format!("Etc/GMT{hours:+}");
        match Path::new(ZONES).join(&name).exists() {
            true => Start { hours_behind: Some(hours), ..self }.env("TZ", name),
            false => self.env("TZ", format!("GMT{hours:+}")),
        }
    }

    /// One more variable.
    pub fn env(mut self, name: &str, value: String) -> Self {
        self.env.push((name.into(), value));
        self
    }
}

/// A program on stage.
pub struct Actor<'a> {
    /// Its role.
    pub role: Role,
    /// Whose program it is.
    pub peer: &'a Peer,
    /// The words that started it.
    pub argv: Vec<String>,
    /// What it bound, once it is ready.
    pub endpoints: Vec<String>,
    /// Its end, once it ended.
    pub status: Option<ExitStatus>,
    /// After how many exchanges it is to exit (INTEROP_COUNT), if it is.
    pub count: Option<usize>,
    /// The pause between its messages, in ms, where it was told one.
    pub interval_ms: Option<u32>,
    /// How many hours its local time is behind UTC, where it was told so in a way that it understands.
    pub hours_behind: Option<i8>,
    /// When it was told to stop.
    pub stopped_at: Option<Instant>,
    /// Why it may end.
    pub ending: Ending,
    /// What it has told and not yet followed up: a server's request, or a client's question (for `req`
    /// the pulled message).
    pub open: Option<D>,
    pub child: Child,
    pub output_closed: bool,
    /// When its end was seen: since then somebody else may hold its output.
    pub held_since: Option<Instant>,
}

impl Actor<'_> {
    /// Did it end, and was all that it printed read?
    pub fn gone(&self) -> bool {
        self.status.is_some() && self.output_closed
    }
}

/// The actors of a stage, in the order of their start.
#[derive(Default)]
pub struct Actors<'a>(Vec<Actor<'a>>);

impl<'a> Actors<'a> {
    /// The id of the next one.
    pub fn next(&self) -> ActorId {
        ActorId(self.0.len())
    }

    /// Adds the next one.
    pub fn push(&mut self, actor: Actor<'a>) {
        self.0.push(actor);
    }

    /// All of them.
    pub fn iter(&self) -> std::slice::Iter<'_, Actor<'a>> {
        self.0.iter()
    }

    /// All of them.
    pub fn iter_mut(&mut self) -> std::slice::IterMut<'_, Actor<'a>> {
        self.0.iter_mut()
    }

    /// Their ids.
    pub fn ids(&self) -> impl DoubleEndedIterator<Item = ActorId> + use<> {
        (0..self.0.len()).map(ActorId)
    }

    /// The id that `text` has, of one of these.
    pub fn parse(&self, text: &str) -> Option<ActorId> {
        let n = text.parse().ok()?;
        (n < self.0.len()).then_some(ActorId(n))
    }
}

impl<'a> Index<ActorId> for Actors<'a> {
    type Output = Actor<'a>;

    fn index(&self, id: ActorId) -> &Actor<'a> {
        &self.0[id.0]
    }
}

impl<'a> IndexMut<ActorId> for Actors<'a> {
    fn index_mut(&mut self, id: ActorId) -> &mut Actor<'a> {
        &mut self.0[id.0]
    }
}

/// One actor connected to another.
pub struct Link {
    /// Who connects.
    pub connector: ActorId,
    /// Who binds.
    pub binder: ActorId,
    /// The tap between them, on a second look.
    pub tap: Option<Tap>,
}
