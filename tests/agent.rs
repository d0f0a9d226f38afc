//! `zmq-interop agent` driven from outside, as docs/agent-contract.md says.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

/// How long what should come may take; a test that waits for nothing in vain never takes it.
const SOON: u64 = 10_000;

struct Agent {
    process: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    id: u64,
}

impl Agent {
    fn start() -> Agent {
        let program = assert_cmd::cargo::cargo_bin!("zmq-interop");
        let mut command = Command::new(program);
        command.arg("agent").stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let input = process.stdin.take();
        let output = BufReader::new(process.stdout.take().unwrap());
        Agent { process, input, output, id: 0 }
    }

    fn write(&mut self, line: &str) {
        writeln!(self.input.as_ref().unwrap(), "{line}").unwrap();
    }

    fn read(&mut self) -> Value {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }

    /// The whole response to an op.
    fn response(&mut self, op: &str, mut request: Value) -> Value {
        self.id += 1;
        request["op"] = json!(op);
        request["id"] = json!(self.id);
        self.write(&request.to_string());
        let response = self.read();
        assert_eq!(response["id"], self.id, "{response}");
        response
    }

    fn ok(&mut self, op: &str, request: Value) -> Value {
        let response = self.response(op, request);
        assert!(response["ok"].is_object(), "{op}: {response}");
        response["ok"].clone()
    }

    fn code(&mut self, op: &str, request: Value) -> String {
        let response = self.response(op, request);
        response["error"]["code"].as_str().unwrap_or_else(|| panic!("{op}: {response}")).to_owned()
    }

    fn socket(&mut self, name: &str, kind: &str, options: Value) {
        self.ok("socket", json!({"socket": name, "type": kind, "options": options}));
    }

    fn bind(&mut self, name: &str) -> String {
        let bound = self.ok("bind", json!({"socket": name, "endpoint": "tcp://127.0.0.1:*"}));
        bound["endpoint"].as_str().unwrap().to_owned()
    }

    fn connect(&mut self, name: &str, endpoint: &str) {
        self.ok("connect", json!({"socket": name, "endpoint": endpoint}));
    }

    fn send(&mut self, name: &str, text: &str) {
        self.ok("send", json!({"socket": name, "frames": [{"text": text}], "timeout_ms": SOON}));
    }

    /// The frames of a message, as hex.
    fn receive(&mut self, name: &str) -> Vec<Value> {
        let received = self.ok("recv", json!({"socket": name, "timeout_ms": SOON}));
        received["frames"].as_array().unwrap().iter().map(|d| d["hex"].clone()).collect()
    }

    fn silent(&mut self, name: &str) {
        let waited = json!({"socket": name, "timeout_ms": 50});
        assert_eq!(self.code("recv", waited), "EAGAIN");
    }
}

impl Drop for Agent {
    /// The end of its input ends it, well.
    fn drop(&mut self) {
        drop(self.input.take());
        let ended = self.process.wait().unwrap();
        assert!(std::thread::panicking() || ended.success(), "{ended}");
    }
}

#[test]
fn a_request_and_its_reply_cross_two_agents() {
    let [mut client, mut server] = [Agent::start(), Agent::start()];
    server.socket("rep", "REP", json!({}));
    let endpoint = server.bind("rep");
    client.socket("req", "REQ", json!({}));
    client.connect("req", &endpoint);
    client.send("req", "hi");
    assert_eq!(client.code("send", json!({"socket": "req", "frames": [{"text": "x"}]})), "EFSM");
    assert_eq!(server.receive("rep"), ["6869"]);
    server.send("rep", "");
    assert_eq!(client.receive("req"), [""]);
}

#[test]
fn requests_may_come_before_responses_are_read() {
    let mut agent = Agent::start();
    let requests: Vec<_> = (1..=1000).map(|id| json!({"id": id, "op": "zap_log"})).collect();
    let lines: Vec<_> = requests.iter().map(Value::to_string).collect();
    agent.write(&lines.join("\n"));
    for id in 1..=1000 {
        assert_eq!(agent.read(), json!({"id": id, "ok": {"requests": []}}));
    }
}

#[test]
fn what_hello_lists_works_and_the_rest_is_unsupported() {
    let mut agent = Agent::start();
    let hello = agent.ok("hello", json!({}));
    for kind in hello["socket_types"].as_array().unwrap() {
        agent.socket(kind.as_str().unwrap(), kind.as_str().unwrap(), json!({}));
    }
    assert_eq!(agent.code("socket", json!({"socket": "s", "type": "STREAM"})), "unsupported");
    for option in ["LAST_ENDPOINT", "TYPE", "MECHANISM", "EVENTS"] {
        agent.ok("get", json!({"socket": "REQ", "option": option}));
    }
    let set = json!({"socket": "REQ", "option": "FLIGHT_LEVEL", "value": 1});
    assert_eq!(agent.code("set", set), "unsupported");
    let place = json!({"socket": "REQ", "endpoint": "vmci://1:1"});
    assert_eq!(agent.code("connect", place), "unsupported");
    let curve = hello["mechanisms"].as_array().unwrap().contains(&json!("CURVE"));
    let keypair = agent.response("curve_keypair", json!({}));
    assert_eq!(keypair["ok"]["public"].is_string(), curve, "{keypair}");
}

