//! The options of a socket, by the contract's names. There is no get: the crate has nothing to read.

use std::time::Duration;

use serde_json::Value;
use zeromq::SocketOptions;
use zeromq::util::PeerIdentity;

use super::data::{Frame, Refusal};

/// All are for a socket that is yet to be made.
pub const OPTIONS: [&str; 1] = ["ROUTING_ID"];

/// What was set. The crate's own type for it can't be copied.
#[derive(Default)]
pub struct Options {
    routing_id: Option<PeerIdentity>,
}

impl Options {
    pub fn set(&mut self, name: &str, value: Value) -> Result<(), Refusal> {
        if !OPTIONS.contains(&name) {
            return Err(Refusal::unsupported(format!("the crate has no option '{name}'")));
        }
        let frame: Frame =
            serde_json::from_value(value).map_err(|e| Refusal::bad_request(e.to_string()))?;
        self.routing_id = Some(frame.bytes()?.try_into()?);
        Ok(())
    }

    /// As the crate wants them, once.
    pub fn take(&mut self, connect_timeout: Duration) -> SocketOptions {
        let mut options = SocketOptions::default();
        options.connect_timeout(connect_timeout);
        if let Some(routing_id) = self.routing_id.take() {
            options.peer_identity(routing_id);
        }
        options
    }
}
