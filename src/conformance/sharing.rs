//! How a socket shares its messages among three peers, and takes theirs in turn: the same for
//! PUSH and PULL as for DEALER.

use super::bench::{A, B, Bench, Sock, same, wrong};
use super::value::{Frame, message};
use crate::digest::D;
use crate::run::failure::{Cause, Failure, Step};

/// How often fairness may be hidden by the way that messages take through two machines' buffers.
const ATTEMPTS: usize = 25;

/// A socket of the first side, linked to three of the second.
pub fn star(bench: &mut Bench, one: &str, many: &str) -> Step<(Sock, [Sock; 3])> {
    let one = bench.socket(A, one)?;
    let many = [bench.socket(B, many)?, bench.socket(B, many)?, bench.socket(B, many)?];
    for other in &many {
        bench.link(&one, other)?;
    }
    Ok((one, many))
}

/// `one` sends to its peers in turn: of nine messages each of three gets three.
pub fn in_turn(bench: &mut Bench, one: &Sock, many: &[Sock; 3]) -> Step {
    // First one at a time until all three are connected.
    let mut connected = [false; 3];
    for n in 0.. {
        let sent = format!("first {n}");
        bench.send(one, &[sent.as_str().into()])?;
        let mut found = None;
        bench.until("a message came to none of three peers", |bench, ms| {
            for (at, peer) in many.iter().enumerate() {
                if let Ok(got) = bench.try_recv(peer, ms)? {
                    same(&[sent.as_str().into()], &got)?;
                    found = Some(at);
                    break;
                }
            }
            Ok(found.is_some())
        })?;
        connected[found.expect("until it was found")] = true;
        if connected == [true; 3] {
            break;
        }
        if n == 200 {
            return Err(wrong("one of three peers got none of 200 messages"));
        }
    }
    let mut missing: Vec<D> = vec![];
    for n in 0..9 {
        let body = Frame::from(format!("shared {n}").as_str());
        missing.push(body.seen());
        bench.send(one, &[body])?;
    }
    for (at, peer) in many.iter().enumerate() {
        let got = bench.recv_many(peer, 3, 1000)?;
        if got.len() < 3 {
            let what = format!("peer {at} of three got {} of nine messages", got.len());
            return Err(Failure::new(Cause::WrongAnswer, [A], what)
                .compared("3 for each", got.len().to_string())
                .into());
        }
        for message in got {
            let known = missing.iter().position(|sent| message == [sent.clone()]);
            let Some(known) = known else {
                let got = super::bench::parts(&message);
                return Err(Failure::new(
                    Cause::WrongAnswer,
                    [A, B],
                    "a message came twice, or changed",
                )
                .compared("each of nine messages once", got)
                .into());
            };
            missing.remove(known);
        }
    }
    Ok(())
}

/// A REQ sends its requests to its peers in turn: of nine each of three gets three.
pub fn requests_in_turn(bench: &mut Bench) -> Step {
    let req = bench.socket(A, "REQ")?;
    let mut reps = vec![];
    for _ in 0..3 {
        let rep = bench.socket(B, "REP")?;
        let endpoint = bench.bind(&rep)?;
        bench.connect(&req, &endpoint)?;
        reps.push(rep);
    }
    // First until all three are connected: then they come in turn.
    let mut counts = [0; 3];
    let mut warm = [false; 3];
    for _ in 0..60 {
        if warm.iter().all(|w| *w) && counts.iter().sum::<usize>() == 9 {
            break;
        }
        bench.send(&req, &message(["request"]))?;
        let (at, got) = first_to_get(bench, &reps)?;
        same(&message(["request"]), &got)?;
        bench.pass(&reps[at], &req, &message(["reply"]))?;
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

/// Which of these gets a message, and the message.
pub fn first_to_get(bench: &mut Bench, socks: &[Sock]) -> Step<(usize, Vec<D>)> {
    let mut found = None;
    bench.until("none of the peers got the request", |bench, ms| {
        for (n, sock) in socks.iter().enumerate() {
            if let Ok(got) = bench.try_recv(sock, ms)? {
                found = Some((n, got));
            }
        }
        Ok(found.is_some())
    })?;
    Ok(found.expect("until it was found"))
}

/// `one` takes the messages of its peers in turn: those of two quiet ones are not kept waiting until a
/// third has nothing more to say, and none gets lost.
pub fn fairly(bench: &mut Bench, one: &Sock, many: &[Sock; 3]) -> Step {
    for peer in many {
        bench.pass(peer, one, &["here".into()])?;
    }
    // What is on its way can't be seen, so that the third's messages may all be there before the first
    // of the others comes. Who starves them does so always.
    for _ in 0..ATTEMPTS {
        let [loud, quiet @ ..] = many;
        flood(bench, loud, "loud", 100)?;
        for (n, peer) in quiet.iter().enumerate() {
            flood(bench, peer, &format!("quiet {n}"), 3)?;
        }
        let got = bench.recv_many(one, 106, 2000)?;
        let last = |body: &str| got.iter().rposition(|m| *m == [Frame::from(body).seen()]);
        for (body, count) in [("loud", 100), ("quiet 0", 3), ("quiet 1", 3)] {
            let came = got.iter().filter(|m| **m == [Frame::from(body).seen()]).count();
            if came != count {
                let what = format!("not all of the messages '{body}' came");
                return Err(Failure::new(Cause::WrongAnswer, [A, B], what)
                    .compared(count.to_string(), came.to_string())
                    .into());
            }
        }
        if last("quiet 0") < last("loud") && last("quiet 1") < last("loud") {
            return Ok(());
        }
    }
    let what = format!("in {ATTEMPTS} attempts two peers always waited until a third was done");
    Err(Failure::new(Cause::WrongAnswer, [A], what)
        .compared("messages of all peers in turn", "first all of one")
        .into())
}

fn flood(bench: &mut Bench, from: &Sock, body: &str, count: u64) -> Step {
    match bench.try_send(from, &[body.into()], count, 2000)? {
        Ok(_) => Ok(()),
        Err(refusal) => {
            let what = format!("could not send {count} messages to a connected peer");
            let got = format!("{} after {}", refusal.code, refusal.sent);
            Err(Failure::new(Cause::WrongAnswer, [from.side], what).compared("ok", got).into())
        }
    }
}
