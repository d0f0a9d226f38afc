//! The forms of an endpoint: those that every library has, and those that a library has or refuses. Nothing that
//! was taken is deaf, and nothing is refused otherwise than by a reason that says so.

use std::os::unix::net::UnixListener;
use std::path::PathBuf;

use serde_json::{Map, Value, json};

use super::case::{Binds, Case};
use super::exchange::{request_and_reply, text};
use super::needs::Needs;
use super::sides::{Sides, Sock};
use super::step::{A, B, Cause, End, Failure, Step};
use crate::outcome::Cause::*;
use crate::suite::mutant::{Blame::*, Mutant, mutant};

/// How a library may say that it does not have such an endpoint, or that this is none.
const REFUSED: &[&str] = &[
    "unsupported",
    "EINVAL",
    "ENODEV",
    "ENOTSUP",
    "EPROTONOSUPPORT",
    "EADDRNOTAVAIL",
    "ENOENT",
    // Of a library that has no codes.
    "other",
];

const TCP: [Needs; 2] = [Needs::types(&["REQ"]).one_machine(), Needs::types(&["REP"])];
const IPC: [Needs; 2] = [
    Needs::types(&["REQ"]).transports(&["ipc"]).one_machine(),
    Needs::types(&["REP"]).transports(&["ipc"]),
];

/// The loopback interface.
const LOOPBACK: &str = if cfg!(target_os = "linux") { "lo" } else { "lo0" };

const fn case(
    name: &'static str,
    requirement: &'static str,
    source: &'static str,
    needs: [Needs; 2],
    mutants: &'static [Mutant],
    play: fn(&mut Sides) -> Step,
) -> Case {
    Case { name, requirement, source, needs, binds: Binds::Second, mutants, play }
}

const OPTIONAL: &[Mutant] = &[
    mutant("ignore:connect", "/liar-python", Timeout, Either),
    mutant("ignore:bind", "/python-liar", Contract, Surely),
];
const IN_USE: &[Mutant] = &[
    mutant("in-use-too", "/rust-liar", WrongAnswer, Surely),
    mutant("in-use-too", "/liar-rust", WrongAnswer, Surely),
    mutant("ignore:connect", "/liar-rust", Timeout, Either),
];
const ABSTRACT_IN_USE: &[Mutant] = &[
    mutant("in-use-too", "/rust-liar", WrongAnswer, Surely),
    mutant("in-use-too", "/liar-rust", WrongAnswer, Either),
];