#[test]
fn subscriptions_are_prefixes() {
    let [mut publisher, mut subscriber] = [Agent::start(), Agent::start()];
    publisher.socket("xpub", "XPUB", json!({}));
    let endpoint = publisher.bind("xpub");
    subscriber.socket("sub", "SUB", json!({}));
    subscriber.ok("subscribe", json!({"socket": "sub", "topic": {"text": "A"}}));
    subscriber.connect("sub", &endpoint);
    assert_eq!(publisher.receive("xpub"), ["0141"]);
    publisher.send("xpub", "B");
    publisher.send("xpub", "AB");
    assert_eq!(subscriber.receive("sub"), ["4142"]);
}

#[test]
fn a_count_of_messages_crosses_and_none_is_lost() {
    let mut agent = Agent::start();
    agent.socket("pull", "PULL", json!({}));
    let endpoint = agent.bind("pull");
    agent.socket("push", "PUSH", json!({}));
    agent.connect("push", &endpoint);
    let frame = json!({"fill": {"size": 2000, "seed": 7}});
    let sent = agent.ok("send", json!({"socket": "push", "frames": [frame], "count": 100}));
    assert_eq!(sent, json!({"sent": 100}));
    for expected in [60, 40] {
        let wanted = json!({"socket": "pull", "count": expected, "timeout_ms": SOON});
        let received = agent.ok("recv", wanted);
        assert_eq!(received["messages"].as_array().unwrap().len(), expected);
    }
    let more = json!({"socket": "pull", "count": 1, "timeout_ms": 0});
    assert_eq!(agent.ok("recv", more), json!({"messages": []}));
}

#[test]
fn zap_lets_in_whom_it_is_told() {
    let [mut client, mut server] = [Agent::start(), Agent::start()];
    server.ok("zap", json!({"allow": {"plain": {"admin": "secret"}}}));
    server.socket("pull", "PULL", json!({"PLAIN_SERVER": 1, "ZAP_DOMAIN": "test"}));
    let endpoint = server.bind("pull");
    for (password, until) in [("secret", "HANDSHAKE_SUCCEEDED"), ("guess", "HANDSHAKE_FAILED_AUTH")]
    {
        let options = json!({"PLAIN_USERNAME": "admin", "PLAIN_PASSWORD": password});
        client.socket(password, "PUSH", options);
        client.ok("monitor", json!({"socket": password}));
        client.connect(password, &endpoint);
        let wait = json!({"socket": password, "until": until, "timeout_ms": SOON});
        let events = client.ok("events", wait);
        assert!(events["events"].as_array().unwrap().contains(&json!(until)), "{events}");
    }
    client.send("secret", "in");
    assert_eq!(server.receive("pull"), ["696e"]);
    let log = server.ok("zap_log", json!({}));
    assert_eq!(log["requests"][0][6]["hex"], "61646d696e", "the name: {log}");
}

#[test]
fn a_proxy_forwards_until_the_reset_frees_its_ports() {
    let [mut agent, mut broker] = [Agent::start(), Agent::start()];
    broker.socket("front", "ROUTER", json!({}));
    broker.socket("back", "DEALER", json!({}));
    let [front, back] = ["front", "back"].map(|name| broker.bind(name));
    broker.ok("proxy", json!({"frontend": "front", "backend": "back"}));
    assert_eq!(broker.code("recv", json!({"socket": "front"})), "bad-request", "it is taken");
    agent.socket("req", "REQ", json!({}));
    agent.socket("rep", "REP", json!({}));
    agent.connect("req", &front);
    agent.connect("rep", &back);
    agent.send("req", "?");
    assert_eq!(agent.receive("rep"), ["3f"]);
    agent.send("rep", "!");
    assert_eq!(agent.receive("req"), ["21"]);
    broker.ok("reset", json!({}));
    broker.socket("again", "REP", json!({}));
    for endpoint in [front, back] {
        broker.ok("bind", json!({"socket": "again", "endpoint": endpoint}));
    }
}

#[test]
fn a_closed_socket_sees_a_monitor_out() {
    let [mut client, mut server] = [Agent::start(), Agent::start()];
    for agent in [&mut client, &mut server] {
        agent.socket("pair", "PAIR", json!({}));
        agent.ok("monitor", json!({"socket": "pair"}));
    }
    let endpoint = server.bind("pair");
    client.connect("pair", &endpoint);
    let until = |name: &str| json!({"socket": "pair", "until": name, "timeout_ms": SOON});
    client.ok("events", until("HANDSHAKE_SUCCEEDED"));
    server.ok("close", json!({"socket": "pair"}));
    let events = client.ok("events", until("DISCONNECTED"))["events"].clone();
    assert!(events.as_array().unwrap().contains(&json!("DISCONNECTED")), "{events}");
}

#[test]
fn a_reset_ends_what_lingers_and_answers_what_was_read_already() {
    let mut agent = Agent::start();
    // A port that is nobody's: bound, and free again after the reset.
    agent.socket("pull", "PULL", json!({}));
    let endpoint = agent.bind("pull");
    agent.ok("reset", json!({}));
    agent.socket("push", "PUSH", json!({"LINGER": -1}));
    agent.connect("push", &endpoint);
    agent.send("push", "ghost");
    agent.ok("close", json!({"socket": "push"}));
    agent.write("{\"id\":-1,\"op\":\"reset\"}\n{\"id\":-2,\"op\":\"zap_log\"}");
    assert_eq!(agent.read(), json!({"id": -1, "ok": {}}));
    assert_eq!(agent.read(), json!({"id": -2, "ok": {"requests": []}}));
    agent.socket("pull", "PULL", json!({}));
    agent.ok("bind", json!({"socket": "pull", "endpoint": endpoint}));
    agent.silent("pull");
}
