//! What balance, failover, blackout and broker restart have in common: many mreq of all languages, one
//! msgqueue, several mrep of all languages, and how their load is counted.

use std::collections::HashSet;
use std::time::Duration;

use super::judge::online::who_owes;
use super::probe;
use super::stage::Stage;
use super::stage::actor::{Arg, Start};
use super::stage::journal::Kind;
use super::stage::step::{ActorId, Cause, Failure, Step};
use super::topology::Cast;
use crate::role::Role;

/// Pause of the clients whose servers are killed, in ms.
const INTERVAL: u32 = 10;

/// How long clients ask many times: most have asked five hundred times by then.
const A_WHILE: Duration = Duration::from_secs(2);

/// And how long where every link is recorded, which takes its time: what was seen once is looked for again.
const LOOKED_AT: Duration = Duration::from_secs(10);

/// Starts the harness's own client, which asks the first endpoint of `server` as a client of `role`.
pub fn start_probe(
    stage: &mut Stage,
    role: Role,
    server: ActorId,
    count: Option<usize>,
) -> Step<ActorId> {
    let seed = stage.setting.seed.to_string();
    let client = Start::new(role, &probe::PEER, [Arg::To(server, 0)]).interval(0);
    let client = client.env(probe::SEED, seed);
    stage.start(match count {
        Some(count) => client.count(count),
        None => client,
    })
}

/// The broker and who is connected to it.
pub struct BrokerSystem {
    pub queue: ActorId,
    pub servers: Vec<ActorId>,
    pub clients: Vec<ActorId>,
}

impl BrokerSystem {
    /// Starts the broker (on `endpoints`, or any) and a server of each language.
    pub fn start<'a>(
        stage: &mut Stage<'a>,
        cast: &Cast<'a>,
        endpoints: [Arg; 2],
    ) -> Step<BrokerSystem> {
        let queue = stage.start_ready(Start::new(Role::Msgqueue, cast.one(1)?, endpoints))?;
        let mut system = BrokerSystem { queue, servers: vec![], clients: vec![] };
        system.add_servers(stage, cast, cast.all(Role::Mrep).len())?;
        Ok(system)
    }

    /// Starts `n` more servers, the languages in turn, and waits until each has got a request: that it
    /// is connected is only proved by that. The requests come from the harness's own client.
    pub fn add_servers<'a>(&mut self, stage: &mut Stage<'a>, cast: &Cast<'a>, n: usize) -> Step {
        if n == 0 {
            return Ok(());
        }
        let peers = cast.all(Role::Mrep);
        let first = self.servers.len() + cast.turn;
        let mut new = vec![];
        for i in 0..n {
            let peer = peers[(first + i) % peers.len()];
            new.push(stage.start(Start::new(Role::Mrep, peer, [Arg::To(self.queue, 1)]))?);
        }
        stage.ready(&new)?;
        let probe = start_probe(stage, Role::Mreq, self.queue, None)?;
        await_requests(stage, &new)?;
        stage.dismiss(&[probe])?;
        self.servers.extend(new);
        Ok(())
    }

    /// Starts `each` clients of each language, which stop after `count` exchanges.
    pub fn add_clients<'a>(
        &mut self,
        stage: &mut Stage<'a>,
        cast: &Cast<'a>,
        each: usize,
        count: Option<usize>,
    ) -> Step<Vec<ActorId>> {
        let peers = cast.all(Role::Mreq);
        let mut new = vec![];
        for peer in peers.iter().cycle().take(each * peers.len()) {
            let client = Start::new(Role::Mreq, peer, [Arg::To(self.queue, 0)]);
            new.push(stage.start(match count {
                Some(count) => client.count(count).interval(0),
                None => client.interval(INTERVAL),
            })?);
        }
        stage.ready(&new)?;
        self.clients.extend(&new);
        Ok(new)
    }

    /// Waits until each client has had `more` answers from now on.
    pub fn served(&self, stage: &mut Stage, more: usize) -> Step {
        self.each_says(stage, Kind::Answered, more)
    }

    /// Waits until each client has waited in vain at least once from now on: it pauses.
    pub fn paused(&self, stage: &mut Stage) -> Step {
        self.each_says(stage, Kind::Resent, 1)
    }

    fn each_says(&self, stage: &mut Stage, kind: Kind, more: usize) -> Step {
        let count = |stage: &Stage, id: &ActorId| stage.journal.count(*id, kind);
        let goal: Vec<_> = self.clients.iter().map(|id| (*id, count(stage, id) + more)).collect();
        stage.wait(
            |stage| goal.iter().map(|(id, n)| n.saturating_sub(count(stage, id))).sum(),
            |stage| {
                let behind = goal.iter().find(|(id, n)| count(stage, id) < *n);
                who_owes(stage, &behind.map(|(id, _)| *id).into_iter().collect::<Vec<_>>())
            },
        )
    }

    /// Is the load since journal entry `from` shared? Each of `servers` must have between half and
    /// double its even share of what the clients asked since then: what was asked before may be told late.
    pub fn shared(&self, stage: &Stage, from: usize, servers: &[ActorId]) -> Step {
        let since = &stage.journal.entries()[from..];
        let of = |kind| since.iter().filter(move |e| e.event.kind == kind);
        let asked: HashSet<_> = of(Kind::Sent).map(|e| &e.event.data).collect();
        let load = |id: &ActorId| {
            let served = of(Kind::Received).filter(|e| e.actor == *id);
            served.filter(|e| asked.contains(&e.event.data)).count()
        };
        let loads: Vec<_> = servers.iter().map(load).collect();
        let even = loads.iter().sum::<usize>() as f64 / servers.len() as f64;
        let fair = |load: &usize| *load as f64 >= even / 2.0 && *load as f64 <= even * 2.0;
        if loads.iter().all(fair) {
            return Ok(());
        }
        let list: Vec<_> =
            servers.iter().zip(&loads).map(|(id, n)| format!("{} {n}", stage.name(*id))).collect();
        let what = format!("{} does not share the load", stage.name(self.queue));
        let failure = Failure::new(Cause::WrongAnswer, [self.queue], what);
        let expected = format!("between {:.0} and {:.0} requests each", even / 2.0, even * 2.0);
        Err(failure.compared(expected, list.join(", ")).into())
    }

    /// Stops the clients, so that both ends can be compared.
    pub fn dismiss_clients(&self, stage: &mut Stage) -> Step {
        stage.dismiss(&self.clients)
    }
}

