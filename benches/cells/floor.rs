//! The floor under a conformance cell: the socket operations of the simple cases in one process over libzmq, with no
//! agent and no harness. Two sockets are made, one binds, the other connects, the messages of the case pass, both are
//! closed.

use std::thread;
use std::time::{Duration, Instant};

use zmq::{Context, Socket, SocketType};

/// How long one measurement takes.
const SPAN: Duration = Duration::from_millis(500);

type Result<T = ()> = std::result::Result<T, zmq::Error>;

/// A simple case: the types of its two sockets, and what passes between them.
type Case = (SocketType, SocketType, fn(&Socket, &Socket) -> Result);

/// Those of `hs-null-*`, three exchanges each, then `frame-empty` and `frame-binary`.
const CASES: [Case; 14] = [
    (zmq::REQ, zmq::REP, |a, b| thrice(|| there_and_back(a, b, &[], &[]))),
    (zmq::REQ, zmq::ROUTER, |a, b| thrice(|| routed(a, b, &[]))),
    (zmq::DEALER, zmq::REP, |a, b| thrice(|| there_and_back(a, b, &[b""], &[]))),
    (zmq::DEALER, zmq::ROUTER, |a, b| thrice(|| routed(a, b, &[]))),
    (zmq::DEALER, zmq::DEALER, |a, b| thrice(|| there_and_back(a, b, &[], &[]))),
    (zmq::ROUTER, zmq::ROUTER, |a, b| thrice(|| there_and_back(a, b, &[b"second"], &[b"first"]))),
    (zmq::PUB, zmq::SUB, published),
    (zmq::PUB, zmq::XSUB, published),
    (zmq::XPUB, zmq::SUB, notified),
    (zmq::XPUB, zmq::XSUB, notified),
    (zmq::PUSH, zmq::PULL, |a, b| thrice(|| pass(a, b, &[b"one", b"way"]))),
    (zmq::PAIR, zmq::PAIR, |a, b| thrice(|| there_and_back(a, b, &[], &[]))),
    (zmq::PUSH, zmq::PULL, |a, b| {
        let messages: [&[&[u8]]; 5] =
            [&[b""], &[b"", b"a", b""], &[b"", b""], &[b"a", b"", b"b"], &[b"", b"", b"", b"a"]];
        messages.iter().try_for_each(|message| pass(a, b, message))
    }),
    (zmq::PUSH, zmq::PULL, |a, b| {
        let body = [7; 256];
        (0..7).try_for_each(|_| pass(a, b, &[&body]))?;
        pass(a, b, &[&body[..]; 7])
    }),
];

/// Cells a second, on as many threads as there are processors.
pub fn measure() -> f64 {
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let start = Instant::now();
    let work = || {
        let context = Context::new();
        let mut done = 0;
        while start.elapsed() < SPAN {
            for case in &CASES {
                play(&context, case).expect("libzmq talks to itself");
                done += 1;
            }
        }
        done
    };
    let done: usize = thread::scope(|scope| {
        let all: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        all.into_iter().map(|one| one.join().expect("no thread panics")).sum()
    });
    done as f64 / start.elapsed().as_secs_f64()
}

fn play(context: &Context, (first, second, talk): &Case) -> Result {
    let open = |kind, id: &[u8]| {
        let socket = context.socket(kind)?;
        socket.set_linger(0)?;
        if kind == zmq::ROUTER {
            socket.set_identity(id)?;
            socket.set_router_mandatory(true)?;
        }
        Ok::<_, zmq::Error>(socket)
    };
    let (first, second) = (open(*first, b"first")?, open(*second, b"second")?);
    second.bind("tcp://127.0.0.1:*")?;
    let endpoint = second.get_last_endpoint()?.unwrap_or_default();
    first.connect(&endpoint)?;
    talk(&first, &second)
}

fn thrice(exchange: impl Fn() -> Result) -> Result {
    (0..3).try_for_each(|_| exchange())
}

/// A message there; tells what came.
fn carry(from: &Socket, to: &Socket, message: &[&[u8]]) -> Result<Vec<Vec<u8>>> {
    // A mandatory ROUTER has to know its peer first.
    while let Err(error) = from.send_multipart(message, 0) {
        if error != zmq::Error::EHOSTUNREACH {
            return Err(error);
        }
        thread::yield_now();
    }
    to.recv_multipart(0)
}

fn pass(from: &Socket, to: &Socket, message: &[&[u8]]) -> Result {
    carry(from, to, message).map(drop)
}

/// A message there, and one back, each with what its sender has to put before it.
fn there_and_back(a: &Socket, b: &Socket, there: &[&[u8]], back: &[&[u8]]) -> Result {
    pass(a, b, &[there, &[b"question"]].concat())?;
    pass(b, a, &[back, &[b"answer"]].concat())
}

/// A message to a ROUTER, and its reply.
fn routed(a: &Socket, b: &Socket, there: &[&[u8]]) -> Result {
    let mut got = carry(a, b, &[there, &[b"question"]].concat())?;
    got.pop();
    got.push(b"answer".to_vec());
    b.send_multipart(got, 0)?;
    a.recv_multipart(0).map(drop)
}

/// Subscribes to everything, or says so as an XSUB does.
fn subscribe(subscriber: &Socket) -> Result {
    match subscriber.get_socket_type()? {
        zmq::XSUB => subscriber.send([1].as_slice(), 0),
        _ => subscriber.set_subscribe(b""),
    }
}

/// A PUB sends until something comes, and then what was meant.
fn published(publisher: &Socket, subscriber: &Socket) -> Result {
    subscribe(subscriber)?;
    loop {
        publisher.send("early", 0)?;
        if subscriber.poll(zmq::POLLIN, 2)? > 0 {
            break;
        }
    }
    publisher.send("last", 0)?;
    while subscriber.recv_multipart(0)? != [b"last"] {}
    thrice(|| pass(publisher, subscriber, &[b"one", b"way"]))
}

/// An XPUB is told.
fn notified(publisher: &Socket, subscriber: &Socket) -> Result {
    subscribe(subscriber)?;
    // libzmq works for a socket only while it is used.
    while publisher.poll(zmq::POLLIN, 1)? == 0 {
        subscriber.poll(zmq::POLLIN, 0)?;
    }
    publisher.recv_multipart(0)?;
    thrice(|| pass(publisher, subscriber, &[b"one", b"way"]))
}
