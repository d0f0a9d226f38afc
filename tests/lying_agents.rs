//! Each lie, told to the harness by an agent from a stranger's manifest, turns a named case red with the
//! right cause and the liar blamed, while the same agent without the lie passes in its place.
//! `lying_agent.rs` tells the lies.

#[path = "lying_agent/lying_agent.rs"]
mod liar;
#[path = "liar/run.rs"]
mod run;

use std::path::{Path, PathBuf};

use libtest_mimic::{Failed, Trial};
use run::{Liar, Place};
use serde_json::{Value, json};

/// A lie, the cell in which it is caught, and what must come of it.
type Row = (&'static str, &'static str, &'static str, Blame);

/// Who is to blame.
#[derive(Clone, Copy, PartialEq)]
enum Blame {
    /// The liar and nobody else.
    Surely,
    /// The liar or the other: a message was lost or changed between them, or before, or after.
    Either,
}
use Blame::{Either, Surely};

/// The peers that meet.
const PEERS: [&str; 3] = ["liar", "rust", "python"];

const WRONG: &str = "wrong-answer";
const TIMEOUT: &str = "timeout";
const CRASH: &str = "crash";
const CONTRACT: &str = "contract";

const ROWS: &[Row] = &[
    // Frames.
    ("boundary:1", "frame-sizes/liar-rust", WRONG, Either),
    ("boundary:255", "frame-sizes/liar-rust", WRONG, Either),
    ("boundary:256", "frame-sizes/liar-rust", WRONG, Either),
    ("boundary:256", "frame-sizes+flip/liar-rust", WRONG, Either),
    ("boundary:256", "frame-sizes/liar-liar", WRONG, Surely),
    ("boundary:256", "frame-sizes-req/rust-liar", WRONG, Either),
    ("boundary:8192", "frame-sizes/liar-rust", WRONG, Either),
    ("boundary:65535", "frame-sizes/liar-rust", WRONG, Either),
    ("boundary:8388608", "frame-sizes/liar-rust", WRONG, Either),
    ("reorder", "frame-multipart/liar-rust", WRONG, Either),
    ("drop-empty", "frame-empty/liar-rust", WRONG, Either),
    ("drop-empty", "frame-empty/rust-liar", WRONG, Either),
    ("drop-empty", "rep-parts/rust-liar", WRONG, Either),
    ("nul-terminated", "frame-binary/liar-rust", WRONG, Either),
    ("nul-terminated", "sub-prefix/liar-rust", WRONG, Either),
    // Envelopes, and whom they reach.
    ("no-delimiter", "req-router/liar-rust", WRONG, Either),
    ("forget-envelope", "rep-envelope/liar-rust", TIMEOUT, Either),
    ("wrong-client", "rtr-empty-id/rust-liar", WRONG, Either),
    ("wrong-client", "rep-clients/rust-liar", TIMEOUT, Either),
    // Sharing.
    ("one-peer", "push-rr/liar-rust", WRONG, Either),
    ("one-peer", "dealer-rr/liar-rust", WRONG, Either),
    ("one-peer", "req-rr/liar-rust", WRONG, Surely),
    ("favourite", "push-rr/liar-rust", WRONG, Surely),
    ("starve", "pull-fq/liar-rust", WRONG, Surely),
    ("starve", "dealer-fq/liar-rust", WRONG, Surely),
    // Subscriptions.
    ("wide", "sub-prefix/liar-rust", WRONG, Either),
    ("wide", "sub-bind-xpub/liar-rust", WRONG, Either),
    ("everything", "xsub-send/python-liar", WRONG, Either),
    // Security.
    ("no-curve", "curve-wrong-server-key/liar-liar", WRONG, Surely),
    ("no-curve", "curve-unknown-client/liar-liar", WRONG, Surely),
    ("any-key", "curve-wrong-server-key/python-liar", WRONG, Either),
    ("any-key", "curve-unknown-client/python-liar", WRONG, Either),
    // What it says of itself, and how it answers.
    ("boast", "agent-types/liar", CONTRACT, Surely),
    ("deny", "agent-types/liar", CONTRACT, Surely),
    ("wrong-id:recv", "req-basic/liar-rust", CONTRACT, Surely),
    ("wrong-id:levitate", "agent-unknown-op/liar", CONTRACT, Surely),
    ("both:recv", "req-basic/rust-liar", CONTRACT, Surely),
    ("not-json:recv", "req-basic/rust-liar", CONTRACT, Surely),
    ("contradict", "frame-sizes/rust-liar", CONTRACT, Surely),
    ("contradict", "pull-fq/liar-rust", CONTRACT, Surely),
    ("bare", "agent-options/liar", CONTRACT, Surely),
    ("bare", "rtr-id-sizes/liar-rust", WRONG, Either),
    // `ok` for what was not done: every op of the contract, and one that there is not.
    ("ignore:levitate", "agent-unknown-op/liar", CONTRACT, Surely),
    ("ignore:socket", "agent-types/liar", CONTRACT, Surely),
    ("ignore:set", "agent-options/liar", CONTRACT, Surely),
    ("ignore:get", "agent-options/liar", CONTRACT, Surely),
    ("ignore:bind", "agent-types/liar", CONTRACT, Surely),
    ("ignore:unbind", "agent-features/liar", TIMEOUT, Surely),
    ("ignore:connect", "req-basic/liar-rust", TIMEOUT, Either),
    ("ignore:disconnect", "agent-features/liar", TIMEOUT, Surely),
    ("ignore:send", "req-basic/rust-liar", TIMEOUT, Either),
    ("ignore:recv", "req-basic/rust-liar", CONTRACT, Surely),
    ("ignore:subscribe", "sub-prefix/liar-rust", TIMEOUT, Either),
    ("ignore:unsubscribe", "sub-unsub/liar-rust", WRONG, Either),
    ("ignore:unsubscribe", "sub-unsub-xpub/liar-rust", TIMEOUT, Either),
    ("ignore:poll", "agent-features/liar", CONTRACT, Surely),
    ("ignore:monitor", "agent-features/liar", CONTRACT, Surely),
    ("ignore:events", "agent-features/liar", CONTRACT, Surely),
    ("ignore:proxy", "rep-envelope/rust-liar", TIMEOUT, Either),
    ("ignore:zap", "plain-ok/rust-liar", TIMEOUT, Either),
    ("ignore:zap_log", "zap-frames-plain/rust-liar", CONTRACT, Surely),
    ("ignore:curve_keypair", "agent-features/liar", CONTRACT, Surely),
    ("ignore:close", "life-pub-restart/rust-liar", TIMEOUT, Either),
    ("ignore:reset", "agent-reset/liar", CONTRACT, Surely),
    // Conduct.
    ("hang:recv", "req-basic/liar-rust", TIMEOUT, Surely),
    ("hang:subscribe", "life-many-subs/liar-rust", TIMEOUT, Surely),
    ("hang:send", "sub-long-topic/python-liar", TIMEOUT, Surely),
    ("hang:reset", "req-basic/liar-rust", TIMEOUT, Surely),
    ("die:recv", "req-basic/liar-rust", CRASH, Surely),
    ("die:recv", "req-basic/rust-liar", CRASH, Surely),
    ("die:reset", "req-basic/rust-liar", CRASH, Surely),
    ("flood-line:recv", "req-basic/liar-rust", CONTRACT, Surely),
    ("flood-lines:recv", "req-basic/rust-liar", CONTRACT, Surely),
    ("flood-answers:recv", "req-basic/liar-rust", CONTRACT, Surely),
    ("flood-answers:reset", "agent-reset/liar", CONTRACT, Surely),
];

/// What an agent does when it is told to unsubscribe, and what that is called.
const ALONE: &[(&str, &str)] = &[
    ("die:unsubscribe", CRASH),
    ("hang:unsubscribe", TIMEOUT),
    ("not-json:unsubscribe", CONTRACT),
    ("flood-line:unsubscribe", CONTRACT),
    ("flood-answers:unsubscribe", CONTRACT),
];

/// Floods of a quarter of a gigabyte, the cell in which they come, and the status with which the run ends.
const FLOODS: &[(&str, &str, i32)] = &[
    ("flood-line:recv", "req-basic/liar-rust", 1),
    ("flood-lines:recv", "req-basic/liar-rust", 1),
    ("flood-answers:recv", "req-basic/liar-rust", 1),
    ("flood-errors:unsubscribe", "sub-unsub/liar-rust", 0),
];

/// What it does when it is asked who it is.
const AT_ONCE: &[&str] = &[
    "die:hello",
    "hang:hello",
    "ignore:hello",
    "wrong-id:hello",
    "not-json:hello",
    "flood-line:hello",
    "flood-lines:hello",
];

fn main() -> std::process::ExitCode {
    run::main(|| {
        let caught = |row: &'static Row| {
            let trial = Trial::test(format!("{}_in_{}", row.0, row.1), move || caught(row));
            trial.with_ignored_flag(row.1.contains("python") && !python().exists())
        };
        let alone = |&(lie, cause)| {
            Trial::test(format!("{lie}_and_the_others_go_on"), move || alone(lie, cause))
        };
        let bounded = |&(lie, cell, code)| {
            Trial::test(format!("memory_is_bounded_{lie}"), move || bounded(lie, cell, code))
        };
        let trials = ROWS.iter().map(caught).chain(ALONE.iter().map(alone));
        let refused = |&lie| Trial::test(format!("{lie}_ends_the_run"), move || refused(lie));
        let trials = trials.chain(FLOODS.iter().map(bounded)).chain(AT_ONCE.iter().map(refused));
        trials.chain([Trial::test("what_is_known_to_fail", known)]).collect()
    })
}

