//! The messages that have broken bindings before: empty, with NULs, not UTF-8, at the boundaries of
//! ZMTP's length fields, large.

use std::fs;
use std::io::Write as _;
use std::path::PathBuf;

use rand::{Rng, RngExt as _};
use tempfile::NamedTempFile;

use super::stage::step::{End, Step};
use crate::digest::D;

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;

/// Awkward contents up to `largest` bytes. None ends in a newline: `push` takes those away.
pub fn awkward(rng: &mut impl Rng, largest: usize) -> Vec<Vec<u8>> {
    let mut all: Vec<Vec<u8>> = vec![
        b"psy oppa gangnam style".to_vec(),
        b"".to_vec(),
        b"\0".to_vec(),
        b"  Spaces around, UPPER and lower case, \r\n and lines  ".to_vec(),
        "h\u{e9}llo w\u{f6}rld, \u{ac15}\u{b0a8}\u{c2a4}\u{d0c0}\u{c77c} \u{1f40e}".into(),
        b"\xff\xfe is not UTF-8, nor is \xc3( NUL: \0 end \0".to_vec(),
        (0..=255).collect(),
    ];
    for size in [254, 255, 256, 64 * KIB, MIB, 8 * MIB] {
        if size <= largest {
            let mut random = vec![0; size];
            rng.fill_bytes(&mut random);
            random[size - 1] = b'.';
            all.push(random);
        }
    }
    all
}

/// Sizes at which length fields, buffers and descriptions change, in bytes.
const BOUNDARIES: &[usize] = &[
    8, 16, 32, 33, 64, 127, 128, 252, 253, 257, 511, 512, 1023, 1024, 1025, 4095, 4096, 4097, 8191,
    8192, 8193, 16_383, 16_384, 32_767, 32_768, 65_535, 65_537,
];

/// So many messages have every first byte at least once, and small sizes.
const SMALL: usize = 400;

/// How many [`many`] draws.
pub const MANY: usize = SMALL + BOUNDARIES.len() + 75;

/// Many messages: every first byte, sizes at each boundary, sizes in between, and some around 1 MiB.
pub fn many(rng: &mut impl Rng) -> Vec<Vec<u8>> {
    let mut sizes: Vec<_> =
        (0..SMALL).map(|n| 1 + n / 8).chain(BOUNDARIES.iter().copied()).collect();
    while sizes.len() < MANY - 3 {
        let least = 1 << rng.random_range(0..17);
        sizes.push(least + rng.random_range(0..least));
    }
    sizes.extend([MIB - 1, MIB + 1, MIB + rng.random_range(0..MIB)]);
    let mut all: Vec<_> = sizes.into_iter().map(|size| vec![0; size]).collect();
    for (n, message) in all.iter_mut().enumerate() {
        rng.fill_bytes(message);
        if n < SMALL {
            message[0] = (n % 256) as u8;
        }
    }
    all
}

/// A message to push, as a file for a program's standard input.
pub struct Pushed {
    file: NamedTempFile,
    /// What must arrive: the file's content less its trailing newlines.
    pub message: D,
}

impl Pushed {
    /// Writes `content` into `folder`.
    pub fn new(content: &[u8], folder: &std::path::Path) -> Step<Pushed> {
        let broken =
            |e| End::Broken(format!("a message can't be written to {}: {e}", folder.display()));
        let mut file = NamedTempFile::new_in(folder).map_err(broken)?;
        file.write_all(content).map_err(broken)?;
        let kept = content.iter().rposition(|b| *b != b'\n').map_or(0, |last| last + 1);
        Ok(Pushed { file, message: D::of(&content[..kept]) })
    }

    /// Where it is.
    pub fn path(&self) -> PathBuf {
        self.file.path().to_owned()
    }
}

/// All messages of a pipeline: the awkward ones, and two that end in newlines.
pub fn pushed(rng: &mut impl Rng, folder: &std::path::Path) -> Step<Vec<Pushed>> {
    fs::create_dir_all(folder).map_err(|e| End::Broken(format!("{}: {e}", folder.display())))?;
    let mut contents = awkward(rng, 8 * MIB);
    contents.push(b"two newlines follow\n\n".to_vec());
    contents.push(b"\n".to_vec());
    contents.iter().map(|content| Pushed::new(content, folder)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    #[test]
    fn the_design_s_sizes_are_there_and_replayable() {
        let draw = || awkward(&mut rand_chacha::ChaCha8Rng::seed_from_u64(7), 8 * MIB);
        let sizes: Vec<_> = draw().iter().map(Vec::len).collect();
        for size in [0, 254, 255, 256, 64 * KIB, MIB, 8 * MIB] {
            assert!(sizes.contains(&size), "{size}");
        }
        assert_eq!(draw(), draw());
        assert!(draw().iter().all(|message| message.last() != Some(&b'\n')));
        assert!(
            awkward(&mut rand_chacha::ChaCha8Rng::seed_from_u64(7), KIB)
                .iter()
                .all(|m| m.len() <= KIB)
        );
    }

    #[test]
    fn every_first_byte_and_every_boundary_is_among_many() {
        let draw = |seed| many(&mut rand_chacha::ChaCha8Rng::seed_from_u64(seed));
        let all = draw(7);
        assert_eq!(all.len(), MANY);
        assert!((0..=255).all(|byte| all.iter().any(|message| message.first() == Some(&byte))));
        assert!(BOUNDARIES.iter().all(|size| all.iter().any(|message| message.len() == *size)));
        assert!(all == draw(7) && all != draw(8));
    }

    #[test]
    fn trailing_newlines_do_not_count() {
        let folder = tempfile::tempdir().unwrap();
        let message = |content| Pushed::new(content, folder.path()).unwrap().message;
        assert_eq!(message(b"a\nb\n\n"), D::of(b"a\nb"));
        assert_eq!(message(b"\n"), D::of(b""));
    }
}
