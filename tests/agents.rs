//! Every agent that is set up keeps the deadlines of docs/agent-contract.md, also where its library need not
//! wait, or says that it is ready and is not. An agent that is not on this machine is ignored, with the reason.

use std::ops::Range;
use std::time::{Duration, Instant};

use libtest_mimic::{Arguments, Failed, Trial};
use serde_json::{Map, Value, json};
use zmq_interop::peer::agent::{Agent, Answer};
use zmq_interop::peer::{Peer, discovery, orphans};

/// How long an agent may take to start, a JVM on a busy machine, and to do what needs no waiting.
const PATIENCE: Duration = Duration::from_secs(30);

/// The deadline that the ops are given here, in milliseconds.
const TIMEOUT_MS: u64 = 200;

/// When an op must be answered that waits for its deadline in vain. The machine may be busy, but not so busy
/// that this nears [`ENDLESS`]'s or the harness's patience.
const IN_TIME: Range<Duration> = Duration::from_millis(150)..Duration::from_millis(1500);

/// When an op must be answered that need not wait: an agent may go on for half a second.
const SOON: Range<Duration> = Duration::ZERO..Duration::from_millis(2500);

/// So many messages take any agent longer than [`SOON`].
const ENDLESS: u64 = 1_000_000_000;

type Test = fn(&Peer) -> Result<(), Failed>;

const TESTS: [(&str, Test); 5] = [
    ("its_own_pid", own_pid),
    ("a_full_xpub_with_nodrop", full_xpub),
    ("a_count_to_nobody", count_to_nobody),
    ("a_peer_that_never_stops", never_stops),
    ("a_count_with_rcvtimeo", count_with_rcvtimeo),
];

fn main() {
    orphans::adopt();
    let arguments = Arguments::from_args();
    let found = discovery::find(discovery::declared(&[]).expect("our own manifest is right"));
    let with_agent = found.into_iter().filter(|found| !found.peer.agent.is_empty());
    let trials = with_agent.flat_map(|found| {
        TESTS.map(|(name, test)| {
            let peer = found.peer.clone();
            let trial = Trial::test(format!("{name}/{}", peer.name), move || test(&peer));
            match &found.state {
                Ok(_) => trial,
                Err(reason) => trial.with_kind(reason).with_ignored_flag(true),
            }
        })
    });
    libtest_mimic::run(&arguments, trials.collect()).exit();
}

/// What it tells is the process that it is. Ours are started without a shell between.
fn own_pid(peer: &Peer) -> Result<(), Failed> {
    let mut agent = Agent::start(peer, &format!("{}.agents.", std::process::id()))?;
    let started = agent.pid();
    let told = agent.hello()?.pid;
    match told == Some(started) {
        true => Ok(()),
        false => Err(format!("it has the process id {started}, and tells {told:?}").into()),
    }
}

/// An agent that is driven.
struct Driven(Agent);

impl Driven {
    fn start(peer: &Peer) -> Result<Driven, Failed> {
        let mut agent = Agent::start(peer, &format!("{}.agents.", std::process::id()))?;
        agent.hello()?;
        Ok(Driven(agent))
    }

    fn ask(&mut self, request: Value) -> Result<(Answer, Duration), Failed> {
        let began = Instant::now();
        let id = self.0.post(&request);
        let answer = self.0.answer(id, PATIENCE)?;
        Ok((answer, began.elapsed()))
    }

    fn ok(&mut self, request: Value) -> Result<Map<String, Value>, Failed> {
        let (answer, _) = self.ask(request.clone())?;
        answer.map_err(|refusal| format!("{request}: {}", refusal.code).into())
    }

    /// Creates a socket, or tells that the library has none like that.
    fn socket(&mut self, name: &str, kind: &str, options: Value) -> Result<bool, Failed> {
        let request = json!({"op": "socket", "socket": name, "type": kind, "options": options});
        match self.ask(request)?.0 {
            Ok(_) => Ok(true),
            Err(refusal) if refusal.code == "unsupported" => Ok(false),
            Err(refusal) => Err(format!("{kind} {options}: {}", refusal.code).into()),
        }
    }

    fn bind(&mut self, name: &str) -> Result<Value, Failed> {
        let request = json!({"op": "bind", "socket": name, "endpoint": "tcp://127.0.0.1:*"});
        Ok(self.ok(request)?["endpoint"].clone())
    }

    fn connect(&mut self, name: &str, endpoint: &Value) -> Result<(), Failed> {
        self.ok(json!({"op": "connect", "socket": name, "endpoint": endpoint})).map(drop)
    }
}

fn expect(expected: &Range<Duration>, took: Duration, answer: &Answer) -> Result<(), Failed> {
    match expected.contains(&took) {
        true => Ok(()),
        false => {
            Err(format!("answered after {took:.0?}, not in {expected:.0?}: {answer:?}").into())
        }
    }
}