/// See the module.
pub const CASES: &[Case] = &[
    case(
        "tr-any",
        "tcp://*:* is bound to a free port of each interface, and reached at 127.0.0.1",
        "zmq_tcp(7): the wild-card *; pyzmq#1326",
        TCP,
        &[
            mutant("one-address", "/rust-liar", Timeout, Either),
            mutant("ignore:connect", "/liar-rust", Timeout, Either),
        ],
        |sides| any(sides, "tcp://*:*", At::Loopback),
    ),
    case(
        "tr-any-reported",
        "where tcp://*:* was bound is told so that a peer with default options reaches it",
        "zmq_tcp(7): the wild-card *; zmq_getsockopt(3), ZMQ_LAST_ENDPOINT; pyzmq#269",
        TCP,
        &[
            mutant("wildcard", "/rust-liar", WrongAnswer, Either),
            mutant("ignore:connect", "/liar-rust", Timeout, Either),
        ],
        |sides| any(sides, "tcp://*:*", At::Reported),
    ),
    case(
        "tr-zeros",
        "tcp://0.0.0.0:* is bound, reached at 127.0.0.1 and where it is told to be",
        "zmq_tcp(7): the address in its numeric representation",
        TCP,
        &[mutant("one-address", "/rust-liar", Timeout, Either)],
        |sides| {
            any(sides, "tcp://0.0.0.0:*", At::Loopback)?;
            any(sides, "tcp://0.0.0.0:*", At::Reported)
        },
    ),
    case(
        "tr-interface",
        "a socket bound to an interface by its name is reached there, or the form is refused",
        "zmq_tcp(7): the interface name as defined by the operating system",
        TCP,
        OPTIONAL,
        |sides| optional(sides, &format!("tcp://{LOOPBACK}:*")),
    ),
    case(
        "tr-hostname-bind",
        "a socket bound to a host name is reached there, or the form is refused",
        "zmq_tcp(7), Assigning a local address: no host name",
        TCP,
        OPTIONAL,
        |sides| optional(sides, "tcp://localhost:*"),
    ),
    case(
        "tr-source",
        "a peer that names its own address beside the other's reaches it, or the form is refused",
        "zmq_tcp(7), Connecting a socket: source_endpoint;endpoint",
        TCP,
        &[mutant("ignore:connect", "/liar-rust", Timeout, Either)],
        source,
    ),
    case(
        "tr-bound-again",
        "an endpoint that is in use is refused with EADDRINUSE, and its owner serves on",
        "zmq_bind(3): EADDRINUSE",
        TCP,
        IN_USE,
        |sides| {
            let rep = sides.socket(B, "REP")?;
            let endpoint = sides.bind(&rep)?;
            in_use(sides, &rep, &endpoint, &[])
        },
    ),
    case(
        "tr-abstract",
        "ipc://@name is an abstract address: reached, in use once it is bound, and no file; or it is refused",
        "zmq_ipc(7): when the pathname starts with @",
        IPC,
        ABSTRACT_IN_USE,
        abstract_name,
    ),
    case(
        "tr-ipc-stale",
        "ipc:// is bound and reached at a path where the socket of a process that ended was left",
        "zmq_ipc(7): any existing binding to the same endpoint shall be overridden",
        IPC,
        &[
            mutant("no-override", "/rust-liar", WrongAnswer, Surely),
            mutant("beside", "/rust-liar", Timeout, Either),
            mutant("ignore:connect", "/liar-rust", Timeout, Either),
        ],
        stale,
    ),
];

/// Where a socket that is bound to all interfaces is looked for.
#[derive(Clone, Copy)]
enum At {
    Loopback,
    Reported,
}

/// A REQ of A reaches `rep` at `endpoint`.
fn reached(sides: &mut Sides, rep: &Sock, endpoint: &str) -> Step {
    let req = sides.socket(A, "REQ")?;
    let request = json!({"op": "connect", "socket": req.name, "endpoint": endpoint});
    if let Err(refusal) = sides.ask(A, request)? {
        let what = "an endpoint that was bound can't be connected to as it was told";
        let failure = Failure::new(Cause::WrongAnswer, [A, B], what);
        return Err(failure.compared(format!("ok for {endpoint}"), refusal.to_string()).into());
    }
    request_and_reply(sides, &req, rep)
}

fn any(sides: &mut Sides, endpoint: &str, at: At) -> Step {
    let rep = sides.socket(B, "REP")?;
    let real = sides.bind_at(&rep, endpoint)?;
    let port = real.rsplit(':').next().and_then(|port| port.parse::<u16>().ok());
    let Some(port) = port.filter(|port| *port > 0) else {
        let failure = Failure::new(Cause::WrongAnswer, [B], "a port is not told that was bound");
        return Err(failure.compared("tcp://ADDRESS:PORT", real).into());
    };
    match at {
        At::Loopback => reached(sides, &rep, &format!("tcp://127.0.0.1:{port}")),
        At::Reported => reached(sides, &rep, &real),
    }
}

/// Binds, where the library may have no such endpoint, and clearly says so; then there is none.
fn try_bind(sides: &mut Sides, sock: &Sock, endpoint: &str) -> Step<Option<String>> {
    match try_it(sides, sock, "bind", endpoint)? {
        None => Ok(None),
        Some(answer) => text(sock.side, &answer, "endpoint").map(Some),
    }
}

