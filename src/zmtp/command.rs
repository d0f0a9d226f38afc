//! Commands: what two ZMTP 3 stacks say to each other beneath the messages. See RFC 23 and 37 "The
//! NULL Security Mechanism", RFC 37 "The Publish-Subscribe Pattern" and "Connection Heartbeating",
//! RFC 24 (PLAIN), RFC 25 and 26 (CURVE).

use super::frame::Frame;
use crate::digest::D;

/// Properties of READY or INITIATE, in the order in which they came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metadata(pub Vec<(String, Vec<u8>)>);

impl Metadata {
    /// The value of a property; "the case of names SHALL NOT be significant" (RFC 23).
    pub fn get(&self, name: &str) -> Option<&[u8]> {
        self.0.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| &v[..])
    }
}

/// One command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Ends the handshake (RFC 23, NULL; RFC 24, PLAIN's server).
    Ready(Metadata),
    /// Ends the handshake (RFC 24, PLAIN's client).
    Initiate(Metadata),
    /// Refuses the handshake (RFC 23).
    Error { reason: String },
    /// Heartbeat; `ttl` in tenths of a second (RFC 37).
    Ping { ttl: u16, context: Vec<u8> },
    /// Answer to a heartbeat (RFC 37).
    Pong { context: Vec<u8> },
    /// A subscription (RFC 37).
    Subscribe(D),
    /// The end of a subscription (RFC 37).
    Cancel(D),
    /// A step of a handshake whose content is secret: PLAIN's HELLO, all of CURVE's.
    Handshake { name: String, size: u64 },
    /// Any other command, and known ones above [`super::frame::COMMAND_LIMIT`]. `body` is all of it.
    Unknown { name: String, body: D },
}

impl Command {
    /// Reads a command frame as the mechanism of its side defines it.
    pub fn read(frame: &Frame, mechanism: &str) -> Result<Command, String> {
        let (name, data) =
            short_string(&frame.head).ok_or("a command frame without a command name (RFC 23)")?;
        if name.is_empty() || !name.iter().all(u8::is_ascii_alphabetic) {
            return Err(format!("the command name \"{}\" is not of letters", name.escape_ascii()));
        }
        let name = String::from_utf8_lossy(name).into_owned();
        let encrypted = !matches!(mechanism, "NULL" | "PLAIN");
        let step = matches!(&name[..], "HELLO" | "WELCOME" | "INITIATE" | "READY");
        let of_plain = mechanism == "PLAIN" && matches!(&name[..], "HELLO" | "WELCOME");
        if of_plain || (encrypted && step) {
            return Ok(Command::Handshake { name, size: frame.body.size });
        }
        if frame.body.size > frame.head.len() as u64 {
            return Ok(Command::Unknown { name, body: frame.body.clone() });
        }
        Ok(match &name[..] {
            "READY" => Command::Ready(metadata(data)?),
            "INITIATE" if mechanism == "PLAIN" => Command::Initiate(metadata(data)?),
            "ERROR" => Command::Error { reason: reason(data)? },
            "PING" => {
                let Some((ttl, context)) = data.split_first_chunk() else {
                    return Err("a PING without its two bytes of TTL (RFC 37)".into());
                };
                Command::Ping { ttl: u16::from_be_bytes(*ttl), context: self::context(context)? }
            }
            "PONG" => Command::Pong { context: context(data)? },
            "SUBSCRIBE" => Command::Subscribe(D::of(data)),
            "CANCEL" => Command::Cancel(D::of(data)),
            _ => Command::Unknown { name, body: frame.body.clone() },
        })
    }

    /// The name on the wire.
    pub fn name(&self) -> &str {
        match self {
            Command::Ready(_) => "READY",
            Command::Initiate(_) => "INITIATE",
            Command::Error { .. } => "ERROR",
            Command::Ping { .. } => "PING",
            Command::Pong { .. } => "PONG",
            Command::Subscribe(_) => "SUBSCRIBE",
            Command::Cancel(_) => "CANCEL",
            Command::Handshake { name, .. } | Command::Unknown { name, .. } => name,
        }
    }

    /// What this side says of itself, if this is where it does.
    pub fn metadata(&self) -> Option<&Metadata> {
        match self {
            Command::Ready(metadata) | Command::Initiate(metadata) => Some(metadata),
            _ => None,
        }
    }
}

/// A byte with a length, that many bytes, and what follows them.
fn short_string(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (&size, rest) = bytes.split_first()?;
    rest.split_at_checked(usize::from(size))
}

fn metadata(mut data: &[u8]) -> Result<Metadata, String> {
    let mut properties = Vec::new();
    while !data.is_empty() {
        let at = properties.len() + 1;
        let cut = || format!("property {at} of the metadata is cut short (RFC 23)");
        let (name, rest) = short_string(data).ok_or_else(cut)?;
        let legal = |b: &u8| b.is_ascii_alphanumeric() || b"-_.+".contains(b);
        if name.is_empty() || !name.iter().all(legal) {
            return Err(format!("the metadata name \"{}\" is malformed", name.escape_ascii()));
        }
        let (size, rest) = rest.split_first_chunk().ok_or_else(cut)?;
        let size = usize::try_from(u32::from_be_bytes(*size)).map_err(|_| cut())?;
        let (value, rest) = rest.split_at_checked(size).ok_or_else(cut)?;
        properties.push((String::from_utf8_lossy(name).into_owned(), value.to_vec()));
        data = rest;
    }
    Ok(Metadata(properties))
}

fn reason(data: &[u8]) -> Result<String, String> {
    match short_string(data) {
        Some((reason, [])) => Ok(String::from_utf8_lossy(reason).into_owned()),
        _ => Err("an ERROR whose reason has not the size it says (RFC 23)".into()),
    }
}

