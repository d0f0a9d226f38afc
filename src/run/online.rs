//! The checks that run with every event: does a program answer what it was asked, by its own account
//! and by the account of those it talks to? What can't be settled from the journal alone names more
//! than one suspect; the wire settles it ([`super::witness`]).

use std::collections::HashMap;
use std::time::{Duration, Instant};

use super::failure::{ActorId, Cause, End, Failure, Step};
use super::journal::Kind;
use super::stage::{Ending, Stage};
use crate::digest::D;
use crate::role::Role;
use crate::role::shown::Shown;

/// What an actor has told and not yet followed up.
#[derive(Clone, Debug, Default)]
pub struct Open {
    /// A server's request, or a client's question (for `req` the pulled message).
    request: Option<D>,
}

/// How long the other side of a disagreement may take to tell its story.
const SETTLING: Duration = Duration::from_secs(1);

/// The right answer to `request` from a server of a client of `role`: rep answers with the SHA-1, the
/// broker's servers with the request itself.
pub fn answer_to(role: Role, request: &D) -> D {
    match role {
        Role::Rep | Role::C | Role::Req => D::of(request.sha1.as_bytes()),
        _ => request.clone(),
    }
}

/// Is it a role that receives requests and replies?
pub fn is_server(role: Role) -> bool {
    matches!(role, Role::Rep | Role::Mrep)
}

/// A message for a line of text.
pub fn show(data: &D) -> String {
    match data.bytes() {
        Some(bytes) if bytes.len() <= 80 => format!("'{}' ({} bytes)", Shown(&bytes), data.size),
        _ => format!("{} bytes with SHA-1 {}", data.size, data.sha1),
    }
}

/// Follows up the newest entry, which `id` said.
pub fn check(stage: &mut Stage, id: ActorId) -> Step {
    let entry = stage.journal.entries().last().expect("called for an entry").clone();
    let (kind, data) = (entry.event.kind, entry.event.data);
    let role = stage.actors[id].role;
    let name = stage.name(id);
    let contract =
        |what: &str| Err(Failure::new(Cause::Contract, [id], format!("{name} {what}")).into());
    if kind != Kind::Ready && stage.journal.count(id, Kind::Ready) == 0 {
        return contract("spoke before it said that it is ready");
    }
    match kind {
        Kind::Ready if stage.journal.count(id, Kind::Ready) > 1 => {
            contract("said twice that it is ready")
        }
        Kind::Ready => Ok(()),
        Kind::Received => match stage.actors[id].open.request.replace(data) {
            Some(dropped) => {
                let what = format!("{name} took a request and never replied to it");
                let mut failure = Failure::new(Cause::Timeout, [id], what);
                failure.got = Some(format!("the next request, after {}", show(&dropped)));
                Err(failure.into())
            }
            None => Ok(()),
        },
        Kind::Replied => match stage.actors[id].open.request.take() {
            None => contract("replied without a request"),
            Some(request) => {
                let right = answer_to(role, &request);
                match data == right {
                    true => Ok(()),
                    false => Err(wrong(stage, id, vec![id], &request, &right, &data).into()),
                }
            }
        },
        Kind::Sent | Kind::Pulled => {
            if role == Role::Push {
                return Ok(()); // The play knows what was pushed.
            }
            if let Some(odd) = malformed(role, &data, stage.is_probe(id)) {
                return contract(&format!("sent {}, which is not {odd}", show(&data)));
            }
            match stage.actors[id].open.request.replace(data) {
                Some(_) => contract("went on without an answer"),
                None => Ok(()),
            }
        }
        Kind::Resent => {
            if stage.actors[id].open.request.as_ref() != Some(&data) {
                return contract("sent something else than before when it sent again");
            }
            match stage.outage {
                true => Ok(()),
                false => Err(no_answer(stage, id).into()),
            }
        }
        Kind::Answered => match stage.actors[id].open.request.take() {
            None => contract("got an answer without a question"),
            Some(request) => {
                let right = answer_to(role, &request);
                if data == right {
                    return Ok(());
                }
                settle(stage, &data)?;
                let suspects = stage.path_of(id);
                Err(wrong(stage, id, suspects, &request, &right, &data).into())
            }
        },
    }
}

