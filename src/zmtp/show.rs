//! A conversation for a person who wants to know what went wrong: one line for each thing said. What
//! came from the wire is shown so that it can't disturb a terminal, and shortened.

use std::fmt::{Display, Formatter, Result};

use super::command::{Command, Metadata};
use super::conversation::{Conversation, Entry, Item, Message};
use super::greeting::{Announced, Greeting, Version};
use super::{Side, Violation};
use crate::digest::D;

const TEXT_SHOWN: usize = 40;
const HEX_SHOWN: usize = 20;
const FRAMES_SHOWN: usize = 8;

impl Display for Side {
    fn fmt(&self, f: &mut Formatter) -> Result {
        f.pad(match self {
            Side::Connector => "connector",
            Side::Binder => "binder",
        })
    }
}

impl Display for Violation {
    fn fmt(&self, f: &mut Formatter) -> Result {
        write!(f, "protocol error at byte {}: {}", self.offset, self.what)
    }
}

impl Display for Version {
    fn fmt(&self, f: &mut Formatter) -> Result {
        f.write_str(match self {
            Version::V1_0 => "ZMTP 1.0",
            Version::V2_0 => "ZMTP 2.0",
            Version::V3_0 => "ZMTP 3.0",
            Version::V3_1 => "ZMTP 3.1",
        })
    }
}

impl Display for Greeting {
    fn fmt(&self, f: &mut Formatter) -> Result {
        write!(f, "greeting {}", self.version)?;
        match self.announced {
            Announced::Unversioned => {}
            Announced::Signature => f.write_str(" (offers a newer one)")?,
            announced if announced.version() == Some(self.version) => {}
            Announced::Versioned { major, minor } if self.version >= Version::V3_0 => {
                write!(f, " (offers {major}.{minor})")?;
            }
            Announced::Versioned { major, .. } => write!(f, " (offers {major})")?,
        }
        let parts = [&self.socket_type, &self.mechanism].into_iter().flatten();
        parts.into_iter().try_for_each(|part| write!(f, " {part}"))?;
        if self.as_server {
            f.write_str(" as server")?;
        }
        match &self.identity {
            Some(identity) => write!(f, " identity {}", frame(identity)),
            None => Ok(()),
        }
    }
}

impl Display for Metadata {
    fn fmt(&self, f: &mut Formatter) -> Result {
        self.0.iter().try_for_each(|(name, value)| write!(f, " {name}={}", bare(value)))
    }
}

impl Display for Command {
    fn fmt(&self, f: &mut Formatter) -> Result {
        f.write_str(self.name())?;
        match self {
            Command::Ready(metadata) | Command::Initiate(metadata) => metadata.fmt(f),
            Command::Error { reason } => write!(f, " {reason:?}"),
            Command::Ping { ttl, context } => {
                write!(f, " ttl={}.{}s context={}", ttl / 10, ttl % 10, bare(context))
            }
            Command::Pong { context } => write!(f, " context={}", bare(context)),
            Command::Subscribe(topic) | Command::Cancel(topic) => write!(f, " {}", frame(topic)),
            Command::Handshake { size, .. } => write!(f, " ({size} bytes)"),
            Command::Unknown { body, .. } => write!(f, " (unknown) {}", frame(body)),
        }
    }
}

impl Display for Message {
    fn fmt(&self, f: &mut Formatter) -> Result {
        f.write_str("message")?;
        let shown = self.frames.iter().take(FRAMES_SHOWN);
        shown.into_iter().try_for_each(|part| write!(f, " {}", frame(part)))?;
        match self.frames.len().saturating_sub(FRAMES_SHOWN) as u64 + self.frames_dropped {
            0 => Ok(()),
            more => write!(f, " … and {more} more frames"),
        }
    }
}

impl Display for Item {
    fn fmt(&self, f: &mut Formatter) -> Result {
        match self {
            Item::Greeting(greeting) => greeting.fmt(f),
            Item::Command(command) => command.fmt(f),
            Item::Message(message) => message.fmt(f),
            Item::Opaque(body) => write!(f, "encrypted message of {} bytes", body.size),
            Item::Violation(violation) => violation.fmt(f),
            Item::Closed { reset, unfinished } => {
                f.write_str(if *reset { "resets" } else { "closes" })?;
                match unfinished {
                    Some(what) => write!(f, " in the middle of {what}"),
                    None => Ok(()),
                }
            }
        }
    }
}

impl Display for Entry {
    fn fmt(&self, f: &mut Formatter) -> Result {
        write!(f, "{:<9} → {}", self.from, self.item)
    }
}

