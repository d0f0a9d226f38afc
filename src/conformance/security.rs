//! Security mechanisms: who has the right credentials talks as ever, who has not is not heard. Who
//! may come in is decided by a ZAP handler beside the server (see zap.rs).

use serde_json::{Value, json};

use super::bench::{A, B, Bench, Sock};
use super::needs::Needs;
use super::talk::{meet, stranger, talk, text, undisturbed};
use super::{Binds, Case};
use crate::run::failure::Step;

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
        play: |bench| plain_ok(bench, "admin", "secret"),
    },
    Case {
        name: "plain-long",
        requirement: "a name and a password may have 255 octets each",
        source: "RFC 24, Formal Grammar",
        needs: [plain_client(&["REQ"]), plain_server(&["REP"])],
        binds: Binds::Either,
        play: |bench| plain_ok(bench, &"n".repeat(255), &"p".repeat(255)),
    },
    Case {
        name: "plain-bad",
        requirement: "a client with a wrong name or password is refused, and nothing of it is delivered",
        source: "RFC 24; RFC 27",
        needs: [plain_client(&["PUSH"]), plain_server(&["PULL"])],
        binds: Binds::Second,
        play: plain_bad,
    },
    Case {
        name: "curve-ok",
        requirement: "a client that knows the server's key talks to it, whichever of the two binds",
        source: "RFC 26",
        needs: [curve_client(&["REQ"]), curve_server(&["REP"])],
        binds: Binds::Either,
        play: |bench| curve_rounds(bench, 3),
    },
    Case {
        name: "curve-300",
        requirement: "the nonces of a connection go on beyond what one octet counts: 300 round trips",
        source: "RFC 26, Nonces; libzmq#1551",
        needs: [curve_client(&["REQ"]), curve_server(&["REP"])],
        binds: Binds::Either,
        play: |bench| curve_rounds(bench, 300),
    },
    Case {
        name: "curve-wrong-server-key",
        requirement: "a client that expects another server key gets no connection, others do",
        source: "RFC 26, WELCOME",
        needs: [curve_client(&["PUSH"]), curve_server(&["PULL"])],
        binds: Binds::Second,
        play: curve_wrong_key,
    },
    Case {
        name: "curve-unknown-client",
        requirement: "a client whose key the ZAP handler does not know is refused, others are not",
        source: "RFC 26; RFC 27",
        needs: [curve_client(&["PUSH"]), curve_server(&["PULL"]).features(&["zap"])],
        binds: Binds::Second,
        play: curve_unknown,
    },
    Case {
        name: "curve-sub",
        requirement: "subscriptions and cancellations pass an encrypted connection as any other",
        source: "RFC 26, MESSAGE; RFC 23, subscriptions; omq.rs#42",
        needs: [curve_client(&["SUB"]), curve_server(&["XPUB"])],
        binds: Binds::Either,
        play: curve_sub,
    },
];

fn plain(name: &str, password: &str) -> Value {
    json!({"PLAIN_USERNAME": name, "PLAIN_PASSWORD": password})
}

fn plain_ok(bench: &mut Bench, name: &str, password: &str) -> Step {
    bench.post(B, json!({"op": "zap", "allow": {"plain": {name: password}}}))?;
    let client = bench.socket_with(A, "REQ", plain(name, password))?;
    let server = bench.socket_with(B, "REP", json!({"PLAIN_SERVER": 1}))?;
    bench.link(&client, &server)?;
    talk(bench, &client, &server)
}

fn plain_bad(bench: &mut Bench) -> Step {
    bench.post(B, json!({"op": "zap", "allow": {"plain": {"admin": "secret"}}}))?;
    let server = bench.socket_with(B, "PULL", json!({"PLAIN_SERVER": 1}))?;
    let endpoint = bench.bind(&server)?;
    for (name, password) in
        [("admin", "Secret"), ("admin", "secret "), ("admi", "secret"), ("nobody", "secret")]
    {
        stranger(bench, A, "PUSH", plain(name, password), &endpoint)?;
    }
    let friend = bench.socket_with(A, "PUSH", plain("admin", "secret"))?;
    bench.connect(&friend, &endpoint)?;
    undisturbed(bench, &friend, &server)
}

/// A key pair of CURVE.
pub struct Keys {
    /// To be known.
    pub public: String,
    secret: String,
}

impl Keys {
    /// New ones, made by an agent's own library.
    pub fn new(bench: &mut Bench, side: usize) -> Step<Keys> {
        let made = bench.do_it(side, json!({"op": "curve_keypair"}))?;
        Ok(Keys { public: text(&made, "public")?, secret: text(&made, "secret")? })
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
fn curve_pair(bench: &mut Bench, client: &str, server: &str) -> Step<(Sock, Sock)> {
    let (ours, theirs) = (Keys::new(bench, A)?, Keys::new(bench, B)?);
    let client = bench.socket_with(A, client, ours.client(&theirs))?;
    let server = bench.socket_with(B, server, theirs.server())?;
    bench.link(&client, &server)?;
    Ok((client, server))
}

fn curve_rounds(bench: &mut Bench, rounds: usize) -> Step {
    let (req, rep) = curve_pair(bench, "REQ", "REP")?;
    (0..rounds).try_for_each(|_| talk(bench, &req, &rep))
}

fn curve_wrong_key(bench: &mut Bench) -> Step {
    let (ours, theirs, other) = (Keys::new(bench, A)?, Keys::new(bench, B)?, Keys::new(bench, B)?);
    let server = bench.socket_with(B, "PULL", theirs.server())?;
    let endpoint = bench.bind(&server)?;
    stranger(bench, A, "PUSH", ours.client(&other), &endpoint)?;
    let friend = bench.socket_with(A, "PUSH", ours.client(&theirs))?;
    bench.connect(&friend, &endpoint)?;
    undisturbed(bench, &friend, &server)
}

fn curve_unknown(bench: &mut Bench) -> Step {
    let (ours, theirs, other) = (Keys::new(bench, A)?, Keys::new(bench, B)?, Keys::new(bench, A)?);
    bench.post(B, json!({"op": "zap", "allow": {"curve": [ours.public]}}))?;
    let server = bench.socket_with(B, "PULL", theirs.server())?;
    let endpoint = bench.bind(&server)?;
    stranger(bench, A, "PUSH", other.client(&theirs), &endpoint)?;
    let friend = bench.socket_with(A, "PUSH", ours.client(&theirs))?;
    bench.connect(&friend, &endpoint)?;
    undisturbed(bench, &friend, &server)
}

fn curve_sub(bench: &mut Bench) -> Step {
    let (sub, xpub) = curve_pair(bench, "SUB", "XPUB")?;
    meet(bench, &sub, &xpub)?;
    talk(bench, &sub, &xpub)?;
    bench.subscribe(&sub, "A")?;
    super::talk::notified(bench, &xpub, &sub, b"\x01A")?;
    bench.unsubscribe(&sub, "")?;
    super::talk::notified(bench, &xpub, &sub, b"\0")?;
    // Now "A" alone is left.
    bench.send(&xpub, &["B".into()])?;
    bench.pass(&xpub, &sub, &["AB".into()])
}
