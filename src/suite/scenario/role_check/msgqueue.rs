//! What `msgqueue` carries.

use std::time::{Duration, Instant};

use super::arguments::ANY;
use super::other_side::{OtherSide, kept};
use super::tried::{STARTING, Tried};
use super::{Check, Seen, Step, odd, step};
use crate::digest::D;

/// What a client asks again and again.
const AGAIN: &[u8] = b"is anybody there?";

/// A client waits so long until it asks again.
const SECOND: Duration = Duration::from_secs(1);

pub fn steps() -> Vec<Step> {
    vec![
        step("requests reach a server, and replies their client, byte for byte", bytes),
        step("all frames are passed on as they are", frames),
        step("each client gets its own reply, in whatever order they come", own),
        step("clients that ask again reach a server that comes later", waits),
        step("it ignores INTEROP_COUNT", count),
        step("without INTEROP_EVENTS it prints nothing", silent),
    ]
}

/// A broker with a client and a server.
struct Broker {
    tried: Tried,
    client: OtherSide,
    server: OtherSide,
}

impl Broker {
    fn begin(check: &Check, env: &[(&str, &str)]) -> Seen<(Broker, String)> {
        let mut program = check.with_events(&[ANY, ANY]);
        for (name, value) in env {
            program = program.env(name, value);
        }
        let (tried, bound) = program.ready()?;
        let client = OtherSide::connected(zmq::DEALER, &bound[0]);
        let server = OtherSide::connected(zmq::DEALER, &bound[1]);
        let mut broker = Broker { tried, client, server };
        broker.reach()?;
        Ok((broker, bound[0].clone()))
    }

    /// A request as a REQ sends it, and its reply as a REP does.
    fn exchange(&mut self, request: &[&[u8]], reply: &[&[u8]]) -> Seen {
        self.client.send(&self.tried, &[&[b"" as &[u8]], request].concat())?;
        let id = self.served(request)?;
        self.server.send(&self.tried, &[&[&id[..], b""], reply].concat())?;
        let got = self.client.receive(&mut self.tried, "the reply")?;
        same(&self.tried, "reply", &got, &[&[b"" as &[u8]], reply].concat())
    }

    /// Asks until the server is reached: a request that came too early may be lost, and its client asks again.
    fn reach(&mut self) -> Seen {
        let deadline = Instant::now() + STARTING;
        loop {
            self.client.send(&self.tried, &[b"", AGAIN])?;
            let wanted = "a request that is sent again until a server is there";
            match self.server.receive_within(&mut self.tried, wanted, SECOND) {
                Ok(_) => return Ok(()),
                Err(wrong) if Instant::now() >= deadline => return Err(wrong),
                Err(_) => {}
            }
        }
    }

    /// The request comes to the server; returns whose it is.
    fn served(&mut self, request: &[&[u8]]) -> Seen<Vec<u8>> {
        loop {
            let got = self.server.receive_within(&mut self.tried, "the request", STARTING)?;
            if got.last().is_some_and(|frame| frame == AGAIN) {
                continue;
            }
            let sent = [&[b"" as &[u8]], request].concat();
            same(&self.tried, "request", got.get(1..).unwrap_or_default(), &sent)?;
            return Ok(got[0].clone());
        }
    }
}

fn same(tried: &Tried, what: &str, got: &[Vec<u8>], sent: &[&[u8]]) -> Seen {
    if got == sent {
        return Ok(());
    }
    fn shown<F: AsRef<[u8]>>(frames: &[F]) -> String {
        frames.iter().map(|frame| D::of(frame.as_ref()).described()).collect::<Vec<_>>().join(" | ")
    }
    tried.wrong(format!(
        "a {what} of the frames {} must arrive as it is, and came as {}",
        shown(sent),
        shown(got)
    ))
}

fn bytes(check: &Check) -> Seen {
    let (mut broker, _) = Broker::begin(check, &[])?;
    for message in odd::all() {
        broker.exchange(&[&message], &[&message])?;
    }
    broker.tried.said_nothing()?;
    broker.tried.stop()
}

fn frames(check: &Check) -> Seen {
    let (mut broker, _) = Broker::begin(check, &[])?;
    broker.exchange(&[b"a", b"", b"b\0", b""], &[b"", b"", b"c"])?;
    broker.exchange(&[b""], &[b"x", b""])
}

fn own(check: &Check) -> Seen {
    let (mut broker, frontend) = Broker::begin(check, &[])?;
    let others = [(); 3].map(|()| OtherSide::connected(zmq::DEALER, &frontend));
    let mut ids = vec![];
    for (n, client) in others.iter().enumerate() {
        let request = format!("of client {n}");
        client.send(&broker.tried, &[b"", request.as_bytes()])?;
        ids.push(broker.served(&[request.as_bytes()])?);
    }
    for (n, id) in ids.iter().enumerate().rev() {
        broker.server.send(&broker.tried, &[id, b"", format!("for client {n}").as_bytes()])?;
    }
    for (n, client) in others.iter().enumerate() {
        let got = client.receive(&mut broker.tried, &format!("the reply for client {n}"))?;
        same(&broker.tried, "reply", &got, &[b"", format!("for client {n}").as_bytes()])?;
    }
    Ok(())
}

fn waits(check: &Check) -> Seen {
    let (tried, bound) = check.with_events(&[ANY, ANY]).ready()?;
    let client = OtherSide::connected(zmq::DEALER, &bound[0]);
    client.send(&tried, &[b"", AGAIN])?;
    let server = OtherSide::connected(zmq::DEALER, &bound[1]);
    Broker { tried, client, server }.reach()
}

fn count(check: &Check) -> Seen {
    let (mut broker, _) = Broker::begin(check, &[("INTEROP_COUNT", "1")])?;
    for _ in 0..3 {
        broker.exchange(&[b"request"], &[b"reply"])?;
    }
    broker.tried.stop()
}

fn silent(check: &Check) -> Seen {
    let [(_one, frontend), (_two, backend)] = [kept(), kept()];
    let tried = check.program(&[&frontend, &backend]).begin()?;
    let client = OtherSide::connected(zmq::DEALER, &frontend);
    let server = OtherSide::connected(zmq::DEALER, &backend);
    let mut broker = Broker { tried, client, server };
    broker.reach()?;
    broker.exchange(&[b"request"], &[b"reply"])?;
    broker.tried.said_nothing()?;
    broker.tried.stop()
}
