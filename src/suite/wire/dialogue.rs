//! What a client says to a socket from its first octet on: right as it is made, and wrong as a case changes it.

use crate::zmtp::command;
use crate::zmtp::frame::{self, encode_command};
use crate::zmtp::greeting::{Version, encode_v2, encode_v3};

/// The body of the message that what is changed carries, where it carries one.
pub const WRONG: &[u8] = b"carried by what is wrong";

/// The body of the message that comes last, and is right.
pub const LAST: &[u8] = b"the last message";

/// The body of the message of the right client that comes afterwards.
pub const GOOD: &[u8] = b"of a right client";

/// The parts of what a client says. Each is sent once the other side has answered the one before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dialogue {
    /// The version that it speaks.
    pub version: Version,
    /// The type that it says it is.
    pub kind: &'static str,
    /// The type of the socket that it talks to.
    pub subject: &'static str,
    /// ZMTP 3: 64 octets. ZMTP 2.0: signature, revision and socket type. ZMTP 1.0: nothing.
    pub greeting: Vec<u8>,
    /// ZMTP 3: READY. Before: the identity.
    pub handshake: Vec<u8>,
    /// Frames.
    pub traffic: Vec<u8>,
    /// So many octets go at a time; 0: each part at once.
    pub piece: usize,
    /// All parts go at once: the other side is not waited for.
    pub at_once: bool,
    /// It closes after its last octet.
    pub ends: bool,
}

impl Dialogue {
    /// A client of this socket type that sends one message, [`LAST`], in the form that `subject` reads.
    pub fn new(version: Version, kind: &'static str, subject: &'static str) -> Dialogue {
        let (greeting, handshake) = match version {
            Version::V1_0 => (vec![], frame::encode(version, false, b"")),
            Version::V2_0 => (encode_v2(kind), frame::encode(version, false, b"")),
            Version::V3_0 => (encode_v3(3, 0, "NULL", false).to_vec(), ready(kind)),
            Version::V3_1 => (encode_v3(3, 1, "NULL", false).to_vec(), ready(kind)),
        };
        let traffic = message(version, subject, LAST);
        Dialogue {
            version,
            kind,
            subject,
            greeting,
            handshake,
            traffic,
            piece: 0,
            at_once: false,
            ends: false,
        }
    }

    /// Puts `octets` before the last message.
    pub fn first(&mut self, octets: &[u8]) {
        self.traffic.splice(0..0, octets.iter().copied());
    }

    /// Says READY with these properties.
    pub fn properties(&mut self, properties: &[(&str, &[u8])]) {
        self.handshake = command("READY", &command::encode_metadata(properties));
    }

    /// The message with the body [`WRONG`], as its kind sends it.
    pub fn wrong_message(&self) -> Vec<u8> {
        message(self.version, self.subject, WRONG)
    }
}

/// The type as which the raw peer comes to a socket of this type, and all that go with it (RFC 23 "The Socket Type
/// Property").
pub const PARTNERS: [(&str, &str, &[&str]); 11] = [
    ("PULL", "PUSH", &["PUSH"]),
    ("PUSH", "PULL", &["PULL"]),
    ("REP", "REQ", &["REQ", "DEALER"]),
    ("REQ", "REP", &["REP", "ROUTER"]),
    ("ROUTER", "DEALER", &["REQ", "DEALER", "ROUTER"]),
    ("DEALER", "ROUTER", &["REP", "DEALER", "ROUTER"]),
    ("PUB", "SUB", &["SUB", "XSUB"]),
    ("XPUB", "SUB", &["SUB", "XSUB"]),
    ("SUB", "PUB", &["PUB", "XPUB"]),
    ("XSUB", "XPUB", &["PUB", "XPUB"]),
    ("PAIR", "PAIR", &["PAIR"]),
];

/// Types that do not go with a socket of this type.
pub fn wrong_types(subject: &str) -> impl Iterator<Item = &'static str> {
    let row = PARTNERS.iter().find(|(kind, ..)| *kind == subject);
    let legal = row.map_or(&[][..], |(_, _, legal)| legal);
    ["PUB", "REQ", "PULL", "DEALER", "PAIR"].into_iter().filter(|kind| !legal.contains(kind))
}

/// READY of this socket type, with the properties that libzmq sends.
pub fn ready(kind: &str) -> Vec<u8> {
    let properties =
        command::encode_metadata(&[("Socket-Type", kind.as_bytes()), ("Identity", b"")]);
    command("READY", &properties)
}

/// A command in its frame.
pub fn command(name: &str, data: &[u8]) -> Vec<u8> {
    encode_command(&command::encode(name, data))
}

/// A message with this body, as the client of a socket of the type `subject` sends it.
pub fn message(version: Version, subject: &str, body: &[u8]) -> Vec<u8> {
    let delimiter = match subject {
        "REP" | "REQ" => frame::encode(version, true, b""),
        _ => vec![],
    };
    [delimiter, frame::encode(version, false, body)].concat()
}
