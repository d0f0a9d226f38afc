//! What passes between a ROUTER and a peer that it knows by an id. A REQ writes and takes off a delimiter, which the ROUTER
//! sees.

use super::sides::{Sides, Sock, parts, same};
use super::step::{A, B, Cause, Failure, Step};
use super::value::{Frame, message};

/// `body` as the ROUTER sends it to `peer`, or hears it from that, after the id.
fn below_id(peer: &Sock, body: &str) -> Vec<Frame> {
    match peer.kind.as_str() {
        "REQ" => message(["", body]),
        _ => message([body]),
    }
}

/// `peer` says `body`; the id under which `router` hears it.
pub fn id_of(sides: &mut Sides, peer: &Sock, router: &Sock, body: &str) -> Step<Frame> {
    sides.send(peer, &message([body]))?;
    let got = sides.recv(router)?;
    let expected: Vec<_> = below_id(peer, body).iter().map(Frame::seen).collect();
    match got.split_first() {
        Some((id, rest)) if rest == expected => Frame::again(id),
        _ => {
            let what = format!("what a {} said came otherwise", peer.kind);
            let failure = Failure::new(Cause::WrongAnswer, [A, B], what);
            let expected = format!("a routing id, then {}", parts(&expected));
            Err(failure.compared(expected, parts(&got)).into())
        }
    }
}

/// `peer` says `body`, and `router` hears it from `id`.
pub fn heard(sides: &mut Sides, peer: &Sock, router: &Sock, id: &Frame, body: &str) -> Step {
    let seen = id_of(sides, peer, router, body)?;
    same(std::slice::from_ref(id), &[seen.seen()])
}

/// `router` says `body` to `id`, and `peer` hears it.
pub fn told(sides: &mut Sides, router: &Sock, peer: &Sock, id: &Frame, body: &str) -> Step {
    sides.send(router, &[vec![id.clone()], below_id(peer, body)].concat())?;
    sides.expect(peer, &message([body]))
}
