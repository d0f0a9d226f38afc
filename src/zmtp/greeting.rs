//! The greeting: the first bytes of each side, from which both learn what they will speak. See
//! RFC 13 "The Connection Layer", RFC 15 "Backwards Interoperability", RFC 23 and 37 "Version
//! Negotiation" and "Backwards Interoperability".

use crate::digest::D;

/// Signature, version, mechanism, as-server, filler (RFC 23 "Formal Grammar").
pub const V3_SIZE: usize = 64;
/// Signature, revision, socket type; the identity frame comes after (RFC 15 "Formal Grammar").
pub const V2_SIZE: usize = 12;

const SOCKET_TYPES: [&str; 11] =
    ["PAIR", "PUB", "SUB", "REQ", "REP", "DEALER", "ROUTER", "PULL", "PUSH", "XPUB", "XSUB"];

/// The protocol that two peers speak: the lower of what both announce.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// RFC 13.
    V1_0,
    /// RFC 15.
    V2_0,
    /// RFC 23.
    V3_0,
    /// RFC 37, and how we read whatever is newer: "a peer MUST accept higher protocol versions".
    V3_1,
}

/// What one side says of itself before it knows the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Announced {
    /// No signature: a ZMTP 1.0 peer.
    Unversioned,
    /// A signature: newer than 1.0. It says how much newer only to who has one too.
    Signature,
    /// A signature and a version. ZMTP 2.0 announces major 1 or 2, and no minor.
    Versioned { major: u8, minor: u8 },
}

impl Announced {
    /// Reads the beginning of a side; `None` while more bytes are needed (RFC 23 "Detecting ZMTP 1.0
    /// and 2.0 Peers").
    pub fn read(bytes: &[u8]) -> Result<Option<Announced>, String> {
        let versioned = |major, minor| Ok(Some(Announced::Versioned { major, minor }));
        match *bytes {
            [] => Ok(None),
            [first, ..] if first != 0xFF => Ok(Some(Announced::Unversioned)),
            // A 1.0 peer whose identity has a long length: its flags are where 2.0 puts 7F.
            [_, _, _, _, _, _, _, _, _, flags, ..] if flags & 1 == 0 => {
                Ok(Some(Announced::Unversioned))
            }
            [_, _, _, _, _, _, _, _, _, end, ..] if end != 0x7F => {
                Err(format!("the signature ends with 0x{end:02X} instead of 0x7F (RFC 23)"))
            }
            [_, _, _, _, _, _, _, _, _, _, 0, ..] => {
                Err("announces version 0; 1 and 2 mean ZMTP 2.0, 3 ZMTP 3 (RFC 23)".into())
            }
            [_, _, _, _, _, _, _, _, _, _, major @ (1 | 2), ..] => versioned(major, 0),
            [_, _, _, _, _, _, _, _, _, _, major, minor, ..] => versioned(major, minor),
            [_, _, _, _, _, _, _, _, _, _, ..] => Ok(Some(Announced::Signature)),
            _ => Ok(None),
        }
    }

    /// The newest protocol that we know and this side speaks, if it has said that already.
    pub fn version(self) -> Option<Version> {
        match self {
            Announced::Unversioned => Some(Version::V1_0),
            Announced::Signature => None,
            Announced::Versioned { major: 1 | 2, .. } => Some(Version::V2_0),
            Announced::Versioned { major: 3, minor: 0 } => Some(Version::V3_0),
            Announced::Versioned { .. } => Some(Version::V3_1),
        }
    }

    /// What two sides will speak; `None` while it depends on what is still to come.
    pub fn agree(one: Option<Announced>, other: Option<Announced>) -> Option<Version> {
        let version = |announced: Option<Announced>| announced.and_then(Announced::version);
        match (version(one), version(other)) {
            (Some(Version::V1_0), _) | (_, Some(Version::V1_0)) => Some(Version::V1_0),
            (Some(one), Some(other)) => Some(one.min(other)),
            // Who has a signature speaks at least 2.0.
            (Some(Version::V2_0), None) if other.is_some() => Some(Version::V2_0),
            (None, Some(Version::V2_0)) if one.is_some() => Some(Version::V2_0),
            _ => None,
        }
    }
}