/// The interpreter of the peer `python`, whose libzmq has CURVE, once that is set up.
fn python() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("interop/python/.venv/bin/python")
}

/// A place for an agent that lies and the same without the lie.
fn place(lie: &str, of_python: bool) -> Place {
    let me = std::env::current_exe().unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("interop/python/agent.py");
    let command = match of_python {
        true => [python(), script],
        false => [env!("CARGO_BIN_EXE_zmq-interop").into(), "agent".into()],
    };
    let agent = |lie: &str| {
        let argv = [&[me.clone(), "--liar".into(), lie.into()], &command[..]].concat();
        format!("agent = {argv:?}")
    };
    let [liar, honest] = [agent(lie), agent("honest")];
    Place::new(&[
        Liar { name: "liar", lie, roles: &[], more: &liar },
        Liar { name: "honest", lie: "honest", roles: &[], more: &honest },
    ])
}

/// The peers that a failure blames.
fn blamed(failure: &Value) -> Value {
    let all = failure["blame"].as_array().into_iter().flatten();
    all.map(|suspect| suspect["peer"].clone()).collect()
}

/// The lie is found out, and blamed as far as can be told; who is honest passes in its place.
fn caught(&(lie, cell, cause, blame): &Row) -> Result<(), Failed> {
    let of_python = cell.contains("python");
    let peers = if of_python { "--peer=liar,honest,python" } else { "--peer=liar,honest,rust" };
    let control = cell.replace("liar", "honest");
    let run = place(lie, of_python).run(&[peers, "--cell", cell, "--cell", &control]);
    let failure = &run.cell(cell)["failure"];
    let mut to_blame: Vec<_> = cell.split(['/', '-']).filter(|word| PEERS.contains(word)).collect();
    to_blame.sort();
    to_blame.dedup();
    if blame == Surely {
        to_blame = vec!["liar"];
    }
    let expected = json!({"cause": cause, "blamed_peers": to_blame});
    let found = json!({"cause": failure["cause"], "blamed_peers": blamed(failure)});
    // Who has no CURVE can't show that it is right.
    let control = &run.cell(&control)["verdict"];
    let well = control == "pass" || control == "unsupported" && cell.starts_with("curve-");
    let red = run.code() == Some(1) && run.cell(cell)["verdict"] == "fail";
    if red && well && found == expected {
        return Ok(());
    }
    Err(format!("{expected} was expected:\n{}", run.text()).into())
}