/// Every entry on a line, with the seconds since the connection was opened.
impl Display for Conversation {
    fn fmt(&self, f: &mut Formatter) -> Result {
        if self.upstream_refused {
            return writeln!(f, "  nobody listened upstream");
        }
        for entry in &self.entries {
            let at = entry.at.saturating_duration_since(self.opened).as_secs_f64();
            writeln!(f, "  {at:>+9.4} s  {entry}")?;
        }
        match self.dropped {
            0 => Ok(()),
            dropped => writeln!(f, "  … and {dropped} more that were not kept"),
        }
    }
}

/// A frame: its size, and what is in it.
fn frame(d: &D) -> String {
    match (d.size, d.bytes()) {
        (0, _) => "[0]".into(),
        (size, Some(bytes)) => format!("[{size}: {}]", content(&bytes, true)),
        (size, None) => format!("[{size}: sha1 {}]", d.sha1),
    }
}

/// A value that needs no quotes when it is text.
fn bare(bytes: &[u8]) -> String {
    content(bytes, false)
}

fn content(bytes: &[u8], quoted: bool) -> String {
    // What Debug leaves alone is printable; quotes and backslashes it marks, but may stay text.
    let printable = |c: char| "\"\\'".contains(c) || c.escape_debug().len() == 1;
    match str::from_utf8(bytes) {
        Ok(text) if text.chars().all(printable) => {
            let short: String = text.chars().take(TEXT_SHOWN).collect();
            let more = if short.len() < text.len() { "…" } else { "" };
            if quoted { format!("\"{short}{more}\"") } else { format!("{short}{more}") }
        }
        _ => {
            let hex = data_encoding::HEXLOWER.encode(&bytes[..bytes.len().min(HEX_SHOWN)]);
            let more = if bytes.len() > HEX_SHOWN { "…" } else { "" };
            format!("{hex}{more}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, Instant};

    #[test]
    fn frames_are_text_when_printable_and_hex_when_not() {
        for (bytes, shown) in [
            (&b""[..], "[0]"),
            (b"\0\0\0\x01", "[4: 00000001]"),
            (b"psy oppa", "[8: \"psy oppa\"]"),
            ("naïve \"é\"".as_bytes(), "[11: \"naïve \"é\"\"]"),
            (b"red \x1b[31m", "[9: 726564201b5b33316d]"),
            ("\u{202E}evil".as_bytes(), "[7: e280ae6576696c]"),
            (&[b'x'; 41], "[41: \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…\"]"),
            (&[0; 21], "[21: 0000000000000000000000000000000000000000…]"),
        ] {
            assert_eq!(frame(&D::of(bytes)), shown);
        }
        let large = D::of(&[0; 1025]);
        assert_eq!(frame(&large), format!("[1025: sha1 {}]", large.sha1));
    }

    #[test]
    fn a_conversation_is_a_table() {
        let opened = Instant::now();
        let mut conversation = Conversation::new(opened);
        let identity = vec![("Socket-Type".into(), b"REQ".to_vec()), ("Identity".into(), vec![])];
        let frames = [&b"\0\0\0\x01"[..], b"", b"hello"].map(D::of).to_vec();
        let greeting = Greeting {
            version: Version::V1_0,
            announced: Announced::Signature,
            socket_type: None,
            identity: Some(D::of(b"")),
            mechanism: None,
            as_server: false,
        };
        for (at, from, item) in [
            (0, Side::Binder, Item::Greeting(greeting)),
            (1200, Side::Connector, Item::Command(Command::Ready(Metadata(identity)))),
            (15_000, Side::Connector, Item::Message(Message { frames, frames_dropped: 2 })),
            (
                1_015_000,
                Side::Binder,
                Item::Violation(Violation { offset: 74, what: "nonsense".into() }),
            ),
            (
                1_016_000,
                Side::Binder,
                Item::Closed { reset: true, unfinished: Some("a frame".into()) },
            ),
        ] {
            let at = opened + Duration::from_micros(at);
            conversation.record(Entry { at, from, item });
        }
        let expected = r#"
    +0.0000 s  binder    → greeting ZMTP 1.0 (offers a newer one) identity [0]
    +0.0012 s  connector → READY Socket-Type=REQ Identity=
    +0.0150 s  connector → message [4: 00000001] [0] [5: "hello"] … and 2 more frames
    +1.0150 s  binder    → protocol error at byte 74: nonsense
    +1.0160 s  binder    → resets in the middle of a frame
"#;
        assert_eq!(format!("\n{conversation}"), expected);
    }
}
