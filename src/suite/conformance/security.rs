//! Security mechanisms: who has the right credentials talks as ever, who has not is not heard. Who
//! may come in is decided by a ZAP handler beside the server (see zap.rs).

use serde_json::{Value, json};

use super::case::{Binds, Case};
use super::exchange::{exchange, only_client_is_served, stranger, subscribe_if_needed, text};
use super::needs::Needs;
use super::sides::{Sides, Sock, Until};
use super::step::Step;
use super::step::{A, B, Side};
use crate::outcome::Cause::*;
use crate::suite::mutant::{Blame::*, mutant};

/// A client with a name and a password.
pub const fn plain_client(types: &'static [&'static str]) -> Needs {
    Needs::types(types).mechanisms(&["PLAIN"]).options(&["PLAIN_USERNAME", "PLAIN_PASSWORD"])
}

/// A server that asks a ZAP handler about them.
pub const fn plain_server(types: &'static [&'static str]) -> Needs {
    Needs::types(types).mechanisms(&["PLAIN"]).options(&["PLAIN_SERVER"]).features(&["zap"])
}

/// A client with a key.
pub const fn curve_client(types: &'static [&'static str]) -> Needs {
    let options = &["CURVE_PUBLICKEY", "CURVE_SECRETKEY", "CURVE_SERVERKEY"];
    Needs::types(types).mechanisms(&["CURVE"]).options(options)
}

/// A server that knows its key.
pub const fn curve_server(types: &'static [&'static str]) -> Needs {
    let options = &["CURVE_SERVER", "CURVE_PUBLICKEY", "CURVE_SECRETKEY"];
    Needs::types(types).mechanisms(&["CURVE"]).options(options)
}

/// See the module.
pub const CASES: &[Case] = &[
    Case {
        name: "plain-ok",
        requirement: "a client with the right name and password is let in, whichever of the two binds",
        source: "RFC 24; RFC 27",
        needs: [plain_client(&["REQ"]), plain_server(&["REP"])],
        binds: Binds::Either,
        mutants: &[
            mutant("ignore:zap", "/rust-liar", Timeout, Either),
            mutant("forget:PLAIN_SERVER", "/rust-liar", Timeout, Either),
            mutant("forget:PLAIN_USERNAME", "/liar-rust", Timeout, Either),
            mutant("forget:PLAIN_PASSWORD", "/liar-rust", Timeout, Either),
        ],
        play: |sides| plain_ok(sides, "admin", "secret"),
    },
    Case {
        name: "plain-long",
        requirement: "a name and a password may have 255 octets each",
        source: "RFC 24, Formal Grammar",
        needs: [plain_client(&["REQ"]), plain_server(&["REP"])],
        binds: Binds::Either,
        mutants: &[
            mutant("half:PLAIN_USERNAME", "/liar-rust", Timeout, Either),
            mutant("half:PLAIN_PASSWORD", "/liar-rust", Timeout, Either),
        ],
        play: |sides| plain_ok(sides, &"n".repeat(255), &"p".repeat(255)),
    },
    Case {
        name: "plain-bad",
        requirement: "a client with a wrong name or password is refused, and nothing of it is delivered",
        source: "RFC 24; RFC 27",
        needs: [plain_client(&["PUSH"]).witness(), plain_server(&["PULL"])],
        binds: Binds::Second,
        mutants: &[
            mutant("no-second", "/liar-rust", Timeout, Surely),
            mutant("short-name", "/rust-liar", WrongAnswer, Either),
            mutant("forget:PLAIN_PASSWORD", "/liar-rust", Timeout, Either),
        ],
        play: plain_bad,
    },
    Case {
        name: "curve-ok",
        requirement: "a client that knows the server's key talks to it, whichever of the two binds",
        source: "RFC 26",
        needs: [curve_client(&["REQ"]), curve_server(&["REP"])],
        binds: Binds::Either,
        mutants: &[
            mutant("forget:CURVE_SERVER", "/python-liar", Timeout, Either),
            mutant("forget:CURVE_SECRETKEY", "/python-liar", Timeout, Either),
            mutant("forget:CURVE_SERVERKEY", "/liar-python", Timeout, Either),
            mutant("forget:CURVE_PUBLICKEY", "/liar-python", Timeout, Either),
        ],
        play: |sides| curve_rounds(sides, 3),
    },
    Case {
        name: "curve-300",
        requirement: "the nonces of a connection go on beyond what one octet counts: 300 round trips",
        source: "RFC 26, Nonces; libzmq#1551",
        needs: [curve_client(&["REQ"]), curve_server(&["REP"])],
        binds: Binds::Either,
        mutants: &[mutant("stops:126", "/liar-python", Timeout, Either)],
        play: |sides| curve_rounds(sides, 300),
    },
    Case {
        name: "curve-wrong-server-key",
        requirement: "a client that expects another server key gets no connection, others do",
        source: "RFC 26, WELCOME",
        needs: [curve_client(&["PUSH"]).witness(), curve_server(&["PULL"])],
        binds: Binds::Second,
        mutants: &[
            mutant("no-curve", "/liar-liar", WrongAnswer, Surely),
            mutant("any-key", "/python-liar", WrongAnswer, Either),
        ],
        play: curve_wrong_key,
    },
    Case {
        name: "curve-unknown-client",
        requirement: "a client whose key the ZAP handler does not know is refused, others are not",
        source: "RFC 26; RFC 27",
        needs: [curve_client(&["PUSH"]).witness(), curve_server(&["PULL"]).features(&["zap"])],
        binds: Binds::Second,
        mutants: &[
            mutant("no-curve", "/liar-liar", WrongAnswer, Surely),
            mutant("any-key", "/python-liar", WrongAnswer, Either),
        ],
        play: curve_unknown,
    },
    Case {
        name: "curve-sub",
        requirement: "subscriptions and cancellations pass an encrypted connection as any other",
        source: "RFC 26, MESSAGE; RFC 23, subscriptions; omq.rs#42",
        needs: [curve_client(&["SUB"]), curve_server(&["XPUB"])],
        binds: Binds::Either,
        mutants: &[mutant("ignore:unsubscribe", "/liar-python", Timeout, Either)],
        play: curve_sub,
    },
];