/// One side's greeting, read as the version that both speak.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Greeting {
    /// What both speak.
    pub version: Version,
    /// What this side announced; may be newer than `version`.
    pub announced: Announced,
    /// ZMTP 2.0: the socket type, in the words of ZMTP 3.
    pub socket_type: Option<String>,
    /// ZMTP 1.0 and 2.0: the identity; empty when anonymous.
    pub identity: Option<D>,
    /// ZMTP 3: the security mechanism.
    pub mechanism: Option<String>,
    /// ZMTP 3: whether this side is the security mechanism's server.
    pub as_server: bool,
}

impl Greeting {
    /// Reads the part of a greeting that has a fixed size and says how long it is; `None` while more
    /// bytes are needed. The identity of ZMTP 1.0 and 2.0 is a frame, and comes after.
    pub fn read(
        version: Version,
        announced: Announced,
        bytes: &[u8],
    ) -> Result<Option<(Greeting, usize)>, String> {
        let announced = match (version, announced) {
            (Version::V1_0, Announced::Versioned { .. }) => Announced::Signature,
            _ => announced,
        };
        let mut greeting = Greeting {
            version,
            announced,
            socket_type: None,
            identity: None,
            mechanism: None,
            as_server: false,
        };
        let size = match version {
            // The signature of a newer peer is the header of its identity frame (RFC 15).
            Version::V1_0 => 0,
            Version::V2_0 => V2_SIZE,
            Version::V3_0 | Version::V3_1 => V3_SIZE,
        };
        if bytes.len() < size {
            return Ok(None);
        }
        if size == V2_SIZE {
            let code = bytes[11];
            let name = SOCKET_TYPES.get(usize::from(code));
            let name = name.ok_or_else(|| format!("no socket type has number {code} (RFC 15)"))?;
            greeting.socket_type = Some(name.to_string());
        } else if size == V3_SIZE {
            greeting.mechanism = Some(mechanism(&bytes[12..32])?);
            greeting.as_server = match bytes[32] {
                0 => false,
                1 => true,
                other => return Err(format!("as-server is {other}, must be 0 or 1 (RFC 23)")),
            };
        }
        Ok(Some((greeting, size)))
    }
}

fn mechanism(field: &[u8]) -> Result<String, String> {
    let end = field.iter().position(|&b| b == 0).unwrap_or(field.len());
    let (name, padding) = field.split_at(end);
    let legal = |b: &u8| matches!(b, b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'+');
    if name.is_empty() || !name.iter().all(legal) || padding.iter().any(|&b| b != 0) {
        return Err(format!("the mechanism \"{}\" is malformed (RFC 23)", field.escape_ascii()));
    }
    Ok(String::from_utf8_lossy(name).into_owned())
}

/// The ten bytes that a peer sends first when it can fall back to ZMTP 1.0 (RFC 15): to a 1.0 peer
/// they are the header of an identity of that size.
pub fn signature(identity_size: u64) -> [u8; 10] {
    let mut bytes = [0; 10];
    bytes[0] = 0xFF;
    bytes[1..9].copy_from_slice(&(identity_size + 1).to_be_bytes());
    bytes[9] = 0x7F;
    bytes
}

/// A ZMTP 2.0 greeting up to the socket type (RFC 15 "Formal Grammar"); the identity frame comes after. A type that 2.0
/// has no number for is a PAIR.
pub fn encode_v2(socket_type: &str) -> Vec<u8> {
    let code = SOCKET_TYPES.iter().position(|name| *name == socket_type).unwrap_or_default();
    [&signature(0)[..], &[1, code as u8]].concat()
}