/// What the messages of a client look like, where `data` does not.
fn malformed(role: Role, data: &D, probe: bool) -> Option<&'static str> {
    if probe {
        return None;
    }
    let bytes = data.bytes().unwrap_or_default();
    match role {
        Role::C => {
            let text = String::from_utf8(bytes).unwrap_or_default();
            let form = "%a %b %e %H:%M:%S %Y";
            let parsed = jiff::civil::DateTime::strptime(form, &text);
            let same = parsed.is_ok_and(|date| date.strftime(form).to_string() == text);
            (!same).then_some("the date and time as ctime(3) writes it")
        }
        Role::Mreq => {
            let letters = bytes.iter().take(10).filter(|b| b"qwertyuiop".contains(b)).count();
            let pid = bytes.get(10..).and_then(|rest| rest.strip_prefix(b" (from client pid="));
            let pid = pid.and_then(|rest| rest.strip_suffix(b")"));
            let number = pid.is_some_and(|p| !p.is_empty() && p.iter().all(u8::is_ascii_digit));
            (letters != 10 || !number)
                .then_some("ten letters of 'qwertyuiop' and ' (from client pid=N)'")
        }
        _ => None,
    }
}

/// A wrong answer, with what is known of where it came from.
fn wrong(
    stage: &Stage,
    id: ActorId,
    suspects: Vec<ActorId>,
    request: &D,
    right: &D,
    got: &D,
) -> Failure {
    let verb = if is_server(stage.actors[id].role) { "replied" } else { "got" };
    let mut what = format!("{} {verb} a wrong answer to {}", stage.name(id), show(request));
    if let Some(origin) = resemblance(stage, id, request, right, got) {
        what += &format!(": {origin}");
    }
    Failure::new(Cause::WrongAnswer, suspects, what).compared(show(right), show(got))
}

/// What a wrong answer looks like, for whoever has to find the mistake.
fn resemblance(stage: &Stage, id: ActorId, request: &D, right: &D, got: &D) -> Option<String> {
    let role = stage.actors[id].role;
    if let (Some(right), Some(got)) = (right.bytes(), got.bytes()) {
        if got.eq_ignore_ascii_case(&right) {
            return Some("only the case of letters differs".into());
        }
        if got.trim_ascii() == right.trim_ascii() {
            return Some("only white space at the ends differs".into());
        }
        if right.starts_with(&got) && !got.is_empty() {
            return Some(format!("its first {} bytes are right, then it ends", got.len()));
        }
        if got.starts_with(&right) && !right.is_empty() {
            return Some(format!("{} bytes follow the right answer", got.len() - right.len()));
        }
    }
    if let Some(mut bytes) = request.bytes() {
        bytes.push(b'\n');
        if *got == answer_to(role, &D::of(&bytes)) {
            return Some("it is the answer to the data plus a newline".into());
        }
    }
    let asked = stage.journal.entries().iter().rev().filter(|e| {
        matches!(e.event.kind, Kind::Sent | Kind::Pulled | Kind::Received)
            && e.event.data != *request
    });
    for entry in asked {
        if answer_to(role, &entry.event.data) == *got {
            let whose = match entry.actor == id {
                true => "an earlier message".to_owned(),
                false => format!("a message of {}", stage.name(entry.actor)),
            };
            return Some(format!("it is the answer to {whose}"));
        }
    }
    None
}

/// Before blaming anybody for a wrong answer `got`: let the servers finish what they are telling, since
/// their account of the same exchange may come a moment later (and may end the play first, with
/// certainty).
fn settle(stage: &mut Stage, got: &D) -> Step {
    let got = got.clone();
    let by = Instant::now() + SETTLING;
    stage.pump_until(by, |stage| {
        let replied = |id: &ActorId| stage.journal.data(*id, Kind::Replied).any(|d| *d == got);
        (0..stage.actors.len()).any(|id| replied(&id))
    })?;
    Ok(())
}

/// Client `id` waited in vain although nothing was taken away.
fn no_answer(stage: &Stage, id: ActorId) -> Failure {
    let request = stage.actors[id].open.request.clone().unwrap_or_else(|| D::of(b""));
    let what = format!("{} waited a second in vain for an answer", stage.name(id));
    let holding = |server: &ActorId| stage.actors[*server].open.request.as_ref() == Some(&request);
    let servers: Vec<_> = stage.servers().filter(holding).collect();
    let suspects = match servers.len() {
        1 => servers,
        _ => stage.path_of(id),
    };
    let mut failure = Failure::new(Cause::Timeout, suspects, what);
    failure.expected = Some(format!("the answer to {}", show(&request)));
    failure
}

