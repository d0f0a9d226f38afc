//! Frames, the unit of everything after the greeting (RFC 13 "The Framing Layer", RFC 15, 23 and 37
//! "Framing"), read as a stream: a body is hashed as it passes and never held whole.

use data_encoding::HEXLOWER;
use sha1::{Digest as _, Sha1};

use super::greeting::Version;
use crate::digest::{D, HEX_LIMIT};

const MORE: u8 = 0b001;
const LONG: u8 = 0b010;
const COMMAND: u8 = 0b100;

/// Commands up to this size are understood; of larger ones only the name and the digest are known.
pub const COMMAND_LIMIT: usize = 128 * 1024;

/// One whole frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// More frames of the same message follow.
    pub more: bool,
    /// A command, not part of a message (ZMTP 3).
    pub command: bool,
    /// What the body was.
    pub body: D,
    /// The beginning of the body: [`COMMAND_LIMIT`] of a command, [`HEX_LIMIT`] of a message.
    pub head: Vec<u8>,
}

/// Splits one side's bytes into frames.
#[derive(Debug)]
pub struct Frames {
    version: Version,
    header: Vec<u8>,
    body: Option<Body>,
    start: u64,
    consumed: u64,
}

#[derive(Debug)]
struct Body {
    flags: u8,
    size: u64,
    left: u64,
    sha1: Sha1,
    head: Vec<u8>,
}

impl Frames {
    /// Frames of `version`, the first at `offset` of its side.
    pub fn new(version: Version, offset: u64) -> Frames {
        Frames { version, header: Vec::new(), body: None, start: offset, consumed: offset }
    }

    /// Where the frame that is being read, or was read last, begins.
    pub fn start(&self) -> u64 {
        self.start
    }

    /// How much of an unfinished frame came, and how much it announced (0: not known yet).
    pub fn unfinished(&self) -> Option<(u64, u64)> {
        let came = self.consumed - self.start;
        match &self.body {
            Some(body) => Some((came, body.size.saturating_add(self.header.len() as u64))),
            None => (!self.header.is_empty()).then_some((came, 0)),
        }
    }

    /// Takes bytes from `input` until a frame is whole or `input` is empty.
    pub fn next(&mut self, input: &mut &[u8]) -> Result<Option<Frame>, String> {
        if self.body.is_none() {
            if self.header.is_empty() {
                self.start = self.consumed;
            }
            while !self.header_is_whole()? {
                let Some((&byte, rest)) = input.split_first() else { return Ok(None) };
                *input = rest;
                self.header.push(byte);
                self.consumed += 1;
            }
            self.body = Some(self.begin()?);
        }
        let Some(body) = &mut self.body else { return Ok(None) };
        let now = usize::try_from(body.left).unwrap_or(usize::MAX).min(input.len());
        let (bytes, rest) = input.split_at(now);
        *input = rest;
        self.consumed += now as u64;
        body.take(bytes);
        if body.left > 0 {
            return Ok(None);
        }
        self.header.clear();
        Ok(self.body.take().map(Body::finish))
    }

    fn header_is_whole(&self) -> Result<bool, String> {
        let Some(&first) = self.header.first() else { return Ok(false) };
        let size = match self.version {
            Version::V1_0 if first == 0 => return Err(zero_length()),
            Version::V1_0 => [2, 10][usize::from(first == 0xFF)],
            _ => {
                let legal =
                    if self.version == Version::V2_0 { MORE | LONG } else { MORE | LONG | COMMAND };
                let rfc = if self.version == Version::V2_0 { 15 } else { 23 };
                if first & !legal != 0 {
                    return Err(format!("a frame with reserved flags 0x{first:02X} (RFC {rfc})"));
                }
                if first & (COMMAND | MORE) == COMMAND | MORE {
                    return Err("a command frame with the MORE flag (RFC 23)".into());
                }
                [2, 9][usize::from(first & LONG != 0)]
            }
        };
        Ok(self.header.len() == size)
    }

    fn begin(&self) -> Result<Body, String> {
        let number = |bytes: &[u8]| bytes.iter().fold(0, |n: u64, &b| n << 8 | u64::from(b));
        let (flags, size) = match (self.version, &self.header[..]) {
            // Of the flags only MORE has a meaning in 1.0; the rest "SHOULD be zero".
            (Version::V1_0, [0xFF, long @ .., flags]) => {
                (flags & MORE, number(long).checked_sub(1).ok_or_else(zero_length)?)
            }
            (Version::V1_0, [short, flags]) => (flags & MORE, u64::from(*short) - 1),
            (_, [flags, length @ ..]) => (*flags, number(length)),
            (_, []) => unreachable!("a header has at least two bytes"),
        };
        if self.version != Version::V1_0 && size >> 63 != 0 {
            return Err(format!("a frame of {size} bytes; the most is 2^63-1 (RFC 23)"));
        }
        Ok(Body { flags, size, left: size, sha1: Sha1::new(), head: Vec::new() })
    }
}

impl Body {
    fn take(&mut self, bytes: &[u8]) {
        let limit = if self.flags & COMMAND != 0 { COMMAND_LIMIT } else { HEX_LIMIT };
        let room = limit.saturating_sub(self.head.len()).min(bytes.len());
        self.head.extend_from_slice(&bytes[..room]);
        self.sha1.update(bytes);
        self.left -= bytes.len() as u64;
    }

