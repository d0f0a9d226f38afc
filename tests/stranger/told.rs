//! What is told of a program that goes wrong: how it ended and what it printed, and nothing twelve times.

use std::net::TcpListener;

use predicates::str::contains;

use super::home::{HONEST, Home};

/// The failure of the cell in which `script` is the rep.
fn failure(home: &Home) -> serde_json::Value {
    home.run(&["--cell", "fan-in/all-odd"]).code(1);
    home.json()["cells"][0]["failure"].clone()
}

fn told(script: &str) -> (String, String) {
    let failure = failure(&Home::with_rep(&["odd"], script));
    assert_eq!(failure["blame"][0]["name"], "odd rep");
    let [cause, what] = ["cause", "what"].map(|key| failure[key].as_str().unwrap().to_owned());
    (cause, what)
}

#[test]
fn a_program_that_is_not_there_is_told_by_what_it_said() {
    let home = Home::new(&format!(
        "{HONEST}[peers.odd]\nlanguage = 'shell'\nroles = ['rep']\ncommand = ['sh', 'no-such-rep.sh']\n"
    ));
    let failure = failure(&home);
    let what = failure["what"].as_str().unwrap();
    assert!(what.starts_with("odd rep ended (exited with "), "{what}");
    assert!(what.contains(") before it said that it is ready; standard error: "), "{what}");
    assert!(what.contains("no-such-rep.sh"), "{what}");
    assert_eq!(failure["cause"], "crash");
}

#[test]
fn an_error_on_standard_output_is_told_with_the_end() {
    let (cause, what) = told("echo 'rep.q: no such file'; echo sorry; echo really >&2; exit 2\n");
    let said = "odd rep ended (exited with 2) before it said that it is ready; standard error: really; \
                standard output: rep.q: no such file | sorry";
    assert_eq!((cause.as_str(), what.as_str()), ("crash", said));
    let (_, what) = told("for word in a b c d e f; do echo $word >&2; done\nexit 1\n");
    assert!(what.ends_with("; standard error: a | b | … | e | f"), "{what}");
    let (_, what) = told("exit 0\n");
    assert_eq!(
        what,
        "odd rep ended (exited with 0) before it said that it is ready; it printed nothing"
    );
}

#[test]
fn what_is_no_event_and_the_end_are_both_told() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("tcp://{}", listener.local_addr().unwrap());
    let ready = format!(r#"echo '{{"event":"ready","pid":'$$',"endpoints":["{endpoint}"]}}'"#);
    let (cause, what) = told(&format!("{ready}\necho good bye; echo tired >&2; exit 4\n"));
    assert_eq!(cause, "contract");
    assert!(
        what.starts_with("odd rep: standard output is not an event of the role contract: "),
        "{what}"
    );
    assert!(what.ends_with("; then it exited with 4; standard error: tired"), "{what}");
}

#[test]
fn a_program_that_prints_what_is_no_event_and_goes_on_breaks_the_contract() {
    let failure = failure(&Home::with_rep(&["odd"], "echo hello\nexec \"$@\"\n"));
    let what = failure["what"].as_str().unwrap();
    assert!(what.starts_with("odd rep: standard output is not an event"), "{what}");
    assert!(!what.contains("then it"), "{what}");
    assert_eq!(failure["got"], "the line hello");
}

#[test]
fn lines_that_repeat_themselves_are_told_once() {
    let script = "for n in 1 2 3 4 5 6 7 8 9 10 11 12; do\n\
                  echo \"12:00:$n try $n: connection refused\" >&2\ndone\necho giving up >&2\nexit 3\n";
    let home = Home::with_rep(&["odd"], script);
    home.run(&["--cell", "fan-in/all-odd"]).code(1).stdout(contains("| (11 more lines like it)\n"));
    let programs = home.json()["cells"][0]["programs"].clone();
    let rep = programs.as_array().unwrap().iter().find(|program| program["name"] == "odd rep");
    let lines = serde_json::json!([
        "12:00:1 try 1: connection refused",
        "(11 more lines like it)",
        "giving up"
    ]);
    assert_eq!(rep.unwrap()["stderr"], lines);
}
