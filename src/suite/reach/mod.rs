//! Who reaches whom. A peer behind a launcher may be on another host, where an address of this one means nothing, so its
//! programs try it before the first cell.

mod party;
mod trial;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::thread;

use crate::interrupt::Interrupt;
use crate::peer::Peer;
use crate::peer::discovery::Found;

/// So many ways are tried at a time: each wants two programs, and sshd refuses whoever wants many at once.
const AT_A_TIME: usize = 4;

/// From the programs behind one launcher to an address at which those behind another one bind. No words: here.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Way {
    from: Vec<String>,
    to: Vec<String>,
    host: String,
}

/// Where programs bind and reach each other, unless the command line or their peer says otherwise.
pub const HOST: &str = "127.0.0.1";

/// Where programs bind, and the ways that lead nowhere, and why; see the module.
#[derive(Clone, Debug)]
pub struct Reach {
    /// An address of this machine: where programs bind unless their peer says otherwise, and where we listen.
    pub host: String,
    lost: Arc<BTreeMap<Way, String>>,
    /// Hosts of peers without a launcher that are not this one.
    foreign: Arc<BTreeSet<String>>,
}

/// As long as nothing was tried all is in reach.
impl Default for Reach {
    fn default() -> Reach {
        Reach { host: HOST.into(), lost: Arc::default(), foreign: Arc::default() }
    }
}

impl Reach {
    /// Where the programs of `peer` bind.
    pub fn host_of<'a>(&'a self, peer: &'a Peer) -> &'a str {
        peer.host.as_deref().unwrap_or(&self.host)
    }

    /// Tries the ways between those of `found` who are here, us among them. `host` is where programs bind that don't
    /// say it themselves.
    pub fn find(found: &[Found], host: &str, interrupt: &Interrupt) -> Reach {
        let here = found.iter().filter(|found| found.state.is_ok());
        let peers: Vec<&Peer> = here.map(|found| &found.peer).collect();
        let own = |peer: &&&Peer| !peer.is_far();
        let hosts = peers.iter().filter(own).filter_map(|peer| peer.host.clone());
        let foreign = hosts.filter(|host| trial::bind(host).is_err()).collect();
        let mut reach =
            Reach { host: host.to_owned(), foreign: Arc::new(foreign), ..Reach::default() };
        let ways: Vec<_> = reach.ways(&peers).into_iter().collect();
        let mut lost = BTreeMap::new();
        for some in ways.chunks(AT_A_TIME) {
            if interrupt.raised() {
                break;
            }
            thread::scope(|scope| {
                let trials: Vec<_> = some
                    .iter()
                    .map(|(way, (from, to))| {
                        scope.spawn(move || (way, trial::fails(from, to, &way.host)))
                    })
                    .collect();
                for trial in trials {
                    if let (way, Some(why)) = trial.join().expect("a trial does not panic") {
                        lost.insert(way.clone(), why);
                    }
                }
            });
        }
        reach.lost = Arc::new(lost);
        reach
    }

