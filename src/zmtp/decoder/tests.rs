use proptest::prelude::*;

use super::*;
use crate::digest::D;
use crate::zmtp::command::{self, Command};
use crate::zmtp::conversation::Message;
use crate::zmtp::frame;
use crate::zmtp::greeting::{self, Version};
use Side::{Binder, Connector};

const SIGNATURE: [u8; 10] = [0xFF, 0, 0, 0, 0, 0, 0, 0, 1, 0x7F];

/// The items of each side, from pieces in the order in which they came.
fn decode(pieces: &[(Side, &[u8])]) -> [Vec<Item>; 2] {
    let mut decoder = Decoder::default();
    let mut items = [vec![], vec![]];
    for &(from, bytes) in pieces {
        for entry in decoder.feed(from, bytes, Instant::now()) {
            items[entry.from as usize].push(entry.item);
        }
    }
    items
}

fn message(frames: &[&[u8]]) -> Item {
    let frames = frames.iter().map(|frame| D::of(frame)).collect();
    Item::Message(Message { frames, frames_dropped: 0 })
}

fn v3(minor: u8, mechanism: &str, socket_type: &str) -> Vec<u8> {
    let greeting = greeting::encode_v3(3, minor, mechanism, false);
    let metadata = command::encode_metadata(&[("Socket-Type", socket_type.as_bytes())]);
    let ready = frame::encode_command(&command::encode("READY", &metadata));
    [&greeting[..], &ready].concat()
}

fn greeting_of(item: &Item) -> &Greeting {
    let Item::Greeting(greeting) = item else { panic!("a greeting, not {item}") };
    greeting
}

fn violation_of(items: &[Item]) -> &Violation {
    let Some(Item::Violation(violation)) = items.last() else { panic!("no violation: {items:?}") };
    violation
}

#[test]
fn rfc13_connection_layer_an_old_client_and_libzmq() {
    // The old one: anonymous, then [0] [2: "hi"] as a REQ writes it itself.
    let client = [&[1, 0][..], &[1, 1], &[3, 0, b'h', b'i']].concat();
    // libzmq: its signature becomes an anonymous identity, then it speaks 1.0.
    let server = [&SIGNATURE[..], &[1, 1], &[3, 0, b'h', b'o']].concat();
    let [old, new] = decode(&[(Binder, &SIGNATURE), (Connector, &client), (Binder, &server[10..])]);
    assert_eq!(greeting_of(&old[0]).announced, Announced::Unversioned);
    assert_eq!(greeting_of(&new[0]).announced, Announced::Signature);
    for (items, body) in [(&old, b"hi"), (&new, b"ho")] {
        assert_eq!(greeting_of(&items[0]).version, Version::V1_0);
        assert_eq!(greeting_of(&items[0]).identity, Some(D::of(b"")));
        assert_eq!(items[1..], [message(&[b"", body])]);
    }
}

#[test]
fn rfc15_backwards_interoperability_a_signature_is_the_header_of_an_identity() {
    let server = [&greeting::signature(3)[..], b"srv", &[3, 0, b'h', b'i']].concat();
    let long_identity = [&[0xFF, 0, 0, 0, 0, 0, 0, 1, 1, 0][..], &[b'i'; 256]].concat();
    let [old, new] = decode(&[(Binder, &server), (Connector, &long_identity)]);
    assert_eq!(greeting_of(&new[0]).identity, Some(D::of(b"srv")));
    assert_eq!(new[1..], [message(&[b"hi"])]);
    assert_eq!(greeting_of(&old[0]).identity, Some(D::of(&[b'i'; 256])));
}

