//! Transports other than tcp to an address, and high-water marks: what is sent to a peer that does not
//! read is bounded, and by its socket type either kept or dropped.

use std::os::unix::fs::FileTypeExt as _;

use serde_json::json;

use super::case::{Binds, Case};
use super::exchange::request_and_reply;
use super::flood::{
    BODY, BOUND, FLOOD, READER, SENDER, all_there, blocks_when_full, fill_up, with_small_buffers,
};
use super::needs::Needs;
use super::routed::id_of;
use super::sides::{Sides, Sock};
use super::step::{A, B};
use super::step::{Cause, Failure, Step};
use super::value::{Frame, message};
use crate::outcome::Cause::*;
use crate::suite::mutant::{Blame::*, mutant};

/// See the module.
pub const CASES: &[Case] = &[
    Case {
        name: "tr-ipc",
        requirement: "ipc:// is a Unix domain socket at its path, the same for every library",
        source: "zmq_ipc(7); netmq#1060, jeromq#953",
        needs: [
            Needs::types(&["REQ"]).transports(&["ipc"]).one_machine(),
            Needs::types(&["REP"]).transports(&["ipc"]),
        ],
        binds: Binds::Either,
        mutants: &[mutant("ipc-is-tcp", "/rust-liar", WrongAnswer, Surely)],
        play: ipc,
    },
    Case {
        name: "tr-ipv6",
        requirement: "tcp passes over IPv6, its addresses in brackets",
        source: "zmq_tcp(7); zmq_setsockopt(3), ZMQ_IPV6",
        needs: [
            Needs::types(&["REQ"]).options(&["IPV6"]).one_machine().ipv6(),
            Needs::types(&["REP"]).options(&["IPV6"]),
        ],
        binds: Binds::Either,
        mutants: &[
            mutant("no-ipv6", "/rust-liar", Timeout, Either),
            mutant("forget:IPV6", "/liar-rust", Timeout, Either),
            mutant("forget:IPV6", "+flip/liar-rust", WrongAnswer, Surely),
        ],
        play: ipv6,
    },
    Case {
        name: "tr-hostname",
        requirement: "a peer may be named by its host name",
        source: "zmq_tcp(7), Connecting a socket",
        needs: [Needs::types(&["REQ"]).one_machine(), Needs::types(&["REP"])],
        binds: Binds::Second,
        mutants: &[mutant("no-names", "/liar-rust", Timeout, Either)],
        play: hostname,
    },
    Case {
        name: "tr-inproc",
        requirement: "sockets of a process talk over inproc, whichever of bind and connect was first",
        source: "zmq_inproc(7)",
        needs: [Needs::types(&["REQ", "REP"]).transports(&["inproc"]); 2],
        binds: Binds::Alone,
        mutants: &[mutant("bind-first", "/liar", Timeout, Surely)],
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
        mutants: &[mutant("deaf-with:RCVBUF", "/liar-rust", Timeout, Either)],
        play: buffers,
    },
    Case {
        name: "hwm-push",
        requirement: "a PUSH whose peer does not read blocks at its limit, and loses nothing",
        source: "RFC 30, The PUSH Socket Type; zmq_setsockopt(3), ZMQ_SNDHWM",
        needs: [Needs::types(&["PUSH"]).options(SENDER), Needs::types(&["PULL"]).options(READER)],
        binds: Binds::Either,
        mutants: &[
            mutant("force:SNDHWM=0", "/liar-rust", WrongAnswer, Either),
            mutant("forget:RCVHWM", "/rust-liar", WrongAnswer, Either),
            mutant("claim-sent", "/liar-rust", WrongAnswer, Either),
        ],
        play: |sides| blocks_when_full(sides, ["PUSH", "PULL"]),
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
        mutants: &[mutant("force:SNDHWM=0", "/liar-rust", WrongAnswer, Either)],
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
        mutants: &[
            mutant("force:SNDHWM=0", "/liar-rust", WrongAnswer, Either),
            mutant("forget:ROUTER_MANDATORY", "/liar-rust", WrongAnswer, Either),
        ],
        play: hwm_mandatory,
    },
];

/// The one of the two that binds, then the one that connects.
fn in_order<'a>(sides: &Sides, first: &'a Sock, second: &'a Sock) -> (&'a Sock, &'a Sock) {
    if sides.flip { (first, second) } else { (second, first) }
}

