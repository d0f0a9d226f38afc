//! The tap between real libzmq sockets, between raw ones, and under hostile bytes.

mod command;
mod held;
mod libzmq;
mod memory;
#[path = "../program/mod.rs"]
mod program;
mod raw;

use std::time::Duration;

use zmq_interop::zmtp::conversation::{Conversation, Item};
use zmq_interop::zmtp::{Side, tap::Tap};

/// Longer than anything here takes; nothing waits for it to pass.
pub const DEADLINE: Duration = Duration::from_secs(20);

/// The conversations of a tap whose programs have ended, none of which broke the protocol.
pub fn settled(tap: &Tap) -> Vec<Conversation> {
    assert!(tap.wait_closed(DEADLINE), "a connection is still open");
    let conversations = tap.conversations();
    for conversation in &conversations {
        for side in [Side::Connector, Side::Binder] {
            assert_eq!(conversation.violation(side), None, "\n{conversation}");
        }
        assert_eq!(conversation.dropped, 0);
    }
    conversations
}

/// Those of them that reached upstream.
pub fn connected(tap: &Tap) -> Vec<Conversation> {
    settled(tap).into_iter().filter(|conversation| !conversation.upstream_refused).collect()
}

/// What `side` said, each as a person sees it.
pub fn lines(conversation: &Conversation, side: Side) -> Vec<String> {
    let said = conversation.entries.iter().filter(|entry| entry.from == side);
    said.map(|entry| entry.item.to_string()).collect()
}

/// How `side` ended.
pub fn end(conversation: &Conversation, side: Side) -> Option<&Item> {
    let mut said = conversation.entries.iter().filter(|entry| entry.from == side);
    said.rfind(|entry| matches!(entry.item, Item::Closed { .. })).map(|entry| &entry.item)
}
