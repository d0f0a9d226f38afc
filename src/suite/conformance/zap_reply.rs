//! ZAP: replies that are not as they should be, and what a right one may have.

use serde_json::{Value, json};

use super::case::{Binds, Case};
use super::exchange::exchange;
use super::needs::Needs;
use super::security::{plain_client, plain_server};
use super::sides::{Sides, parts, same};
use super::step::{A, B, Cause, Failure, Step};
use super::value::message;
use super::zap::refused;
use crate::outcome::Cause::*;
use crate::suite::mutant::{Blame::*, Mutant, mutant};

const REPLIES: Needs = plain_server(&["PULL"]).features(&["zap", "zap-reply"]);

/// Whoever lets in without a look at the reply.
const LETS_IN: &[Mutant] = &[mutant("let-in", "/rust-liar", WrongAnswer, Either)];

/// A reply whose frame at this place is another one.
fn reply_with(at: usize, frame: Value) -> Value {
    let mut frames = [const { Value::Null }; FRAMES];
    frames[at] = frame;
    json!(frames)
}

/// Frames of a reply, after its delimiter: version, request id, status code, status text, user id, metadata.
const FRAMES: usize = 6;
const REQUEST_ID: usize = 1;
const STATUS_CODE: usize = 2;
const STATUS_TEXT: usize = 3;
const USER_ID: usize = 4;
const METADATA: usize = 5;

const fn refusal(
    name: &'static str,
    requirement: &'static str,
    play: fn(&mut Sides) -> Step,
) -> Case {
    Case {
        name,
        requirement,
        source: "RFC 27, Message Format",
        needs: [plain_client(&["PUSH"]).witness(), REPLIES],
        binds: Binds::Second,
        mutants: LETS_IN,
        play,
    }
}

/// See the module.
pub const CASES: &[Case] = &[
    refusal("zap-wrong-id", "a reply that does not echo the request id lets nobody in", |sides| {
        let wrong = [json!({"text": ""}), json!({"text": "another"})];
        wrong.into_iter().try_for_each(|id| refused(sides, reply_with(REQUEST_ID, id)))
    }),
    refusal(
        "zap-short-reply",
        "a reply of fewer or more frames than seven lets nobody in",
        |sides| {
            [FRAMES - 1, FRAMES + 1]
                .into_iter()
                .try_for_each(|count| refused(sides, json!(vec![Value::Null; count])))
        },
    ),
    refusal(
        "zap-status-other",
        "a status code other than 200, 300, 400 and 500 lets nobody in",
        |sides| {
            ["201", "600", "20", ""]
                .into_iter()
                .try_for_each(|code| refused(sides, reply_with(STATUS_CODE, json!({"text": code}))))
        },
    ),
    refusal(
        "zap-bad-metadata",
        "a reply whose metadata are not in ZMTP's form lets nobody in",
        |sides| {
            // A name without its end, and a value without its end.
            bad_metadata(sides, &["0558", "01580000000261"])
        },
    ),
    Case {
        // Whoever lets in is known to: this is libzmq's own way.
        mutants: &[mutant("ignore:zap_log", "/rust-liar", Contract, Surely)],
        ..refusal(
            "zap-cut-metadata",
            "a reply whose metadata end after a name, or before a value, lets nobody in",
            |sides| bad_metadata(sides, &["0158", "015800000002"]),
        )
    },
    Case {
        name: "zap-empty-text",
        requirement: "a reply may have an empty status text, and metadata",
        source: "RFC 27, Message Format: the status text MAY be empty",
        needs: [
            plain_client(&["DEALER"]),
            plain_server(&["DEALER"]).features(&["zap", "zap-reply"]),
        ],
        binds: Binds::Second,
        mutants: &[
            mutant("own-reply:3", "/rust-liar", Timeout, Either),
            mutant("own-reply:5", "/rust-liar", Timeout, Either),
        ],
        play: |sides| {
            [(STATUS_TEXT, ""), (METADATA, "0158000000026162")]
                .into_iter()
                .try_for_each(|(at, hex)| let_in(sides, reply_with(at, json!({"hex": hex}))))
        },
    },
    Case {
        name: "zap-user-id",
        requirement: "the user id that a handler gives is known of each message that this client sends",
        source: "RFC 27, Message Format: the user identity, for use by applications; zmq_msg_gets(3)",
        needs: [
            plain_client(&["PUSH"]),
            plain_server(&["PULL"]).features(&["zap", "zap-reply", "property"]),
        ],
        binds: Binds::Second,
        mutants: &[mutant("wrong-value:User-Id", "/rust-liar", WrongAnswer, Surely)],
        play: user_id,
    },
];

fn bad_metadata(sides: &mut Sides, all: &[&str]) -> Step {
    all.iter().try_for_each(|hex| refused(sides, reply_with(METADATA, json!({"hex": hex}))))
}

/// A client is let in with this reply.
fn let_in(sides: &mut Sides, reply: Value) -> Step {
    let allow = json!({"plain": {"admin": "secret"}});
    sides.post(B, json!({"op": "zap", "allow": allow, "reply": reply}))?;
    let server = sides.socket_with(B, "DEALER", json!({"PLAIN_SERVER": 1}))?;
    let admin = json!({"PLAIN_USERNAME": "admin", "PLAIN_PASSWORD": "secret"});
    let client = sides.socket_with(A, "DEALER", admin)?;
    sides.link(&client, &server)?;
    exchange(sides, &client, &server)
}

/// Two clients at one server, whom the rules name, and a third to whom the handler gives another name.
fn user_id(sides: &mut Sides) -> Step {
    let server = sides.socket_with(B, "PULL", json!({"PLAIN_SERVER": 1}))?;
    let endpoint = sides.bind(&server)?;
    let mut clients = vec![];
    for (name, user) in [("admin", "admin"), ("guest", "guest"), ("guest", "somebody else")] {
        let allow = json!({"plain": {name: "secret"}});
        let reply = reply_with(USER_ID, json!({"text": user}));
        sides.do_it(B, json!({"op": "zap", "allow": allow, "reply": reply}))?;
        let plain = json!({"PLAIN_USERNAME": name, "PLAIN_PASSWORD": "secret"});
        let client = sides.socket_with(A, "PUSH", plain)?;
        sides.connect(&client, &endpoint)?;
        sides.pass(&client, &server, &message(["let in"]))?;
        clients.push((client, user));
    }
    for (client, user) in clients.iter().chain(&clients) {
        sides.send(client, &message(["from", *user]))?;
        let (got, known) = sides.recv_property(&server, "User-Id")?;
        same(&message(["from", *user]), &got)?;
        if known.as_deref() != Some(*user) {
            let what =
                format!("the user id of a message is not what the handler gave: {}", parts(&got));
            let failure = Failure::new(Cause::WrongAnswer, [B], what);
            return Err(failure.compared(user.to_string(), format!("{known:?}")).into());
        }
    }
    Ok(())
}
