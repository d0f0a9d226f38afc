//! Both ends of a cell compared: what clients say they got must be what servers say they replied, and
//! what servers say they received must be what clients say they sent.

use std::collections::HashMap;

use super::answer::answer_to;
use crate::digest::D;
use crate::suite::scenario::stage::Stage;
use crate::suite::scenario::stage::actor::Ending;
use crate::suite::scenario::stage::journal::Kind;
use crate::suite::scenario::stage::step::{ActorId, Cause, Failure};

/// Where the two ends tell different stories.
pub fn disagreement(stage: &Stage) -> Option<Failure> {
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
                    return Some(failure.compared("a message of a client", request.described()));
                }
            }
        }
        // A server that was killed is believed to have replied to what it had received.
        let role = stage.actors[server].role;
        let killed = stage.actors[server].ending == Ending::Killed;
        let open = stage.actors[server].open.iter().filter(|_| killed);
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
                    failure.got = Some(answer.described());
                    return Some(failure);
                }
            }
        }
    }
    None
}
