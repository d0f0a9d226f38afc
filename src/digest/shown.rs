//! Bytes as a person sees them: data from the network must not be able to disturb a terminal.

use std::fmt::{self, Write as _};

/// Of longer data only so many bytes are shown.
const LIMIT: usize = 1024;

/// Shows bytes as text, with `\xNN` for control characters and for what is not UTF-8.
pub struct Shown<'a>(pub &'a [u8]);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Shown(data) = self;
        for chunk in data[..data.len().min(LIMIT)].utf8_chunks() {
            for char in chunk.valid().chars() {
                if char.is_ascii_control() {
                    write!(f, "\\x{:02x}", u32::from(char))?;
                } else {
                    f.write_char(char)?;
                }
            }
            for byte in chunk.invalid() {
                write!(f, "\\x{byte:02x}")?;
            }
        }
        if data.len() > LIMIT {
            write!(f, "... ({} bytes)", data.len())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(data: &[u8]) -> String {
        Shown(data).to_string()
    }

    #[test]
    fn text_is_shown_as_it_is() {
        assert_eq!(shown("psy oppa 강남 \\ 'style'".as_bytes()), "psy oppa 강남 \\ 'style'");
        assert_eq!(shown(b""), "");
    }

    #[test]
    fn what_could_disturb_a_terminal_is_escaped() {
        assert_eq!(shown(b"\0\x1b[2J\r\n\x7f"), r"\x00\x1b[2J\x0d\x0a\x7f");
        assert_eq!(shown(b"a\xffb\xc3\xa9\xe2\x82"), r"a\xffbé\xe2\x82");
        assert_eq!(shown(b"\xed\xa0\x80"), r"\xed\xa0\x80", "a surrogate is not UTF-8");
    }

    #[test]
    fn long_data_is_cut() {
        let text = "x".repeat(1024);
        assert_eq!(shown(text.as_bytes()), text);
        assert_eq!(shown(format!("{text}x").as_bytes()), format!("{text}... (1025 bytes)"));
        let split = format!("{}é", "x".repeat(1023));
        assert_eq!(shown(split.as_bytes()), format!(r"{}\xc3... (1025 bytes)", "x".repeat(1023)));
    }
}
