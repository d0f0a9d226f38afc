//! Who reaches whom. A peer behind a launcher may be on another host, where an address of this one means nothing, so its
//! programs try it before the first cell.

mod party;

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::net::{TcpListener, TcpStream, ToSocketAddrs as _};
use std::sync::Arc;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use crate::peer::Peer;
use crate::peer::discovery::Found;
use party::Party;

/// How long a connection may take that comes.
const ARRIVES: Duration = Duration::from_secs(5);

/// Where programs run: the words that lead there, none for here.
type Site = Vec<String>;

/// From the programs of one site to an address of another one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Way {
    from: Site,
    to: Site,
    host: String,
}

/// The ways that lead nowhere, and why; see the module.
#[derive(Clone, Debug, Default)]
pub struct Reach {
    host: String,
    lost: Arc<BTreeMap<Way, String>>,
}

impl Reach {
    /// Tries the ways between those of `found` who are here, us among them. `host` is where programs bind that don't
    /// say it themselves.
    pub fn find(found: &[Found], host: &str) -> Reach {
        let us = Peer::here("the harness");
        let here = found.iter().filter(|found| found.state.is_ok()).map(|found| &found.peer);
        let all: Vec<&Peer> = here.chain([&us]).collect();
        let reach = Reach { host: host.to_owned(), lost: Arc::default() };
        let mut ways = BTreeMap::new();
        // Those of an agent go before programs of roles, of which not each can try each way.
        let agents = |(from, to): (&Peer, &Peer)| {
            usize::from(!from.agent.is_empty()) + usize::from(!to.agent.is_empty())
        };
        for pair in all.iter().flat_map(|from| all.iter().map(move |to| (*from, *to))) {
            let tried = ways.entry(reach.way(pair.0, pair.1)).or_insert(pair);
            if agents(pair) > agents(*tried) {
                *tried = pair;
            }
        }
        let lost = thread::scope(|scope| {
            let trials: Vec<_> = ways
                .into_iter()
                .map(|(way, (from, to))| {
                    let host = way.host.clone();
                    (way, scope.spawn(move || fails(from, to, &host)))
                })
                .collect();
            let lost = trials.into_iter().filter_map(|(way, trial)| {
                let why = trial.join().expect("a trial does not panic")?;
                Some((way, why))
            });
            lost.collect()
        });
        Reach { lost: Arc::new(lost), ..reach }
    }

    fn way(&self, from: &Peer, to: &Peer) -> Way {
        let host = to.host.as_ref().unwrap_or(&self.host).clone();
        Way { from: from.launcher.clone(), to: to.launcher.clone(), host }
    }

    /// Of `links`, each from who connects to who binds, those that can't be, in words.
    pub fn broken<'a>(
        &self,
        links: impl IntoIterator<Item = (&'a Peer, &'a Peer)>,
    ) -> BTreeSet<String> {
        let links = links.into_iter().filter_map(|(from, to)| {
            let way = self.way(from, to);
            let why = self.lost.get(&way)?;
            Some(format!("{} does not reach {} at {}: {why}", from.name, to.name, way.host))
        });
        links.collect()
    }

    /// Can the harness stand between the two, with an address of `host`?
    pub fn stands_between(&self, connector: &Peer, binder: &Peer) -> bool {
        let us = Peer::here("the harness");
        let lost = |from, to| self.lost.contains_key(&self.way(from, to));
        !lost(connector, &us) && !lost(&us, binder)
    }
}

/// May it be on another host?
pub fn is_far(peer: &Peer) -> bool {
    !peer.launcher.is_empty()
}

/// Why nobody comes from the site of `from` to `host` at that of `to`, if so. What a program does wrong is for the cells.
fn fails(from: &Peer, to: &Peer, host: &str) -> Option<String> {
    let in_time = format!("nobody came within {} s", ARRIVES.as_secs());
    let cannot_bind = |why: String| Some(format!("it can't bind there: {why}"));
    if is_far(to) {
        let (mut listener, endpoint) = match Party::listen(to, host)? {
            Ok(listening) => listening,
            Err(why) => return cannot_bind(why),
        };
        if !is_far(from) {
            return connect(&endpoint).err().map(|error| error.to_string());
        }
        let _sender = Party::send(from, &endpoint, ARRIVES)?;
        return (!listener.hears(ARRIVES)?).then_some(in_time);
    }
    let listener = match TcpListener::bind(format!("{host}:0")) {
        Ok(listener) => listener,
        Err(error) => return cannot_bind(error.to_string()),
    };
    if !is_far(from) {
        return None;
    }
    let address = listener.local_addr().ok()?;
    let (tell, told) = mpsc::channel();
    thread::spawn(move || tell.send(listener.accept().is_ok()));
    let sender = Party::send(from, &format!("tcp://{address}"), ARRIVES);
    let came = sender.is_none() || told.recv_timeout(ARRIVES).is_ok();
    // Who still waits for somebody is content with us.
    let _ = TcpStream::connect_timeout(&address, ARRIVES);
    (!came).then_some(in_time)
}

fn connect(endpoint: &str) -> io::Result<()> {
    let place = endpoint.strip_prefix("tcp://").unwrap_or(endpoint);
    let mut last = io::Error::from(io::ErrorKind::AddrNotAvailable);
    for address in place.to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, ARRIVES) {
            Ok(_) => return Ok(()),
            Err(error) => last = error,
        }
    }
    Err(last)
}