/// The play waited in vain for `ids`: who holds it up?
pub fn who_owes(stage: &Stage, ids: &[ActorId]) -> Failure {
    let Some(id) = ids.iter().copied().find(|id| !stage.actors[*id].gone()) else {
        return Failure::new(Cause::Timeout, ids, "the cell did not come to an end");
    };
    let name = stage.name(id);
    if stage.actors[id].open.request.is_some() && !is_server(stage.actors[id].role) {
        return no_answer(stage, id);
    }
    match stage.actors[id].ending {
        Ending::Killed => Failure::new(Cause::Timeout, [id], format!("{name} outlived SIGKILL")),
        Ending::Stopped => {
            Failure::new(Cause::Contract, [id], format!("{name} did not stop on SIGTERM"))
        }
        Ending::Done(n) if stage.exchanges(id) >= n => {
            let what = format!("{name} had its {n} exchanges and did not exit");
            Failure::new(Cause::Contract, [id], what)
        }
        _ => Failure::new(Cause::Timeout, [id], format!("{name} went on no more")),
    }
}

/// Compares both ends: what clients say they got must be what servers say they replied, and what
/// servers say they received must be what clients say they sent. To be called when all clients are
/// done or stopped. The last lines of either may still be on their way, so a disagreement has to last.
pub fn compare(stage: &mut Stage) -> Step {
    let by = Instant::now() + SETTLING;
    match stage.pump_until(by, |stage| disagreement(stage).is_none())? {
        true => Ok(()),
        false => {
            Err(disagreement(stage)
                .map_or_else(|| End::Broken("no disagreement".into()), End::from))
        }
    }
}

fn disagreement(stage: &Stage) -> Option<Failure> {
    let clients: Vec<ActorId> = stage.clients().collect();
    let mut asked: HashMap<&D, usize> = HashMap::new();
    for &client in &clients {
        for kind in [Kind::Sent, Kind::Resent, Kind::Pulled] {
            stage.journal.data(client, kind).for_each(|d| *asked.entry(d).or_default() += 1);
        }
    }
    // A client that was stopped may have sent a message and not told it any more.
    let stopped = |id: &&ActorId| stage.actors[**id].ending == Ending::Stopped;
    let mut untold = clients.iter().filter(stopped).count();
    let mut replied: HashMap<D, usize> = HashMap::new();
    for server in stage.servers() {
        for request in stage.journal.data(server, Kind::Received) {
            match asked.get_mut(request) {
                Some(n) if *n > 0 => *n -= 1,
                Some(_) if stage.outage => {}
                _ if untold > 0 => untold -= 1,
                _ => {
                    let name = stage.name(server);
                    let what = format!("{name} says it received what no client says to have sent");
                    let mut suspects: Vec<_> =
                        clients.iter().flat_map(|c| stage.path_of(*c)).collect();
                    suspects.sort_unstable();
                    suspects.dedup();
                    let failure = Failure::new(Cause::WrongAnswer, suspects, what);
                    return Some(failure.compared("a message of a client", show(request)));
                }
            }
        }
        // A server that was killed is believed to have replied to what it had received.
        let role = stage.actors[server].role;
        let killed = stage.actors[server].ending == Ending::Killed;
        let open = stage.actors[server].open.request.iter().filter(|_| killed);
        let open = open.map(|request| answer_to(role, request));
        let told = stage.journal.data(server, Kind::Replied).cloned();
        told.chain(open).for_each(|d| *replied.entry(d).or_default() += 1);
    }
    for &client in &clients {
        for answer in stage.journal.data(client, Kind::Answered) {
            match replied.get_mut(answer) {
                Some(n) if *n > 0 => *n -= 1,
                _ => {
                    let name = stage.name(client);
                    let what = format!("{name} got an answer that no server says to have sent");
                    let mut failure = Failure::new(Cause::Contract, stage.path_of(client), what);
                    failure.got = Some(show(answer));
                    return Some(failure);
                }
            }
        }
    }
    None
}
