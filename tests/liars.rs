//! Each lie, told to the harness by a peer from a stranger's manifest, is caught with the right cause,
//! and the liar is blamed and nobody else. `liar.rs` tells the lies.

#[path = "liar/liar.rs"]
mod liar;
#[path = "liar/run.rs"]
mod run;
#[path = "liar/slow.rs"]
mod slow;

use libtest_mimic::{Failed, Trial};
use run::{Liar, Place};

/// A lie, the role that tells it, the cell, and what must come of it.
type Row = (&'static str, &'static str, &'static str, &'static str);

const WRONG: &str = "wrong-answer";
const TIMEOUT: &str = "timeout";
const CRASH: &str = "crash";
const CONTRACT: &str = "contract";

const PIPELINE_PUSH: &str = "pipeline/liar-rust-rust";
const PIPELINE_REQ: &str = "pipeline/rust-liar-rust";
const PIPELINE_REP: &str = "pipeline/rust-rust-liar";
const FAN_IN_C: &str = "fan-in/all-rust";
const FAN_IN_REP: &str = "fan-in/all-liar";
const BROKER_MREQ: &str = "broker/liar-rust-rust";
const BROKER_QUEUE: &str = "broker/rust-liar-rust";
const BROKER_MREP: &str = "broker/rust-rust-liar";
const BALANCE_QUEUE: &str = "balance/all-liar-all";
const BALANCE: &str = "balance/all-rust-all";
const FAILOVER: &str = "failover/all-rust-all";
const BLACKOUT: &str = "blackout/all-rust-all";
const RESTART: &str = "broker-restart/all-rust-all";
const RESTART_QUEUE: &str = "broker-restart/all-liar-all";

const ROWS: &[Row] = &[
    // Wrong answers, truthfully told.
    ("upper", "rep", FAN_IN_REP, WRONG),
    ("upper", "rep", PIPELINE_REP, WRONG),
    ("newline", "rep", FAN_IN_REP, WRONG),
    ("previous", "rep", FAN_IN_REP, WRONG),
    ("short", "rep", PIPELINE_REP, WRONG),
    ("trim", "mrep", BROKER_MREP, WRONG),
    ("lower", "mrep", BROKER_MREP, WRONG),
    ("previous", "mrep", BALANCE, WRONG),
    // Wrong answers, of which the programs tell different things or nothing.
    ("swap", "rep", FAN_IN_REP, WRONG),
    ("swap", "mrep", BROKER_MREP, WRONG),
    ("swap", "msgqueue", BROKER_QUEUE, WRONG),
    ("swap", "msgqueue", BALANCE_QUEUE, WRONG),
    ("lower", "msgqueue", BROKER_QUEUE, WRONG),
    ("trim", "msgqueue", BROKER_QUEUE, WRONG),
    ("lower-request", "msgqueue", BROKER_QUEUE, WRONG),
    ("make-up", "msgqueue", BROKER_QUEUE, CONTRACT),
    ("claim", "rep", FAN_IN_REP, WRONG),
    ("claim", "rep", PIPELINE_REP, WRONG),
    ("claim", "mrep", BROKER_MREP, WRONG),
    ("claim", "mrep", BALANCE, WRONG),
    ("misquote", "rep", FAN_IN_REP, WRONG),
    ("misquote", "push", PIPELINE_PUSH, WRONG),
    ("claim", "push", PIPELINE_PUSH, CONTRACT),
    ("previous", "req", PIPELINE_REQ, WRONG),
    ("claim", "req", PIPELINE_REQ, CONTRACT),
    ("claim", "c", FAN_IN_C, CONTRACT),
    ("claim", "mreq", BROKER_MREQ, CONTRACT),
    ("misquote", "c", FAN_IN_C, CONTRACT),
    ("misquote", "req", PIPELINE_REQ, CONTRACT),
    ("misquote", "mreq", BALANCE, CONTRACT),
    ("invent", "c", FAN_IN_C, CONTRACT),
    ("invent", "req", PIPELINE_REQ, CONTRACT),
    ("invent", "mreq", BROKER_MREQ, CONTRACT),
    ("stale", "mreq", BROKER_MREQ, CONTRACT),
    ("stale", "mreq", BALANCE, CONTRACT),
    ("stale", "c", FAN_IN_C, CONTRACT),
    ("boast", "mrep", BROKER_MREP, CONTRACT),
    ("contradict", "rep", FAN_IN_REP, CONTRACT),
    ("not-json", "rep", FAN_IN_REP, CONTRACT),
    ("not-json", "push", PIPELINE_PUSH, CONTRACT),
    // Answers that don't come.
    ("drop-tenth", "rep", FAN_IN_REP, TIMEOUT),
    ("drop-tenth", "mrep", BROKER_MREP, TIMEOUT),
    ("drop-tenth", "msgqueue", BROKER_QUEUE, TIMEOUT),
    ("late-tenth", "rep", FAN_IN_REP, TIMEOUT),
    ("late-tenth", "mrep", BROKER_MREP, TIMEOUT),
    ("late-tenth", "msgqueue", BROKER_QUEUE, TIMEOUT),
    ("deaf", "rep", FAN_IN_REP, TIMEOUT),
    ("deaf", "rep", PIPELINE_REP, TIMEOUT),
    ("deaf", "req", PIPELINE_REQ, TIMEOUT),
    ("deaf", "mrep", BROKER_MREP, TIMEOUT),
    ("deaf", "mrep", BLACKOUT, TIMEOUT),
    ("deaf", "msgqueue", BROKER_QUEUE, TIMEOUT),
    ("unconnected", "mrep", BROKER_MREP, TIMEOUT),
    ("unconnected", "mrep", FAILOVER, TIMEOUT),
    ("unconnected", "c", FAN_IN_C, TIMEOUT),
    ("one-server", "msgqueue", BALANCE_QUEUE, TIMEOUT),
    ("unfair", "msgqueue", BALANCE_QUEUE, WRONG),
    ("elsewhere", "rep", FAN_IN_REP, CONTRACT),
    ("elsewhere", "req", PIPELINE_REQ, CONTRACT),
    ("elsewhere", "msgqueue", BROKER_QUEUE, CONTRACT),
    ("mute", "push", PIPELINE_PUSH, CONTRACT),
    ("mute", "c", FAN_IN_C, TIMEOUT),
    ("mute", "mreq", BROKER_MREQ, TIMEOUT),
    ("impatient", "c", FAN_IN_C, TIMEOUT),
    // After an outage nothing is excused any more.
    ("impatient-later", "mreq", BLACKOUT, TIMEOUT),
    ("impatient-later", "mreq", RESTART, TIMEOUT),
    ("tells-twice", "mrep", BLACKOUT, CONTRACT),
    ("tells-twice", "mrep", BROKER_MREP, CONTRACT),
    ("one-more", "c", FAN_IN_C, CONTRACT),
    ("one-more", "mreq", BROKER_MREQ, CONTRACT),
    ("one-more", "rep", FAN_IN_REP, CONTRACT),
    ("one-more", "mrep", BROKER_MREP, CONTRACT),
    ("never-ready", "rep", FAN_IN_REP, TIMEOUT),
    ("never-ready", "c", FAN_IN_C, TIMEOUT),
    ("never-ready", "push", PIPELINE_PUSH, TIMEOUT),
    ("never-ready", "mrep", FAILOVER, TIMEOUT),
    // Bad conduct.
    ("exit-zero", "rep", FAN_IN_REP, CRASH),
    ("exit-zero", "c", FAN_IN_C, CRASH),
    ("exit-zero", "push", PIPELINE_PUSH, CRASH),
    ("exit-zero", "msgqueue", RESTART_QUEUE, CRASH),
    ("exit-three", "rep", PIPELINE_REP, CRASH),
    ("exit-three", "mreq", FAILOVER, CRASH),
    ("crash-third", "rep", FAN_IN_REP, CRASH),
    ("crash-third", "mrep", BALANCE, CRASH),
    ("crash-third", "c", FAN_IN_C, CRASH),
    ("flood-line", "rep", FAN_IN_REP, CONTRACT),
    ("flood-lines", "rep", FAN_IN_REP, CONTRACT),
    ("ignore-term", "rep", FAN_IN_REP, CONTRACT),
    ("ignore-term", "mreq", FAILOVER, CONTRACT),
    ("child-in-group", "rep", FAN_IN_REP, CONTRACT),
    ("child-in-group", "push", PIPELINE_PUSH, CONTRACT),
    ("child-escaped", "rep", FAN_IN_REP, CONTRACT),
    ("child-escaped", "push", PIPELINE_PUSH, CONTRACT),
];

