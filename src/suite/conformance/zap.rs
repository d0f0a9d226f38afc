//! ZAP: what a server asks its handler, and that it does what the handler says.

use serde_json::{Value, json};

use super::case::{Binds, Case};
use super::exchange::{exchange, exchange_undisturbed, only_client_is_served, silent, stranger};
use super::needs::Needs;
use super::security::{Keys, curve_client, curve_server, plain_client, plain_server};
use super::sides::{Sides, Sock, Until, breach, wrong};
use super::step::{A, B};
use super::step::{Cause, Failure, Step};
use super::value::{Z85, message};
use crate::digest::D;
use crate::outcome::Cause::*;
use crate::suite::mutant::{Blame::*, Mutant, mutant};

const FRAMES: &str = "a request to the handler is version, request id, domain, address, identity, \
                      mechanism, credentials";

/// See the module.
pub const CASES: &[Case] = &[
    Case {
        name: "zap-frames-null",
        requirement: FRAMES,
        source: "RFC 27, The Request",
        needs: [
            Needs::types(&["DEALER"]),
            Needs::types(&["DEALER"]).options(&["ZAP_DOMAIN"]).features(&["zap"]),
        ],
        binds: Binds::Second,
        mutants: &[
            mutant("other-address", "/rust-liar", WrongAnswer, Either),
            mutant("forget:ZAP_DOMAIN", "/rust-liar", WrongAnswer, Either),
        ],
        play: |sides| frames(sides, "NULL", json!({}), json!({}), &[]),
    },
    Case {
        name: "zap-frames-plain",
        requirement: FRAMES,
        source: "RFC 27, The Request",
        needs: [
            plain_client(&["DEALER"]),
            plain_server(&["DEALER"]).options(&["ZAP_DOMAIN", "PLAIN_SERVER"]),
        ],
        binds: Binds::Second,
        mutants: &[
            mutant("ignore:zap_log", "/rust-liar", Contract, Surely),
            mutant("other-address", "/rust-liar", WrongAnswer, Either),
        ],
        play: |sides| {
            let ours = json!({"PLAIN_USERNAME": "admin", "PLAIN_PASSWORD": "secret"});
            frames(sides, "PLAIN", ours, json!({"PLAIN_SERVER": 1}), &[b"admin", b"secret"])
        },
    },
    Case {
        name: "zap-frames-curve",
        requirement: FRAMES,
        source: "RFC 27, The Request",
        needs: [
            curve_client(&["DEALER"]),
            curve_server(&["DEALER"])
                .options(&["ZAP_DOMAIN", "CURVE_SERVER", "CURVE_PUBLICKEY", "CURVE_SECRETKEY"])
                .features(&["zap"]),
        ],
        binds: Binds::Second,
        mutants: &[mutant("other-address", "/python-liar", WrongAnswer, Either)],
        play: |sides| {
            let (ours, theirs) = (Keys::new(sides, A)?, Keys::new(sides, B)?);
            let key = z85(&ours.public);
            frames(sides, "CURVE", ours.client(&theirs), theirs.server(), &[&key])
        },
    },
    refusal(
        "zap-300",
        "a handler that answers 300 (a temporary error) lets nobody in",
        &[mutant("let-in", "/rust-liar", WrongAnswer, Either)],
        |sides| refused(sides, json!("300")),
    ),
    refusal(
        "zap-400",
        "a handler that answers 400 (denied) lets nobody in",
        &[mutant("let-in", "/rust-liar", WrongAnswer, Either)],
        |sides| refused(sides, Value::Null),
    ),
    refusal(
        "zap-500",
        "a handler that answers 500 (an internal error) lets nobody in",
        &[mutant("let-in", "/rust-liar", WrongAnswer, Either)],
        |sides| refused(sides, json!("500")),
    ),
    refusal(
        "zap-malformed",
        "a reply of another version than 1.0 lets nobody in",
        &[mutant("let-in", "/rust-liar", WrongAnswer, Either)],
        |sides| refused(sides, json!("malformed")),
    ),
    Case {
        name: "null-zap",
        requirement: "a server with a domain asks its handler about NULL clients too, and obeys",
        source: "RFC 27, NULL; zmq_setsockopt(3), ZMQ_ZAP_DOMAIN",
        needs: [
            Needs::types(&["PUSH"]),
            Needs::types(&["PULL"]).options(&["ZAP_DOMAIN"]).features(&["zap"]),
        ],
        binds: Binds::Second,
        mutants: &[mutant("forget:ZAP_DOMAIN", "/rust-liar", Timeout, Either)],
        play: null_zap,
    },
];

/// A case in which a client is let in by nobody, though the rules would.
pub const fn refusal(
    name: &'static str,
    requirement: &'static str,
    mutants: &'static [Mutant],
    play: fn(&mut Sides) -> Step,
) -> Case {
    Case {
        name,
        requirement,
        source: "RFC 27, Message Format",
        needs: [plain_client(&["PUSH"]).witness(), plain_server(&["PULL"])],
        binds: Binds::Second,
        mutants,
        play,
    }
}

/// What the handler on B was asked so far.
pub fn log(sides: &mut Sides) -> Step<Vec<Vec<D>>> {
    let mut fields = sides.do_it(B, json!({"op": "zap_log"}))?;
    serde_json::from_value(fields.remove("requests").unwrap_or_default())
        .map_err(|e| breach(B, format!("zap_log was answered without requests: {e}")).into())
}

