//! Exercises one agent alone, for `zmq-interop agent-check`: each step says, in the agent's own terms,
//! what was asked, what docs/agent-contract.md wants, and what came instead.

mod waits;

use serde_json::{Map, Value, json};

use super::value::{Frame, fill};
use crate::digest::D;
use crate::peer::Peer;
use crate::peer::agent::{ANSWER_TIMEOUT, Agent, Answer, Broken, Hello, answer_timeout};

/// What became of one step: its name, and what is wrong.
pub type Report<'r> = &'r mut dyn FnMut(&str, Result<String, String>);

/// Checks the agent of `peer`; returns how many steps failed. A broken agent ends the check early.
pub fn check(peer: &Peer, report: Report) -> usize {
    let mut failed = 0;
    let mut tell = |step: &str, result: Result<String, String>| {
        failed += usize::from(result.is_err());
        report(step, result);
    };
    let agent = Agent::start(peer, &format!("{}.check.", std::process::id()));
    let mut agent = match agent {
        Ok(agent) => agent,
        Err(error) => {
            tell("it starts", Err(error.to_string()));
            return failed;
        }
    };
    let hello = match agent.hello() {
        Ok(hello) => hello,
        Err(error) => {
            let advice = match error {
                Broken::Contract(_) => "",
                _ => {
                    "; it is asked {\"id\":1,\"op\":\"hello\"} on a line of its standard input, and must \
                      print its response as a line, flush it, and wait for more"
                }
            };
            tell("it says hello", Err(format!("{error}{advice}{}", errors(&agent))));
            return failed;
        }
    };
    tell(
        "it says hello",
        Ok(format!(
            "{}: {} socket types, {} options",
            hello.binding.as_deref().unwrap_or("no binding named"),
            hello.socket_types.len(),
            hello.options.len()
        )),
    );
    for (step, run, _) in STEPS {
        let result = run(&mut agent, &hello);
        let broken = match result {
            Err(Wrong::Broken(_)) => Some("the agent is of no use any more"),
            // All that follows would say the same again.
            Err(Wrong::Answer(_)) if *step == FIRST_MESSAGE => Some("a message must pass first"),
            _ => None,
        };
        tell(
            step,
            result.map(|()| String::new()).map_err(|wrong| match wrong {
                Wrong::Broken(error) => format!("{error}{}", errors(&agent)),
                Wrong::Answer(text) => text,
            }),
        );
        if let Some(why) = broken {
            report("the rest", Err(format!("not tried: {why}")));
            return failed;
        }
    }
    let ended = agent.leave().map(|()| String::new()).map_err(|error| error.to_string());
    tell("exit is answered and ends it with 0", ended);
    failed
}

/// Lets `agent` take all steps that don't wait; the first that fails, with what is wrong.
pub fn quick(agent: &mut Agent, hello: &Hello) -> Result<(), (&'static str, Wrong)> {
    let mut steps = STEPS.iter().filter(|(_, _, waits)| !waits);
    steps.try_for_each(|(step, run, _)| run(agent, hello).map_err(|wrong| (*step, wrong)))
}

fn errors(agent: &Agent) -> String {
    let lines = agent.last_errors();
    match lines.is_empty() {
        true => String::new(),
        false => format!("; its standard error: {}", lines.join(" / ")),
    }
}

/// What went wrong in a step.
pub enum Wrong {
    /// The agent can't go on.
    Broken(Broken),
    /// An answer is not what it should be.
    Answer(String),
}

impl From<Broken> for Wrong {
    fn from(error: Broken) -> Wrong {
        Wrong::Broken(error)
    }
}

type Step = fn(&mut Agent, &Hello) -> Result<(), Wrong>;

const FIRST_MESSAGE: &str = "bind tells the real endpoint, and a message passes";

/// The steps, and whether one waits for a second or more.
const STEPS: &[(&str, Step, bool)] = &[
    ("a made-up op is refused with unsupported", made_up_op, false),
    ("a line that is no JSON is answered with bad-request, and it goes on", no_json, false),
    ("a request without a number as its id is bad-request, with id null", no_id, false),
    ("an unknown socket name is bad-request", unknown_socket, false),
    ("a socket type that hello does not list is refused with unsupported", unlisted_type, false),
    ("an option that does not exist is refused with unsupported", unlisted_option, false),
    ("requests may come before answers are read, and are answered in order", pipelined, false),
    (FIRST_MESSAGE, round_trip, false),
    (
        "frames come back as D: empty, NULs, all 256 octets, 1024 and 1025 bytes, 1 MiB",
        frames,
        false,
    ),
    ("recv gives EAGAIN when nothing comes, and swallows nothing", nothing_comes, false),
    ("recv waits as long as it is told, and not longer", waits::told, true),
    ("an op that doesn't say how long waits for a second", waits::untold, true),
    ("poll and events wait as long as they are told, and not longer", waits::others, true),
    ("fields that an op doesn't have are ignored", unknown_fields, false),
    ("reset drops everything, and the same names can be used again", reset, false),
];

