//! What goes on while the agent waits for requests: proxies, and the ZAP handler (RFC 27).

use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use zmq::{Context, Socket};

use super::request::Rules;
use crate::digest::D;

/// A thread that stops when it is told so: the crate can't shut down a context that is in use.
pub struct Background {
    control: Socket,
    thread: JoinHandle<()>,
}

impl Background {
    /// Starts `work`, which ends when the socket that it gets becomes readable. `name` is its own.
    fn start(
        context: &Context,
        name: &str,
        work: impl FnOnce(Socket) + Send + 'static,
    ) -> zmq::Result<Background> {
        let pair = [context.socket(zmq::PAIR)?, context.socket(zmq::PAIR)?];
        let endpoint = format!("inproc://agent.control.{name}");
        pair[0].bind(&endpoint)?;
        pair[1].connect(&endpoint)?;
        let [control, controlled] = pair;
        Ok(Background { control, thread: thread::spawn(move || work(controlled)) })
    }

    /// Lets the library proxy two sockets.
    pub fn proxy(context: &Context, name: &str, mut pair: [Socket; 2]) -> zmq::Result<Background> {
        Background::start(context, name, move |mut control| {
            let [frontend, backend] = &mut pair;
            if let Err(error) = zmq::proxy_steerable(frontend, backend, &mut control) {
                eprintln!("zmq-interop agent: the proxy stopped: {error}");
            }
        })
    }

    /// Answers the questions that come to `handler`.
    pub fn zap(context: &Context, zap: Arc<Mutex<Zap>>) -> zmq::Result<Background> {
        let handler = context.socket(zmq::REP)?;
        handler.set_linger(0)?;
        handler.bind("inproc://zeromq.zap.01")?;
        Background::start(context, "zap", move |control| {
            if let Err(error) = serve(&handler, &control, &zap) {
                eprintln!("zmq-interop agent: the ZAP handler stopped: {error}");
            }
        })
    }

    /// Waits until its sockets are closed.
    pub fn stop(self) {
        let told = self.control.send("TERMINATE", zmq::DONTWAIT); // the word that a proxy knows
        if told.is_err() || self.thread.join().is_err() {
            eprintln!("zmq-interop agent: a thread had stopped already");
        }
    }
}

/// What the ZAP handler goes by, and what it was asked.
#[derive(Default)]
pub struct Zap {
    pub rules: Rules,
    pub log: Vec<Vec<D>>,
}

fn serve(handler: &Socket, control: &Socket, zap: &Mutex<Zap>) -> zmq::Result<()> {
    loop {
        let mut items = [handler.as_poll_item(zmq::POLLIN), control.as_poll_item(zmq::POLLIN)];
        zmq::poll(&mut items, -1)?;
        if items[1].is_readable() {
            return Ok(());
        }
        let request = handler.recv_multipart(0)?;
        let mut zap = zap.lock().expect("nobody panics with the lock");
        zap.log.push(request.iter().map(|frame| D::of(frame)).collect());
        let [_, id, _, _, _, mechanism, credentials @ ..] = request.as_slice() else { continue };
        handler.send_multipart(zap.rules.answer(id, mechanism, credentials), 0)?;
    }
}

impl Rules {
    fn answer(&self, id: &[u8], mechanism: &[u8], credentials: &[Vec<u8>]) -> [Vec<u8>; 6] {
        let user = self.user(mechanism, credentials);
        let [version, status, text, user] = match (self.reply.as_deref(), user.as_deref()) {
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
    fn user(&self, mechanism: &[u8], credentials: &[Vec<u8>]) -> Option<String> {
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
}
