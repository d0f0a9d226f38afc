//! The schemas that docs/ publishes, on what is really written and said; each refuses a broken document.

use std::io::Write as _;
use std::process::{Command, Stdio};

use jsonschema::{Draft, Validator};
use serde_json::{Value, json};

use super::home::{HONEST, Home};
use super::program::{self, Program};

fn schema(text: &str) -> Validator {
    let schema: Value = serde_json::from_str(text).unwrap();
    let options = jsonschema::options().with_draft(Draft::Draft202012);
    options.should_validate_formats(true).build(&schema).unwrap()
}

/// `value` keeps to the schema, and is refused with each of `changes`: a JSON pointer, and what stands
/// there instead.
fn assert_keeps(schema: &Validator, value: &Value, changes: &[(&str, Value)]) {
    let errors: Vec<_> =
        schema.iter_errors(value).map(|e| format!("{}: {e}", e.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:#?}\n{value:#}");
    for (pointer, instead) in changes {
        let mut broken = value.clone();
        *broken.pointer_mut(pointer).unwrap_or_else(|| panic!("{pointer}: {value:#}")) =
            instead.clone();
        assert!(!schema.is_valid(&broken), "{pointer} may be {instead}");
    }
}

#[test]
fn grades_keep_to_the_schema_of_reports() {
    let schema = schema(include_str!("../../docs/report.schema.json"));
    let home = Home::new("[peers.raw]\nlanguage = 'Rust'\nagent = ['{self}', 'agent']\n");
    home.run(&["--suite", "wire", "--cell", "frame-{reserved,octets}/raw"]).code(0);
    let report = home.json();
    let graded = report["cells"]
        .as_array()
        .unwrap()
        .iter()
        .position(|cell| cell["id"] == "frame-reserved/raw");
    let grade = format!("/cells/{}/measurements/grade", graded.unwrap());
    let lenient = format!("/cells/{}/measurements/lenient", graded.unwrap());
    assert_keeps(
        &schema,
        &report,
        &[(&grade, json!("well")), (&lenient, json!(1)), ("/cells/0/suite", json!("raw"))],
    );
}

#[test]
fn reports_keep_to_their_schema_and_are_read_back() {
    let schema = schema(include_str!("../../docs/report.schema.json"));
    let home = Home::new(&format!(
        "{HONEST}versions = ['{{self}}', 'versions']\n[peers.broken]\nlanguage = 'shell'\nroles = ['rep']\ncommand = ['sh', 'no-rep.sh']\n\
         [peers.ghost]\nlanguage = 'Ghost'\nroles = ['rep']\ncommand = ['./ghost']\n\
         install = 'call a medium'\n\
         [peers.known]\nlanguage = 'shell'\nroles = ['rep']\ncommand = ['sh', 'no-rep.sh']\n"
    ));
    let known = "[[known]]\nwhy = 'no rep'\n\
                 cells = [{ name = 'fan-in', cause = 'crash', rep = { peer = 'known' } }]\n";
    home.write("interop/expectations.toml", known);
    home.run(&["--repeat", "2", "--require", "ghost", "--seed", "18446744073709551615"]).code(1);
    let report = home.json();
    assert_keeps(
        &schema,
        &report,
        &[
            ("/schema", json!("zmq-interop/report/1")),
            ("/exit", json!(7)),
            ("/started_at", json!("yesterday")),
            ("/summary", json!({"sad": 1})),
            ("/peers/2/engine", json!("zmq")),
            ("/peers/2/components", json!({"zmq": 1})),
            ("/cells/0/verdict", json!("well")),
            ("/cells/0/failure/cause", json!("sadness")),
            ("/cells/0/places/0", json!({"role": "c"})),
            ("/cells/0/repeated", json!({"passed": 1})),
        ],
    );
    let verdicts: Vec<_> = home.verdicts().into_iter().map(|(_, verdict)| verdict).collect();
    for verdict in ["pass", "fail", "known", "skipped"] {
        assert!(verdicts.contains(&verdict), "{verdicts:?}");
    }
    // What is read back says the same.
    zmq_interop::report::write(&home.record(), &home.path("again")).unwrap();
    assert_eq!(home.read("again/report.json"), home.read("report/report.json"));
}

#[test]
fn events_keep_to_their_schema() {
    let schema = schema(include_str!("../../docs/role-event.schema.json"));
    let mut server = Program::start(&mut program::events("rep", &["tcp://127.0.0.1:*"]));
    let ready: Value = serde_json::from_str(&server.line()).unwrap();
    assert_keeps(
        &schema,
        &ready,
        &[
            ("/event", json!("dance")),
            ("/pid", json!(0)),
            ("/endpoints", json!(["tcp://127.0.0.1:*"])),
            ("/endpoints", json!(7)),
        ],
    );
    let endpoint = ready["endpoints"][0].as_str().unwrap();
    let mut client = program::events("c", &[endpoint]);
    client.env("INTEROP_COUNT", "2").env("INTEROP_INTERVAL_MS", "0");
    let mut lines = Program::start(&mut client).succeeds();
    assert_eq!(lines.len(), 5, "{lines:?}");
    lines.extend(server.lines_so_far());
    for line in lines.iter().filter(|line| !line.contains("ready")) {
        let event: Value = serde_json::from_str(line).unwrap();
        let changes = [
            ("/data", json!({"size": 1})),
            ("/data/sha1", json!("X")),
            ("/data/hex", json!("abc")),
        ];
        assert_keeps(&schema, &event, &changes);
    }
}

#[test]
fn requests_and_responses_keep_to_their_schema() {
    let schema = schema(include_str!("../../docs/agent.schema.json"));
    let requests = [
        json!({"id": 1, "op": "hello"}),
        json!({"id": 2, "op": "socket", "socket": "a", "type": "PULL", "options": {"RCVHWM": 5}}),
        json!({"id": 3, "op": "bind", "socket": "a", "endpoint": "tcp://127.0.0.1:*"}),
        json!({"id": 4, "op": "recv", "socket": "a", "timeout_ms": 0}),
        json!({"id": 5, "op": "no-such-op"}),
        json!({"id": 6, "op": "send", "socket": "a", "frames": [{"hex": "00ff"}, {"text": "é"}, {"fill": {"size": 9, "seed": 1}}], "timeout_ms": 0}),
        json!({"id": 7, "op": "exit"}),
    ];
    let mut agent = Command::new(env!("CARGO_BIN_EXE_zmq-interop"));
    let mut agent =
        agent.arg("agent").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut input = agent.stdin.take().unwrap();
    for request in &requests {
        assert_keeps(&schema, request, &[("/id", json!(0)), ("/op", json!(7))]);
        writeln!(input, "{request}").unwrap();
    }
    assert_keeps(
        &schema,
        &requests[5],
        &[("/frames", json!([])), ("/frames/0", json!({"hex": "f"}))],
    );
    drop(input);
    let output = agent.wait_with_output().unwrap();
    let responses = String::from_utf8(output.stdout).unwrap();
    assert_eq!(responses.lines().count(), requests.len(), "{responses}");
    for line in responses.lines() {
        let response: Value = serde_json::from_str(line).unwrap();
        assert_keeps(&schema, &response, &[("/id", json!("1"))]);
        let mut both = response.clone();
        both["ok"] = json!({});
        both["error"] = json!({"code": "EAGAIN", "message": "later"});
        assert!(!schema.is_valid(&both), "{both}");
    }
    assert!(
        responses.contains("\"unsupported\"") && responses.contains("\"EAGAIN\""),
        "{responses}"
    );
}
