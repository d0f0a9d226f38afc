//! Clients outlive servers.

use super::asking::{ASKS_AGAIN, Asking};
use super::other_side::{OtherSide, kept};
use super::{Check, Seen};
use crate::suite::scenario::stage::journal::Kind;

pub fn resends(check: &Check) -> Seen {
    let mut asks = Asking::begin(check, &[])?;
    let mut before = asks.question()?;
    for _ in 0..2 {
        let resent = asks.tried.event(Kind::Resent)?.data;
        asks.is_again(&resent, &before.body)?;
        let again = asks.arrived("the message that it says it sent again")?;
        if again.body != before.body {
            return asks.tried.wrong("it must send the same bytes again, and sent others");
        }
        let waited = again.at.duration_since(before.at);
        if !ASKS_AGAIN.contains(&waited) {
            let waited = waited.as_millis();
            return asks.tried.wrong(format!(
                "it must wait for an answer for one second, and sent again after {waited} ms"
            ));
        }
        before = again;
    }
    asks.answer(&before, b"at last")
}

pub fn late(check: &Check) -> Seen {
    let mut asks = Asking::begin(check, &[])?;
    let first = asks.question()?;
    asks.tried.event(Kind::Resent)?;
    let second = asks.arrived("the message that it says it sent again")?;
    asks.answer(&second, b"the answer to the second sending")?;
    let other = asks.question()?;
    asks.send_answer(&first, b"the late answer to the first sending")?;
    asks.answer(&other, b"the answer to the next message")
}

pub fn returns(check: &Check) -> Seen {
    let (_port, endpoint) = kept();
    let mut asks = Asking::begin_at(check, &[], &endpoint)?;
    let question = asks.question()?;
    asks.answer(&question, b"an answer")?;
    // It may have asked again meanwhile; that is lost with its server.
    asks.server.close();
    let told = asks.told_about(b"while nobody is there")?;
    asks.tried.event(Kind::Resent)?;
    (asks.server, _) = OtherSide::bound(zmq::ROUTER, &endpoint);
    let question = asks.arrived("what it asks when its server is there again")?;
    asks.is_again(&told, &question.body)?;
    asks.answer(&question, b"back again")
}
