//! Whatever is on the wire, the decoder holds little: measured, with an allocator that counts what
//! this thread holds.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::time::Instant;

use proptest::prelude::*;
use zmq_interop::zmtp::Side;
use zmq_interop::zmtp::conversation::Conversation;
use zmq_interop::zmtp::decoder::Decoder;
use zmq_interop::zmtp::greeting;

struct Counting;

thread_local! {
    static HELD: Cell<isize> = const { Cell::new(0) };
    static PEAK: Cell<isize> = const { Cell::new(0) };
}

fn count(bytes: isize) {
    let held = HELD.get() + bytes;
    HELD.set(held);
    PEAK.set(PEAK.get().max(held));
}

// SAFETY: passes everything on to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(-(layout.size() as isize));
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// The most that was held while `chunk` was fed `times` times, after `begin`.
fn peak(begin: &[u8], other: &[u8], chunk: &[u8], times: usize) -> isize {
    let mut decoder = Decoder::default();
    let mut conversation = Conversation::new(Instant::now());
    let before = HELD.get();
    PEAK.set(before);
    let mut feed = |side, bytes: &[u8]| {
        for entry in decoder.feed(side, bytes, Instant::now()) {
            conversation.record(entry);
        }
    };
    feed(Side::Binder, other);
    feed(Side::Connector, begin);
    (0..times).for_each(|_| feed(Side::Connector, chunk));
    PEAK.get() - before
}

fn polite() -> Vec<u8> {
    let greeting = greeting::encode_v3(3, 1, "NULL", false);
    [&greeting[..], b"\x04\x06\x05READY"].concat()
}

#[test]
fn a_length_of_almost_2_to_the_63_allocates_nothing_for_it() {
    for flags in [2, 3, 6] {
        let header = [flags, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF];
        let begin = [&polite()[..], &header].concat();
        let held = peak(&begin, &polite(), &[0; 65_536], 1000);
        assert!(held < 300_000, "flags {flags}: {held} bytes");
    }
}

#[test]
fn endless_frames_are_kept_up_to_the_limit() {
    for (what, frame) in
        [("frames", &[1, 0][..]), ("messages", &[0, 0]), ("pings", b"\x04\x07\x04PING\0\0")]
    {
        let chunk = frame.repeat(1000);
        let held = peak(&polite(), &polite(), &chunk, 100);
        assert!(held < 8_000_000, "{what}: {held} bytes");
    }
}

#[test]
fn without_a_greeting_of_the_other_side_little_is_kept() {
    let held = peak(&polite(), b"", &[0; 65_536], 1000);
    assert!(held < 1_000_000, "{held} bytes");
}

proptest! {
    #[test]
    fn garbage_is_not_amplified(
        garbage in prop::collection::vec(any::<u8>(), 0..4096),
        begin in prop_oneof![Just(vec![]), Just(polite()), Just(vec![1, 0])],
    ) {
        // Two bytes of ZMTP 1.0 are a frame, and a frame is a digest: about 150 bytes.
        let held = peak(&begin, &polite(), &garbage, 1);
        prop_assert!(held < 65_536 + 200 * garbage.len() as isize, "{held} bytes");
    }
}