fn expect_again(expected: &Range<Duration>, took: Duration, answer: &Answer) -> Result<(), Failed> {
    expect(expected, took, answer)?;
    match answer {
        Err(refusal) if refusal.code == "EAGAIN" => Ok(()),
        other => Err(format!("EAGAIN was expected, not {other:?}").into()),
    }
}

/// Such a socket says that it is ready for output, and refuses.
fn full_xpub(peer: &Peer) -> Result<(), Failed> {
    let mut agent = Driven::start(peer)?;
    if !agent.socket("xpub", "XPUB", json!({"XPUB_NODROP": 1, "SNDHWM": 1}))? {
        return Ok(());
    }
    let endpoint = agent.bind("xpub")?;
    agent.socket("sub", "SUB", json!({"RCVHWM": 1}))?;
    agent.ok(json!({"op": "subscribe", "socket": "sub", "topic": {"text": ""}}))?;
    agent.connect("sub", &endpoint)?;
    agent.ok(json!({"op": "recv", "socket": "xpub", "timeout_ms": 10_000}))?;
    let frames = json!([{"text": "topic"}, {"fill": {"size": 65536, "seed": 0}}]);
    let send = json!({"op": "send", "socket": "xpub", "frames": frames, "count": 100_000,
                      "timeout_ms": TIMEOUT_MS});
    let (answer, took) = agent.ask(send)?;
    expect_again(&IN_TIME, took, &answer)
}

/// A PUB without subscribers never waits.
fn count_to_nobody(peer: &Peer) -> Result<(), Failed> {
    let mut agent = Driven::start(peer)?;
    agent.socket("pub", "PUB", json!({}))?;
    agent.bind("pub")?;
    let send = json!({"op": "send", "socket": "pub", "frames": [{"hex": ""}], "count": ENDLESS,
                      "timeout_ms": TIMEOUT_MS});
    let (answer, took) = agent.ask(send)?;
    expect_again(&SOON, took, &answer)
}

/// What a peer sends that never stops needs no waiting either. The messages are large, so that the answer,
/// which describes them all, is not.
fn never_stops(peer: &Peer) -> Result<(), Failed> {
    let declared = discovery::declared(&[]).expect("our own manifest is right");
    let rust = declared.iter().find(|peer| peer.name == "rust").expect("it is declared");
    let [mut agent, mut flood] = [Driven::start(peer)?, Driven::start(rust)?];
    agent.socket("pull", "PULL", json!({}))?;
    let endpoint = agent.bind("pull")?;
    flood.socket("push", "PUSH", json!({}))?;
    flood.connect("push", &endpoint)?;
    let frames = json!([{"fill": {"size": 100_000, "seed": 0}}]);
    flood.0.post(&json!({"op": "send", "socket": "push", "frames": frames, "count": ENDLESS,
                         "timeout_ms": 20_000}));
    flood.0.flush(PATIENCE)?;
    let receive =
        json!({"op": "recv", "socket": "pull", "count": ENDLESS, "timeout_ms": TIMEOUT_MS});
    let (answer, took) = agent.ask(receive)?;
    flood.0.kill();
    expect(&SOON, took, &answer)?;
    answer.map(drop).map_err(|refusal| refusal.code.into())
}

/// Without timeout_ms the socket's own timeout is the deadline of the op, not of each message of a count.
fn count_with_rcvtimeo(peer: &Peer) -> Result<(), Failed> {
    let mut agent = Driven::start(peer)?;
    if !agent.socket("pull", "PULL", json!({"RCVTIMEO": TIMEOUT_MS}))? {
        return Ok(());
    }
    let endpoint = agent.bind("pull")?;
    let mut other = Driven::start(peer)?;
    other.socket("push", "PUSH", json!({}))?;
    other.connect("push", &endpoint)?;
    let send =
        json!({"op": "send", "socket": "push", "frames": [{"text": "x"}], "timeout_ms": 10_000});
    other.ok(send.clone())?;
    agent.ok(json!({"op": "recv", "socket": "pull", "timeout_ms": 10_000}))?;
    let began = Instant::now();
    let id = agent.0.post(&json!({"op": "recv", "socket": "pull", "count": 1000}));
    agent.0.flush(PATIENCE)?;
    // A message every 50 ms until after its deadline: a recv that gives each of them 200 ms waits for all.
    while began.elapsed() < IN_TIME.end * 2 {
        other.ok(send.clone())?;
        std::thread::sleep(Duration::from_millis(50));
    }
    let answer = agent.0.answer(id, PATIENCE)?;
    let messages =
        answer.map_err(|refusal| refusal.code)?["messages"].as_array().map_or(0, Vec::len);
    match messages <= 20 {
        true => Ok(()),
        false => Err(format!("{messages} messages came to an op of {TIMEOUT_MS} ms").into()),
    }
}