/// Does `op` to an endpoint; nothing where that was refused with a reason that says so.
pub fn try_it(
    sides: &mut Sides,
    sock: &Sock,
    op: &str,
    endpoint: &str,
) -> Step<Option<Map<String, Value>>> {
    let request = json!({"op": op, "socket": sock.name, "endpoint": endpoint});
    match sides.ask(sock.side, request)? {
        Ok(answer) => Ok(Some(answer)),
        Err(refusal) if REFUSED.contains(&refusal.code.as_str()) => Ok(None),
        Err(refusal) => {
            let what = format!("{op} refuses '{endpoint}' otherwise than as what it does not have");
            let failure = Failure::new(Cause::WrongAnswer, [sock.side], what);
            Err(failure.compared("ok, unsupported, EINVAL, ENODEV, …", refusal.to_string()).into())
        }
    }
}

fn optional(sides: &mut Sides, endpoint: &str) -> Step {
    let rep = sides.socket(B, "REP")?;
    match try_bind(sides, &rep, endpoint)? {
        None => Ok(()),
        Some(real) => reached(sides, &rep, &real),
    }
}

fn source(sides: &mut Sides) -> Step {
    let (req, rep) = (sides.socket(A, "REQ")?, sides.socket(B, "REP")?);
    let endpoint = sides.bind_at(&rep, "tcp://127.0.0.1:*")?.replace("tcp://", "");
    match try_it(sides, &req, "connect", &format!("tcp://127.0.0.1:0;{endpoint}"))? {
        None => Ok(()),
        Some(_) => request_and_reply(sides, &req, &rep),
    }
}

/// Nobody else can bind to `endpoint`, to which `rep` is bound, and it serves on. `lacking` are the codes by which the
/// first side may say that it has no endpoint of this form; then it can't reach it, either.
fn in_use(sides: &mut Sides, rep: &Sock, endpoint: &str, lacking: &[&str]) -> Step {
    for side in [B, A] {
        let other = sides.socket(side, "REP")?;
        let bind = json!({"op": "bind", "socket": other.name, "endpoint": endpoint});
        let got = match sides.ask(side, bind)? {
            Err(refusal) if refusal.code == "EADDRINUSE" => continue,
            Err(refusal) if side == A && lacking.contains(&refusal.code.as_str()) => return Ok(()),
            Err(refusal) => refusal.to_string(),
            Ok(_) => "ok".into(),
        };
        // With a form that not all have, A may bind there as B is elsewhere.
        let elsewhere = side == A && !lacking.is_empty();
        let suspects = if elsewhere { vec![A, B] } else { vec![side] };
        let what = format!("{side} binds to an endpoint that is in use");
        let failure = Failure::new(Cause::WrongAnswer, suspects, what);
        return Err(failure.compared("EADDRINUSE", got).into());
    }
    reached(sides, rep, endpoint)
}

fn abstract_name(sides: &mut Sides) -> Step {
    let rep = sides.socket(B, "REP")?;
    let name = format!("@{}", folder(sides)?.join("name").display());
    let endpoint = format!("ipc://{name}");
    match try_bind(sides, &rep, &endpoint)? {
        None => Ok(()),
        Some(real) => in_use(sides, &rep, &real, REFUSED),
    }
}

/// A folder of this play alone.
pub fn folder(sides: &Sides) -> Step<PathBuf> {
    let folder = tempfile::Builder::new().prefix("ipc").tempdir_in(&sides.scratch);
    Ok(folder.map_err(|e| End::Broken(e.to_string()))?.keep())
}

fn stale(sides: &mut Sides) -> Step {
    let path = folder(sides)?.join("socket");
    // Who ends without a word leaves it there.
    drop(UnixListener::bind(&path).map_err(|e| End::Broken(e.to_string()))?);
    let rep = sides.socket(B, "REP")?;
    let endpoint = sides.bind_at(&rep, &format!("ipc://{}", path.display()))?;
    reached(sides, &rep, &endpoint)
}