fn ask(agent: &mut Agent, request: Value) -> Result<Answer, Wrong> {
    let timeout = answer_timeout(&request);
    let id = agent.post(&request);
    Ok(agent.answer(id, timeout)?)
}

fn must(agent: &mut Agent, request: Value) -> Result<Map<String, Value>, Wrong> {
    let shown = request.to_string();
    ask(agent, request)?.map_err(|refusal| {
        Wrong::Answer(format!("{shown} must succeed, and was answered with {refusal}"))
    })
}

fn refused(agent: &mut Agent, request: Value, code: &str) -> Result<(), Wrong> {
    let shown = request.to_string();
    match ask(agent, request)? {
        Err(refusal) if refusal.code == code => Ok(()),
        Err(other) => {
            Err(Wrong::Answer(format!("{shown} must be refused with {code}, not {other}")))
        }
        Ok(_) => Err(Wrong::Answer(format!(
            "{shown} must be refused with {code}, and was answered with ok"
        ))),
    }
}

fn made_up_op(agent: &mut Agent, _: &Hello) -> Result<(), Wrong> {
    refused(agent, json!({"op": "levitate"}), "unsupported")
}

fn no_json(agent: &mut Agent, _: &Hello) -> Result<(), Wrong> {
    nonsense(agent, "this is no JSON")?;
    must(agent, json!({"op": "hello"})).map(drop)
}

