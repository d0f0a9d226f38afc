//! Raw TCP through a tap: ZMTP 1.0 against libzmq, half-closes, resets, refusals, and the stop.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use zmq_interop::digest::D;
use zmq_interop::zmtp::conversation::{Conversation, Item};
use zmq_interop::zmtp::tap::{CONVERSATIONS_LIMIT, Tap};
use zmq_interop::zmtp::{Side, command, frame, greeting};

use super::{DEADLINE, connected, end, lines, settled};

fn dial(tap: &Tap) -> TcpStream {
    let stream = TcpStream::connect(tap.endpoint().trim_start_matches("tcp://")).unwrap();
    stream.set_read_timeout(Some(DEADLINE)).unwrap();
    stream
}

fn accept(listener: &TcpListener) -> TcpStream {
    let (stream, _) = listener.accept().unwrap();
    stream.set_read_timeout(Some(DEADLINE)).unwrap();
    stream
}

fn read(stream: &mut TcpStream, size: usize) -> Vec<u8> {
    let mut bytes = vec![0; size];
    stream.read_exact(&mut bytes).unwrap();
    bytes
}

fn upstream() -> (TcpListener, Tap) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let tap = Tap::start(&format!("tcp://{}", listener.local_addr().unwrap())).unwrap();
    (listener, tap)
}

fn libzmq(kind: zmq::SocketType) -> (zmq::Socket, Tap) {
    let socket = client(kind);
    socket.bind("tcp://127.0.0.1:*").unwrap();
    let tap = Tap::start(&socket.get_last_endpoint().unwrap().unwrap()).unwrap();
    (socket, tap)
}

fn client(kind: zmq::SocketType) -> zmq::Socket {
    let socket = zmq::Context::new().socket(kind).unwrap();
    socket.set_linger(0).unwrap();
    socket.set_rcvtimeo(DEADLINE.as_millis() as i32).unwrap();
    socket
}

/// Greeting and READY of a ZMTP 3.1 server.
fn introduce(stream: &mut TcpStream, socket_type: &str) {
    let ready = command::encode_metadata(&[("Socket-Type", socket_type.as_bytes())]);
    let ready = frame::encode_command(&command::encode("READY", &ready));
    let greeting = greeting::encode_v3(3, 1, "NULL", false);
    stream.write_all(&[&greeting[..], &ready].concat()).unwrap();
}

fn read_until(stream: &mut TcpStream, end: &[u8]) -> Vec<u8> {
    let mut received = Vec::new();
    while !received.ends_with(end) {
        received.extend(read(stream, 1));
    }
    received
}

fn only(tap: &Tap) -> Conversation {
    let mut conversations = connected(tap);
    assert_eq!(conversations.len(), 1, "{conversations:?}");
    conversations.remove(0)
}

#[test]
fn rfc13_an_old_push_to_libzmq() {
    let (pull, tap) = libzmq(zmq::PULL);
    let mut client = dial(&tap);
    let large = vec![7; 300];
    let long = [&[0xFF][..], &301u64.to_be_bytes(), &[0], &large].concat();
    client.write_all(&[&[1, 0][..], &[4, 1, b'a', b'b', b'c'], &[1, 0], &long].concat()).unwrap();
    assert_eq!(pull.recv_multipart(0).unwrap(), [&b"abc"[..], b""]);
    assert_eq!(pull.recv_bytes(0).unwrap(), large);
    read(&mut client, 10);
    drop((client, pull));
    let conversation = only(&tap);
    let sent = [vec![D::of(b"abc"), D::of(b"")], vec![D::of(&large)]];
    assert_eq!(conversation.one_way(Side::Connector), sent, "\n{conversation}");
    assert_eq!(lines(&conversation, Side::Connector)[0], "greeting ZMTP 1.0 identity [0]");
    let theirs = "greeting ZMTP 1.0 (offers a newer one) identity [0]";
    assert_eq!(lines(&conversation, Side::Binder)[0], theirs);
}

#[test]
fn rfc13_an_old_req_to_libzmq() {
    let (rep, tap) = libzmq(zmq::REP);
    let mut client = dial(&tap);
    client.write_all(&[3, 0, b'm', b'e', 1, 1, 3, 0, b'h', b'i']).unwrap();
    assert_eq!(rep.recv_bytes(0).unwrap(), b"hi");
    rep.send("ho", 0).unwrap();
    assert_eq!(read(&mut client, 10), [0xFF, 0, 0, 0, 0, 0, 0, 0, 1, 0x7F]);
    assert_eq!(read(&mut client, 6), [1, 1, 3, 0, b'h', b'o']);
    drop((client, rep));
    let conversation = only(&tap);
    let exchanges = conversation.exchanges();
    assert_eq!(exchanges.len(), 1, "\n{conversation}");
    assert_eq!(exchanges[0].request, [D::of(b"hi")]);
    assert_eq!(exchanges[0].reply.as_ref().unwrap().0, [D::of(b"ho")]);
    let ours = "greeting ZMTP 1.0 identity [2: \"me\"]";
    assert_eq!(lines(&conversation, Side::Connector)[0], ours);
}

