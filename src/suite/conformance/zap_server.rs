//! ZAP: servers and their handler, which of the two is there first, how many there are, and what is asked of
//! whom.

use serde_json::{Value, json};

use super::case::{Binds, Case};
use super::exchange::{exchange, exchange_undisturbed, only_client_is_served, silent, stranger};
use super::needs::Needs;
use super::security::{Keys, curve_client, curve_server, plain_client, plain_server};
use super::sides::{Sides, Until, parts, wrong};
use super::step::{A, B, Cause, Failure, Step};
use super::zap::log;
use crate::digest::D;
use crate::outcome::Cause::*;
use crate::suite::mutant::{Blame::*, mutant};

/// The place of a frame in a request, after its delimiter.
const DOMAIN: usize = 2;
const ADDRESS: usize = 3;
const IDENTITY: usize = 4;

/// See the module.
pub const CASES: &[Case] = &[
    Case {
        name: "zap-none",
        requirement: "a PLAIN server that has no handler lets nobody in; with one that comes later it does as that says",
        source: "RFC 24: the server validates name and password; RFC 27, Architecture: the handler starts first; SECURITY.md",
        needs: [plain_client(&["PUSH"]).witness(), plain_server(&["PULL"])],
        binds: Binds::Second,
        mutants: &[
            mutant("open-at-first", "/rust-liar", WrongAnswer, Either),
            mutant("ignore:zap", "/rust-liar", Timeout, Either),
            mutant("no-second", "/liar-rust", Timeout, Surely),
        ],
        play: none,
    },
    Case {
        name: "zap-two-servers",
        requirement: "any number of servers ask one handler, each with its domain, and each does what it says of its own client",
        source: "RFC 27, Architecture: any number of servers in a process",
        needs: [
            plain_client(&["PUSH"]).witness(),
            plain_server(&["PULL"]).options(&["PLAIN_SERVER", "ZAP_DOMAIN"]),
        ],
        binds: Binds::Second,
        mutants: &[mutant("forget:ZAP_DOMAIN", "/rust-liar", WrongAnswer, Surely)],
        play: two_servers,
    },
    Case {
        name: "zap-ipv6",
        requirement: "the handler is asked about an IPv6 address in its canonical form",
        source: "RFC 27, Message Format: address",
        needs: [
            plain_client(&["DEALER"])
                .options(&["PLAIN_USERNAME", "PLAIN_PASSWORD", "IPV6"])
                .one_machine()
                .ipv6(),
            plain_server(&["DEALER"]).options(&["PLAIN_SERVER", "IPV6"]),
        ],
        binds: Binds::Second,
        mutants: &[
            mutant("other-address", "/rust-liar", WrongAnswer, Surely),
            mutant("ignore:zap_log", "/rust-liar", Contract, Surely),
        ],
        play: ipv6,
    },
    Case {
        name: "zap-identity",
        requirement: "the handler is told the identity that the client gave, if any, and no other",
        source: "RFC 27, Message Format: identity",
        needs: [
            Needs::types(&["DEALER"]).options(&["ROUTING_ID"]),
            Needs::types(&["DEALER"]).options(&["ZAP_DOMAIN", "ROUTING_ID"]).features(&["zap"]),
        ],
        binds: Binds::Second,
        mutants: &[mutant("ignore:zap_log", "/rust-liar", Contract, Surely)],
        play: |sides| {
            identity(sides, json!({}), json!({"ZAP_DOMAIN": "the domain"}), json!({"null": true}))
        },
    },
    Case {
        name: "zap-identity-curve",
        requirement: "the handler is told the identity that the client gave, if any, and no other",
        source: "RFC 27, Message Format: identity",
        needs: [
            curve_client(&["DEALER"]).options(&[
                "CURVE_PUBLICKEY",
                "CURVE_SECRETKEY",
                "CURVE_SERVERKEY",
                "ROUTING_ID",
            ]),
            curve_server(&["DEALER"])
                .options(&["CURVE_SERVER", "CURVE_PUBLICKEY", "CURVE_SECRETKEY", "ROUTING_ID"])
                .features(&["zap"]),
        ],
        binds: Binds::Second,
        mutants: &[mutant("ignore:zap_log", "/python-liar", Contract, Surely)],
        play: |sides| {
            let (ours, theirs) = (Keys::new(sides, A)?, Keys::new(sides, B)?);
            let allow = json!({"curve": [ours.public]});
            identity(sides, ours.client(&theirs), theirs.server(), allow)
        },
    },
    Case {
        name: "zap-router",
        requirement: "a handler may be a ROUTER: it gets a routing id and the delimiter, and its reply reaches the server behind them",
        source: "RFC 27, Socket Types: ROUTER; Example Exchanges",
        needs: [plain_client(&["PUSH"]), plain_server(&["PULL"]).features(&["zap", "zap-router"])],
        binds: Binds::Second,
        mutants: &[
            mutant("ignore:zap_router", "/rust-liar", Timeout, Either),
            mutant("rep-handler", "/rust-liar", WrongAnswer, Surely),
        ],
        play: router,
    },
];

fn plain(name: &str) -> Value {
    json!({"PLAIN_USERNAME": name, "PLAIN_PASSWORD": "secret"})
}