/// Starts `clients` and lets them ask many times, as far as they come in a while: a mistake may be rare. Then they are
/// stopped.
pub fn ask_many<'a>(stage: &mut Stage<'a>, clients: impl IntoIterator<Item = Start<'a>>) -> Step {
    let many = |client: Start<'a>| client.count(probe::MESSAGES).interval(0);
    let clients = clients.into_iter().map(|client| stage.start(many(client)));
    let clients = &clients.collect::<Step<Vec<_>>>()?;
    stage.ready(clients)?;
    let done = |stage: &Stage| clients.iter().all(|id| stage.actors[*id].gone());
    let time = if stage.tapped { LOOKED_AT } else { A_WHILE };
    stage.pump_within(time, done)?;
    stage.dismiss(clients)
}

/// Waits until each of `servers` has got a request more.
pub fn await_requests(stage: &mut Stage, servers: &[ActorId]) -> Step {
    let count = |stage: &Stage, id: &ActorId| stage.journal.count(*id, Kind::Received);
    let before: Vec<_> = servers.iter().map(|id| (*id, count(stage, id))).collect();
    stage.wait(
        |stage| before.iter().filter(|(id, n)| count(stage, id) <= *n).count(),
        |stage| {
            let behind = before.iter().find(|(id, n)| count(stage, id) <= *n);
            let Some((idle, _)) = behind else { return who_owes(stage, servers) };
            let broker = stage.links.iter().find(|l| l.connector == *idle).map(|l| l.binder);
            let what = format!("{} gets no request while others do", stage.name(*idle));
            let suspects: Vec<_> = broker.into_iter().chain([*idle]).collect();
            Failure::new(Cause::Timeout, suspects, what)
        },
    )
}