/// A ZMTP 3 greeting (RFC 23 "Formal Grammar"). `mechanism` is cut at 20 bytes.
pub fn encode_v3(major: u8, minor: u8, mechanism: &str, as_server: bool) -> [u8; V3_SIZE] {
    let mut bytes = [0; V3_SIZE];
    bytes[..10].copy_from_slice(&signature(0));
    bytes[10..12].copy_from_slice(&[major, minor]);
    let name = &mechanism.as_bytes()[..mechanism.len().min(20)];
    bytes[12..12 + name.len()].copy_from_slice(name);
    bytes[32] = u8::from(as_server);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIBZMQ: [u8; 10] = [0xFF, 0, 0, 0, 0, 0, 0, 0, 1, 0x7F];

    fn announced(bytes: &[u8]) -> Option<Announced> {
        Announced::read(bytes).expect("legal")
    }

    #[test]
    fn rfc23_detecting_1_0_and_2_0_peers() {
        assert_eq!(announced(&[]), None);
        assert_eq!(announced(&[1]), Some(Announced::Unversioned));
        assert_eq!(announced(&LIBZMQ[..9]), None);
        assert_eq!(announced(&LIBZMQ), Some(Announced::Signature));
        let long_identity = [0xFF, 0, 0, 0, 0, 0, 0, 1, 0, 0];
        assert_eq!(announced(&long_identity), Some(Announced::Unversioned));
        for (tail, version) in [
            (&[1][..], Version::V2_0),
            (&[2], Version::V2_0),
            (&[3, 0], Version::V3_0),
            (&[3, 1], Version::V3_1),
            (&[3, 9], Version::V3_1),
            (&[4, 0], Version::V3_1),
        ] {
            let bytes = [&LIBZMQ[..], tail].concat();
            assert_eq!(announced(&bytes).and_then(Announced::version), Some(version), "{tail:?}");
        }
        let without_minor = announced(&[&LIBZMQ[..], &[3]].concat());
        assert_eq!(without_minor, Some(Announced::Signature));
    }

    #[test]
    fn rfc23_formal_grammar_signature() {
        let mut padded = encode_v3(3, 0, "NULL", false);
        padded[1..9].fill(0xA5);
        assert!(announced(&padded).is_some(), "the padding MUST NOT be validated");
        padded[9] = 0x7D;
        assert!(Announced::read(&padded).unwrap_err().contains("0x7D"));
        assert!(Announced::read(&[&LIBZMQ[..], &[0]].concat()).unwrap_err().contains("version 0"));
    }

    #[test]
    fn rfc23_version_negotiation() {
        let v3 = Announced::Versioned { major: 3, minor: 1 };
        let v30 = Announced::Versioned { major: 3, minor: 0 };
        let v2 = Announced::Versioned { major: 1, minor: 0 };
        assert_eq!(Announced::agree(Some(v3), None), None);
        assert_eq!(Announced::agree(Some(v3), Some(Announced::Signature)), None);
        assert_eq!(Announced::agree(Some(v2), None), None);
        assert_eq!(Announced::agree(Some(v2), Some(Announced::Signature)), Some(Version::V2_0));
        assert_eq!(Announced::agree(None, Some(Announced::Unversioned)), Some(Version::V1_0));
        assert_eq!(Announced::agree(Some(v3), Some(v3)), Some(Version::V3_1));
        assert_eq!(Announced::agree(Some(v3), Some(v30)), Some(Version::V3_0));
        assert_eq!(Announced::agree(Some(v3), Some(v2)), Some(Version::V2_0));
    }

    #[test]
    fn rfc23_formal_grammar_greeting() {
        let read = |bytes: &[u8]| {
            Greeting::read(Version::V3_0, Announced::Versioned { major: 3, minor: 0 }, bytes)
        };
        let good = encode_v3(3, 0, "CURVE", true);
        assert_eq!(read(&good[..63]), Ok(None));
        let (greeting, size) = read(&good).unwrap().unwrap();
        assert_eq!((greeting.mechanism.as_deref(), greeting.as_server), (Some("CURVE"), true));
        assert_eq!(size, V3_SIZE);
        assert!(read(&encode_v3(3, 0, "null", false)).unwrap_err().contains("mechanism"));
        let mut bad = good;
        bad[32] = 2;
        assert!(read(&bad).unwrap_err().contains("as-server"));
    }

    #[test]
    fn rfc15_formal_grammar_socket_type() {
        let read = |code| {
            let bytes = [&LIBZMQ[..], &[1, code]].concat();
            let announced = Announced::Versioned { major: 1, minor: 0 };
            Greeting::read(Version::V2_0, announced, &bytes)
        };
        let (greeting, size) = read(8).unwrap().unwrap();
        assert_eq!((greeting.socket_type.as_deref(), size), (Some("PUSH"), V2_SIZE));
        assert!(read(11).unwrap_err().contains("number 11"));
    }
}
