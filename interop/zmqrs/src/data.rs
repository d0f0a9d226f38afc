//! Bytes as a machine sees them, and as a person does.

use std::fmt::{self, Write as _};

use serde::Serialize;
use sha1::{Digest as _, Sha1};

/// Of longer data only so many bytes are shown.
const SHOWN: usize = 1024;

/// The SHA-1 of data in lower-case hexadecimal digits.
pub fn digest(data: &[u8]) -> String {
    hex::encode(Sha1::digest(data))
}

/// Describes bytes to a machine.
#[derive(Serialize)]
pub struct D {
    size: usize,
    sha1: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    hex: Option<String>,
}

impl D {
    pub fn of(data: &[u8]) -> D {
        let hex = (data.len() <= SHOWN).then(|| hex::encode(data));
        D { size: data.len(), sha1: digest(data), hex }
    }
}

/// Shows bytes to a person, with `\xNN` for control characters and for what is not UTF-8.
pub struct Shown<'a>(pub &'a [u8]);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        for chunk in self.0[..self.0.len().min(SHOWN)].utf8_chunks() {
            for char in chunk.valid().chars() {
                match char.is_ascii_control() {
                    true => write!(f, "\\x{:02x}", u32::from(char))?,
                    false => f.write_char(char)?,
                }
            }
            for byte in chunk.invalid() {
                write!(f, "\\x{byte:02x}")?;
            }
        }
        if self.0.len() > SHOWN {
            write!(f, "... ({} bytes)", self.0.len())?;
        }
        Ok(())
    }
}

/// A message's bytes, whatever frames they came in.
pub fn joined(message: &zeromq::ZmqMessage) -> Vec<u8> {
    message.iter().flatten().copied().collect()
}
