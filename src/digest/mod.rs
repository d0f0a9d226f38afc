//! D, the description of a message that crosses a contract in place of the message itself:
//! `{"size":n,"sha1":"…","hex":"…"}`, with `hex` up to [`HEX_LIMIT`] bytes. See docs/role-contract.md.

pub mod shown;

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use sha1::{Digest as _, Sha1};

use shown::Shown;

/// Messages up to this many bytes carry their content as hex.
pub const HEX_LIMIT: usize = 1024;

/// SHA-1 of `data` as 40 lower-case hexadecimal digits (FIPS 180-4).
pub fn sha1_hex(data: &[u8]) -> String {
    HEXLOWER.encode(&Sha1::digest(data))
}

/// What a program says about one message: enough to compare two ends without moving the bytes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct D {
    /// Length in bytes.
    pub size: u64,
    /// SHA-1 of the bytes, 40 lower-case hexadecimal digits.
    pub sha1: String,
    /// The bytes themselves in lower-case hexadecimal, for messages up to [`HEX_LIMIT`] bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hex: Option<String>,
}

impl D {
    /// Describes `data`.
    pub fn of(data: &[u8]) -> D {
        D {
            size: data.len() as u64,
            sha1: sha1_hex(data),
            hex: (data.len() <= HEX_LIMIT).then(|| HEXLOWER.encode(data)),
        }
    }

    /// Describes `size` bytes in which `period` repeats itself, without having them all: some cases fill
    /// tens of megabytes.
    pub fn of_period(period: &[u8], size: usize) -> D {
        const WHOLE: usize = 64;
        if size <= HEX_LIMIT {
            return D::of(&period.iter().copied().cycle().take(size).collect::<Vec<_>>());
        }
        let piece = period.repeat(WHOLE);
        let mut hash = Sha1::new();
        for begin in (0..size).step_by(piece.len()) {
            hash.update(&piece[..piece.len().min(size - begin)]);
        }
        D { size: size as u64, sha1: HEXLOWER.encode(&hash.finalize()), hex: None }
    }

    /// In a line of text, for people.
    pub fn described(&self) -> String {
        match self.bytes() {
            Some(bytes) if bytes.len() <= 80 => {
                format!("'{}' ({} bytes)", Shown(&bytes), self.size)
            }
            _ => format!("{} bytes with SHA-1 {}", self.size, self.sha1),
        }
    }

    /// The bytes, where `hex` is there and well-formed.
    pub fn bytes(&self) -> Option<Vec<u8>> {
        HEXLOWER.decode(self.hex.as_deref()?.as_bytes()).ok()
    }

    /// What is wrong in this description of itself, if anything: a size, a digest and a hex that
    /// don't belong together mean that the program that printed it can't be believed.
    pub fn contradiction(&self) -> Option<String> {
        let is_digit = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        if self.sha1.len() != 40 || !self.sha1.bytes().all(is_digit) {
            let sha1 = &self.sha1;
            return Some(format!("\"sha1\" is not 40 lower-case hexadecimal digits: {sha1:?}"));
        }
        if self.hex.is_some() && self.size > HEX_LIMIT as u64 {
            let size = self.size;
            return Some(format!(
                "\"hex\" is left out above {HEX_LIMIT} bytes, and these are {size}"
            ));
        }
        let Some(hex) = &self.hex else {
            return (self.size <= HEX_LIMIT as u64)
                .then(|| format!("a message of {} bytes needs \"hex\"", self.size));
        };
        let Some(bytes) = self.bytes() else {
            return Some(format!("\"hex\" is not lower-case hexadecimal: {hex:?}"));
        };
        if bytes.len() as u64 != self.size {
            return Some(format!(
                "\"size\" is {} but \"hex\" has {} bytes",
                self.size,
                bytes.len()
            ));
        }
        let sha1 = sha1_hex(&bytes);
        (sha1 != self.sha1)
            .then(|| format!("\"sha1\" is {} but the SHA-1 of \"hex\" is {sha1}", self.sha1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_repeats_itself_is_described_without_having_it() {
        let period: Vec<u8> = (0..=250).collect();
        for size in [0, 1, 251, 252, 1024, 1025, 64 * 251, 64 * 251 + 1, 1 << 20] {
            let whole: Vec<u8> = period.iter().copied().cycle().take(size).collect();
            assert_eq!(D::of_period(&period, size), D::of(&whole), "{size}");
        }
    }

    #[test]
    fn known_answers() {
        for (data, sha1) in [
            ("psy oppa gangnam style", "7c4db1c7db942d98a6f885efd4de173acd3c789f"),
            ("Fri Aug 10 00:03:40 2012", "a41e87cbe2b1ee6765383de73f571f9d44087101"),
            ("Fri Aug 10 00:03:41 2012", "97bf5dfb1c76991dbb15054728826422c175e13e"),
            ("", "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
        ] {
            assert_eq!(sha1_hex(data.as_bytes()), sha1, "{data}");
        }
    }

    #[test]
    fn hex_stops_at_the_limit() {
        assert!(D::of(&[7; HEX_LIMIT]).hex.is_some());
        assert!(D::of(&[7; HEX_LIMIT + 1]).hex.is_none());
        assert_eq!(D::of(b"").hex.as_deref(), Some(""));
    }

    #[test]
    fn a_description_that_contradicts_itself_is_found() {
        let honest = D::of(b"abc");
        assert_eq!(honest.contradiction(), None);
        for lie in [
            D { size: 4, ..honest.clone() },
            D { sha1: sha1_hex(b"x"), ..honest.clone() },
            D { hex: Some("616263zz".into()), ..honest.clone() },
            D { hex: None, ..honest.clone() },
        ] {
            assert!(lie.contradiction().is_some(), "{lie:?}");
        }
    }
}