fn plain(name: &str, password: &str) -> Value {
    json!({"PLAIN_USERNAME": name, "PLAIN_PASSWORD": password})
}

fn plain_ok(sides: &mut Sides, name: &str, password: &str) -> Step {
    sides.post(B, json!({"op": "zap", "allow": {"plain": {name: password}}}))?;
    let client = sides.socket_with(A, "REQ", plain(name, password))?;
    let server = sides.socket_with(B, "REP", json!({"PLAIN_SERVER": 1}))?;
    sides.link(&client, &server)?;
    exchange(sides, &client, &server)
}

fn plain_bad(sides: &mut Sides) -> Step {
    sides.post(B, json!({"op": "zap", "allow": {"plain": {"admin": "secret"}}}))?;
    let server = sides.socket_with(B, "PULL", json!({"PLAIN_SERVER": 1}))?;
    let endpoint = sides.bind(&server)?;
    let mut strangers = vec![];
    for (name, password) in
        [("admin", "Secret"), ("admin", "secret "), ("admi", "secret"), ("nobody", "secret")]
    {
        let guest = plain(name, password);
        strangers.push(stranger(sides, "PUSH", guest, &endpoint, Until::Command("HELLO"))?);
    }
    let client = sides.socket_with(A, "PUSH", plain("admin", "secret"))?;
    only_client_is_served(sides, &strangers, [&client, &server], &endpoint)
}

/// A key pair of CURVE.
pub struct Keys {
    /// To be known.
    pub public: String,
    secret: String,
}

impl Keys {
    /// New ones, made by an agent's own library.
    pub fn new(sides: &mut Sides, side: Side) -> Step<Keys> {
        let made = sides.do_it(side, json!({"op": "curve_keypair"}))?;
        Ok(Keys { public: text(side, &made, "public")?, secret: text(side, &made, "secret")? })
    }

    /// The options of a server with these keys.
    pub fn server(&self) -> Value {
        let Keys { public, secret } = self;
        json!({"CURVE_SERVER": 1, "CURVE_PUBLICKEY": public, "CURVE_SECRETKEY": secret})
    }

    /// The options of a client with these keys, of a server with that one.
    pub fn client(&self, server: &Keys) -> Value {
        let Keys { public, secret } = self;
        let server = &server.public;
        json!({"CURVE_SERVERKEY": server, "CURVE_PUBLICKEY": public, "CURVE_SECRETKEY": secret})
    }
}

/// A client on A and a server on B, linked.
fn curve_pair(sides: &mut Sides, client: &str, server: &str) -> Step<(Sock, Sock)> {
    let (ours, theirs) = (Keys::new(sides, A)?, Keys::new(sides, B)?);
    let client = sides.socket_with(A, client, ours.client(&theirs))?;
    let server = sides.socket_with(B, server, theirs.server())?;
    sides.link(&client, &server)?;
    Ok((client, server))
}

fn curve_rounds(sides: &mut Sides, rounds: usize) -> Step {
    let (req, rep) = curve_pair(sides, "REQ", "REP")?;
    (0..rounds).try_for_each(|_| exchange(sides, &req, &rep))
}

fn curve_wrong_key(sides: &mut Sides) -> Step {
    let (ours, theirs, other) = (Keys::new(sides, A)?, Keys::new(sides, B)?, Keys::new(sides, B)?);
    let server = sides.socket_with(B, "PULL", theirs.server())?;
    let endpoint = sides.bind(&server)?;
    let until = Until::Command("HELLO");
    let stranger = stranger(sides, "PUSH", ours.client(&other), &endpoint, until)?;
    let client = sides.socket_with(A, "PUSH", ours.client(&theirs))?;
    only_client_is_served(sides, &[stranger], [&client, &server], &endpoint)
}

fn curve_unknown(sides: &mut Sides) -> Step {
    let (ours, theirs, other) = (Keys::new(sides, A)?, Keys::new(sides, B)?, Keys::new(sides, A)?);
    sides.post(B, json!({"op": "zap", "allow": {"curve": [ours.public]}}))?;
    let server = sides.socket_with(B, "PULL", theirs.server())?;
    let endpoint = sides.bind(&server)?;
    let until = Until::Command("INITIATE");
    let stranger = stranger(sides, "PUSH", other.client(&theirs), &endpoint, until)?;
    let client = sides.socket_with(A, "PUSH", ours.client(&theirs))?;
    only_client_is_served(sides, &[stranger], [&client, &server], &endpoint)
}

fn curve_sub(sides: &mut Sides) -> Step {
    let (sub, xpub) = curve_pair(sides, "SUB", "XPUB")?;
    subscribe_if_needed(sides, &sub, &xpub)?;
    exchange(sides, &sub, &xpub)?;
    sides.subscribe(&sub, "A")?;
    super::exchange::notified(sides, &xpub, &sub, b"\x01A")?;
    sides.unsubscribe(&sub, "")?;
    super::exchange::notified(sides, &xpub, &sub, b"\0")?;
    // Now "A" alone is left.
    sides.send(&xpub, &["B".into()])?;
    sides.pass(&xpub, &sub, &["AB".into()])
}
