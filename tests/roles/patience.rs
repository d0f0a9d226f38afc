//! Clients outlive servers: they ask until they are answered, and by nobody else's answer.

use zmq_interop::digest::D;

use crate::program::{PATIENCE, Program, events};
use crate::{ANY, counted, server};

/// A server of our own, that can lie: it sees the envelopes of the requests, and answers when it likes.
struct Router(zmq::Socket, String);

impl Router {
    fn new() -> Router {
        let socket = zmq::Context::new().socket(zmq::ROUTER).unwrap();
        socket.set_linger(0).unwrap();
        socket.set_rcvtimeo(PATIENCE.as_millis() as i32).unwrap();
        socket.bind(ANY).unwrap();
        let endpoint = socket.get_last_endpoint().unwrap().unwrap();
        Router(socket, endpoint)
    }

    /// The envelope and the body of the next request.
    fn request(&self) -> (Vec<Vec<u8>>, Vec<u8>) {
        let mut frames = self.0.recv_multipart(0).expect("a request");
        let body = frames.pop().unwrap();
        (frames, body)
    }

    fn answer(&self, envelope: &[Vec<u8>], answer: &str) {
        let mut frames = envelope.to_vec();
        frames.push(answer.into());
        self.0.send_multipart(frames, 0).unwrap();
    }
}

#[test]
fn a_late_answer_is_never_taken_for_another() {
    for role in ["c", "mreq"] {
        let router = Router::new();
        let mut client = counted(role, &[&router.1], 2);
        client.ready();

        let sent = client.data("sent");
        let (first, body) = router.request();
        assert_eq!(D::of(&body), sent);
        assert_eq!(client.data("resent"), sent);
        let (second, again) = router.request();
        assert_eq!(again, body, "the same bytes again");
        router.answer(&second, "answer to the second sending");
        assert_eq!(client.data("answered"), D::of(b"answer to the second sending"));

        client.data("sent");
        let (other, _) = router.request();
        router.answer(&first, "late");
        router.answer(&second, "twice");
        router.answer(&other, "right");
        assert_eq!(client.data("answered"), D::of(b"right"), "{role}");
        client.succeeds();
    }
}

#[test]
fn req_resends_too() {
    let router = Router::new();
    let mut req = Program::start(&mut events("req", &[ANY, &router.1]));
    let pull = req.ready().remove(0);
    Program::fed(&mut events("push", &[&pull]), b"psy").later_data("sent");
    let message = req.data("pulled");
    let (first, _) = router.request();
    assert_eq!(req.data("resent"), message);
    let (second, body) = router.request();
    assert_eq!(body, b"psy");
    router.answer(&first, "late");
    router.answer(&second, "right");
    assert_eq!(req.data("answered"), D::of(b"right"));
}

/// Servers come back on the same endpoint here. A file can't be taken by a stranger, as a port can.
fn place(folder: &tempfile::TempDir) -> String {
    format!("ipc://{}/rep", folder.path().display())
}

#[test]
fn a_client_waits_for_its_first_server() {
    let folder = tempfile::tempdir().unwrap();
    let place = place(&folder);
    let mut c = counted("c", &[&place], 1);
    c.ready();
    let sent = c.data("sent");
    for _ in 0..3 {
        assert_eq!(c.data("resent"), sent, "nobody is connected");
    }

    let (mut rep, _) = server("rep", &place);
    assert_eq!(c.later_data("answered"), D::of(sent.sha1.as_bytes()));
    c.end();

    // Its requests have not piled up: one from the queue, and the one that was answered.
    counted("mreq", &[&place], 1).end();
    let mut received = 0;
    while rep.later_data("received") == sent {
        received += 1;
    }
    assert!((1..=2).contains(&received), "rep was asked {received} times");
}

#[test]
fn a_killed_server_is_only_a_pause() {
    let folder = tempfile::tempdir().unwrap();
    let place = place(&folder);
    let (rep, _) = server("rep", &place);
    let mut command = events("c", &[&place]);
    let mut c = Program::start(command.env("INTEROP_INTERVAL_MS", "0"));
    c.later_data("answered");
    rep.kill();
    c.later_data("resent");
    c.later_data("resent");
    let (mut rep, _) = server("rep", &place);
    rep.later_data("replied");
    c.later_data("answered");
}

#[test]
fn the_last_answer_of_a_server_that_leaves_arrives() {
    // With ZMQ_IMMEDIATE clients lose about half of these.
    for _ in 0..20 {
        let mut rep = counted("rep", &[ANY], 1);
        let mut c = counted("c", &[&rep.ready()[0]], 1);
        c.ready();
        let sent = c.data("sent");
        assert_eq!(c.later_data("answered"), D::of(sent.sha1.as_bytes()));
        rep.succeeds();
    }
}

#[test]
fn a_person_reads_on_standard_error_that_a_client_sends_again() {
    let mut mreq = Program::start(&mut crate::program::rust("mreq", &["ipc://no-such-socket"]));
    let sentence = format!("rust (pid={}): no answer for 1 s, sending again", mreq.pid());
    assert_eq!(mreq.error(), sentence);
    assert_eq!(mreq.error(), sentence);
    assert_eq!(mreq.lines_so_far(), [] as [&str; 0]);
}