    /// The ways between `peers` and us, each with those who may try it. Whether we can bind is tried, too.
    fn ways<'a>(&self, peers: &[&'a Peer]) -> BTreeMap<Way, (Vec<&'a Peer>, Vec<&'a Peer>)> {
        let us = Peer::here("us");
        let mut ways: BTreeMap<Way, (Vec<&Peer>, Vec<&Peer>)> = BTreeMap::new();
        ways.entry(self.way(&us, &us)).or_default();
        let add = |all: &mut Vec<&'a Peer>, one: &'a Peer| {
            if one.is_far() && !all.iter().any(|other| other.name == one.name) {
                all.push(one);
            }
        };
        for from in peers {
            if from.is_far() {
                add(&mut ways.entry(self.way(from, &us)).or_default().0, from);
                add(&mut ways.entry(self.way(&us, from)).or_default().1, from);
            }
            for to in peers.iter().filter(|to| from.is_far() || to.is_far()) {
                let (senders, listeners) = ways.entry(self.way(from, to)).or_default();
                add(senders, from);
                add(listeners, to);
            }
        }
        ways
    }

    fn way(&self, from: &Peer, to: &Peer) -> Way {
        let host = self.host_of(to).to_owned();
        Way { from: from.launcher.clone(), to: to.launcher.clone(), host }
    }

    /// What of `links`, each from who connects to who binds, can't be, in words: one for each way.
    pub fn out_of_reach<'a>(
        &self,
        links: impl IntoIterator<Item = (&'a Peer, &'a Peer)>,
    ) -> Vec<String> {
        let mut lost: BTreeMap<Way, [BTreeSet<&str>; 2]> = BTreeMap::new();
        for (from, to) in links {
            let way = self.way(from, to);
            if self.lost.contains_key(&way) {
                let [senders, listeners] = lost.entry(way).or_default();
                senders.insert(&from.name);
                listeners.insert(&to.name);
            }
        }
        let names = |all: &BTreeSet<&str>| all.iter().copied().collect::<Vec<_>>().join(", ");
        let told = lost.iter().map(|(way, [from, to])| {
            let (from, to, why) = (names(from), names(to), &self.lost[way]);
            format!("{} (where {to} would bind) is out of reach of {from}: {why}", way.host)
        });
        told.collect()
    }

    /// Can we stand between the two, on an address of `--host`?
    pub fn stands_between(&self, connector: &Peer, binder: &Peer) -> bool {
        let us = Peer::here("us");
        let lost = |from, to| self.lost.contains_key(&self.way(from, to));
        let foreign = |peer: &Peer| {
            !peer.is_far() && peer.host.as_ref().is_some_and(|host| self.foreign.contains(host))
        };
        let lost = lost(&us, &us) || lost(connector, &us) || lost(&us, binder);
        !lost && !foreign(connector) && !foreign(binder)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(name: &str, launcher: &str, host: Option<&str>) -> Peer {
        let launcher = launcher.split_whitespace().map(str::to_owned).collect();
        Peer { launcher, host: host.map(str::to_owned), ..Peer::here(name) }
    }

    fn reach(lost: &[(&Peer, &Peer)]) -> Reach {
        let reach = Reach { host: "192.0.2.1".into(), ..Reach::default() };
        let lost = lost.iter().map(|(from, to)| (reach.way(from, to), "no".to_owned())).collect();
        Reach { lost: Arc::new(lost), ..reach }
    }

    #[test]
    fn what_is_lost_concerns_all_behind_the_same_launcher() {
        let (near, other) = (peer("near", "", None), peer("other", "", None));
        let [a, b] = ["a", "b"].map(|name| peer(name, "ssh blue", Some("192.0.2.9")));
        let reach = reach(&[(&a, &near)]);
        let all = [(&near, &a), (&a, &near), (&b, &other), (&a, &b), (&near, &other)];
        let told = ["192.0.2.1 (where near, other would bind) is out of reach of a, b: no"];
        assert_eq!(reach.out_of_reach(all), told);
        assert!(!reach.stands_between(&b, &near) && !reach.stands_between(&b, &a));
        assert!(reach.stands_between(&near, &b) && reach.stands_between(&near, &other));
    }

    #[test]
    fn who_is_elsewhere_without_a_launcher_is_not_stood_before() {
        let (near, docker) = (peer("near", "", None), peer("docker", "", Some("198.51.100.2")));
        let foreign = Arc::new(BTreeSet::from(["198.51.100.2".to_owned()]));
        let reach = Reach { foreign, ..reach(&[]) };
        assert!(reach.out_of_reach([(&near, &docker), (&docker, &near)]).is_empty());
        assert!(!reach.stands_between(&near, &docker) && reach.stands_between(&near, &near));
    }

    #[test]
    fn whoever_has_no_address_stands_nowhere() {
        let (us, far) = (peer("us", "", None), peer("far", "ssh blue", Some("192.0.2.9")));
        let reach = reach(&[(&us, &us)]);
        assert!(!reach.stands_between(&far, &far) && reach.out_of_reach([(&far, &far)]).is_empty());
    }

    #[test]
    fn each_way_is_tried_once_by_whoever_is_there() {
        let (near, far) = (peer("near", "", None), peer("far", "ssh blue", None));
        let other = peer("other", "ssh blue", None);
        let reach = reach(&[]);
        let ways = reach.ways(&[&near, &far, &other]);
        // Us with ourselves, there, back, and among themselves.
        assert_eq!(ways.len(), 4);
        let names = |all: &[&Peer]| all.iter().map(|peer| peer.name.clone()).collect::<Vec<_>>();
        let (from, to) = &ways[&reach.way(&far, &near)];
        assert_eq!((names(from), names(to)), (vec!["far".into(), "other".into()], vec![]));
        let (from, to) = &ways[&reach.way(&far, &other)];
        assert_eq!((from.len(), to.len()), (2, 2));
    }
}
