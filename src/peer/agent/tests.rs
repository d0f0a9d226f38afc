//! Agents that do not keep to one answer for each request.

use serde_json::Map;

use super::*;

fn start(script: &str) -> Agent {
    let argv = ["sh", "-c", script];
    let manifest = format!("[peers.x]\nlanguage='sh'\nagent={argv:?}\n");
    let peers = crate::peer::manifest::parse(&manifest, "/x.toml".as_ref()).unwrap();
    Agent::start(&peers[0], "test.").unwrap()
}

#[test]
fn who_does_not_read_holds_nobody_up() {
    let mut agent = start("exec sleep 1000");
    // More than a pipe holds.
    let id = agent.post(json!({"op": "send", "frames": ["x".repeat(1 << 20)]})).unwrap();
    let op = "send".into();
    assert_eq!(agent.answer(id, Duration::ZERO), Err(Broken::Silent { op, seconds: 0 }));
    assert!(agent.is_useless());
}

#[test]
fn a_request_has_one_answer() {
    let mut agent = start(r#"exec yes '{"id":1,"ok":{}}'"#);
    let id = agent.post(json!({"op": "reset"})).unwrap();
    assert_eq!(agent.answer(id, STARTING), Ok(Ok(Map::new())));
    let Err(Broken::Contract(what)) = agent.any_answer(STARTING) else { panic!("it is flooded") };
    assert_eq!(what, "it answers more than it is asked");
}
