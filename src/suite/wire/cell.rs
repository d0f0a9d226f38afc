//! A case of the raw peer before the socket of one peer.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use super::case::{Case, Play as What};
use super::exam::Exam;
use super::failure::{Step, broken};
use super::grade::Grade;
use super::holder::OfAgent;
use crate::outcome::{self, Measurements, Program, Suspect};
use crate::peer::Peer;
use crate::peer::agent::{ANSWER_TIMEOUT, Hello};
use crate::peer::discovery::{Found, missing};
use crate::suite::play::{Place, Planned, Play, Played, Suite, Unable, guarded};
use crate::suite::pool::Pool;
use crate::suite::setting::Setting;

/// The suite.
pub static SUITE: Suite = Suite {
    name: "wire",
    about: "The raw peer before one socket: rules of ZMTP that no library would break",
    // Most wait for a socket that does nothing.
    cells_per_processor: 10,
    // An agent with five pipes, and the connections of mal-half-open.
    files_per_cell: 520,
    shuffled: true,
};

/// See the module.
pub struct WireCell {
    case: &'static Case,
    peer: Arc<Peer>,
    pool: Arc<Pool>,
}

/// The cells of `case`: one for each peer with an agent.
pub fn cells(case: &'static Case, found: &[Found], pool: &Arc<Pool>) -> Vec<Arc<WireCell>> {
    let able = found.iter().map(|f| &f.peer).filter(|peer| !peer.agent.is_empty());
    let cell = |peer: &Peer| WireCell { case, peer: Arc::new(peer.clone()), pool: pool.clone() };
    able.map(cell).map(Arc::new).collect()
}

impl WireCell {
    /// Is it this peer's?
    pub fn has(&self, peer: &str) -> bool {
        self.peer.name == peer
    }

    /// As part of a plan: it can't be played with a peer that is not here, or that lacks the socket type.
    pub fn planned(self: Arc<Self>, found: &[Found], hellos: &HashMap<String, Hello>) -> Planned {
        let absent = missing(found, &self.peer.name).map(Unable::Skipped);
        // A far peer may be reached from elsewhere only.
        let far = || {
            let far = self.peer.is_far() || self.peer.host.is_some();
            far.then(|| {
                Unable::Skipped(format!(
                    "{} is elsewhere, and the raw peer is here",
                    self.peer.name
                ))
            })
        };
        let lacks = || {
            let (hello, kind, name) =
                (hellos.get(&self.peer.name)?, self.case.subject, &self.peer.name);
            let old = self.case.new_in_3_1 && !hello.zmtp.iter().any(|version| version == "3.1");
            let why = match hello.socket_types.iter().any(|known| known == kind) {
                false => format!("{name} has no {kind}"),
                true if old => format!("{name} does not speak ZMTP 3.1"),
                true => return None,
            };
            Some(Unable::Unsupported(why))
        };
        let blind = || {
            let seen = !matches!(self.case.play, What::Announced(_))
                || Path::new("/proc/self/status").exists();
            (!seen).then(|| Unable::Skipped("no /proc here, where memory is seen".into()))
        };
        let unable = absent.or_else(far).or_else(blind).or_else(lacks);
        Planned { cell: self, unable }
    }

    /// Plays it with an agent, which goes back where it is of use still.
    fn examine(&self, setting: &Setting, told: &mut Told) -> Step<Option<Grade>> {
        let agent = self.pool.take(&self.peer).map_err(|error| broken(&error))?;
        let mut holder = OfAgent::new(agent, &setting.reach.host, setting.machine.clone());
        let (subject, comes_as) = (self.case.subject, self.case.comes_as);
        let mut exam = Exam::new(&mut holder, subject, comes_as, setting.machine.clone());
        let mut grade = None;
        let end = guarded(|| {
            grade = self.case.play(&mut exam)?;
            Ok(())
        });
        told.evidence = exam.evidence();
        let mut agent = holder.agent;
        let stderr = agent.last_errors();
        if end.is_err() && !stderr.is_empty() {
            let name = format!("{} agent", self.peer.name);
            let status = format!("pid {}", agent.pid());
            told.programs.push(Program {
                name,
                peer: self.peer.name.clone(),
                command: vec![],
                status,
                stderr,
            });
        }
        let mut usable = false;
        if !agent.is_useless() {
            let id = agent.post(&serde_json::json!({"op": "reset"}));
            usable = matches!(agent.answer(id, ANSWER_TIMEOUT), Ok(Ok(_)));
        }
        // Who took gigabytes may not have given them back.
        if usable && !matches!(self.case.play, What::Announced(_)) {
            self.pool.give(agent, &self.id());
        }
        end.map(|()| grade)
    }
}

/// What a report shows of a play.
#[derive(Default)]
struct Told {
    evidence: Vec<String>,
    programs: Vec<Program>,
}

impl Play for WireCell {
    fn suite(&self) -> &'static Suite {
        &SUITE
    }

    /// `hs-padding/python`.
    fn id(&self) -> String {
        format!("{}/{}", self.case.name, self.peer.name)
    }

    fn group(&self) -> &'static str {
        SUITE.name
    }

    fn requirement(&self) -> String {
        format!("{} ({})", self.case.requirement, self.case.source)
    }

    fn places(&self) -> Vec<Place> {
        vec![Place { label: "A", peers: vec![self.peer.name.clone()] }]
    }

    fn links(&self) -> Vec<[String; 2]> {
        vec![]
    }

    fn attempts(&self) -> u32 {
        3
    }

    fn looks_closer(&self) -> bool {
        false
    }

    fn is_warm(&self) -> bool {
        self.pool.has(std::slice::from_ref(&self.peer))
    }

    fn play(&self, _: u32, setting: &Setting) -> Played {
        let mut told = Told::default();
        let end = self.examine(setting, &mut told);
        let grade = end.as_ref().ok().copied().flatten();
        let lenient = self.case.is_lenient(grade);
        let measurements = Measurements {
            grade: grade.map(|grade| grade.to_string()),
            lenient,
            ..Measurements::default()
        };
        let suspect = |()| {
            let peer = self.peer.name.clone();
            Suspect { name: format!("{peer} agent"), peer }
        };
        let end = end.map(drop).map_err(|mut end| {
            if let outcome::End::Failed(failure) = &mut end {
                failure.evidence.append(&mut told.evidence);
            }
            end.named(suspect)
        });
        Played { end, programs: told.programs, measurements }
    }
}
