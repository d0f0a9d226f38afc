//! What a child prints, drained with a bound: lines of standard output one by one, and the head and
//! tail of standard error.

use std::collections::VecDeque;
use std::io::{self, BufRead, BufReader, Read};

/// How much a child may print on standard output, in bytes.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// In a line.
    pub line: usize,
    /// In all.
    pub total: u64,
}

/// Of a role. An event with 1 KiB of hex has about 2200 bytes.
pub const EVENTS: Bounds = Bounds { line: 64 * 1024, total: 64 * 1024 * 1024 };

/// Why the reading of lines ended before the end of the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Excess {
    /// A line longer than allowed.
    Line,
    /// More in all than allowed.
    Output,
}

/// Reads lines from `stream` and gives each, without its newline, to `line`, until the stream ends, `line`
/// returns false, or a bound is passed. Memory stays within that of a line.
pub fn read_lines(
    stream: impl Read,
    bounds: Bounds,
    mut line: impl FnMut(Vec<u8>) -> bool,
) -> io::Result<Option<Excess>> {
    let mut reader = BufReader::new(stream);
    let mut total = 0u64;
    loop {
        let mut bytes = Vec::new();
        let taken = reader.by_ref().take(bounds.line as u64 + 1).read_until(b'\n', &mut bytes)?;
        if taken == 0 {
            return Ok(None);
        }
        total += taken as u64;
        if bytes.last() == Some(&b'\n') {
            bytes.pop();
        } else if taken > bounds.line {
            return Ok(Some(Excess::Line));
        }
        if total > bounds.total {
            return Ok(Some(Excess::Output));
        }
        if !line(bytes) {
            return Ok(None);
        }
    }
}

/// The first and the last bytes of a stream; what was between them is counted and forgotten.
#[derive(Debug, Default)]
pub struct Tail {
    head: Vec<u8>,
    tail: VecDeque<u8>,
    dropped: u64,
}

impl Tail {
    const HEAD: usize = 4 * 1024;
    const TAIL: usize = 16 * 1024;

    /// Takes in the next bytes of the stream.
    pub fn push(&mut self, mut bytes: &[u8]) {
        let room = (Self::HEAD - self.head.len()).min(bytes.len());
        self.head.extend_from_slice(&bytes[..room]);
        bytes = &bytes[room..];
        if bytes.len() > Self::TAIL {
            self.dropped += (bytes.len() - Self::TAIL) as u64;
            bytes = &bytes[bytes.len() - Self::TAIL..];
        }
        self.tail.extend(bytes);
        let excess = self.tail.len().saturating_sub(Self::TAIL);
        self.dropped += excess as u64;
        self.tail.drain(..excess);
    }

    /// The last `lines` lines of what was kept, with a note where something was left out.
    pub fn last_lines(&self, lines: usize) -> Vec<String> {
        let mut kept = self.head.clone();
        if self.dropped > 0 {
            kept.extend_from_slice(
                format!("\n[... {} bytes left out ...]\n", self.dropped).as_bytes(),
            );
        }
        kept.extend(&self.tail);
        let text = String::from_utf8_lossy(&kept);
        let all: Vec<_> = text.lines().filter(|l| !l.trim().is_empty()).collect();
        all[all.len().saturating_sub(lines)..].iter().map(|l| printable(l)).collect()
    }
}

/// `text` without what could disturb a terminal or a report, and not endlessly long.
pub fn printable(text: &str) -> String {
    let mut clean: String =
        text.chars().filter(|c| *c == '\t' || !c.is_control()).take(500).collect();
    if text.chars().count() > 500 {
        clean.push('…');
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(stream: impl Read) -> (Vec<Vec<u8>>, Option<Excess>) {
        let mut all = vec![];
        let end = read_lines(stream, EVENTS, |l| {
            all.push(l);
            true
        });
        (all, end.unwrap())
    }

    #[test]
    fn lines_come_one_by_one_and_the_last_needs_no_newline() {
        assert_eq!(lines(&b"a\n\nb"[..]), (vec![b"a".to_vec(), vec![], b"b".to_vec()], None));
    }

    #[test]
    fn a_line_without_end_and_a_flood_are_cut_off() {
        assert_eq!(lines(io::repeat(b'x')).1, Some(Excess::Line));
        assert_eq!(lines(io::repeat(b'\n').take(u64::MAX)).1, Some(Excess::Output));
        let longest = vec![b'x'; EVENTS.line];
        assert_eq!(lines(&longest[..]), (vec![longest.clone()], None));
    }

    #[test]
    fn a_tail_keeps_both_ends() {
        let mut tail = Tail::default();
        tail.push(b"first\n");
        for _ in 0..1000 {
            tail.push(&[b'x'; 1000]);
        }
        tail.push(b"\nlast\n");
        assert!(tail.head.len() + tail.tail.len() <= Tail::HEAD + Tail::TAIL);
        let lines = tail.last_lines(100);
        assert_eq!(lines.first().unwrap(), "first");
        assert_eq!(lines.last().unwrap(), "last");
        assert!(lines.iter().any(|l| l.contains("bytes left out")));
    }

    #[test]
    fn a_tail_of_one_huge_write_is_bounded_too() {
        let mut tail = Tail::default();
        tail.push(&vec![b'y'; 1_000_000]);
        assert_eq!(tail.dropped as usize, 1_000_000 - Tail::HEAD - Tail::TAIL);
    }

    #[test]
    fn escape_sequences_do_not_reach_the_terminal() {
        let mut tail = Tail::default();
        tail.push(b"\x1b[31mred\x07\n");
        assert_eq!(tail.last_lines(1), ["[31mred"]);
    }
}