fn ipc(sides: &mut Sides) -> Step {
    let (req, rep) = (sides.socket(A, "REQ")?, sides.socket(B, "REP")?);
    let (binds, connects) = in_order(sides, &req, &rep);
    let folder = tempfile::Builder::new().prefix("ipc").tempdir_in(&sides.scratch);
    let folder = folder.map_err(|e| super::step::End::Broken(e.to_string()))?;
    let path = folder.path().join("socket");
    let endpoint = format!("ipc://{}", path.display());
    sides.bind_at(binds, &endpoint)?;
    if !path.symlink_metadata().is_ok_and(|file| file.file_type().is_socket()) {
        let what = "a socket bound to ipc:// left no Unix domain socket at its path";
        return Err(Failure::new(Cause::WrongAnswer, [binds.side], what).into());
    }
    sides.connect(connects, &endpoint)?;
    request_and_reply(sides, &req, &rep)
}

fn ipv6(sides: &mut Sides) -> Step {
    let req = sides.socket_with(A, "REQ", json!({"IPV6": 1}))?;
    let rep = sides.socket_with(B, "REP", json!({"IPV6": 1}))?;
    let (binds, connects) = in_order(sides, &req, &rep);
    let endpoint = sides.bind_at(binds, "tcp://[::1]:*")?;
    sides.connect(connects, &endpoint)?;
    request_and_reply(sides, &req, &rep)
}

fn hostname(sides: &mut Sides) -> Step {
    let (req, rep) = (sides.socket(A, "REQ")?, sides.socket(B, "REP")?);
    let endpoint = sides.bind_at(&rep, "tcp://127.0.0.1:*")?.replace("127.0.0.1", "localhost");
    sides.connect(&req, &endpoint)?;
    request_and_reply(sides, &req, &rep)
}

fn buffers(sides: &mut Sides) -> Step {
    let small = json!({"SNDBUF": 8192, "RCVBUF": 8192});
    let (req, rep) =
        (sides.socket_with(A, "REQ", small.clone())?, sides.socket_with(B, "REP", small)?);
    sides.link(&req, &rep)?;
    request_and_reply(sides, &req, &rep)
}

fn inproc(sides: &mut Sides) -> Step {
    for (endpoint, bind_first) in [("inproc://one", true), ("inproc://two", false)] {
        let (req, rep) = (sides.socket(A, "REQ")?, sides.socket(A, "REP")?);
        if bind_first {
            sides.bind_at(&rep, endpoint)?;
        }
        sides.connect(&req, endpoint)?;
        if !bind_first {
            sides.bind_at(&rep, endpoint)?;
        }
        request_and_reply(sides, &req, &rep)?;
    }
    Ok(())
}

fn hwm_router(sides: &mut Sides) -> Step {
    let (router, dealer) = with_small_buffers(sides, ["ROUTER", "DEALER"], json!({}))?;
    let id = id_of(sides, &dealer, &router, "it is me")?;
    let body = Frame::Fill { size: BODY, seed: 1 };
    match sides.try_send(&router, &[id.clone(), body.clone()], FLOOD, 2000)? {
        Ok(FLOOD) => {}
        other => {
            let failure = Failure::new(Cause::WrongAnswer, [A], "a ROUTER waits for one slow peer");
            return Err(failure.compared("all taken", format!("{other:?}")).into());
        }
    }
    // Room again: until a first "last" comes through, all that comes is whole.
    let last = Frame::from("last");
    let mut came = 0;
    sides.until("a slow peer that reads again gets nothing new", |sides, ms| {
        sides.send(&router, &[id.clone(), last.clone()])?;
        let got = sides.recv_many(&dealer, BOUND as usize, ms)?;
        let is_last = |got: &Vec<_>| super::sides::same(std::slice::from_ref(&last), got).is_ok();
        let bodies: Vec<_> = got.iter().filter(|got| !is_last(got)).collect();
        came += bodies.len() as u64;
        bodies.iter().try_for_each(|got| super::sides::same(std::slice::from_ref(&body), got))?;
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

fn hwm_mandatory(sides: &mut Sides) -> Step {
    let (router, dealer) =
        with_small_buffers(sides, ["ROUTER", "DEALER"], json!({"ROUTER_MANDATORY": 1}))?;
    let id = id_of(sides, &dealer, &router, "it is me")?;
    let body = Frame::Fill { size: BODY, seed: 1 };
    let taken = fill_up(sides, &router, &[id.clone(), body.clone()])?;
    all_there(sides, &dealer, taken, std::slice::from_ref(&body))?;
    sides.send(&router, &[id, "last".into()])?;
    sides.expect(&dealer, &message(["last"]))
}
