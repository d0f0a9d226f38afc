//! A tap that passes nothing on of one side, one with little room, and one that takes nobody any more.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};

use socket2::SockRef;
use zmq_interop::zmtp::Side;
use zmq_interop::zmtp::tap::{Tap, Width};

use super::DEADLINE;

/// A tap and the two ends of a connection through it.
fn connected(width: Width) -> (Tap, TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let upstream = format!("tcp://{}", listener.local_addr().unwrap());
    let tap = Tap::start_on("127.0.0.1", &upstream, width).unwrap();
    let connector = TcpStream::connect(tap.endpoint().trim_start_matches("tcp://")).unwrap();
    let (binder, _) = listener.accept().unwrap();
    for end in [&connector, &binder] {
        end.set_read_timeout(Some(DEADLINE)).unwrap();
    }
    (tap, connector, binder)
}

fn read<const N: usize>(mut end: &TcpStream) -> [u8; N] {
    let mut bytes = [0; N];
    end.read_exact(&mut bytes).unwrap();
    bytes
}

#[test]
fn what_one_side_says_is_held_until_it_is_released() {
    let (tap, mut connector, mut binder) = connected(Width::Wide);
    tap.hold(Side::Connector);
    connector.write_all(b"held").unwrap();
    assert!(tap.wait_until(DEADLINE, || tap.each(|one| one.sent[0]) == [4]));
    // The other way is open.
    binder.write_all(b"passes").unwrap();
    assert_eq!(&read::<6>(&connector), b"passes");
    binder.set_nonblocking(true).unwrap();
    assert_eq!(binder.read(&mut [0]).unwrap_err().kind(), ErrorKind::WouldBlock);
    binder.set_nonblocking(false).unwrap();
    tap.release(Side::Connector);
    assert_eq!(&read::<4>(&binder), b"held");
}

#[test]
fn a_tap_that_holds_can_be_stopped() {
    let (tap, mut connector, binder) = connected(Width::Wide);
    tap.hold(Side::Connector);
    connector.write_all(b"held").unwrap();
    assert!(tap.wait_until(DEADLINE, || tap.each(|one| one.sent[0]) == [4]));
    drop((tap, binder));
}

#[test]
fn a_narrow_tap_has_little_room() {
    let (tap, mut connector, _binder) = connected(Width::Narrow);
    tap.hold(Side::Connector);
    SockRef::from(&connector).set_send_buffer_size(1).unwrap();
    connector.set_nonblocking(true).unwrap();
    let mut taken = 0;
    let error = loop {
        match connector.write(&[0; 1024]) {
            Ok(size) => taken += size,
            Err(error) => break error,
        }
    };
    assert_eq!(error.kind(), ErrorKind::WouldBlock);
    assert!(taken < 32 << 10, "{taken}");
}

#[test]
fn a_tap_that_stopped_listening_leaves_its_endpoint_to_others_and_serves_on() {
    let (tap, connector, mut binder) = connected(Width::Wide);
    let address = tap.endpoint().trim_start_matches("tcp://").to_owned();
    tap.stop_listening();
    assert_eq!(TcpStream::connect(&address).unwrap_err().kind(), ErrorKind::ConnectionRefused);
    let _next = TcpListener::bind(&address).unwrap();
    binder.write_all(b"passes").unwrap();
    assert_eq!(&read::<6>(&connector), b"passes");
}