fn none(sides: &mut Sides) -> Step {
    let server = sides.socket_with(B, "PULL", json!({"PLAIN_SERVER": 1}))?;
    let endpoint = sides.bind(&server)?;
    let early = stranger(sides, "PUSH", plain("early"), &endpoint, Until::Command("HELLO"))?;
    early.wait(sides)?;
    sides.wait_for_chance(&early.way);
    silent(sides, &server)?;
    sides.do_it(B, json!({"op": "zap", "allow": {"plain": {"admin": "secret"}}}))?;
    let guest = stranger(sides, "PUSH", plain("guest"), &endpoint, Until::Command("HELLO"))?;
    let client = sides.socket_with(A, "PUSH", plain("admin"))?;
    only_client_is_served(sides, &[early, guest], [&client, &server], &endpoint)
}

fn two_servers(sides: &mut Sides) -> Step {
    let allow = json!({"plain": {"admin": "secret", "user": "secret"}});
    sides.post(B, json!({"op": "zap", "allow": allow}))?;
    let mut pairs = vec![];
    let mut strangers = vec![];
    let domains = ["the first domain", "the second domain"];
    for (domain, name) in domains.into_iter().zip(["admin", "user"]) {
        let options = json!({"PLAIN_SERVER": 1, "ZAP_DOMAIN": domain});
        let server = sides.socket_with(B, "PULL", options)?;
        let endpoint = sides.bind(&server)?;
        // Both are asked about at the same time.
        let client = sides.socket_with(A, "PUSH", plain(name))?;
        sides.connect(&client, &endpoint)?;
        strangers.push(stranger(
            sides,
            "PUSH",
            plain("guest"),
            &endpoint,
            Until::Command("HELLO"),
        )?);
        pairs.push((client, server));
    }
    for ((client, server), stranger) in pairs.iter().zip(&strangers) {
        stranger.wait(sides)?;
        exchange_undisturbed(sides, client, server)?;
    }
    let asked = log(sides)?;
    for (domain, name) in domains.into_iter().zip(["admin", "user"]) {
        let [domain, name] = [domain, name].map(|text| D::of(text.as_bytes()));
        let of_both = asked.iter().filter(|request| request.contains(&name));
        if !of_both.clone().any(|request| request.get(DOMAIN) == Some(&domain)) {
            let what = "the handler was not asked by the server to which a client connected";
            let failure = Failure::new(Cause::WrongAnswer, [B], what);
            let got: Vec<_> = of_both.map(|request| parts(request)).collect();
            return Err(failure.compared(domain.described(), got.join(", ")).into());
        }
    }
    Ok(())
}

/// The frame at this place of the one request that the handler got.
fn asked_with(sides: &mut Sides, at: usize) -> Step<D> {
    let asked = log(sides)?;
    match asked.as_slice() {
        [request] if request.len() > at => Ok(request[at].clone()),
        _ => Err(wrong(format!("for one client the handler was asked {} times", asked.len()))),
    }
}

fn ipv6(sides: &mut Sides) -> Step {
    sides.post(B, json!({"op": "zap", "allow": {"plain": {"admin": "secret"}}}))?;
    let server = sides.socket_with(B, "DEALER", json!({"PLAIN_SERVER": 1, "IPV6": 1}))?;
    let mut options = plain("admin");
    options["IPV6"] = 1.into();
    let client = sides.socket_with(A, "DEALER", options)?;
    let endpoint = sides.bind_at(&server, "tcp://[::1]:*")?;
    sides.connect(&client, &endpoint)?;
    exchange(sides, &client, &server)?;
    let got = asked_with(sides, ADDRESS)?;
    if got == D::of(b"::1") {
        return Ok(());
    }
    let failure =
        Failure::new(Cause::WrongAnswer, [B], "the handler is asked about another address");
    Err(failure.compared("'::1'", got.described()).into())
}

fn identity(sides: &mut Sides, mut ours: Value, mut theirs: Value, allow: Value) -> Step {
    let [client, server] = ["the client", "the server"];
    sides.post(B, json!({"op": "zap", "allow": allow}))?;
    ours["ROUTING_ID"] = json!({"text": client});
    theirs["ROUTING_ID"] = json!({"text": server});
    let theirs = sides.socket_with(B, "DEALER", theirs)?;
    let ours = sides.socket_with(A, "DEALER", ours)?;
    sides.link(&ours, &theirs)?;
    exchange(sides, &ours, &theirs)?;
    let got = asked_with(sides, IDENTITY)?;
    if got == D::of(client.as_bytes()) {
        return Ok(());
    }
    // The server's own says nothing of the client.
    let suspects = if got == D::of(server.as_bytes()) { vec![B] } else { vec![A, B] };
    let failure =
        Failure::new(Cause::WrongAnswer, suspects, "the handler is told another identity");
    Err(failure.compared(format!("'{client}'"), got.described()).into())
}

fn router(sides: &mut Sides) -> Step {
    let allow = json!({"plain": {"admin": "secret"}});
    sides.post(B, json!({"op": "zap_router", "allow": allow}))?;
    let server = sides.socket_with(B, "PULL", json!({"PLAIN_SERVER": 1}))?;
    let endpoint = sides.bind(&server)?;
    for _ in 0..2 {
        let client = sides.socket_with(A, "PUSH", plain("admin"))?;
        sides.connect(&client, &endpoint)?;
        exchange(sides, &client, &server)?;
    }
    for request in log(sides)? {
        let envelope = request.get(..3).unwrap_or_default();
        let version = D::of(b"1.0");
        let right = |[id, delimiter, first]: &[D; 3]| {
            id.size > 0 && delimiter.size == 0 && *first == version
        };
        if !<&[D; 3]>::try_from(envelope).is_ok_and(right) {
            let failure = Failure::new(Cause::WrongAnswer, [B], "a ROUTER gets another envelope");
            let expected = "a routing id, an empty frame, '1.0'";
            return Err(failure.compared(expected, parts(&request)).into());
        }
    }
    Ok(())
}