fn no_id(agent: &mut Agent, _: &Hello) -> Result<(), Wrong> {
    nonsense(agent, r#"{"op":"hello"}"#)?;
    nonsense(agent, r#"{"id":"7","op":"hello"}"#)
}

/// A line that must be refused although nobody can say for which request.
fn nonsense(agent: &mut Agent, line: &str) -> Result<(), Wrong> {
    agent.say(line);
    let (id, answer) = agent.any_answer(ANSWER_TIMEOUT)?;
    if id.is_none() && answer.as_ref().is_err_and(|refusal| refusal.code == "bad-request") {
        return Ok(());
    }
    let id = id.map_or("null".into(), |id| id.to_string());
    let answer = answer.map_or_else(|refusal| refusal.to_string(), |_| "ok".into());
    Err(Wrong::Answer(format!(
        "the line {line} must be answered with the id null and the code bad-request, not with the id \
         {id} and {answer}"
    )))
}

fn unknown_socket(agent: &mut Agent, _: &Hello) -> Result<(), Wrong> {
    refused(agent, json!({"op": "recv", "socket": "nobody", "timeout_ms": 0}), "bad-request")
}

fn unlisted_type(agent: &mut Agent, hello: &Hello) -> Result<(), Wrong> {
    let all = ["XPUB", "XSUB", "PAIR", "DEALER", "ROUTER", "PUB", "SUB", "PUSH", "PULL"];
    let unlisted = all.into_iter().find(|kind| !hello.socket_types.iter().any(|t| t == kind));
    let kind = unlisted.unwrap_or("TELEPATH");
    refused(agent, json!({"op": "socket", "socket": "t", "type": kind}), "unsupported")
}

fn unlisted_option(agent: &mut Agent, _: &Hello) -> Result<(), Wrong> {
    must(agent, json!({"op": "socket", "socket": "o", "type": "PULL"}))?;
    let request = json!({"op": "set", "socket": "o", "option": "MOOD", "value": 1});
    refused(agent, request, "unsupported")?;
    must(agent, json!({"op": "close", "socket": "o"})).map(drop)
}

fn pipelined(agent: &mut Agent, _: &Hello) -> Result<(), Wrong> {
    let ids: Vec<_> = (0..50).map(|_| agent.post(&json!({"op": "hello"}))).collect();
    for id in ids {
        if let Err(refusal) = agent.answer(id, ANSWER_TIMEOUT)? {
            return Err(Wrong::Answer(format!(
                "hello must succeed, not be refused with {refusal}"
            )));
        }
    }
    Ok(())
}

fn link(agent: &mut Agent) -> Result<(), Wrong> {
    must(agent, json!({"op": "socket", "socket": "pull", "type": "PULL"}))?;
    must(agent, json!({"op": "socket", "socket": "push", "type": "PUSH"}))?;
    let bound =
        must(agent, json!({"op": "bind", "socket": "pull", "endpoint": "tcp://127.0.0.1:*"}))?;
    let endpoint = bound.get("endpoint").and_then(Value::as_str).unwrap_or_default();
    let port = endpoint.rsplit(':').next().and_then(|port| port.parse::<u16>().ok());
    if port.is_none_or(|port| port == 0) {
        let text = format!(
            "bind to tcp://127.0.0.1:* must be answered with the real endpoint, such as \
             {{\"endpoint\":\"tcp://127.0.0.1:40123\"}}, and was answered with {}",
            json!(bound)
        );
        return Err(Wrong::Answer(text));
    }
    must(agent, json!({"op": "connect", "socket": "push", "endpoint": endpoint})).map(drop)
}

fn pass(agent: &mut Agent, frames: &[Frame]) -> Result<(), Wrong> {
    let request: Vec<_> = frames.iter().map(Frame::request).collect();
    must(agent, json!({"op": "send", "socket": "push", "frames": request, "timeout_ms": 2000}))?;
    let mut got = must(agent, json!({"op": "recv", "socket": "pull", "timeout_ms": 2000}))?;
    let got: Vec<D> = serde_json::from_value(got.remove("frames").unwrap_or_default())
        .map_err(|e| Wrong::Answer(format!("\"frames\" of recv is no list of D: {e}")))?;
    let want: Vec<D> = frames.iter().map(Frame::seen).collect();
    if want.len() != got.len() {
        let [want, got] = [want.len(), got.len()];
        return Err(Wrong::Answer(format!("a message of {want} frames came back as {got}")));
    }
    let mut all = request.iter().zip(&want).zip(&got);
    let Some(((frame, want), got)) = all.find(|((_, want), got)| want != got) else {
        return Ok(());
    };
    let how = got.contradiction().map_or(String::new(), |how| format!(": {}", short(&how)));
    let [want, got] = [want, got].map(|d| short(&json!(d).to_string()));
    let frame = short(&frame.to_string());
    let text = format!("the frame {frame} must come back as {want}, and came as {got}{how}");
    Err(Wrong::Answer(text))
}

/// The beginning of a text whose rest would hide what is around it.
fn short(text: &str) -> String {
    match text.char_indices().nth(160) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

fn round_trip(agent: &mut Agent, _: &Hello) -> Result<(), Wrong> {
    link(agent)?;
    pass(agent, &["hello".into()])
}

fn frames(agent: &mut Agent, _: &Hello) -> Result<(), Wrong> {
    let bodies: [&[u8]; 4] = [b"", b"\0", b"a\0b", &fill(1024, 3)];
    for body in bodies {
        pass(agent, &[body.into()])?;
    }
    let all: Vec<u8> = (0..=255).collect();
    pass(agent, &[all.into(), "".into(), "h\u{e9}llo".into()])?;
    for size in [0, 1, 1024, 1025, 1 << 20] {
        pass(agent, &[Frame::Fill { size, seed: 7 }])?;
    }
    Ok(())
}

fn nothing_comes(agent: &mut Agent, _: &Hello) -> Result<(), Wrong> {
    refused(agent, json!({"op": "recv", "socket": "pull", "timeout_ms": 20}), "EAGAIN")?;
    pass(agent, &["after the silence".into()])
}

/// Each op of a message's way, with a field that nobody knows, also of a type that nobody expects.
fn unknown_fields(agent: &mut Agent, _: &Hello) -> Result<(), Wrong> {
    let mut with = |mut request: Value| {
        let fields = json!({"mood": {"of": ["the", 1, null]}, "colour": "blue", "frames_": 7});
        request
            .as_object_mut()
            .expect("a request")
            .extend(fields.as_object().cloned().expect("fields"));
        must(agent, request)
    };
    with(json!({"op": "hello"}))?;
    with(json!({"op": "socket", "socket": "spare", "type": "PULL"}))?;
    with(json!({"op": "bind", "socket": "spare", "endpoint": "tcp://127.0.0.1:*"}))?;
    with(json!({"op": "send", "socket": "push", "frames": [{"text": "x"}], "timeout_ms": 2000}))?;
    with(json!({"op": "recv", "socket": "pull", "timeout_ms": 2000}))?;
    with(json!({"op": "close", "socket": "spare"})).map(drop)
}

fn reset(agent: &mut Agent, _: &Hello) -> Result<(), Wrong> {
    for _ in 0..3 {
        must(agent, json!({"op": "reset"}))?;
        refused(agent, json!({"op": "recv", "socket": "pull", "timeout_ms": 0}), "bad-request")?;
        link(agent)?;
        pass(agent, &["after a reset".into()])?;
    }
    must(agent, json!({"op": "reset"})).map(drop)
}
