//! Transports other than tcp to an address, and high-water marks: what is sent to a peer that does not
//! read is bounded, and by its socket type either kept or dropped.

use std::os::unix::fs::FileTypeExt as _;

use serde_json::{Value, json};

use super::bench::{A, B, Bench, Sock, parts, wrong};
use super::needs::Needs;
use super::talk::{ask, talk};
use super::value::{Frame, message};
use super::{Binds, Case};
use crate::run::failure::{Cause, Failure, Step};

const SENDER: &[&str] = &["SNDHWM"];
const READER: &[&str] = &["RCVHWM", "RCVBUF"];

/// Messages until a sender must have met its limit: both marks, and what the kernel buffers towards a
/// reader whose buffer is small, hold far less.
const FLOOD: u64 = 1000;
const BOUND: u64 = FLOOD / 2;
const BODY: usize = 64 << 10;

/// See the module.
pub const CASES: &[Case] = &[
    Case {
        name: "tr-ipc",
        requirement: "ipc:// is a Unix domain socket at its path, the same for every library",
        source: "zmq_ipc(7); netmq#1060, jeromq#953",
        needs: [
            Needs::types(&["REQ"]).transports(&["ipc"]),
            Needs::types(&["REP"]).transports(&["ipc"]),
        ],
        binds: Binds::Either,
        play: ipc,
    },
    Case {
        name: "tr-ipv6",
        requirement: "tcp passes over IPv6, its addresses in brackets",
        source: "zmq_tcp(7); zmq_setsockopt(3), ZMQ_IPV6",
        needs: [
            Needs::types(&["REQ"]).options(&["IPV6"]),
            Needs::types(&["REP"]).options(&["IPV6"]),
        ],
        binds: Binds::Either,
        play: ipv6,
    },
    Case {
        name: "tr-hostname",
        requirement: "a peer may be named by its host name",
        source: "zmq_tcp(7), Connecting a socket",
        needs: [Needs::types(&["REQ"]), Needs::types(&["REP"])],
        binds: Binds::Second,
        play: hostname,
    },
    Case {
        name: "tr-inproc",
        requirement: "sockets of a process talk over inproc, whichever of bind and connect was first",
        source: "zmq_inproc(7)",
        needs: [Needs::types(&["REQ", "REP"]).transports(&["inproc"]); 2],
        binds: Binds::Alone,
        play: inproc,
    },
    Case {
        name: "tr-buffers",
        requirement: "the kernel's buffers may be set on a socket that binds or connects",
        source: "zmq_setsockopt(3), ZMQ_SNDBUF, ZMQ_RCVBUF",
        needs: [
            Needs::types(&["REQ"]).options(&["SNDBUF", "RCVBUF"]),
            Needs::types(&["REP"]).options(&["SNDBUF", "RCVBUF"]),
        ],
        binds: Binds::Second,
        play: buffers,
    },
    Case {
        name: "hwm-push",
        requirement: "a PUSH whose peer does not read blocks at its limit, and loses nothing",
        source: "RFC 30, The PUSH Socket Type; zmq_setsockopt(3), ZMQ_SNDHWM",
        needs: [Needs::types(&["PUSH"]).options(SENDER), Needs::types(&["PULL"]).options(READER)],
        binds: Binds::Either,
        play: hwm_push,
    },
    Case {
        name: "hwm-router",
        requirement: "a ROUTER drops what a peer that does not read has no room for, never blocks",
        source: "RFC 28, The ROUTER Socket Type",
        needs: [
            Needs::types(&["ROUTER"]).options(SENDER),
            Needs::types(&["DEALER"]).options(READER),
        ],
        binds: Binds::Either,
        play: hwm_router,
    },
    Case {
        name: "hwm-router-mandatory",
        requirement: "a mandatory ROUTER refuses what a peer that does not read has no room for",
        source: "zmq_setsockopt(3), ZMQ_ROUTER_MANDATORY",
        needs: [
            Needs::types(&["ROUTER"]).options(&["SNDHWM", "ROUTER_MANDATORY"]),
            Needs::types(&["DEALER"]).options(READER),
        ],
        binds: Binds::Either,
        play: hwm_mandatory,
    },
];

