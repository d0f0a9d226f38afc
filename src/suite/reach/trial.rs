//! One way is tried: somebody listens at its end, and somebody comes from its beginning.

use std::io;
use std::net::{TcpListener, TcpStream, ToSocketAddrs as _};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use super::party::Party;
use crate::peer::Peer;
use crate::role::Role;

/// How long a connection may take that arrives.
const ARRIVES: Duration = Duration::from_secs(5);

/// Roles that bind, of which only the first tells that somebody came.
const BINDING: [Role; 3] = [Role::Rep, Role::Req, Role::Msgqueue];

/// Roles that connect, of which only the first two ask a REP.
const CONNECTING: [Role; 4] = [Role::C, Role::Mreq, Role::Mrep, Role::Push];

/// Can we bind to it?
pub fn bind(host: &str) -> io::Result<TcpListener> {
    TcpListener::bind(format!("{host}:0"))
}

/// Why none of `from` reaches `host` at the site of `to`, if so; nobody stands for us. `None` also where nobody can tell:
/// what a program does wrong is for the cells.
pub fn fails(from: &[&Peer], to: &[&Peer], host: &str) -> Option<String> {
    match (from, to) {
        ([], []) => bind(host).err().map(|error| format!("nobody can bind there: {error}")),
        ([], _) => to_them(to, host),
        (_, []) => to_us(from, host),
        _ => among_them(from, to, host),
    }
}

/// Whoever of `peers` has an agent, or else a role of `roles`, the sooner the better.
fn pick<'a>(peers: &[&'a Peer], roles: &[Role]) -> Option<(&'a Peer, Option<Role>)> {
    let agent = peers.iter().find(|peer| !peer.agent.is_empty());
    agent.map(|peer| (*peer, None)).or_else(|| {
        let with = |role: &Role| peers.iter().find(|peer| peer.has(*role));
        roles.iter().find_map(|role| Some((*with(role)?, Some(*role))))
    })
}

fn too_late() -> String {
    format!("no connection arrived within {} s", ARRIVES.as_secs())
}

fn to_them(to: &[&Peer], host: &str) -> Option<String> {
    let (peer, role) = pick(to, &BINDING)?;
    match Party::listen(peer, role, host)? {
        Ok((_listener, endpoint)) => connect(&endpoint).err().map(|error| error.to_string()),
        Err(why) => Some(format!("{} can't bind there: {why}", peer.name)),
    }
}

fn to_us(from: &[&Peer], host: &str) -> Option<String> {
    let (peer, role) = pick(from, &CONNECTING)?;
    let listener = bind(host).ok()?; // Or else it is told already.
    let address = listener.local_addr().ok()?;
    let (tell, told) = mpsc::channel();
    thread::spawn(move || tell.send(listener.accept().is_ok()));
    let sender = Party::send(peer, role, &format!("tcp://{address}"), ARRIVES);
    let came = sender.is_none() || told.recv_timeout(ARRIVES).is_ok();
    // Whoever still waits for somebody is content with us.
    let _ = TcpStream::connect_timeout(&address, ARRIVES);
    (!came).then(too_late)
}

fn among_them(from: &[&Peer], to: &[&Peer], host: &str) -> Option<String> {
    let (sender, asks) = pick(from, &CONNECTING[..2])?;
    let (listener, answers) = pick(to, &BINDING[..1])?;
    let (mut party, endpoint) = match Party::listen(listener, answers, host)? {
        Ok(listening) => listening,
        Err(why) => return Some(format!("{} can't bind there: {why}", listener.name)),
    };
    let _sender = Party::send(sender, asks, &endpoint, ARRIVES)?;
    (!party.hears(ARRIVES)?).then(too_late)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(name: &str, roles: &[Role], agent: bool) -> Peer {
        let commands = roles.iter().map(|role| (*role, vec![name.to_owned()])).collect();
        let agent = if agent { vec![name.to_owned()] } else { vec![] };
        Peer { commands, agent, ..Peer::here(name) }
    }

    #[test]
    fn an_agent_tries_or_else_the_role_that_tells_most() {
        let server = peer("server", &[Role::Msgqueue, Role::Rep, Role::Mrep], false);
        let client = peer("client", &[Role::Push, Role::C], false);
        let agent = peer("agent", &[], true);
        let picked = |peers: &[&Peer], roles: &[Role]| {
            pick(peers, roles).map(|(peer, role)| (peer.name.clone(), role))
        };
        assert_eq!(
            picked(&[&server, &client], &CONNECTING),
            Some(("client".into(), Some(Role::C)))
        );
        assert_eq!(picked(&[&client, &server], &BINDING), Some(("server".into(), Some(Role::Rep))));
        assert_eq!(picked(&[&client, &agent], &BINDING), Some(("agent".into(), None)));
        assert_eq!(picked(&[&server], &CONNECTING[..2]), None, "mrep does not ask a rep");
        assert_eq!(picked(&[&server], &CONNECTING), Some(("server".into(), Some(Role::Mrep))));
    }
}
