//! The programs on a stage: what is to be started, what was started, and who is connected to whom.

use std::path::PathBuf;
use std::process::ExitStatus;
use std::time::Instant;

use super::failure::ActorId;
use super::online;
use crate::peer::Peer;
use crate::peer::process::Child;
use crate::role::Role;
use crate::zmtp::tap::Tap;

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

/// A program to start.
#[derive(Clone, Debug)]
pub struct Cast<'a> {
    pub(super) role: Role,
    pub(super) peer: &'a Peer,
    pub(super) arguments: Vec<Arg>,
    pub(super) count: Option<usize>,
    pub(super) interval_ms: Option<u32>,
    pub(super) stdin: Option<PathBuf>,
    pub(super) env: Vec<(String, String)>,
}

impl<'a> Cast<'a> {
    /// A program of `peer` for `role`.
    pub fn new(role: Role, peer: &'a Peer, arguments: impl Into<Vec<Arg>>) -> Cast<'a> {
        let arguments = arguments.into();
        Cast { role, peer, arguments, count: None, interval_ms: None, stdin: None, env: vec![] }
    }

    /// It is to exit after `count` exchanges (INTEROP_COUNT).
    pub fn count(self, count: usize) -> Self {
        Cast { count: Some(count), ..self }
    }

    /// The pause between its messages (INTEROP_INTERVAL_MS).
    pub fn interval(self, ms: u32) -> Self {
        Cast { interval_ms: Some(ms), ..self }
    }

    /// Its standard input.
    pub fn stdin(self, file: PathBuf) -> Self {
        Cast { stdin: Some(file), ..self }
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
    /// Why it may end.
    pub ending: Ending,
    /// What it has told and not yet followed up, for the checks of [`online`].
    pub(super) open: online::Open,
    pub(super) child: Child,
    pub(super) output_closed: bool,
    pub(super) held_since: Option<Instant>,
}

impl Actor<'_> {
    /// Did it end, and was all that it printed read?
    pub fn gone(&self) -> bool {
        self.status.is_some() && self.output_closed
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
