//! Agents that do not keep to one answer for each request.

use serde_json::Map;

use super::*;

fn start(script: &str) -> Agent {
    let argv = ["sh", "-c", script];
    let manifest = format!("[peers.x]\nlanguage='sh'\nagent={argv:?}\n");
    let peers = crate::peer::manifest::parse(&manifest, "/x.toml".as_ref(), &[]).unwrap();
    Agent::start(&peers[0], "test.").unwrap()
}

#[test]
fn who_does_not_read_holds_nobody_up() {
    let mut agent = start("exec sleep 1000");
    // More than a pipe holds.
    let id = agent.post(&json!({"op": "send", "frames": ["x".repeat(1 << 20)]}));
    let op = "send".into();
    assert_eq!(agent.answer(id, Duration::ZERO), Err(Broken::Silent { op, seconds: 0 }));
    assert!(agent.is_useless());
}

#[test]
fn a_request_has_one_answer() {
    let mut agent = start(r#"exec yes '{"id":1,"ok":{}}'"#);
    let id = agent.post(&json!({"op": "reset"}));
    assert_eq!(agent.answer(id, START_TIMEOUT), Ok(Ok(Map::new())));
    let Err(Broken::Contract(what)) = agent.any_answer(START_TIMEOUT) else {
        panic!("it is flooded")
    };
    assert_eq!(what, "it answers more than it is asked");
}

#[test]
fn nobody_waits_for_somebody_who_waits() {
    // Requests and answers are each more than a pipe holds.
    let mut agent = start(r#"exec sed -u 's/.*"id":\([0-9]*\).*/{"id":\1,"ok":{}}/'"#);
    let ids: Vec<_> = (0..20_000).map(|_| agent.post(&json!({"op": "reset"}))).collect();
    agent.flush(START_TIMEOUT).unwrap();
    for id in ids {
        assert_eq!(agent.answer(id, START_TIMEOUT), Ok(Ok(Map::new())));
    }
}

#[test]
fn an_end_is_seen_although_a_child_holds_the_output() {
    let mut agent = start("sleep 1000 & exit 3");
    assert_eq!(agent.hello(), Err(Broken::Ended("exited with 3 during hello".into())));
}

#[test]
fn an_end_between_two_cells_names_the_one_before() {
    let script = r#"read request; echo '{"id":1,"ok":{"contract":1}}'; echo oh >&2; exit 3"#;
    let mut agent = start(script);
    agent.hello().unwrap();
    agent.rest("frame-sizes/x-y");
    assert!(agent.lines.ends(START_TIMEOUT));
    let Err(Broken::Ended(how)) = agent.wake() else { panic!("it ended") };
    assert!(how.starts_with("exited with 3 during its rest after frame-sizes/x-y"), "{how}");
}

#[test]
fn who_breaks_is_said_to_break_at_the_first_op_without_an_answer() {
    let mut agent = start(r#"read request; echo '{"id":1,"ok":{}}'; read request; exit 3"#);
    let ids = ["bind", "connect", "recv"].map(|op| agent.post(&json!({"op": op})));
    assert_eq!(agent.answer(ids[0], START_TIMEOUT), Ok(Ok(Map::new())));
    let how = "exited with 3 during connect";
    assert_eq!(agent.answer(ids[1], START_TIMEOUT), Err(Broken::Ended(how.into())));
}
