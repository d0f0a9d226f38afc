//! Frames as a case writes them: what the agent is told, and what must be seen at the other end.

use data_encoding::HEXLOWER;
use serde_json::{Value, json};

use super::step::{A, B, Cause, Failure, Step};
use crate::digest::D;

/// The characters of Z85, by their value (RFC 32).
pub const Z85: &str =
    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";

/// A frame to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// These bytes.
    Bytes(Vec<u8>),
    /// `size` bytes, byte i is (seed+i) mod 251, made by the agent: megabytes never cross a pipe.
    Fill { size: usize, seed: usize },
}

impl Frame {
    /// As a request has it.
    pub fn request(&self) -> Value {
        match self {
            Frame::Bytes(bytes) => match std::str::from_utf8(bytes) {
                Ok(text) if !text.is_empty() => json!({ "text": text }),
                _ => json!({ "hex": HEXLOWER.encode(bytes) }),
            },
            Frame::Fill { size, seed } => json!({ "fill": { "size": size, "seed": seed } }),
        }
    }

    /// In bytes.
    pub fn size(&self) -> usize {
        match self {
            Frame::Bytes(bytes) => bytes.len(),
            Frame::Fill { size, .. } => *size,
        }
    }

    /// As it must be seen.
    pub fn seen(&self) -> D {
        match self {
            Frame::Bytes(bytes) => D::of(bytes),
            Frame::Fill { size, seed } => D::of_period(&period(*seed), *size),
        }
    }
}

/// The bytes of [`Frame::Fill`].
pub fn fill(size: usize, seed: usize) -> Vec<u8> {
    period(seed).into_iter().cycle().take(size).collect()
}

/// What repeats itself in a fill.
fn period(seed: usize) -> [u8; 251] {
    std::array::from_fn(|i| ((seed + i) % 251) as u8)
}

impl From<&str> for Frame {
    fn from(text: &str) -> Frame {
        Frame::Bytes(text.into())
    }
}

impl From<Vec<u8>> for Frame {
    fn from(bytes: Vec<u8>) -> Frame {
        Frame::Bytes(bytes)
    }
}

impl From<&[u8]> for Frame {
    fn from(bytes: &[u8]) -> Frame {
        Frame::Bytes(bytes.into())
    }
}

impl Frame {
    /// A frame that came, to be sent again. All that cases send again is short enough to have been shown.
    pub fn again(seen: &D) -> Step<Frame> {
        match seen.bytes() {
            Some(bytes) => Ok(Frame::Bytes(bytes)),
            None => {
                let what = "a frame came that is longer than any that was sent";
                let failure = Failure::new(Cause::WrongAnswer, [A, B], what);
                Err(failure.compared("a routing id, or a short body", seen.described()).into())
            }
        }
    }
}

/// A message of one frame from each of these.
pub fn message<F: Into<Frame>>(frames: impl IntoIterator<Item = F>) -> Vec<Frame> {
    frames.into_iter().map(Into::into).collect()
}