#[test]
fn rfc15_formal_grammar_libzmq_speaks_2_0_to_an_old_peer() {
    // SUB with identity "me" subscribes to "A" by a message; PUB, which offers 3, sends two frames.
    let sub = [&SIGNATURE[..], &[1, 2], &[0, 2, b'm', b'e'], &[0, 2, 1, b'A']].concat();
    let rest = [&[3, 1][..], &[0, 0], &[1, 1, b'A', 2], &[0, 0, 0, 0, 0, 0, 0, 1], b"x"].concat();
    let [sub, publisher] = decode(&[(Binder, &SIGNATURE), (Connector, &sub), (Binder, &rest)]);
    assert_eq!(greeting_of(&sub[0]).socket_type.as_deref(), Some("SUB"));
    assert_eq!(greeting_of(&sub[0]).identity, Some(D::of(b"me")));
    assert_eq!(sub[1..], [message(&[b"\x01A"])]);
    assert_eq!(
        greeting_of(&publisher[0]).to_string(),
        "greeting ZMTP 2.0 (offers 3) PUB identity [0]"
    );
    assert_eq!(publisher[1..], [message(&[b"A", b"x"])]);
}

#[test]
fn rfc23_version_negotiation_the_lower_of_both() {
    for (minors, version) in
        [((0, 0), Version::V3_0), ((0, 1), Version::V3_0), ((1, 9), Version::V3_1)]
    {
        let (one, other) = (v3(minors.0, "NULL", "PAIR"), v3(minors.1, "NULL", "PAIR"));
        for items in decode(&[(Connector, &one), (Binder, &other)]) {
            assert_eq!(greeting_of(&items[0]).version, version, "{minors:?}");
            assert!(matches!(&items[1..], [Item::Command(Command::Ready(_))]), "{items:?}");
        }
    }
}

#[test]
fn rfc23_null_mechanism_order() {
    let greeting = greeting::encode_v3(3, 0, "NULL", false);
    let early = [&greeting[..], &[0, 1, b'x']].concat();
    let twice = [&v3(0, "NULL", "PULL")[..], &v3(0, "NULL", "PULL")[64..]].concat();
    let [early, twice] = decode(&[(Connector, &early), (Binder, &twice)]);
    assert_eq!(violation_of(&early).offset, 64);
    assert!(violation_of(&early).what.contains("before the handshake"));
    assert!(violation_of(&twice).what.contains("second READY"));
}

#[test]
fn rfc23_after_a_violation_the_side_stops_and_the_other_goes_on() {
    let good = v3(1, "NULL", "PULL");
    let bad = [&v3(1, "NULL", "PUSH")[..], &[8, 0], &[0, 1, b'x']].concat();
    let offset = bad.len() as u64 - 5;
    let [good, bad] = decode(&[(Connector, &good), (Binder, &bad), (Connector, &[0, 1, b'y'])]);
    assert_eq!(violation_of(&bad).offset, offset);
    assert_eq!(good.last(), Some(&message(&[b"y"])));
}

#[test]
fn rfc24_plain_is_readable_and_rfc26_curve_is_not() {
    for (mechanism, readable) in [("PLAIN", true), ("CURVE", false)] {
        let greeting = greeting::encode_v3(3, 1, mechanism, false);
        let steps = ["HELLO", "INITIATE"].map(|name| {
            let data = if name == "HELLO" { &b"\x01u\x01p"[..] } else { b"\x01x\0\0\0\0" };
            frame::encode_command(&command::encode(name, data))
        });
        let secret = frame::encode(Version::V3_1, false, b"\x07MESSAGE nonce and box");
        let client = [&greeting[..], &steps.concat(), &secret].concat();
        let [items, _] = decode(&[(Connector, &client), (Binder, &greeting)]);
        let names: Vec<_> = items.iter().map(ToString::to_string).collect();
        assert!(names[1].starts_with("HELLO (") && names[2].starts_with("INITIATE"), "{names:?}");
        assert_eq!(matches!(items[3], Item::Message(_)), readable, "{names:?}");
        assert_eq!(matches!(items[3], Item::Opaque(_)), !readable, "{names:?}");
    }
}

