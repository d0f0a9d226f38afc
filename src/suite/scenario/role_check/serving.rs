//! A server that is tried, and who asks it.

use super::arguments::ANY;
use super::other_side::{OtherSide, body};
use super::tried::{Start, Tried};
use super::{Check, Seen};
use crate::digest::D;
use crate::role::Role;
use crate::suite::scenario::judge::answer::answer_to;
use crate::suite::scenario::stage::journal::Kind;

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
    pub fn told(&mut self, request: &[u8]) -> Seen {
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