/// The one of the two that binds, then the one that connects.
fn in_order<'a>(bench: &Bench, first: &'a Sock, second: &'a Sock) -> (&'a Sock, &'a Sock) {
    if bench.flip { (first, second) } else { (second, first) }
}

fn ipc(bench: &mut Bench) -> Step {
    let (req, rep) = (bench.socket(A, "REQ")?, bench.socket(B, "REP")?);
    let (binds, connects) = in_order(bench, &req, &rep);
    let folder = tempfile::Builder::new().prefix("ipc").tempdir_in(&bench.scratch);
    let folder = folder.map_err(|e| crate::run::failure::End::Broken(e.to_string()))?;
    let path = folder.path().join("socket");
    let endpoint = format!("ipc://{}", path.display());
    bench.bind_at(binds, &endpoint)?;
    if !path.symlink_metadata().is_ok_and(|file| file.file_type().is_socket()) {
        let what = "a socket bound to ipc:// left no Unix domain socket at its path";
        return Err(Failure::new(Cause::WrongAnswer, [binds.side], what).into());
    }
    bench.connect(connects, &endpoint)?;
    ask(bench, &req, &rep)
}

fn ipv6(bench: &mut Bench) -> Step {
    let req = bench.socket_with(A, "REQ", json!({"IPV6": 1}))?;
    let rep = bench.socket_with(B, "REP", json!({"IPV6": 1}))?;
    let (binds, connects) = in_order(bench, &req, &rep);
    let endpoint = bench.bind_at(binds, "tcp://[::1]:*")?;
    bench.connect(connects, &endpoint)?;
    ask(bench, &req, &rep)
}

fn hostname(bench: &mut Bench) -> Step {
    let (req, rep) = (bench.socket(A, "REQ")?, bench.socket(B, "REP")?);
    let endpoint = bench.bind(&rep)?.replace("127.0.0.1", "localhost");
    bench.connect(&req, &endpoint)?;
    ask(bench, &req, &rep)
}

fn buffers(bench: &mut Bench) -> Step {
    let small = json!({"SNDBUF": 8192, "RCVBUF": 8192});
    let (req, rep) =
        (bench.socket_with(A, "REQ", small.clone())?, bench.socket_with(B, "REP", small)?);
    bench.link(&req, &rep)?;
    ask(bench, &req, &rep)
}

fn inproc(bench: &mut Bench) -> Step {
    for (endpoint, bind_first) in [("inproc://one", true), ("inproc://two", false)] {
        let (req, rep) = (bench.socket(A, "REQ")?, bench.socket(A, "REP")?);
        if bind_first {
            bench.bind_at(&rep, endpoint)?;
        }
        bench.connect(&req, endpoint)?;
        if !bind_first {
            bench.bind_at(&rep, endpoint)?;
        }
        ask(bench, &req, &rep)?;
    }
    Ok(())
}

/// A sender, and a reader with a small buffer, which has said hello.
fn narrow(bench: &mut Bench, kinds: [&str; 2], mut ours: Value) -> Step<(Sock, Sock)> {
    ours["SNDHWM"] = 10.into();
    let sender = bench.socket_with(A, kinds[0], ours)?;
    let reader = bench.socket_with(B, kinds[1], json!({"RCVHWM": 10, "RCVBUF": 8192}))?;
    bench.link(&sender, &reader)?;
    talk(bench, &sender, &reader)?;
    Ok((sender, reader))
}

