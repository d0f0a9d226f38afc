//! Subscriptions that are in force. A publisher of type XPUB is told of each; with a PUB nothing tells
//! when one has arrived but a message that does.

use super::idle_socket::expect_with;
use super::sides::{Sides, Sock, parts};
use super::step::{A, B};
use super::step::{Cause, Failure, Step};
use super::value::Frame;
use crate::digest::D;

/// A publisher and one subscriber.
pub struct PubSub {
    /// The publisher: a PUB or an XPUB.
    pub publisher: Sock,
    /// The subscriber.
    pub sub: Sock,
    notifies: bool,
    markers: usize,
}

impl PubSub {
    /// A SUB of the first side and a publisher of that type of the second, linked.
    pub fn new(sides: &mut Sides, kind: &str) -> Step<PubSub> {
        let (sub, publisher) = sides.pair("SUB", kind)?;
        Ok(PubSub::of(publisher, sub, kind))
    }

    /// The line between two sockets that are linked.
    pub fn of(publisher: Sock, sub: Sock, kind: &str) -> PubSub {
        PubSub { publisher, sub, notifies: kind == "XPUB", markers: 0 }
    }

    /// Subscribes and waits until it is in force.
    pub fn subscribe(&self, sides: &mut Sides, topic: &[u8]) -> Step {
        sides.subscribe(&self.sub, topic)?;
        self.in_force(sides, topic)
    }

    /// Waits until a subscription is in force that was made before.
    pub fn in_force(&self, sides: &mut Sides, topic: &[u8]) -> Step {
        match self.notifies {
            true => self.is_notified(sides, 1, topic),
            false => synchronize(sides, &self.publisher, &self.sub, topic),
        }
    }

    fn is_notified(&self, sides: &mut Sides, what: u8, topic: &[u8]) -> Step {
        expect_with(sides, &self.publisher, &self.sub, &notice(what, topic))
    }

    /// Cancels a subscription and waits until that is in force. `last`: no other holds the same topic.
    pub fn unsubscribe(&mut self, sides: &mut Sides, topic: &[u8], last: bool) -> Step {
        sides.unsubscribe(&self.sub, topic)?;
        if self.notifies && last {
            return self.is_notified(sides, 0, topic);
        }
        // What is asked in order is done in order: a new subscription that works shows that what was
        // asked before it is done.
        self.markers += 1;
        let marker = format!("marker {}", self.markers);
        self.subscribe(sides, marker.as_bytes())
    }

    /// Publishes these, each a message of one frame.
    pub fn publish(&self, sides: &mut Sides, bodies: &[&str]) -> Step {
        bodies.iter().try_for_each(|body| sides.send(&self.publisher, &[Frame::from(*body)]))
    }

    /// The subscriber gets exactly these next, each a message of one frame.
    pub fn gets(&self, sides: &mut Sides, bodies: &[&str]) -> Step {
        bodies.iter().try_for_each(|body| sides.expect(&self.sub, &[Frame::from(*body)]))
    }
}

/// What an XPUB is told when a topic is subscribed to (1) or no longer (0).
pub fn notice(what: u8, topic: &[u8]) -> [Frame; 1] {
    [[&[what], topic].concat().into()]
}

/// Publishes `[topic, 'sync']` until one comes, then takes all of them out of the way.
pub fn synchronize(sides: &mut Sides, publisher: &Sock, sub: &Sock, topic: &[u8]) -> Step {
    let of_topic = |got: &[D], body: &str| match got {
        [first, second] => {
            *first == Frame::from(topic).seen() && *second == Frame::from(body).seen()
        }
        _ => false,
    };
    let mut first = None;
    sides.until("no message came of a topic that is subscribed to", |sides, ms| {
        sides.send(publisher, &[topic.into(), "sync".into()])?;
        first = sides.try_recv(sub, ms)?;
        Ok(first.is_some())
    })?;
    sides.send(publisher, &[topic.into(), "synced".into()])?;
    let mut got = first.expect("until it came");
    while of_topic(&got, "sync") {
        got = sides.recv(sub)?;
    }
    if of_topic(&got, "synced") {
        return Ok(());
    }
    let what = "a message came that nobody should get";
    let expected = parts(&[Frame::from(topic).seen(), Frame::from("sync").seen()]);
    Err(Failure::new(Cause::WrongAnswer, [A, B], what).compared(expected, parts(&got)).into())
}