#[test]
fn rfc15_a_2_0_push_to_libzmq() {
    let (pull, tap) = libzmq(zmq::PULL);
    let mut client = dial(&tap);
    client
        .write_all(&[&greeting::signature(0)[..], &[1, 8, 0, 0], &[0, 2, b'h', b'i']].concat())
        .unwrap();
    assert_eq!(pull.recv_bytes(0).unwrap(), b"hi");
    read(&mut client, 14);
    drop((client, pull));
    let conversation = only(&tap);
    assert_eq!(conversation.one_way(Side::Connector), [[D::of(b"hi")]], "\n{conversation}");
    let theirs = "greeting ZMTP 2.0 (offers 3) PULL identity [0]";
    assert_eq!(lines(&conversation, Side::Binder)[0], theirs);
}

#[test]
fn rfc37_heartbeats_of_libzmq() {
    let (listener, tap) = upstream();
    let push = client(zmq::PUSH);
    push.set_heartbeat_ivl(10).unwrap();
    // Without its own time limit it would give up before a busy machine answers.
    push.set_heartbeat_timeout(DEADLINE.as_millis() as i32).unwrap();
    push.set_heartbeat_ttl(1500).unwrap();
    push.connect(&tap.endpoint()).unwrap();
    let mut server = accept(&listener);
    introduce(&mut server, "PULL");
    read_until(&mut server, b"PING\0\x0f");
    server.write_all(&frame::encode_command(&command::encode("PING", b"\0\0x"))).unwrap();
    read_until(&mut server, b"\x04PONGx");
    drop(push);
    server.read_to_end(&mut Vec::new()).unwrap();
    drop(server);
    let conversation = only(&tap);
    let said = lines(&conversation, Side::Connector);
    assert!(said.contains(&"PING ttl=1.5s context=".into()), "\n{conversation}");
    assert!(said.contains(&"PONG context=x".into()), "\n{conversation}");
    assert_eq!(lines(&conversation, Side::Binder)[2], "PING ttl=0.0s context=x");
}

/// A tap must show who lies: here a server that says it is a REP, and answers for somebody else.
#[test]
fn rfc28_a_server_that_answers_with_another_envelope_is_found() {
    let (listener, tap) = upstream();
    let server = thread::spawn(move || {
        let mut server = accept(&listener);
        introduce(&mut server, "REP");
        let received = read_until(&mut server, b"question");
        let asked = &received[received.len() - 8 - 2 - 2 - 4..];
        let truth = [&[1, 4], &asked[..4], &[1, 0, 0, 5], b"truth"].concat();
        server.write_all(&[1, 4, 9, 9, 9, 9, 1, 0, 0, 4, b'f', b'a', b'k', b'e']).unwrap();
        server.write_all(&truth).unwrap();
        server.read_to_end(&mut Vec::new()).unwrap();
    });
    let req = client(zmq::REQ);
    req.set_req_correlate(true).unwrap();
    req.connect(&tap.endpoint()).unwrap();
    req.send("question", 0).unwrap();
    assert_eq!(req.recv_bytes(0).unwrap(), b"truth", "libzmq does not deliver the fake");
    drop(req);
    server.join().unwrap();
    let conversation = only(&tap);
    let exchanges = conversation.exchanges();
    assert_eq!(exchanges.len(), 1, "\n{conversation}");
    assert_eq!(exchanges[0].reply.as_ref().unwrap().0, [D::of(b"truth")]);
    assert_eq!(conversation.strays()[0].frames[2], D::of(b"fake"));
}

#[test]
fn bytes_pass_unchanged_and_a_half_close_too() {
    let (listener, tap) = upstream();
    let garbage: Vec<u8> =
        (0..1u32 << 20).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let mut client = dial(&tap);
    let mut server = accept(&listener);
    let sent = garbage.clone();
    let sender = thread::spawn(move || {
        client.write_all(&sent).unwrap();
        client.shutdown(Shutdown::Write).unwrap();
        let mut answer = Vec::new();
        client.read_to_end(&mut answer).unwrap();
        answer
    });
    let mut received = Vec::new();
    server.read_to_end(&mut received).unwrap();
    assert!(received == garbage, "{} bytes of {}", received.len(), garbage.len());
    server.write_all(&received).unwrap();
    drop(server);
    assert!(sender.join().unwrap() == garbage);
    assert!(tap.wait_closed(DEADLINE));
    let conversation = &tap.conversations()[0];
    assert!(matches!(end(conversation, Side::Binder), Some(Item::Closed { reset: false, .. })));
}

