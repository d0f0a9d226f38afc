//! ZMTP on the wire, as an independent witness: nothing here uses libzmq, and nothing here judges.
//!
//! What belongs here: reading and writing [`greeting`]s, [`frame`]s and [`command`]s (RFC 13, 15, 23
//! and 37), the [`traffic`] of one side, the [`decoder`] that joins both sides of a connection, the
//! [`conversation`] that it leaves, how that is [shown](show) to a person, the [`tap`] that records
//! it between two programs, the [`capture`] of one, and the [`raw`] peer that says what it is told. What does not: scenarios, verdicts, and anything that knows a peer by name.

pub mod capture;
pub mod command;
pub mod conversation;
pub mod decoder;
pub mod endpoint;
pub mod exchange;
pub mod frame;
pub mod greeting;
pub mod raw;
pub mod show;
pub mod tap;
pub mod traffic;

/// Which end of a TCP connection spoke.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// The end that called connect.
    Connector,
    /// The end that was listening.
    Binder,
}

impl Side {
    /// The other end.
    pub fn other(self) -> Side {
        match self {
            Side::Connector => Side::Binder,
            Side::Binder => Side::Connector,
        }
    }
}

/// A breach of the protocol: where it begins in the bytes of its side, and which rule it breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Offset of the greeting or frame at fault, from the first byte of this side.
    pub offset: u64,
    /// What is wrong, with the RFC that says so.
    pub what: String,
}
