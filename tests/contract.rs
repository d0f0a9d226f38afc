//! The contracts by their examples: the session that docs/agent-contract.md shows is played again with a
//! real agent, and the programs that both pages work out keep their contracts.

mod skip;

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};

use libtest_mimic::{Arguments, Failed, Trial};
use serde_json::{Value, json};

const ROLES: &str = include_str!("../docs/role-contract.md");
const CONTRACT: &str = include_str!("../docs/agent-contract.md");
const EXAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/example/agent.rb");
const REP: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/example/rep.rb");
const MANIFEST: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/example/my.toml");

fn main() {
    let mut trials = vec![
        test("the_session_of_the_contract_is_a_real_one", session_is_real),
        test("mistakes_are_told_in_the_words_of_the_contract", mistakes),
        test("a_refusal_is_shown_with_its_reason", a_refusal_is_shown_with_its_reason),
        test("an_agent_that_waits_too_long_is_told_so", too_long),
        test("an_agent_that_minds_unknown_fields_is_told_so", unknown_fields),
        test("the_contracts_show_the_examples_that_are_run", shown),
    ];
    for (name, holds) in [
        ("the_worked_agent_keeps_the_contract", worked_agent as fn()),
        ("the_worked_rep_runs_in_the_harness", worked_rep),
    ] {
        trials.push(skip::unless(lacks_ruby(), name, move || {
            holds();
            Ok(())
        }));
    }
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

/// A test that fails by panicking.
fn test(name: &str, holds: fn()) -> Trial {
    Trial::test(name, move || -> Result<(), Failed> {
        holds();
        Ok(())
    })
}

fn tool() -> Command {
    Command::new(env!("CARGO_BIN_EXE_zmq-interop"))
}

/// Why Ruby can't run the examples here, if it can't.
fn lacks_ruby() -> Option<String> {
    let status =
        Command::new("ruby").args(["-r", "ffi-rzmq", "-e", "0"]).stderr(Stdio::null()).status();
    let here = status.is_ok_and(|status| status.success());
    (!here).then(|| "Ruby or its binding is not here: apt-get install ruby-ffi-rzmq".into())
}

/// The requests of the session and their responses, as they are written.
fn session() -> Vec<(&'static str, Value)> {
    let said = |mark| CONTRACT.lines().filter_map(move |line| line.strip_prefix(mark));
    let requests = said("    → ").skip(1); // the first stands alone, to show the form
    let responses = said("    ← ").skip(2).map(|line| serde_json::from_str(line).unwrap());
    requests.zip(responses).collect()
}

/// A response less what differs from agent to agent: words for people, and who it is.
fn essence(mut response: Value) -> Value {
    if let Some(error) = response["error"].as_object_mut() {
        error.remove("message");
    }
    if let Some(hello) = response["ok"].as_object_mut().filter(|ok| ok.contains_key("contract")) {
        hello.iter_mut().for_each(|(_, value)| *value = Value::Null);
    }
    response
}

/// Plays the session with an agent; the port that it bound takes the place of the recorded one.
fn replay(mut agent: Command) {
    let session = session();
    assert!(session.len() > 10);
    let mut agent = agent.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut input = agent.stdin.take().unwrap();
    let mut output = BufReader::new(agent.stdout.take().unwrap());
    let [mut recorded, mut real] = [String::new(), String::new()];
    for (request, expected) in session {
        let request = match recorded.is_empty() {
            true => request.to_owned(),
            false => request.replace(&recorded, &real),
        };
        writeln!(input, "{request}").unwrap();
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        let mut response: Value = serde_json::from_str(&line).unwrap();
        if let Some(endpoint) = expected["ok"]["endpoint"].as_str() {
            recorded = endpoint.to_owned();
            real = response["ok"]["endpoint"].as_str().unwrap().to_owned();
            response["ok"]["endpoint"] = json!(recorded);
        }
        assert_eq!(essence(response), essence(expected), "{request}");
    }
    assert!(agent.wait().unwrap().success());
}

fn session_is_real() {
    let mut agent = tool();
    agent.arg("agent");
    replay(agent);
}

/// What agent-check says of an agent that is this line of a shell.
fn checked(agent: &str) -> String {
    let output = tool().args(["agent-check", "--", "sh", "-c", agent]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    String::from_utf8(output.stdout).unwrap()
}

fn mistakes() {
    for (agent, words) in [
        ("echo my agent 1.0; cat", "my agent 1.0 (its standard output is for responses"),
        (r#"echo '{"ok":{}}'; cat"#, r#"a response repeats the "id" of its request"#),
        (r#"echo '{"id":"1","ok":{}}'; cat"#, r#""id" is the number"#),
        (r#"echo '{"id":9,"ok":{}}'; cat"#, "it answered hello with the id 9"),
        (r#"echo '{"id":1,"ok":{}}'; cat"#, "its hello is wrong: missing field `contract`"),
        (
            r#"echo '{"id":1,"error":{"code":"bad-request","message":"AttributeError: no HEARTBEAT"}}'; cat"#,
            "it answered hello with bad-request: AttributeError: no HEARTBEAT",
        ),
        ("echo oops >&2; exit 3", "it exited with 3 during hello"),
        ("echo oops >&2; exit 3", "its standard error: oops"),
    ] {
        let said = checked(agent);
        assert!(said.contains(words), "{agent}: {said}");
        assert!(said.contains("1 wrong"), "{said}");
    }
}

/// An agent whose hello is right, and who refuses everything else for a reason of its own.
const UNWILLING: &str = r#"
    n=1
    while read -r line; do
        case $line in
        *'"op":"hello"'*) printf '{"id":%s,"ok":{"contract":1}}\n' $n ;;
        *) printf '{"id":%s,"error":{"code":"EPERM","message":"the moon is full"}}\n' $n ;;
        esac
        n=$((n + 1))
    done"#;

fn a_refusal_is_shown_with_its_reason() {
    let said = checked(UNWILLING);
    let refused = "must be refused with unsupported, not EPERM: the moon is full";
    assert!(said.contains(refused), "{said}");
    let nonsense = "not with the id 3 and EPERM: the moon is full";
    assert!(said.contains(nonsense), "{said}");
}

/// A shell that hands its requests on to our own agent, those that match `pattern` after `change`, of sed.
fn meddler(pattern: &str, change: &str) -> String {
    let tool = env!("CARGO_BIN_EXE_zmq-interop");
    format!(
        "while IFS= read -r line; do case $line in {pattern}) line=$(echo \"$line\" | sed '{change}');; esac
         printf '%s\\n' \"$line\"; done | '{tool}' agent"
    )
}

fn too_long() {
    for (op, pattern) in [
        ("recv", r#"*'"op":"recv"'*'"timeout_ms":1000'*"#),
        ("poll", r#"*'"op":"poll"'*'"timeout_ms":1000'*"#),
        ("events", r#"*'"op":"events"'*'"timeout_ms":1000'*"#),
    ] {
        let said = checked(&meddler(pattern, "s/:1000/:2000/"));
        assert!(said.contains(&format!(r#""op":"{op}""#)), "{op}: {said}");
        assert!(
            said.contains("must wait 1000 ms when nothing comes, and waited 20"),
            "{op}: {said}"
        );
    }
}

fn unknown_fields() {
    let said = checked(&meddler(r#"*'"mood"'*"#, r#"s/"op":"[a-z]*"/"op":"strict"/"#));
    assert!(said.contains("✗ fields that an op doesn't have are ignored"), "{said}");
    assert!(said.contains("must succeed, and was answered with unsupported"), "{said}");
}

fn shown() {
    assert!(CONTRACT.contains("(example/agent.rb)"));
    assert!(ROLES.contains(include_str!("../docs/example/rep.rb")));
    assert!(ROLES.contains(include_str!("../docs/example/my.toml")));
}

fn worked_agent() {
    let mut agent = Command::new("ruby");
    agent.arg(EXAMPLE);
    replay(agent);
    let check = tool().args(["agent-check", "--", "ruby", EXAMPLE]).output().unwrap();
    assert!(check.status.success(), "{}", String::from_utf8_lossy(&check.stdout));
}

/// The command that the page tells to run, as far as it needs no other language.
fn worked_rep() {
    let check = tool().args(["role-check", "--", "ruby", REP]).output().unwrap();
    assert!(check.status.success(), "{}", String::from_utf8_lossy(&check.stdout));
    assert!(ROLES.contains("$ zmq-interop run --peers my.toml --peer ruby,rust,python"));
    let mut run = tool();
    run.args(["run", "--suite", "scenarios", "--peer", "ruby,rust", "--peers", MANIFEST]);
    let output = run.env("NO_COLOR", "1").output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}");
    for cell in ["pipeline/rust-rust-ruby", "fan-in/all-ruby"] {
        assert!(said.contains(&format!("PASS    {cell} ")), "{cell}: {said}");
    }
}