    fn finish(self) -> Frame {
        Frame {
            more: self.flags & MORE != 0,
            command: self.flags & COMMAND != 0,
            body: D {
                size: self.size,
                sha1: HEXLOWER.encode(&self.sha1.finalize()),
                hex: (self.size <= HEX_LIMIT as u64).then(|| HEXLOWER.encode(&self.head)),
            },
            head: self.head,
        }
    }
}

fn zero_length() -> String {
    "a frame of length 0; the least is 1, for the flags (RFC 13)".into()
}

/// A message frame, with the short length where it fits.
pub fn encode(version: Version, more: bool, body: &[u8]) -> Vec<u8> {
    let size = body.len() as u64;
    let mut bytes = match version {
        Version::V1_0 if size < 254 => vec![size as u8 + 1, u8::from(more)],
        Version::V1_0 => [&[0xFF][..], &(size + 1).to_be_bytes(), &[u8::from(more)]].concat(),
        _ => header(u8::from(more), size),
    };
    bytes.extend_from_slice(body);
    bytes
}

/// A command frame (ZMTP 3).
pub fn encode_command(body: &[u8]) -> Vec<u8> {
    let mut bytes = header(COMMAND, body.len() as u64);
    bytes.extend_from_slice(body);
    bytes
}

fn header(flags: u8, size: u64) -> Vec<u8> {
    match u8::try_from(size) {
        Ok(short) => vec![flags, short],
        Err(_) => [&[flags | LONG][..], &size.to_be_bytes()].concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(version: Version, mut bytes: &[u8]) -> Result<Vec<Frame>, String> {
        let mut frames = Frames::new(version, 0);
        std::iter::from_fn(|| frames.next(&mut bytes).transpose()).collect()
    }

    fn one(version: Version, bytes: &[u8]) -> Frame {
        let frames = read(version, bytes).expect("legal");
        assert_eq!(frames.len(), 1, "{bytes:?}");
        frames[0].clone()
    }

    #[test]
    fn rfc13_framing_layer() {
        let frame = one(Version::V1_0, &[4, 1, b'a', b'b', b'c']);
        assert_eq!((frame.more, frame.body), (true, D::of(b"abc")));
        assert_eq!(one(Version::V1_0, &[1, 0]).body, D::of(b""));
        let long = [&[0xFF, 0, 0, 0, 0, 0, 0, 1, 0, 0][..], &[7; 255]].concat();
        assert_eq!(one(Version::V1_0, &long).body, D::of(&[7; 255]));
        let long_but_small = [0xFF, 0, 0, 0, 0, 0, 0, 0, 2, 0, b'x'];
        assert_eq!(one(Version::V1_0, &long_but_small).body, D::of(b"x"), "MAY also be used");
        for zero in [&[0][..], &[0xFF, 0, 0, 0, 0, 0, 0, 0, 0, 0]] {
            assert!(read(Version::V1_0, zero).unwrap_err().contains("length 0"));
        }
    }

    #[test]
    fn rfc15_and_rfc23_framing() {
        for version in [Version::V2_0, Version::V3_0, Version::V3_1] {
            let frame = one(version, &[1, 2, b'h', b'i']);
            assert_eq!((frame.more, frame.command, frame.body), (true, false, D::of(b"hi")));
            assert_eq!(one(version, &[0, 0]).body, D::of(b""));
            let long_but_small = [2, 0, 0, 0, 0, 0, 0, 0, 1, b'x'];
            assert_eq!(one(version, &long_but_small).body, D::of(b"x"));
            assert!(read(version, &[8]).unwrap_err().contains("0x08"));
        }
        assert!(one(Version::V3_0, &[4, 1, b'x']).command);
        assert!(read(Version::V2_0, &[4]).unwrap_err().contains("0x04"), "2.0 has no commands");
        assert!(read(Version::V3_0, &[5]).unwrap_err().contains("MORE"));
    }

    #[test]
    fn rfc23_framing_a_huge_length_is_a_violation_and_a_large_one_just_never_ends() {
        let header = |first: u8| [2, first, 0, 0, 0, 0, 0, 0, 0];
        assert!(read(Version::V3_0, &header(0x80)).unwrap_err().contains("2^63-1"));
        let mut frames = Frames::new(Version::V3_0, 0);
        assert_eq!(frames.next(&mut &header(0x7F)[..]), Ok(None));
        assert_eq!(frames.next(&mut &[0; 5000][..]), Ok(None));
        assert_eq!(frames.unfinished(), Some((5009, (0x7F << 56) + 9)));
        assert!(frames.body.unwrap().head.capacity() <= 2 * HEX_LIMIT);
    }

    proptest! {
        #[test]
        fn what_is_encoded_is_decoded(
            bodies in prop::collection::vec((any::<bool>(), any::<bool>(), size()), 1..6),
        ) {
            for version in [Version::V1_0, Version::V2_0, Version::V3_0] {
                let mut bytes = Vec::new();
                let mut expected = Vec::new();
                for &(command, more, size) in &bodies {
                    let body = vec![size as u8; size];
                    let command = command && version == Version::V3_0;
                    bytes.extend(match command {
                        true => encode_command(&body),
                        false => encode(version, more, &body),
                    });
                    expected.push((command, more && !command, D::of(&body)));
                }
                let frames = read(version, &bytes).unwrap();
                let got: Vec<_> = frames.into_iter().map(|f| (f.command, f.more, f.body)).collect();
                prop_assert_eq!(got, expected);
            }
        }
    }

    fn size() -> impl Strategy<Value = usize> {
        prop_oneof![0usize..4, 252usize..259, 1022usize..1027, 60_000usize..70_000]
    }
}
