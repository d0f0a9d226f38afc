//! What `rep` and `mrep` answer.

use super::serving::Serving;
use super::{Check, Seen, Step, arguments, odd, sentences, step};

pub fn steps() -> Vec<Step> {
    vec![
        step("each request is answered rightly, byte for byte", bytes),
        step("a request of several frames is joined, and answered with one", frames),
        step("it takes one request at a time: received, replied, then the next", one_at_a_time),
        step("INTEROP_COUNT=0: it says ready, and exits with 0", arguments::count_0),
        step("INTEROP_COUNT=2: it exits with 0 after two replies, which both leave", count),
        step("without INTEROP_EVENTS it prints the sentences of the contract", sentences::server),
        step("data can't disturb a terminal", sentences::server_odd),
    ]
}

fn bytes(check: &Check) -> Seen {
    let mut serving = Serving::begin(check, &[("INTEROP_COUNT", "")])?;
    for request in odd::all() {
        serving.ask(&[&request])?;
        serving.answered(&request)?;
        serving.told(&request)?;
    }
    serving.tried.stop()
}

fn frames(check: &Check) -> Seen {
    let mut serving = Serving::begin(check, &[])?;
    for frames in [&[b"psy " as &[u8], b"oppa gangnam", b"", b" style"][..], &[b"", b""]] {
        serving.ask(frames)?;
        serving.answered(&frames.concat())?;
        serving.told(&frames.concat())?;
    }
    Ok(())
}

fn one_at_a_time(check: &Check) -> Seen {
    let mut serving = Serving::begin(check, &[])?;
    let requests = ["the first", "the second", "the third", "the fourth"].map(str::as_bytes);
    for request in requests {
        serving.ask(&[request])?;
    }
    for request in requests {
        serving.told(request)?;
    }
    for request in requests {
        serving.answered(request)?;
    }
    Ok(())
}

fn count(check: &Check) -> Seen {
    let mut serving = Serving::begin(check, &[("INTEROP_COUNT", "2")])?;
    let large = vec![b'x'; 1 << 20];
    let requests = [&b"the first"[..], &large, b"one too many"];
    for request in requests {
        serving.ask(&[request])?;
    }
    for request in &requests[..2] {
        serving.told(request)?;
    }
    for request in &requests[..2] {
        serving.answered(request)?;
    }
    let Serving { tried, asker, .. } = serving;
    tried.exits_0("after two replies with INTEROP_COUNT=2")?;
    asker.nothing_more("after two replies with INTEROP_COUNT=2 it must reply no more")
}
