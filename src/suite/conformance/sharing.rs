//! How a socket shares its messages among three peers, and takes theirs in turn: the same for
//! PUSH and PULL as for DEALER, ROUTER and REP.

use super::exchange::silent;
use super::sides::{Sides, Sock, same, wrong};
use super::step::{A, B};
use super::step::{Cause, Failure, Step};
use super::value::{Frame, message};
use crate::digest::D;

/// How often fairness may be hidden by the way that messages take through two machines' buffers.
const ATTEMPTS: usize = 25;

/// So many messages are shared: enough for who takes turns only at first.
const SHARED: usize = 60;

/// A socket of the first side, linked to three of the second.
pub fn one_to_three(sides: &mut Sides, one: &str, many: &str) -> Step<(Sock, [Sock; 3])> {
    let one = sides.socket(A, one)?;
    let many = [sides.socket(B, many)?, sides.socket(B, many)?, sides.socket(B, many)?];
    for other in &many {
        sides.link(&one, other)?;
    }
    Ok((one, many))
}

/// `one` sends one message at a time until each of its peers has had one.
pub fn all_connected(sides: &mut Sides, one: &Sock, many: &[Sock]) -> Step {
    let mut connected = vec![false; many.len()];
    for n in 0.. {
        let sent = format!("first {n}");
        sides.send(one, &[sent.as_str().into()])?;
        let (at, got) = first_to_get(sides, many)?;
        same(&[sent.as_str().into()], &got)?;
        connected[at] = true;
        if connected.iter().all(|connected| *connected) {
            break;
        }
        if n == 200 {
            return Err(wrong("one of several peers got none of 200 messages"));
        }
    }
    Ok(())
}

/// `one` sends to its peers in turn: each of three gets a third.
pub fn in_turn(sides: &mut Sides, one: &Sock, many: &[Sock; 3]) -> Step {
    all_connected(sides, one, many)?;
    let bodies: Vec<_> = (0..SHARED).map(|n| Frame::from(format!("shared {n}").as_str())).collect();
    bodies.iter().try_for_each(|body| sides.send(one, std::slice::from_ref(body)))?;
    let mut got = vec![];
    for peer in many {
        got.push(sides.recv_many(peer, SHARED / 3, 1000)?);
    }
    let even = got.iter().all(|got| got.len() == SHARED / 3);
    if !even {
        // Who got more has the rest: only what nobody got is lost.
        for (peer, got) in many.iter().zip(&mut got) {
            got.extend(sides.recv_many(peer, SHARED, 100)?);
        }
    }
    let counts = got.iter().map(Vec::len).collect::<Vec<_>>();
    each_once(&bodies, got.concat())?;
    if !even {
        let what = format!("{SHARED} messages to three peers are not shared");
        let failure = Failure::new(Cause::WrongAnswer, [A], what);
        return Err(failure.compared("as many for each", format!("{counts:?}")).into());
    }
    many.iter().try_for_each(|peer| silent(sides, peer))
}

/// What came is each of these messages once: or else one was lost or changed, at either end.
fn each_once(bodies: &[Frame], got: Vec<Vec<D>>) -> Step {
    let mut missing: Vec<D> = bodies.iter().map(Frame::seen).collect();
    let lost = |what: String| Failure::new(Cause::WrongAnswer, [A, B], what);
    for message in got {
        let known = missing.iter().position(|sent| message == [sent.clone()]);
        let Some(known) = known else {
            let failure = lost("a message came twice, or changed".into());
            let expected = format!("each of {} messages once", bodies.len());
            return Err(failure.compared(expected, super::sides::parts(&message)).into());
        };
        missing.swap_remove(known);
    }
    match missing.first() {
        None => Ok(()),
        Some(first) => {
            let came = bodies.len() - missing.len();
            let failure = lost(format!("of {} messages {came} came", bodies.len()));
            Err(failure.compared(first.described(), "nothing").into())
        }
    }
}

/// A REQ sends its requests to its peers in turn: of nine each of three gets three.
pub fn requests_in_turn(sides: &mut Sides) -> Step {
    let req = sides.socket(A, "REQ")?;
    let mut reps = vec![];
    for _ in 0..3 {
        let rep = sides.socket(B, "REP")?;
        let endpoint = sides.bind(&rep)?;
        sides.connect(&req, &endpoint)?;
        reps.push(rep);
    }
    // First until all three are connected: then they come in turn.
    let mut counts = [0; 3];
    let mut warm = [false; 3];
    for _ in 0..60 {
        if warm.iter().all(|w| *w) && counts.iter().sum::<usize>() == 9 {
            break;
        }
        sides.send(&req, &message(["request"]))?;
        let (at, got) = first_to_get(sides, &reps)?;
        same(&message(["request"]), &got)?;
        sides.pass(&reps[at], &req, &message(["reply"]))?;
        match warm.iter().all(|w| *w) {
            true => counts[at] += 1,
            false => warm[at] = true,
        }
    }
    match counts {
        [3, 3, 3] => Ok(()),
        other => {
            let failure = Failure::new(
                Cause::WrongAnswer,
                [A],
                "nine requests to three peers are not shared",
            );
            Err(failure.compared("[3, 3, 3]", format!("{other:?}")).into())
        }
    }
}