/// Sends more than fits, which must be refused at some point; tells how many were taken.
fn fill_up(bench: &mut Bench, sender: &Sock, message: &[Frame]) -> Step<u64> {
    match bench.try_send(sender, message, FLOOD, 300)? {
        Err(refusal) if refusal.code == "EAGAIN" && (1..BOUND).contains(&refusal.sent) => {
            Ok(refusal.sent)
        }
        other => {
            let got = other.map_or_else(
                |refusal| format!("{} after {}", refusal.code, refusal.sent),
                |sent| format!("all {sent} taken"),
            );
            let what = format!("a {} whose peer does not read has no limit", sender.kind);
            let failure = Failure::new(Cause::WrongAnswer, [A, B], what);
            Err(failure.compared(format!("EAGAIN after 1 to {BOUND}"), got).into())
        }
    }
}

/// Exactly `count` times `body`, then the sentinel, which is sent as soon as there is room.
fn all_there(bench: &mut Bench, reader: &Sock, count: u64, body: &Frame) -> Step {
    let got = bench.recv_many(reader, count as usize, 2000)?;
    if got.len() as u64 != count {
        return Err(wrong(format!("of {count} messages that were taken {} came", got.len())));
    }
    got.iter().try_for_each(|got| super::bench::same(std::slice::from_ref(body), got))
}

fn hwm_push(bench: &mut Bench) -> Step {
    let (push, pull) = narrow(bench, ["PUSH", "PULL"], json!({}))?;
    let body = Frame::Fill { size: BODY, seed: 1 };
    let taken = fill_up(bench, &push, std::slice::from_ref(&body))?;
    all_there(bench, &pull, taken, &body)?;
    bench.pass(&push, &pull, &message(["last"]))
}

/// The routing id under which `router` knows `dealer`.
fn id_of(bench: &mut Bench, dealer: &Sock, router: &Sock) -> Step<Frame> {
    bench.send(dealer, &message(["it is me"]))?;
    let got = bench.recv(router)?;
    match got.as_slice() {
        [id, _] => Ok(id.into()),
        _ => Err(wrong(format!("a ROUTER received {}", parts(&got)))),
    }
}

fn hwm_router(bench: &mut Bench) -> Step {
    let (router, dealer) = narrow(bench, ["ROUTER", "DEALER"], json!({}))?;
    let id = id_of(bench, &dealer, &router)?;
    let body = Frame::Fill { size: BODY, seed: 1 };
    match bench.try_send(&router, &[id.clone(), body.clone()], FLOOD, 2000)? {
        Ok(FLOOD) => {}
        other => {
            let failure = Failure::new(Cause::WrongAnswer, [A], "a ROUTER waits for one slow peer");
            return Err(failure.compared("all taken", format!("{other:?}")).into());
        }
    }
    // Room again: until a first "last" comes through, all that comes is whole.
    let last = Frame::from("last");
    let mut came = 0;
    bench.until("a slow peer that reads again gets nothing new", |bench, ms| {
        bench.send(&router, &[id.clone(), last.clone()])?;
        let got = bench.recv_many(&dealer, BOUND as usize, ms)?;
        let is_last = |got: &Vec<_>| super::bench::same(std::slice::from_ref(&last), got).is_ok();
        let bodies: Vec<_> = got.iter().filter(|got| !is_last(got)).collect();
        came += bodies.len() as u64;
        bodies.iter().try_for_each(|got| super::bench::same(std::slice::from_ref(&body), got))?;
        Ok(got.iter().any(is_last))
    })?;
    match came {
        1..BOUND => Ok(()),
        _ => {
            let failure = Failure::new(Cause::WrongAnswer, [A, B], "the limit does not hold");
            Err(failure.compared(format!("1 to {BOUND} of {FLOOD}"), came.to_string()).into())
        }
    }
}

fn hwm_mandatory(bench: &mut Bench) -> Step {
    let (router, dealer) = narrow(bench, ["ROUTER", "DEALER"], json!({"ROUTER_MANDATORY": 1}))?;
    let id = id_of(bench, &dealer, &router)?;
    let body = Frame::Fill { size: BODY, seed: 1 };
    let taken = fill_up(bench, &router, &[id.clone(), body.clone()])?;
    all_there(bench, &dealer, taken, &body)?;
    bench.send(&router, &[id, "last".into()])?;
    bench.expect(&dealer, &message(["last"]))
}
