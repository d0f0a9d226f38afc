//! Who tries whether one reaches another: an agent, or a program of a role where the peer has no agent. REQ asks REP.

use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};

use crate::peer::Peer;
use crate::peer::agent::{Agent, answer_timeout};
use crate::peer::orphans;
use crate::peer::output::EVENTS;
use crate::peer::process::{Child, Said, Stdin, Stdout};
use crate::role::Role;

/// How long it is waited until a program is ready. Of one that is not nothing is known.
const STARTING: Duration = Duration::from_secs(15);

/// Where a socket is connected that is of no interest: discard, where nobody listens.
const NOWHERE: &str = "tcp://127.0.0.1:9";

/// A running one. In what follows `None` is for one that is of no use, about which nothing is said here.
pub enum Party {
    Agent(Agent),
    Program { role: Role, child: Child, said: Receiver<Said>, ended: bool },
}

impl Party {
    /// Starts what listens on `host`, its agent or a program of `role`, and tells where; or why it can't.
    pub fn listen(
        peer: &Peer,
        role: Option<Role>,
        host: &str,
    ) -> Option<Result<(Party, String), String>> {
        let any = format!("tcp://{host}:*");
        if let Some(role) = role {
            let mut party = Party::start(peer, role, &any, NOWHERE)?;
            let endpoint = match party.event("ready", STARTING) {
                Some(ready) => Ok(ready["endpoints"][0].as_str()?.to_owned()),
                None => Err(party.refused(&any)?),
            };
            return Some(endpoint.map(|endpoint| (party, endpoint)));
        }
        let mut agent = agent(peer, "REP")?;
        Some(match ask(&mut agent, "bind", json!({"endpoint": any}))? {
            Ok(fields) => {
                let endpoint = fields.get("endpoint")?.as_str()?.to_owned();
                Ok((Party::Agent(agent), endpoint))
            }
            Err(why) => Err(why),
        })
    }

    /// Starts what connects to `endpoint` and asks there, its agent for `timeout`, or a program of `role` on and on.
    pub fn send(
        peer: &Peer,
        role: Option<Role>,
        endpoint: &str,
        timeout: Duration,
    ) -> Option<Party> {
        if let Some(role) = role {
            let mut party = Party::start(peer, role, NOWHERE, endpoint)?;
            party.event("ready", STARTING)?;
            return Some(party);
        }
        let mut agent = agent(peer, "REQ")?;
        // It may fail because nobody is there.
        let _ = ask(&mut agent, "connect", json!({"endpoint": endpoint}))?;
        // Nobody is out of reach because the sockets of one type are wrong.
        for kind in ["PUSH", "DEALER"] {
            let more = |op: &str, fields: Value| {
                let mut request = with(op, fields);
                request["socket"] = kind.into();
                request
            };
            agent.post(&more("socket", json!({"type": kind, "options": {}})));
            agent.post(&more("connect", json!({"endpoint": endpoint})));
        }
        let ms = timeout.as_millis() as u64;
        agent.post(&with("send", json!({"frames": [{"hex": "00"}], "timeout_ms": ms})));
        agent.flush(timeout).ok()?;
        Some(Party::Agent(agent))
    }

    /// Does it get anything within `timeout`?
    pub fn hears(&mut self, timeout: Duration) -> Option<bool> {
        match self {
            Party::Agent(agent) => {
                let ms = timeout.as_millis() as u64;
                Some(ask(agent, "recv", json!({"timeout_ms": ms}))?.is_ok())
            }
            Party::Program { role: Role::Rep, .. } => {
                Some(self.event("received", timeout).is_some())
            }
            // It does not tell.
            Party::Program { .. } => None,
        }
    }

    fn start(peer: &Peer, role: Role, binds: &str, connects: &str) -> Option<Party> {
        let at = |binding: bool| if binding { binds } else { connects };
        let endpoints = role.parameters().iter().map(|parameter| at(parameter.binds).to_owned());
        let env = vec![("INTEROP_EVENTS".into(), "1".into()), (orphans::MARK.into(), mark())];
        let (endpoints, command) = (endpoints.collect::<Vec<_>>(), peer.commands.get(&role)?);
        let command = peer.starts(command, &endpoints, env, Stdin::Nothing, Stdout::Told(EVENTS));
        let (tell, said) = mpsc::sync_channel(64);
        let child = Child::spawn(command, move |word| tell.send(word).is_ok()).ok()?;
        Some(Party::Program { role, child, said, ended: false })
    }

    /// Why it ended, where that is the endpoint, which the contract wants it to name.
    fn refused(&mut self, endpoint: &str) -> Option<String> {
        let Party::Program { child, ended: true, .. } = self else { return None };
        let said = child.last_errors(1).pop()?;
        said.contains(endpoint).then_some(said)
    }

    /// The first such event, within `timeout`.
    fn event(&mut self, name: &str, timeout: Duration) -> Option<Value> {
        let Party::Program { said, ended, .. } = self else { return None };
        let deadline = Instant::now() + timeout;
        while !*ended {
            match said.recv_timeout(deadline.saturating_duration_since(Instant::now())).ok()? {
                Said::Line(line) => match serde_json::from_slice::<Value>(&line) {
                    Ok(event) if event["event"] == name => return Some(event),
                    _ => {}
                },
                Said::Exited => *ended = true,
                Said::TooMuch(_) | Said::Closed => {}
            }
        }
        None
    }
}

fn mark() -> String {
    format!("{}.reach.", std::process::id())
}

/// An agent with one socket.
fn agent(peer: &Peer, kind: &str) -> Option<Agent> {
    let mut agent = Agent::start(peer, &mark()).ok()?;
    agent.hello().ok()?;
    ask(&mut agent, "socket", json!({"type": kind, "options": {}}))?.ok()?;
    Some(agent)
}

/// What comes of `op`, or why it was refused.
fn ask(agent: &mut Agent, op: &str, fields: Value) -> Option<Result<Map<String, Value>, String>> {
    let request = with(op, fields);
    let id = agent.post(&request);
    let answer = agent.answer(id, answer_timeout(&request)).ok()?;
    Some(answer.map_err(|refusal| refusal.to_string()))
}

/// `fields` as a request to do `op` with the only socket.
fn with(op: &str, mut fields: Value) -> Value {
    fields["op"] = op.into();
    fields["socket"] = "reach".into();
    fields
}
