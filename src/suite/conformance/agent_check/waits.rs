//! How long ops wait for what does not come: not shorter than they are told, and not much longer.

use std::time::{Duration, Instant};

use serde_json::json;

use super::{Wrong, must, refused};
use crate::peer::agent::{Agent, Hello};

/// The time that ops are given here that wait in vain.
const GIVEN: Duration = Duration::from_millis(1000);

/// So much of it an op waits at least: clocks differ a little.
const AT_LEAST: f64 = 0.9;

/// So much longer an answer may take on a busy machine; an agent that waits twice as long is found.
const LONGER: Duration = Duration::from_millis(700);

/// So often an op may be late until it is its agent that is.
const TRIES: usize = 3;

/// How long `ask` may take, which waits for [`GIVEN`] in vain. A machine may be busy for once, but not each time.
fn waits<T>(what: &str, mut ask: impl FnMut() -> Result<T, Wrong>) -> Result<T, Wrong> {
    let mut waited = Duration::ZERO;
    for _ in 0..TRIES {
        let start = Instant::now();
        let answer = ask()?;
        waited = start.elapsed();
        if waited < GIVEN.mul_f64(AT_LEAST) {
            break;
        }
        if waited <= GIVEN + LONGER {
            return Ok(answer);
        }
    }
    let [want, waited] = [GIVEN, waited].map(|time| time.as_millis());
    Err(Wrong::Answer(format!(
        "{what} must wait {want} ms when nothing comes, and waited {waited} ms"
    )))
}

/// `recv`.
pub(super) fn told(agent: &mut Agent, _: &Hello) -> Result<(), Wrong> {
    let request = json!({"op": "recv", "socket": "pull", "timeout_ms": GIVEN.as_millis() as u64});
    waits(&request.to_string(), || refused(agent, request.clone(), "EAGAIN"))?;
    let request = json!({"op": "recv", "socket": "pull", "count": 2,
                         "timeout_ms": GIVEN.as_millis() as u64});
    let got = waits(&request.to_string(), || must(agent, request.clone()))?;
    match got.get("messages") == Some(&json!([])) {
        true => Ok(()),
        false => Err(Wrong::Answer(format!(
            "{request} must be answered with {{\"messages\":[]}} when nothing came, not with {}",
            json!(got)
        ))),
    }
}

/// `recv`, which is not told how long.
pub(super) fn untold(agent: &mut Agent, _: &Hello) -> Result<(), Wrong> {
    let request = json!({"op": "recv", "socket": "pull"});
    waits("recv without timeout_ms", || refused(agent, request.clone(), "EAGAIN"))
}

/// `poll` and `events`, where the agent has them.
pub(super) fn others(agent: &mut Agent, hello: &Hello) -> Result<(), Wrong> {
    let has = |feature: &str| hello.features.iter().any(|name| name == feature);
    let given = GIVEN.as_millis() as u64;
    if has("poll") {
        let request = json!({"op": "poll", "socket": "pull", "events": "in", "timeout_ms": given});
        let got = waits(&request.to_string(), || must(agent, request.clone()))?;
        if got.get("ready") != Some(&json!(false)) {
            let text = "must be answered with {\"ready\":false} when nothing came, not with";
            return Err(Wrong::Answer(format!("{request} {text} {}", json!(got))));
        }
    }
    if has("monitor") {
        must(agent, json!({"op": "monitor", "socket": "pull"}))?;
        // What never happens here.
        let request = json!({"op": "events", "socket": "pull", "until": "BIND_FAILED",
                             "timeout_ms": given});
        waits(&request.to_string(), || must(agent, request.clone()))?;
    }
    Ok(())
}