fn context(data: &[u8]) -> Result<Vec<u8>, String> {
    match data.len() {
        0..=16 => Ok(data.to_vec()),
        size => Err(format!("a heartbeat context of {size} bytes; the most is 16 (RFC 37)")),
    }
}

/// The body of a command frame. `name` is cut at 255 bytes.
pub fn encode(name: &str, data: &[u8]) -> Vec<u8> {
    let name = &name.as_bytes()[..name.len().min(255)];
    [&[name.len() as u8], name, data].concat()
}

/// The data of READY or INITIATE (RFC 23 "The NULL Security Mechanism").
pub fn encode_metadata(properties: &[(&str, &[u8])]) -> Vec<u8> {
    let mut data = Vec::new();
    for (name, value) in properties {
        data.extend(encode(name, &(value.len() as u32).to_be_bytes()));
        data.extend_from_slice(value);
    }
    data
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::zmtp::{frame, frame::Frames, greeting::Version};

    fn read_as(mechanism: &str, body: &[u8]) -> Result<Command, String> {
        let bytes = frame::encode_command(body);
        let frame = Frames::new(Version::V3_1, 0).next(&mut &bytes[..]).unwrap().unwrap();
        Command::read(&frame, mechanism)
    }

    fn read(body: &[u8]) -> Result<Command, String> {
        read_as("NULL", body)
    }

    #[test]
    fn rfc23_worked_example_ready() {
        let body = b"\x05READY\x0bSocket-Type\0\0\0\x06DEALER\x08Identity\0\0\0\0";
        let command = read(body).unwrap();
        let metadata = command.metadata().unwrap();
        assert_eq!(metadata.get("socket-TYPE"), Some(&b"DEALER"[..]), "case is not significant");
        assert_eq!(metadata.get("Identity"), Some(&b""[..]));
        assert_eq!(metadata.get("Resource"), None);
        let ours = encode_metadata(&[("Socket-Type", b"DEALER"), ("Identity", b"")]);
        assert_eq!(encode("READY", &ours), body);
    }

    #[test]
    fn rfc23_null_mechanism_malformed_metadata() {
        for body in [
            &b"\x05READY\x0bSocket-Type\0\0\0\x07DEALER"[..],
            b"\x05READY\x0bSocket",
            b"\x05READY\x01a\0\0",
            b"\x05READY\x01a\xff\xff\xff\xff",
        ] {
            assert!(read(body).unwrap_err().contains("cut short"), "{body:?}");
        }
        for body in [&b"\x05READY\0\0\0\0\0"[..], b"\x05READY\x01 \0\0\0\0"] {
            assert!(read(body).unwrap_err().contains("malformed"), "{body:?}");
        }
    }

    #[test]
    fn rfc23_formal_grammar_command_name() {
        for body in [&b""[..], b"\x05REA"] {
            assert!(read(body).unwrap_err().contains("without a command name"), "{body:?}");
        }
        for body in [&b"\0"[..], b"\x02A1"] {
            assert!(read(body).unwrap_err().contains("not of letters"), "{body:?}");
        }
        let name = "FROBNICATE".to_string();
        let body = b"\x0aFROBNICATE!";
        assert_eq!(read(body), Ok(Command::Unknown { name, body: D::of(body) }));
    }

    #[test]
    fn rfc23_error_handling() {
        assert_eq!(read(b"\x05ERROR\x02no"), Ok(Command::Error { reason: "no".into() }));
        assert!(read(b"\x05ERROR\x03no").is_err());
    }

    #[test]
    fn rfc37_heartbeating() {
        let context = b"0123456789abcdef".to_vec();
        let ping = [b"\x04PING\x01\x02", &context[..]].concat();
        assert_eq!(read(&ping), Ok(Command::Ping { ttl: 258, context: context.clone() }));
        assert_eq!(read(&[b"\x04PONG", &context[..]].concat()), Ok(Command::Pong { context }));
        assert!(read(b"\x04PING\x01").unwrap_err().contains("TTL"));
        assert!(read(b"\x04PONG0123456789abcdefg").unwrap_err().contains("17 bytes"));
    }

    #[test]
    fn rfc37_publish_subscribe() {
        assert_eq!(read(b"\x09SUBSCRIBEA"), Ok(Command::Subscribe(D::of(b"A"))));
        assert_eq!(read(b"\x06CANCEL"), Ok(Command::Cancel(D::of(b""))));
        let topic = vec![b't'; 65_536];
        assert_eq!(read(&encode("SUBSCRIBE", &topic)), Ok(Command::Subscribe(D::of(&topic))));
        let huge = encode("SUBSCRIBE", &vec![b't'; frame::COMMAND_LIMIT]);
        let name = "SUBSCRIBE".to_string();
        assert_eq!(read(&huge), Ok(Command::Unknown { name, body: D::of(&huge) }));
    }

    #[test]
    fn rfc24_and_rfc26_what_is_secret_stays_so() {
        let hello = b"\x05HELLO\x05admin\x06secret";
        let shown = format!("{:?}", read_as("PLAIN", hello).unwrap());
        assert!(shown.contains("HELLO") && !shown.contains(&D::of(hello).hex.unwrap()), "{shown}");
        let initiate = b"\x08INITIATE\x0bSocket-Type\0\0\0\x03REQ";
        assert!(read_as("PLAIN", initiate).unwrap().metadata().is_some());
        let handshake = Command::Handshake { name: "INITIATE".into(), size: initiate.len() as u64 };
        assert_eq!(read_as("CURVE", initiate), Ok(handshake));
    }
}