#[test]
fn a_reset_ends_the_other_side_and_only_its_author_is_named() {
    let (listener, tap) = upstream();
    let mut client = dial(&tap);
    let mut server = accept(&listener);
    server.write_all(&[0; 100]).unwrap();
    client.write_all(&[1]).unwrap();
    read(&mut server, 1);
    assert_eq!(client.peek(&mut [0]).unwrap(), 1);
    drop(client); // with unread bytes: TCP sends a reset
    assert_eq!(server.read(&mut [0]).unwrap(), 0);
    drop(server);
    assert!(tap.wait_closed(DEADLINE));
    let conversation = &tap.conversations()[0];
    let end_of_client = end(conversation, Side::Connector);
    assert!(matches!(end_of_client, Some(Item::Closed { reset: true, .. })), "\n{conversation}");
    assert_eq!(end(conversation, Side::Binder), None, "\n{conversation}");
}

#[test]
fn who_comes_while_upstream_is_away_is_disconnected() {
    let (listener, tap) = upstream();
    drop(listener);
    assert_eq!(dial(&tap).read(&mut [0]).unwrap_or(0), 0);
    let conversations = settled(&tap);
    assert!(conversations[0].upstream_refused && conversations[0].closed.is_some());
    assert_eq!(conversations[0].to_string(), "  nobody listened upstream\n");
}

#[test]
fn of_a_storm_of_connections_the_last_are_remembered_and_that_others_were() {
    let (listener, tap) = upstream();
    for n in 0..CONVERSATIONS_LIMIT + 3 {
        let mut client = dial(&tap);
        client.write_all(&[n as u8]).unwrap();
        read(&mut accept(&listener), 1);
    }
    assert!(tap.wait_closed(DEADLINE));
    let conversations = tap.conversations();
    assert_eq!((conversations.len(), conversations[0].dropped), (CONVERSATIONS_LIMIT, 3));
    assert!(conversations[1..].iter().all(|later| later.dropped == 0));
}

#[test]
fn a_stop_ends_twenty_open_connections() {
    let (listener, tap) = upstream();
    let mut clients: Vec<_> = (0..20).map(|_| dial(&tap)).collect();
    let servers: Vec<_> = (0..20).map(|_| listener.accept().unwrap()).collect();
    let endpoint = tap.endpoint();
    let (done, stopped) = mpsc::channel();
    thread::spawn(move || {
        drop(tap);
        done.send(()).unwrap();
    });
    stopped.recv_timeout(DEADLINE).expect("the tap stops");
    for client in &mut clients {
        assert_eq!(client.read(&mut [0]).unwrap_or(0), 0);
    }
    // Another program may get the port for a while.
    let (address, by) = (endpoint.trim_start_matches("tcp://"), Instant::now() + DEADLINE);
    while TcpStream::connect(address).is_ok() {
        assert!(Instant::now() < by, "somebody still listens at {address}");
        thread::park_timeout(Duration::from_millis(20));
    }
    drop(servers);
}

#[test]
fn a_bad_endpoint_is_one_clear_line() {
    for endpoint in ["inproc://x", "tcp://localhost", "tcp://127.0.0.1:port"] {
        let error = Tap::start(endpoint).unwrap_err().to_string();
        assert!(error.contains(endpoint) && error.contains("expected tcp://host:port"), "{error}");
    }
}

#[test]
fn what_is_waited_for_is_seen_when_it_passes_and_not_before() {
    let (listener, tap) = upstream();
    let sent = |bytes: u64| move |one: &Conversation, _: bool| one.sent[0] == bytes;
    assert_eq!(tap.wait_for(Duration::ZERO, sent(0)), Err(vec![]));
    let mut connector = dial(&tap);
    let _binder = accept(&listener);
    let writer = thread::spawn(move || connector.write_all(b"abc").map(|()| connector));
    assert_eq!(tap.wait_for(DEADLINE, sent(3)), Ok(()));
    let said = tap.wait_for(Duration::ZERO, sent(4)).unwrap_err();
    assert_eq!(said[0].sent, [3, 0]);
    writer.join().unwrap().unwrap();
}