/// Exchanges show each of these ROUTERs the REQ, more than one each where a connection takes longer: the
/// ids under which they know it.
pub fn known_to_all(sides: &mut Sides, req: &Sock, routers: &[Sock]) -> Step<Vec<Frame>> {
    let mut ids = vec![None; routers.len()];
    sides.until("all requests went to the same of several peers", |sides, _| {
        sides.send(req, &message(["hello"]))?;
        let (at, got) = first_to_get(sides, routers)?;
        let id = Frame::again(&got[0])?;
        sides.send(&routers[at], &[id.clone(), "".into(), "hi".into()])?;
        sides.expect(req, &message(["hi"]))?;
        ids[at] = Some(id);
        Ok(ids.iter().all(Option::is_some))
    })?;
    Ok(ids.into_iter().flatten().collect())
}

/// Which of these gets a message, and the message.
pub fn first_to_get(sides: &mut Sides, socks: &[Sock]) -> Step<(usize, Vec<D>)> {
    let mut found = None;
    sides.until("a message came to none of the peers", |sides, ms| {
        for (n, sock) in socks.iter().enumerate() {
            if let Some(got) = sides.try_recv(sock, ms)? {
                found = Some((n, got));
                break;
            }
        }
        Ok(found.is_some())
    })?;
    Ok(found.expect("until it was found"))
}

/// `one` takes the messages of its peers in turn: those of two idle ones are not kept waiting until a
/// third has nothing more to say, and none gets lost.
pub fn fairly(sides: &mut Sides, one: &Sock, many: &[Sock; 3]) -> Step {
    let here = said(one, "here");
    for peer in many {
        sides.send(peer, &here)?;
        same(&message(["here"]), &take(sides, one)?)?;
    }
    // What is on its way can't be seen, so that the third's messages may all be there before the first
    // of the others comes. Who starves them does so always.
    for _ in 0..ATTEMPTS {
        let [busy, idle @ ..] = many;
        flood(sides, busy, &said(one, "busy"), 100)?;
        for (n, peer) in idle.iter().enumerate() {
            flood(sides, peer, &said(one, &format!("idle {n}")), 3)?;
        }
        let got = take_many(sides, one, 106)?;
        let last = |body: &str| got.iter().rposition(|m| *m == [Frame::from(body).seen()]);
        for (body, count) in [("busy", 100), ("idle 0", 3), ("idle 1", 3)] {
            let came = got.iter().filter(|m| **m == [Frame::from(body).seen()]).count();
            if came != count {
                let what = format!("not all of the messages '{body}' came");
                return Err(Failure::new(Cause::WrongAnswer, [A, B], what)
                    .compared(count.to_string(), came.to_string())
                    .into());
            }
        }
        silent(sides, one)?;
        if last("idle 0") < last("busy") && last("idle 1") < last("busy") {
            return Ok(());
        }
    }
    let what = format!("in {ATTEMPTS} attempts two peers always waited until a third was done");
    Err(Failure::new(Cause::WrongAnswer, [A], what)
        .compared("messages of all peers in turn", "first all of one")
        .into())
}

/// What a DEALER or a PUSH sends to say this to `one`: a REP wants the delimiter.
fn said(one: &Sock, body: &str) -> Vec<Frame> {
    if one.kind == "REP" { message(["", body]) } else { message([body]) }
}

/// The next message of `one`, less the routing id that a ROUTER shows. A REP replies.
fn take(sides: &mut Sides, one: &Sock) -> Step<Vec<D>> {
    let got = sides.recv(one)?;
    if one.kind == "REP" {
        sides.send(one, &message(["taken"]))?;
    }
    Ok(without_id(one, got))
}

/// The next `count` messages: at once, but of a REP, which gets a request when it has replied to the last.
fn take_many(sides: &mut Sides, one: &Sock, count: usize) -> Step<Vec<Vec<D>>> {
    if one.kind == "REP" {
        return (0..count).map(|_| take(sides, one)).collect();
    }
    let got = sides.recv_many(one, count, 2000)?;
    Ok(got.into_iter().map(|message| without_id(one, message)).collect())
}

fn without_id(one: &Sock, mut message: Vec<D>) -> Vec<D> {
    if one.kind == "ROUTER" {
        message.remove(0);
    }
    message
}

/// `from` sends this message so many times, and none is refused.
pub fn flood(sides: &mut Sides, from: &Sock, message: &[Frame], count: u64) -> Step {
    match sides.try_send(from, message, count, 2000)? {
        Ok(_) => Ok(()),
        Err(refusal) => {
            let what = format!("could not send {count} messages to a connected peer");
            let got = format!("{} after {}", refusal.code, refusal.sent);
            Err(Failure::new(Cause::WrongAnswer, [from.side], what).compared("ok", got).into())
        }
    }
}
