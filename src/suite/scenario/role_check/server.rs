//! What `rep` and `mrep` answer.

use super::arguments::{self, ANY};

use super::other_side::{OtherSide, body};
use super::tried::{Start, Tried};
use super::{Check, Seen, Step, odd, sentences, step};
use crate::digest::D;
use crate::role::Role;
use crate::suite::scenario::judge::answer::answer_to;
use crate::suite::scenario::stage::journal::Kind;

pub fn steps() -> Vec<Step> {
    vec![
        step("each request is answered rightly, byte for byte", bytes),
        step("a request of several frames is joined, and answered with one", frames),
        step("it takes one request at a time: received, replied, then the next", one_at_a_time),
        step("INTEROP_COUNT=0: it says ready, and exits with 0", arguments::count_0),
        step("INTEROP_COUNT=2: it exits with 0 after two replies, which both leave", count),
        step("without INTEROP_EVENTS it prints the sentences of the contract", sentences::server),
        step("data can't disturb a terminal", sentences::server_odd),
    ]
}

/// A server and who asks it.
pub struct Serving {
    pub tried: Tried,
    pub asker: OtherSide,
    pub role: Role,
}

impl Serving {
    pub fn begin(check: &Check, env: &[(&str, &str)]) -> Seen<Serving> {
        let with = |mut program: Start<'_>| {
            for (name, value) in env {
                program = program.env(name, value);
            }
            program.ready()
        };
        let role = check.role;
        if role == Role::Rep {
            let (tried, bound) = with(check.with_events(&[ANY]))?;
            let asker = OtherSide::connected(zmq::DEALER, &bound[0]);
            return Ok(Serving { tried, asker, role });
        }
        let (asker, endpoint) = OtherSide::bound(zmq::DEALER, ANY);
        let (tried, _) = with(check.with_events(&[&endpoint]))?;
        Ok(Serving { tried, asker, role })
    }

    pub fn ask(&self, frames: &[&[u8]]) -> Seen {
        self.asker.send(&self.tried, &[&[b"" as &[u8]], frames].concat())
    }

    /// The server tells of `request` and of the right answer to it.
    fn told(&mut self, request: &[u8]) -> Seen {
        let request = D::of(request);
        let wanted =
            [(Kind::Received, request.clone()), (Kind::Replied, answer_to(self.role, &request))];
        for (kind, right) in wanted {
            let told = self.tried.event(kind)?.data;
            if told != right {
                let verb = format!("{kind:?}").to_lowercase();
                let [right, told] = [&right, &told].map(D::described);
                return self.tried.wrong(format!(
                    "of the request {} it must say that it {verb} {right}, and said {told}",
                    request.described()
                ));
            }
        }
        Ok(())
    }

    /// The answer to `request` comes, and is right.
    pub fn answered(&mut self, request: &[u8]) -> Seen {
        let request = D::of(request);
        let what = format!("the answer to {}", request.described());
        let frames = self.asker.receive(&mut self.tried, &what)?;
        let got = D::of(body(&self.tried, &frames, &what)?);
        let right = answer_to(self.role, &request);
        if got == right {
            return Ok(());
        }
        let [right, got] = [&right, &got].map(D::described);
        self.tried.wrong(format!("{what} must be {right}, and was {got}"))
    }
}

fn bytes(check: &Check) -> Seen {
    let mut serving = Serving::begin(check, &[("INTEROP_COUNT", "")])?;
    for request in odd::all() {
        serving.ask(&[&request])?;
        serving.answered(&request)?;
        serving.told(&request)?;
    }
    serving.tried.stop()
}

fn frames(check: &Check) -> Seen {
    let mut serving = Serving::begin(check, &[])?;
    for frames in [&[b"psy " as &[u8], b"oppa gangnam", b"", b" style"][..], &[b"", b""]] {
        serving.ask(frames)?;
        serving.answered(&frames.concat())?;
        serving.told(&frames.concat())?;
    }
    Ok(())
}

fn one_at_a_time(check: &Check) -> Seen {
    let mut serving = Serving::begin(check, &[])?;
    let requests = ["the first", "the second", "the third", "the fourth"].map(str::as_bytes);
    for request in requests {
        serving.ask(&[request])?;
    }
    for request in requests {
        serving.told(request)?;
    }
    for request in requests {
        serving.answered(request)?;
    }
    Ok(())
}

fn count(check: &Check) -> Seen {
    let mut serving = Serving::begin(check, &[("INTEROP_COUNT", "2")])?;
    let large = vec![b'x'; 1 << 20];
    let requests = [&b"the first"[..], &large, b"one too many"];
    for request in requests {
        serving.ask(&[request])?;
    }
    for request in &requests[..2] {
        serving.told(request)?;
    }
    for request in &requests[..2] {
        serving.answered(request)?;
    }
    let Serving { tried, asker, .. } = serving;
    tried.exits_0("after two replies with INTEROP_COUNT=2")?;
    asker.nothing_more("after two replies with INTEROP_COUNT=2 it must reply no more")
}