#[test]
fn the_end_says_what_it_was_in_the_middle_of() {
    let whole = v3(1, "NULL", "PUSH");
    for (bytes, expected) in [
        (&b""[..], Some("its greeting, after 0 bytes")),
        (&whole[..20], Some("its greeting, after 20 bytes")),
        (&whole[..64], Some("its handshake")),
        (&whole, None),
        (&[&whole[..], &[0]].concat(), Some("a frame, after 1 bytes of its header")),
        (&[&whole[..], &[0, 5, b'x']].concat(), Some("a frame, after 3 of 7 bytes")),
        (&[&whole[..], &[1, 1, b'x']].concat(), Some("a message, after 1 frames")),
    ] {
        let mut decoder = Decoder::default();
        decoder.feed(Binder, &v3(1, "NULL", "PULL"), Instant::now());
        decoder.feed(Connector, bytes, Instant::now());
        let unfinished = expected.map(String::from);
        let end = decoder.close(Connector, false, Instant::now());
        assert_eq!(end.item, Item::Closed { reset: false, unfinished });
    }
}

#[test]
fn who_does_not_wait_for_the_greeting_is_not_kept_for_ever() {
    let mut decoder = Decoder::default();
    decoder.feed(Connector, &SIGNATURE, Instant::now());
    let said = decoder.feed(Connector, &vec![3; PENDING_LIMIT], Instant::now());
    assert!(matches!(&said[..], [Entry { item: Item::Violation(_), .. }]), "{said:?}");
    assert!(decoder.feed(Connector, b"more", Instant::now()).is_empty());
}

fn chunks() -> impl Strategy<Value = Vec<(bool, usize)>> {
    prop::collection::vec((any::<bool>(), prop_oneof![1usize..4, 1usize..400]), 1..200)
}

/// Feeds both sides' bytes in pieces as `plan` says, then what is left.
fn in_pieces<'a>(mut one: &'a [u8], mut other: &'a [u8], plan: &[(bool, usize)]) -> [Vec<Item>; 2] {
    let mut pieces = vec![];
    for &(first, size) in plan {
        let (side, bytes) = if first { (Connector, &mut one) } else { (Binder, &mut other) };
        let (piece, rest) = bytes.split_at(size.min(bytes.len()));
        *bytes = rest;
        pieces.push((side, piece));
    }
    pieces.extend([(Connector, one), (Binder, other)]);
    decode(&pieces)
}

proptest! {
    #[test]
    fn any_chunking_gives_the_same_items(
        plan in chunks(),
        sizes in prop::collection::vec((any::<bool>(), 0usize..1500), 0..8),
        dialect in 0usize..4,
    ) {
        let (version, one, other) = match dialect {
            0 => (Version::V1_0, vec![4, 0, b'm', b'e', b'x'], SIGNATURE.to_vec()),
            1 => (
                Version::V2_0,
                [&SIGNATURE[..], &[1, 5, 0, 0]].concat(),
                [&SIGNATURE[..], &[3, 6, 0, 0]].concat(),
            ),
            2 => (Version::V3_0, v3(0, "NULL", "DEALER"), v3(1, "NULL", "ROUTER")),
            _ => (Version::V3_1, v3(1, "NULL", "DEALER"), v3(1, "NULL", "ROUTER")),
        };
        let frames: Vec<u8> = sizes
            .iter()
            .flat_map(|&(more, size)| frame::encode(version, more, &vec![size as u8; size]))
            .collect();
        let one = [one, frames.clone()].concat();
        let other = [other, frames].concat();
        let whole = decode(&[(Connector, &one), (Binder, &other)]);
        let messages = sizes.iter().filter(|(more, _)| !more).count();
        let introductions = if version >= Version::V3_0 { 2 } else { 1 };
        for items in &whole {
            prop_assert_eq!(items.len(), introductions + messages);
        }
        prop_assert_eq!(in_pieces(&one, &other, &plan), whole);
    }

    #[test]
    fn garbage_never_panics(
        one in prop::collection::vec(any::<u8>(), 0..600),
        other in prop::collection::vec(any::<u8>(), 0..600),
        plan in chunks(),
        polite in any::<bool>(),
    ) {
        let begin = if polite { v3(1, "NULL", "PAIR") } else { vec![] };
        let sides = [one, other].map(|garbage| [begin.clone(), garbage].concat());
        for items in in_pieces(&sides[0], &sides[1], &plan) {
            for item in items {
                let line = item.to_string();
                prop_assert!(!line.chars().any(char::is_control), "{line:?}");
            }
        }
    }
}