fn main() -> std::process::ExitCode {
    run::main(|| {
        let caught = |row: &'static Row| {
            let (lie, role, cell, _) = row;
            let scenario = cell.split('/').next().unwrap();
            Trial::test(format!("{lie}_{role}_{scenario}"), move || caught(row))
        };
        let mut trials: Vec<_> = ROWS.iter().map(caught).collect();
        let scenarios =
            ["pipeline", "fan-in", "broker", "balance", "failover", "blackout", "broker-restart"];
        trials.extend(scenarios.map(|s| Trial::test(format!("honest_{s}"), move || honest(s))));
        trials.extend(slow::trials());
        trials
    })
}

/// The lie is found out, and the liar alone is blamed.
fn caught((lie, role, cell, cause): &Row) -> Result<(), Failed> {
    let place = Place::new(&[Liar { name: "liar", lie, roles: &[role], more: "" }]);
    let run = place.run(&["--peer=liar,rust", "--coverage=full", "--timeout=5", "--cell", cell]);
    let text = run.text();
    let [found] = run.cells() else { return Err(format!("one cell, please: {text}").into()) };
    let failure = &found["failure"];
    // Where there are several programs of a kind, a number tells them apart.
    let blame = failure["blame"].as_array().ok_or_else(|| text.clone())?;
    let blame: Vec<_> = blame
        .iter()
        .map(|b| b["name"].as_str().unwrap_or_default().split(" #").next().unwrap())
        .collect();
    let liar = format!("liar {role}");
    let right = (found["verdict"] == "fail", failure["cause"].as_str(), blame.as_slice())
        == (true, Some(cause), &[liar.as_str()])
        && run.code() == Some(1);
    if right { Ok(()) } else { Err(format!("{cause} of {liar} was expected:\n{text}").into()) }
}

/// The same program without a lie passes: what is caught is the lie.
fn honest(scenario: &str) -> Result<(), Failed> {
    let roles = ["push", "req", "rep", "c", "msgqueue", "mrep", "mreq"];
    let place = Place::new(&[Liar { name: "liar", lie: "honest", roles: &roles, more: "" }]);
    let run = place.run(&["--peer=liar,rust", "--jobs=2", "--scenario", scenario]);
    let all = run.cells().len();
    if run.code() == Some(0) && all > 0 && run.count("pass") == all {
        return Ok(());
    }
    Err(run.text().into())
}