/// Of all cells only those are red in which the liar was told to unsubscribe; the others, before and
/// after, have an agent that works, the liar's own among them.
fn alone(lie: &str, cause: &str) -> Result<(), Failed> {
    let cells = ["--cell=sub-unsub/*", "--cell=frame-empty/*", "--cell=req-basic/*"];
    let run = place(lie, false).run(&[&["--peer=liar,rust", "--jobs=1"], &cells[..]].concat());
    let right = |cell: &Value| {
        let failure = &cell["failure"];
        match cell["id"].as_str().unwrap().starts_with("sub-unsub/liar-") {
            true => failure["cause"] == cause && blamed(failure) == json!(["liar"]),
            false => cell["verdict"] == "pass",
        }
    };
    let [red, green] = [run.count("fail"), run.count("pass")];
    if (red, green) == (2, 10) && run.cells().iter().all(right) {
        return Ok(());
    }
    Err(run.text().into())
}

/// However much an agent prints, the harness does not keep it. On standard error it may.
fn bounded(lie: &str, cell: &str, code: i32) -> Result<(), Failed> {
    let (run, peak_kib) = place(lie, false).measured(&["--peer=liar,rust", "--cell", cell]);
    if peak_kib < 128 * 1024 && run.code() == Some(code) {
        return Ok(());
    }
    Err(format!("{peak_kib} KiB, and {:?}: {}", run.code(), run.report).into())
}

/// What the expectations list is known, and played once; by another cause it is a failure, and what
/// passes is an error.
fn known() -> Result<(), Failed> {
    let place = place("ignore:send", false);
    let expecting = |cause: &str, who: &str| {
        let entry = format!(
            "[[known]]\ncell = 'req-basic{{,+flip}}/{who}-rust'\ncause = '{cause}'\nwhy = 'a lie'\n"
        );
        std::fs::write(place.path("expected.toml"), entry).unwrap();
        let cell = format!("req-basic/{who}-rust");
        let run = place.run(&[
            "--peer=liar,honest,rust",
            "--cell",
            &cell,
            "--expectations=expected.toml",
        ]);
        let found = run.cell(&cell);
        (run.code(), found["verdict"].clone(), found["played"].clone())
    };
    assert_eq!(expecting(TIMEOUT, "liar"), (Some(0), json!("known"), json!(1)));
    assert_eq!(expecting(CRASH, "liar"), (Some(1), json!("fail"), json!(3)));
    assert_eq!(expecting(TIMEOUT, "honest"), (Some(1), json!("unexpected-pass"), json!(1)));
    Ok(())
}

/// Nothing can be planned with an agent that does not say who it is.
fn refused(lie: &str) -> Result<(), Failed> {
    let run = place(lie, false).run(&["--peer=liar,rust", "--cell=req-basic/*"]);
    let named = run.text().contains("liar: its agent is of no use");
    if named && run.code() == Some(2) { Ok(()) } else { Err(run.text().into()) }
}
