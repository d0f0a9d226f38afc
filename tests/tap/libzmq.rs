//! Real sockets: what the programs say must be what the wire says.

use std::thread;

use zmq::{Context, Socket, SocketType};
use zmq_interop::digest::{D, sha1_hex};
use zmq_interop::zmtp::exchange::Exchange;
use zmq_interop::zmtp::{Side, tap::Tap};

use super::program::{self, Program};
use super::{DEADLINE, connected, lines};

fn socket(context: &Context, kind: SocketType) -> Socket {
    let socket = context.socket(kind).unwrap();
    socket.set_linger(0).unwrap();
    socket.set_rcvtimeo(DEADLINE.as_millis() as i32).unwrap();
    socket.set_reconnect_ivl(20).unwrap();
    socket
}

fn bound(context: &Context, kind: SocketType) -> (Socket, String) {
    let socket = socket(context, kind);
    socket.bind("tcp://127.0.0.1:*").unwrap();
    let endpoint = socket.get_last_endpoint().unwrap().unwrap();
    (socket, endpoint)
}

fn connected_to(context: &Context, kind: SocketType, endpoint: &str) -> Socket {
    let socket = socket(context, kind);
    if kind == zmq::REQ {
        socket.set_req_relaxed(true).unwrap();
        socket.set_req_correlate(true).unwrap();
    }
    socket.connect(endpoint).unwrap();
    socket
}

fn pairs(exchanges: &[Exchange]) -> Vec<(Vec<D>, Option<Vec<D>>)> {
    let pair = |e: &Exchange| (e.request.clone(), e.reply.as_ref().map(|(reply, _)| reply.clone()));
    exchanges.iter().map(pair).collect()
}

fn asked_and_answered(data: &[u8], answer: &[u8]) -> (Vec<D>, Option<Vec<D>>) {
    (vec![D::of(data)], Some(vec![D::of(answer)]))
}

#[test]
fn req_rep_with_correlate() {
    let context = Context::new();
    let (rep, endpoint) = bound(&context, zmq::REP);
    let tap = Tap::start(&endpoint).unwrap();
    let req = connected_to(&context, zmq::REQ, &tap.endpoint());
    let requests = [&b"psy oppa gangnam style"[..], b"", &[0, 255]];
    for request in requests {
        req.send(request, 0).unwrap();
        let asked = rep.recv_bytes(0).unwrap();
        rep.send([&asked[..], b"!"].concat(), 0).unwrap();
        req.recv_bytes(0).unwrap();
    }
    drop((req, rep));
    let conversations = connected(&tap);
    let [conversation] = &conversations[..] else { panic!("{conversations:?}") };
    let exchanges = conversation.exchanges();
    let expected = requests.map(|r| asked_and_answered(r, &[r, b"!"].concat()));
    assert_eq!(pairs(&exchanges), expected, "\n{conversation}");
    for exchange in &exchanges {
        assert_eq!(exchange.envelope.iter().map(|id| id.size).collect::<Vec<_>>(), [4]);
    }
    assert_eq!(conversation.strays(), []);
    let said = lines(conversation, Side::Connector);
    assert_eq!(said[..2], ["greeting ZMTP 3.1 NULL", "READY Socket-Type=REQ Identity="]);
    println!("{conversation}");
}

#[test]
fn push_pull_sizes() {
    let context = Context::new();
    let (pull, endpoint) = bound(&context, zmq::PULL);
    let tap = Tap::start(&endpoint).unwrap();
    let push = connected_to(&context, zmq::PUSH, &tap.endpoint());
    let sizes = [0, 1, 254, 255, 256, 1024, 1025, 65_536, 1 << 20];
    let messages = sizes.map(|size| (0..size).map(|i| (i % 251) as u8).collect::<Vec<u8>>());
    for message in &messages {
        push.send(message, 0).unwrap();
        assert_eq!(&pull.recv_bytes(0).unwrap(), message);
    }
    push.send_multipart(["", "a", ""], 0).unwrap();
    pull.recv_multipart(0).unwrap();
    drop((push, pull));
    let conversations = connected(&tap);
    let mut expected: Vec<_> = messages.iter().map(|message| vec![D::of(message)]).collect();
    expected.push(["", "a", ""].map(|frame| D::of(frame.as_bytes())).to_vec());
    assert_eq!(conversations[0].one_way(Side::Connector), expected);
    assert_eq!(conversations[0].one_way(Side::Binder), [] as [Vec<D>; 0]);
}

#[test]
fn a_broker_seen_from_both_links() {
    let context = Context::new();
    let inside = Context::new();
    let (router, frontend) = bound(&inside, zmq::ROUTER);
    let (dealer, backend) = bound(&inside, zmq::DEALER);
    let broker = thread::spawn(move || {
        router.set_rcvtimeo(-1).unwrap();
        let _ = zmq::proxy(&router, &dealer);
    });
    let (front, back) = (Tap::start(&frontend).unwrap(), Tap::start(&backend).unwrap());
    let rep = connected_to(&context, zmq::REP, &back.endpoint());
    let clients = ["one", "two"].map(|name| {
        let req = connected_to(&context, zmq::REQ, &front.endpoint());
        req.send(name, 0).unwrap();
        let asked = rep.recv_bytes(0).unwrap();
        rep.send(asked, 0).unwrap();
        assert_eq!(req.recv_bytes(0).unwrap(), name.as_bytes());
        req
    });
    drop((rep, clients));
    let mut inside = inside;
    inside.destroy().unwrap();
    broker.join().unwrap();
    let expected = [asked_and_answered(b"one", b"one"), asked_and_answered(b"two", b"two")];
    for (conversation, expected) in connected(&front).iter().zip(&expected) {
        assert_eq!(conversation.asker(), Some(Side::Connector));
        assert_eq!(&pairs(&conversation.exchanges())[..], std::slice::from_ref(expected));
    }
    let workers = connected(&back);
    assert_eq!(workers.len(), 1);
    assert_eq!(workers[0].asker(), Some(Side::Binder), "\n{}", workers[0]);
    let exchanges = workers[0].exchanges();
    assert_eq!(pairs(&exchanges), expected);
    let envelopes = exchanges.iter().map(|e| e.envelope.iter().map(|id| id.size).collect());
    assert_eq!(envelopes.collect::<Vec<Vec<_>>>(), [[5, 4], [5, 4]], "routing id, correlate id");
}

