//! A server of which nothing is known but where it listens: what it says it is.

use std::io;
use std::time::{Duration, Instant};

use super::dialogue::{PARTNERS, command, ready};
use crate::zmtp::conversation::Item;
use crate::zmtp::endpoint::Endpoint;
use crate::zmtp::greeting::{Greeting, encode_v3};
use crate::zmtp::raw::Raw;

/// How long a server may take to answer.
const ANSWERS: Duration = Duration::from_secs(2);

/// See the module.
#[derive(Debug)]
pub struct Server {
    /// Its greeting.
    pub greeting: Greeting,
    /// Its socket type, and as what the raw peer comes, where it said READY.
    pub types: Option<(&'static str, &'static str)>,
    /// Does it answer a PING?
    pub answers: bool,
}

/// Who is at an endpoint.
#[derive(Debug, thiserror::Error)]
pub enum Unknown {
    #[error("nobody can be connected to at {0}: {1}")]
    Nobody(Endpoint, io::Error),
    #[error("who listens at {0} does not say a greeting of ZMTP within 2 s")]
    Silent(Endpoint),
    #[error("who listens at {0} speaks another protocol than ZMTP: {1}")]
    Other(Endpoint, String),
}

impl Server {
    /// Asks who listens there.
    pub fn at(endpoint: &Endpoint) -> Result<Server, Unknown> {
        let nobody = |error| Unknown::Nobody(endpoint.clone(), error);
        let mut types = None;
        let mut found = None;
        // Who does not go with it is told nothing by some.
        for comes_as in ["DEALER", "REP", "SUB", "PUB", "PUSH", "PULL", "PAIR"] {
            let mut raw = Raw::connect(endpoint, ANSWERS).map_err(nobody)?;
            raw.say(&encode_v3(3, 1, "NULL", false));
            if !raw.hear(Instant::now() + ANSWERS, |raw| raw.greeting().is_some()) {
                return Err(match raw.said().find_map(violation) {
                    Some(what) => Unknown::Other(endpoint.clone(), what),
                    None => Unknown::Silent(endpoint.clone()),
                });
            }
            found = raw.greeting().cloned();
            if found.as_ref().and_then(|found| found.mechanism.as_deref()) != Some("NULL") {
                break;
            }
            raw.say(&ready(comes_as));
            raw.hear(Instant::now() + ANSWERS, |raw| {
                raw.said().any(|item| item.socket_type().is_some())
            });
            let kind = raw.said().find_map(Item::socket_type);
            let row = kind.and_then(|kind| PARTNERS.iter().find(|(subject, ..)| *subject == kind));
            if let Some((subject, comes_as, _)) = row {
                types = Some((*subject, *comes_as));
                break;
            }
        }
        let greeting = found.ok_or_else(|| Unknown::Silent(endpoint.clone()))?;
        let answers = match types {
            Some((_, comes_as)) => answers(endpoint, comes_as).map_err(nobody)?,
            None => false,
        };
        Ok(Server { greeting, types, answers })
    }
}

fn violation(item: &Item) -> Option<String> {
    match item {
        Item::Violation(violation) => Some(violation.what.clone()),
        _ => None,
    }
}

fn answers(endpoint: &Endpoint, comes_as: &str) -> io::Result<bool> {
    let mut raw = Raw::connect(endpoint, ANSWERS)?;
    raw.say(&encode_v3(3, 1, "NULL", false));
    raw.hear(Instant::now() + ANSWERS, |raw| raw.greeting().is_some());
    raw.say(&ready(comes_as));
    raw.hear(Instant::now() + ANSWERS, |raw| raw.has_said("READY"));
    raw.say(&command("PING", b"\0\0who?"));
    Ok(raw.hear(Instant::now() + ANSWERS / 4, |raw| raw.has_said("PONG")))
}
