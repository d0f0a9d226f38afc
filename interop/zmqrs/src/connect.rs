//! Connecting to somebody who may not be there yet.

use std::time::Duration;

use tokio::time::sleep;
use zeromq::{Endpoint, Socket, SocketOptions};

use crate::Failure;

/// Tells a bad endpoint from an absent peer.
pub fn check(endpoint: &str) -> Result<(), Failure> {
    endpoint.parse::<Endpoint>().map(drop).map_err(|error| Failure::at(endpoint, &error.into()))
}

/// A socket to connect. The crate doubles the pause between its attempts, up to half a minute: here it
/// starts anew every second.
pub fn socket<S: Socket>() -> S {
    let mut options = SocketOptions::default();
    options.connect_timeout(Duration::from_secs(1));
    S::with_options(options)
}

/// Connects to a good endpoint, however long that takes. The crate's connect also gives up when a peer
/// goes in the middle of the handshake.
pub async fn connect(socket: &mut impl Socket, endpoint: &str) {
    while socket.connect(endpoint).await.is_err() {
        sleep(Duration::from_millis(50)).await;
    }
}
