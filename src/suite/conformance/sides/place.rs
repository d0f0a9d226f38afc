//! A place on a way that is watched: who is there leaves it, and another one may take it.

use super::{Sides, Sock, Tapped};
use crate::suite::conformance::step::{Side, Step};

impl Sides {
    /// An endpoint at which sockets of `binder` can be, one after the other, each on a way that is watched; nobody else
    /// gets it in this cell.
    pub fn keep_place(&mut self, binder: Side) -> Step<String> {
        let host = match self.stands_before(binder) {
            true => self.reach.host.clone(),
            false => self.host(binder).to_owned(),
        };
        self.keep(&host)
    }

    /// Binds `sock`, which the other side then reaches at the place `endpoint`, where nobody is.
    pub fn bind_at_place(&mut self, sock: &Sock, endpoint: &str) -> Step<Tapped> {
        if !self.stands_before(sock.side) {
            self.rebind(sock, endpoint)?;
            return Ok(Tapped::straight(endpoint, sock.side));
        }
        let bound = self.bind(sock)?;
        self.tap_at(endpoint, sock.side, &bound)
    }

    /// Links `first` to `stays`, on a way that is watched. `binds`: is it `first` that binds?
    pub fn link_place(&mut self, first: &Sock, stays: &Sock, binds: bool) -> Step<Tapped> {
        let (way, connects) = match binds {
            true => {
                let endpoint = self.keep_place(first.side)?;
                (self.bind_at_place(first, &endpoint)?, stays)
            }
            false => {
                let endpoint = self.bind(stays)?;
                (self.tap(stays.side, &endpoint)?, first)
            }
        };
        self.connect(connects, &way.endpoint)?;
        Ok(way)
    }

    /// `next` takes the place of one that left `way`; the way on which it is seen.
    pub fn take_place(&mut self, next: &Sock, way: &Tapped) -> Step<Tapped> {
        if next.side == way.binder {
            return self.bind_at_place(next, &way.endpoint);
        }
        let own = self.tap(way.binder, &way.endpoint)?;
        self.connect(next, &own.endpoint)?;
        Ok(own)
    }

    /// Closes `sock`, which must leave `way`. Nobody comes in at its place then, if it was the one that is bound.
    pub fn leave_place(&mut self, sock: &Sock, way: &Tapped) -> Step {
        if let Some(tap) = way.tap
            && sock.side == way.binder
        {
            self.taps[tap].stop_listening();
        }
        self.close(sock)?;
        self.wait_closed(sock, way)
    }
}