fn frames(
    sides: &mut Sides,
    mechanism: &str,
    ours: Value,
    mut theirs: Value,
    credentials: &[&[u8]],
) -> Step {
    let mut allow = json!({"null": true, "plain": {"admin": "secret"}});
    if let Some(key) = ours.get("CURVE_PUBLICKEY") {
        allow["curve"] = json!([key]);
    }
    sides.post(B, json!({"op": "zap", "allow": allow}))?;
    theirs["ZAP_DOMAIN"] = "the domain".into();
    let server = sides.socket_with(B, "DEALER", theirs)?;
    let endpoint = sides.bind(&server)?;
    let client = sides.socket_with(A, "DEALER", ours)?;
    sides.connect(&client, &endpoint)?;
    exchange(sides, &client, &server)?;
    let asked = log(sides)?;
    let [request] = asked.as_slice() else {
        return Err(wrong(format!("for one client the handler was asked {} times", asked.len())));
    };
    // Nobody has a routing id, so the frame of the identity is empty.
    let address = sides.host(A).to_owned();
    let fixed: [&[u8]; 5] = [b"1.0", b"the domain", address.as_bytes(), b"", mechanism.as_bytes()];
    let expected: Vec<D> = fixed.iter().chain(credentials).map(|bytes| D::of(bytes)).collect();
    let mut got = request.clone();
    if got.len() > 1 {
        got.remove(1); // the request id is the server's own choice
    }
    if got == expected {
        return Ok(());
    }
    let parts = super::sides::parts;
    let failure = Failure::new(Cause::WrongAnswer, [A, B], "the handler is asked other frames");
    Err(failure.compared(parts(&expected), parts(&got)).into())
}

/// A guest is refused with `reply`; then the rules change, the admin comes in, and the guest does not.
pub fn refused(sides: &mut Sides, reply: Value) -> Step {
    let mut rules = json!({"op": "zap", "allow": {}});
    if !reply.is_null() {
        // Even those whom the rules know.
        rules["reply"] = reply;
        rules["allow"] = json!({"plain": {"guest": "guest"}});
    }
    sides.post(B, rules)?;
    let before = log(sides)?.len();
    let server = sides.socket_with(B, "PULL", json!({"PLAIN_SERVER": 1}))?;
    let endpoint = sides.bind(&server)?;
    let guest = json!({"PLAIN_USERNAME": "guest", "PLAIN_PASSWORD": "guest"});
    let guest = stranger(sides, "PUSH", guest, &endpoint, Until::Command("HELLO"))?;
    asked(sides, &server, before)?;
    // Beside it in the same library, but without a mechanism: talk, while the reply takes effect.
    let (pace, open) = (sides.socket(A, "PUSH")?, sides.socket(B, "PULL")?);
    let beside = sides.bind(&open)?;
    sides.connect(&pace, &beside)?;
    exchange_undisturbed(sides, &pace, &open)?;
    silent(sides, &server)?;
    // Done before the client comes, or it would be refused as well, and might not come again.
    sides.do_it(B, json!({"op": "zap", "allow": {"plain": {"admin": "secret"}}}))?;
    let admin = json!({"PLAIN_USERNAME": "admin", "PLAIN_PASSWORD": "secret"});
    let client = sides.socket_with(A, "PUSH", admin)?;
    only_client_is_served(sides, &[guest], [&client, &server], &endpoint)
}

/// The handler has been asked about somebody who wants to come in at `server`, after it was asked so often `before`.
pub fn asked(sides: &mut Sides, server: &Sock, before: usize) -> Step {
    sides.until("the ZAP handler is never asked", |sides, _| {
        silent(sides, server)?;
        Ok(log(sides)?.len() > before)
    })
}

fn null_zap(sides: &mut Sides) -> Step {
    sides.post(B, json!({"op": "zap", "allow": {"null": true}}))?;
    let domain = json!({"ZAP_DOMAIN": "the domain"});
    let server = sides.socket_with(B, "PULL", domain.clone())?;
    let endpoint = sides.bind(&server)?;
    let known = sides.socket(A, "PUSH")?;
    sides.connect(&known, &endpoint)?;
    sides.pass(&known, &server, &message(["let in"]))?;
    asked(sides, &server, 0)?;
    sides.post(B, json!({"op": "zap", "allow": {}}))?;
    let before = log(sides)?.len();
    stranger(sides, "PUSH", json!({}), &endpoint, Until::Greeting)?;
    asked(sides, &server, before)?;
    // Who is in, stays.
    exchange_undisturbed(sides, &known, &server)
}

/// The bytes of a Z85 text (RFC 32). One that is none gives bytes that no handler is asked with.
fn z85(text: &str) -> Vec<u8> {
    let digit = |c: char| Z85.find(c).unwrap_or(0) as u32;
    let chars: Vec<char> = text.chars().collect();
    let word = |five: &[char]| {
        five.iter().fold(0u32, |sum, c| sum.wrapping_mul(85).wrapping_add(digit(*c)))
    };
    chars.chunks(5).flat_map(|five| word(five).to_be_bytes()).collect()
}
