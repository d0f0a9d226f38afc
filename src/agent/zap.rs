//! The ZAP handler (RFC 27), a thread that answers whom libzmq may let in; and CURVE keys.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use zmq::{Context, Socket, SocketType};

use super::data::{Answer, Frame, Refusal, Reply, Rules};
use super::socket::{Background, has};
use crate::digest::D;

/// The replies that the handler can give to everybody.
const REPLIES: [&str; 4] = ["300", "400", "500", "malformed"];

/// A running handler.
pub struct Zap(Arc<Mutex<State>>);

/// What the handler goes by, and what it was asked.
struct State {
    rules: Rules,
    log: Vec<Vec<D>>,
}

impl Zap {
    /// Starts the handler; its thread is to be stopped.
    pub fn start(
        context: &Context,
        kind: SocketType,
        rules: Rules,
    ) -> zmq::Result<(Zap, Background)> {
        let state = Arc::new(Mutex::new(State { rules, log: vec![] }));
        let handler = context.socket(kind)?;
        handler.set_linger(0)?;
        handler.bind("inproc://zeromq.zap.01")?;
        let served = state.clone();
        let thread = Background::start(context, "zap", move |control| {
            if let Err(error) = serve(&handler, &control, &served) {
                eprintln!("zmq-interop agent: the ZAP handler stopped: {error}");
            }
        })?;
        Ok((Zap(state), thread))
    }

    /// Answers by these rules from now on.
    pub fn set_rules(&self, rules: Rules) {
        self.0.lock().expect("nobody panics with the lock").rules = rules;
    }

    /// What it was asked.
    pub fn log(&self) -> Value {
        json!(self.0.lock().expect("nobody panics with the lock").log)
    }
}

fn serve(handler: &Socket, control: &Socket, state: &Mutex<State>) -> zmq::Result<()> {
    // A routing id and the delimiter.
    let envelope = if handler.get_socket_type()? == zmq::ROUTER { 2 } else { 0 };
    loop {
        let mut items = [handler.as_poll_item(zmq::POLLIN), control.as_poll_item(zmq::POLLIN)];
        zmq::poll(&mut items, -1)?;
        if items[1].is_readable() {
            return Ok(());
        }
        let request = handler.recv_multipart(0)?;
        let mut state = state.lock().expect("nobody panics with the lock");
        state.log.push(request.iter().map(|frame| D::of(frame)).collect());
        let (envelope, request) = request.split_at(envelope.min(request.len()));
        let [_, id, _, _, _, mechanism, credentials @ ..] = request else { continue };
        let reply = state.rules.reply(id, mechanism, credentials);
        handler.send_multipart([envelope, &reply].concat(), 0)?;
    }
}

impl Rules {
    /// Refuses a reply that the handler can't give.
    pub fn check(&self) -> Result<(), Refusal> {
        match &self.reply {
            Some(Reply::Named(reply)) if !REPLIES.contains(&reply.as_str()) => {
                Err(Refusal::unsupported(format!("no reply {reply}")))
            }
            Some(Reply::Frames(frames)) if frames.is_empty() => {
                Err(Refusal::bad_request("a reply has one frame at least"))
            }
            Some(Reply::Frames(frames)) => {
                frames.iter().flatten().try_for_each(|frame| frame.bytes().map(drop))
            }
            _ => Ok(()),
        }
    }

    /// The frames of the reply, after its delimiter.
    fn reply(&self, id: &[u8], mechanism: &[u8], credentials: &[Vec<u8>]) -> Vec<Vec<u8>> {
        let own = self.answer(id, mechanism, credentials);
        let Some(Reply::Frames(frames)) = &self.reply else { return own.to_vec() };
        let own = own.into_iter().chain(std::iter::repeat(vec![]));
        let given = |frame: &Option<Frame>| frame.as_ref().and_then(|frame| frame.bytes().ok());
        frames.iter().zip(own).map(|(frame, own)| given(frame).unwrap_or(own)).collect()
    }

    fn answer(&self, id: &[u8], mechanism: &[u8], credentials: &[Vec<u8>]) -> [Vec<u8>; 6] {
        let user = self.user_of(mechanism, credentials);
        let named = match &self.reply {
            Some(Reply::Named(name)) => Some(name.as_str()),
            _ => None,
        };
        let [version, status, text, user] = match (named, user.as_deref()) {
            // All but the version invites: who lets this in didn't look.
            (Some("malformed"), _) => ["2.0", "200", "OK", "anonymous"],
            (Some(status), _) => ["1.0", status, "not allowed", ""],
            (None, Some(user)) => ["1.0", "200", "OK", user],
            (None, None) => ["1.0", "400", "not allowed", ""],
        }
        .map(|frame| frame.as_bytes().to_vec());
        [version, id.to_vec(), status, text, user, vec![]]
    }

