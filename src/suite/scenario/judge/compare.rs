//! Both ends of a cell compared: what clients say they got must be what servers say they replied, and
//! what servers say they received must be what clients say they sent.

use std::collections::HashMap;

use super::answer::answer_to;
use crate::digest::D;
use crate::suite::scenario::stage::Stage;
use crate::suite::scenario::stage::actor::Ending;
use crate::suite::scenario::stage::journal::Kind;
use crate::suite::scenario::stage::step::{ActorId, Cause, Failure};

/// From this size on, in bytes, a message takes its time to pass.
const LARGE: u64 = 1 << 20;

/// Where the two ends tell different stories.
pub fn disagreement(stage: &Stage) -> Option<Failure> {
    let clients: Vec<ActorId> = stage.clients().collect();
    let mut asked: HashMap<&D, usize> = HashMap::new();
    for &client in &clients {
        for kind in [Kind::Sent, Kind::Resent, Kind::Pulled] {
            stage.journal.data(client, kind).for_each(|d| *asked.entry(d).or_default() += 1);
        }
    }
    // A client that was stopped may have sent one message and not told it any more.
    let stopped = |id: &&ActorId| stage.actors[**id].ending == Ending::Stopped;
    let mut untold: Vec<ActorId> = clients.iter().filter(stopped).copied().collect();
    let mut replied: HashMap<D, usize> = HashMap::new();
    for server in stage.servers() {
        for entry in stage.journal.of(server, Kind::Received) {
            let request = &entry.event.data;
            let is_new = match asked.get_mut(request) {
                Some(n) if *n > 0 => {
                    *n -= 1;
                    continue;
                }
                Some(_) if stage.outage.excuses(entry.at) => continue,
                Some(_) => false,
                None => true,
            };
            match untold.iter().position(|id| is_new || may_repeat(stage, *id, request)) {
                Some(at) => drop(untold.swap_remove(at)),
                None => {
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
        // Who asks again has his answer, and somebody may have thrown the first question away. Of large ones
        // something may still have been on its way when the client was done with it.
        let lost = stage.journal.of(client, Kind::Resent).find(|e| {
            let again = &e.event.data;
            let open = stage.actors[client].open.as_ref() == Some(again);
            let is_lost = again.size < LARGE && asked.get(again).is_some_and(|n| *n > 0);
            is_lost && !open && !stage.outage.excuses(e.at)
        });
        if let Some(lost) = lost {
            let name = stage.name(client);
            let what = format!("{name} asked more than once, and not all of it came to a server");
            let failure = Failure::new(Cause::Timeout, stage.path_of(client), what);
            return Some(failure.compared(lost.event.data.described(), "fewer requests"));
        }
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

/// May this client send `request`, which it has sent before, once more? The harness's own client has few
/// messages and begins again; the others repeat a question only until they have its answer.
fn may_repeat(stage: &Stage, id: ActorId, request: &D) -> bool {
    match stage.is_probe(id) {
        true => stage.journal.data(id, Kind::Sent).any(|sent| sent == request),
        false => stage.actors[id].open.as_ref() == Some(request),
    }
}