#[test]
fn pub_sub() {
    let context = Context::new();
    let (publisher, endpoint) = bound(&context, zmq::XPUB);
    let tap = Tap::start(&endpoint).unwrap();
    let sub = connected_to(&context, zmq::SUB, &tap.endpoint());
    sub.set_subscribe(b"A").unwrap();
    assert_eq!(publisher.recv_bytes(0).unwrap(), b"\x01A");
    for topic in ["B", "AB", "A"] {
        publisher.send_multipart([topic, "news"], 0).unwrap();
    }
    for topic in ["AB", "A"] {
        assert_eq!(sub.recv_multipart(0).unwrap()[0], topic.as_bytes());
    }
    sub.set_unsubscribe(b"A").unwrap();
    assert_eq!(publisher.recv_bytes(0).unwrap(), b"\0A");
    drop((sub, publisher));
    let conversation = &connected(&tap)[0];
    let sent = ["AB", "A"].map(|topic| vec![D::of(topic.as_bytes()), D::of(b"news")]);
    assert_eq!(conversation.one_way(Side::Binder), sent, "B passed unseen:\n{conversation}");
    let said = lines(conversation, Side::Connector);
    assert_eq!(said[2..4], ["SUBSCRIBE [1: \"A\"]", "CANCEL [1: \"A\"]"], "\n{conversation}");
}

#[test]
fn rfc24_plain() {
    let context = Context::new();
    let zap = socket(&context, zmq::REP);
    zap.bind("inproc://zeromq.zap.01").unwrap();
    let doorman = thread::spawn(move || {
        let request = zap.recv_multipart(0).unwrap();
        let reply = [b"1.0", &request[1][..], b"200", b"", b"user", b""];
        zap.send_multipart(reply, 0).unwrap();
    });
    let pull = socket(&context, zmq::PULL);
    pull.set_plain_server(true).unwrap();
    pull.bind("tcp://127.0.0.1:*").unwrap();
    let tap = Tap::start(&pull.get_last_endpoint().unwrap().unwrap()).unwrap();
    let push = socket(&context, zmq::PUSH);
    push.set_plain_username(Some("admin")).unwrap();
    push.set_plain_password(Some("secret")).unwrap();
    push.connect(&tap.endpoint()).unwrap();
    push.send("in clear", 0).unwrap();
    assert_eq!(pull.recv_bytes(0).unwrap(), b"in clear");
    doorman.join().unwrap();
    drop((push, pull));
    let conversation = &connected(&tap)[0];
    let shown = lines(conversation, Side::Connector);
    assert_eq!(shown[0], "greeting ZMTP 3.1 PLAIN");
    assert_eq!(shown[1], "HELLO (19 bytes)", "\n{conversation}");
    assert_eq!(shown[2], "INITIATE Socket-Type=PUSH");
    assert_eq!(conversation.one_way(Side::Connector), [[D::of(b"in clear")]]);
    assert_eq!(conversation.socket_type(Side::Binder).as_deref(), Some("PULL"));
}

/// A rep in a process of its own, so that it can be killed, and where it listens.
fn rep(endpoint: &str) -> (Program, String) {
    let mut rep = Program::start(&mut program::events("rep", &[endpoint]));
    let endpoint = rep.ready().remove(0);
    (rep, endpoint)
}

#[test]
fn upstream_is_killed_and_started_again() {
    let (server, endpoint) = rep("tcp://127.0.0.1:*");
    let tap = Tap::start(&endpoint).unwrap();
    let context = Context::new();
    let req = connected_to(&context, zmq::REQ, &tap.endpoint());
    req.set_rcvtimeo(300).unwrap();
    let ask = |data: &str| {
        let answered = (0..60).any(|_| {
            req.send(data, 0).unwrap();
            req.recv_bytes(0).is_ok_and(|answer| answer == sha1_hex(data.as_bytes()).as_bytes())
        });
        assert!(answered, "no answer to {data}");
    };
    let exchange =
        |data: &str| asked_and_answered(data.as_bytes(), sha1_hex(data.as_bytes()).as_bytes());
    ask("before");
    server.kill();
    let (server, _) = rep(&endpoint);
    ask("after");
    drop((req, server));
    let conversations = connected(&tap);
    assert!(conversations.len() >= 2, "{conversations:?}");
    let (first, last) = (&conversations[0], conversations.last().unwrap());
    assert_eq!(pairs(&first.exchanges())[0], exchange("before"));
    assert!(pairs(&last.exchanges()).contains(&exchange("after")), "\n{last}");
}