    /// The user id of whom the rules let in.
    fn user_of(&self, mechanism: &[u8], credentials: &[Vec<u8>]) -> Option<String> {
        match (mechanism, credentials) {
            (b"NULL", []) if self.allow.null => Some("anonymous".into()),
            (b"PLAIN", [name, password]) => {
                let name = std::str::from_utf8(name).ok()?;
                (self.allow.plain.get(name)?.as_bytes() == password).then(|| name.to_owned())
            }
            (b"CURVE", [key]) => {
                let key = zmq::z85_encode(key).ok()?;
                self.allow.curve.contains(&key).then_some(key)
            }
            _ => None,
        }
    }
}

/// A pair of keys.
pub fn curve_keypair() -> Answer {
    if !has("curve") {
        return Err(Refusal::unsupported("this libzmq is built without CURVE"));
    }
    let pair = zmq::CurveKeyPair::new()?;
    let [public, secret] = [pair.public_key, pair.secret_key]
        .map(|key| zmq::z85_encode(&key).expect("32 bytes are a multiple of 4"));
    Ok(json!({ "public": public, "secret": secret }))
}

#[cfg(test)]
mod tests {
    use serde_json::{from_value, json};

    use super::*;

    fn status_and_user(rules: &Rules, mechanism: &str, credentials: &[&[u8]]) -> (String, String) {
        let credentials: Vec<_> = credentials.iter().map(|frame| frame.to_vec()).collect();
        let answer = rules.answer(b"7", mechanism.as_bytes(), &credentials);
        assert_eq!(answer[1], b"7");
        let text = |frame: &Vec<u8>| String::from_utf8(frame.clone()).unwrap();
        (text(&answer[2]), text(&answer[4]))
    }

    #[test]
    fn the_rules_name_who_may_come_in() {
        let key = [7; 32];
        let z85 = zmq::z85_encode(&key).unwrap();
        let allow = json!({"plain": {"admin": "secret"}, "curve": [z85], "null": true});
        let rules: Rules = from_value(json!({"allow": allow})).unwrap();
        let let_in = |user: &str| ("200".to_owned(), user.to_owned());
        let refused = ("400".to_owned(), String::new());
        assert_eq!(status_and_user(&rules, "PLAIN", &[b"admin", b"secret"]), let_in("admin"));
        assert_eq!(status_and_user(&rules, "PLAIN", &[b"admin", b"guess"]), refused);
        assert_eq!(status_and_user(&rules, "PLAIN", &[b"nobody", b""]), refused);
        assert_eq!(status_and_user(&rules, "CURVE", &[&key]), let_in(&z85));
        assert_eq!(status_and_user(&rules, "CURVE", &[&[8; 32]]), refused);
        assert_eq!(status_and_user(&rules, "NULL", &[]), let_in("anonymous"));
        assert_eq!(status_and_user(&Rules::default(), "NULL", &[]), refused);
    }

    #[test]
    fn a_reply_that_is_given_is_for_everybody() {
        let rules = |reply: &str| -> Rules {
            from_value(json!({"reply": reply, "allow": {"null": true}})).unwrap()
        };
        assert_eq!(status_and_user(&rules("300"), "NULL", &[]).0, "300");
        assert_eq!(rules("malformed").answer(b"7", b"NULL", &[])[0], b"2.0");
    }

    #[test]
    fn frames_of_a_reply_replace_its_own() {
        let rules = |reply: Value| -> Rules {
            from_value(json!({"reply": reply, "allow": {"null": true}})).unwrap()
        };
        let short = rules(json!([null, {"hex": "00"}, null, {"text": ""}]));
        assert_eq!(short.check(), Ok(()));
        assert_eq!(short.reply(b"7", b"NULL", &[]), [&b"1.0"[..], b"\0", b"200", b""]);
        let long = rules(json!([null, null, null, null, null, null, null]));
        assert_eq!(long.reply(b"7", b"NULL", &[]).len(), 7);
        assert_eq!(rules(json!([])).check().unwrap_err().code, "bad-request");
        assert_eq!(rules(json!([{"hex": "0"}])).check().unwrap_err().code, "bad-request");
    }
}
