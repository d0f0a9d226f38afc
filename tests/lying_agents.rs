//! Each lie, told to the harness by an agent from a stranger's manifest, turns a named case red with the
//! right cause and the liar blamed, while the same agent without the lie passes in its place.
//! `lying_agent.rs` tells the lies.

#[path = "lying_agent/lying_agent.rs"]
mod liar;
#[path = "liar/run.rs"]
mod run;
mod skip;

use std::sync::LazyLock;

use libtest_mimic::{Failed, Trial};
use run::{Liar, Place};
use serde_json::{Value, json};
use zmq_interop::outcome::Cause;
use zmq_interop::peer::Peer;
use zmq_interop::peer::discovery::{self, Found};
use zmq_interop::suite::mutant::{Blame, Mutant};
use zmq_interop::suite::scenario;
use zmq_interop::suite::score::{self, Told};

const TIMEOUT: &str = Cause::Timeout.name();
const CRASH: &str = Cause::Crash.name();
const CONTRACT: &str = Cause::Contract.name();

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
        let caught = |told: Told| {
            let (mutant, cell) = (told.mutant, told.cell());
            let name = format!("{}_in_{cell}", mutant.lie);
            let partner = mutant.over.map_or_else(|| partner(&cell), peer);
            skip::unless(lacks(partner), name, move || caught(&mutant, &cell, partner))
        };
        let alone = |&(lie, cause)| {
            Trial::test(format!("{lie}_and_the_others_go_on"), move || alone(lie, cause))
        };
        let bounded = |&(lie, cell, code)| {
            Trial::test(format!("memory_is_bounded_{lie}"), move || bounded(lie, cell, code))
        };
        let mutants = score::mutants().filter(|told| told.suite != scenario::SUITE.name);
        let trials = mutants.map(caught).chain(ALONE.iter().map(alone));
        let refused = |&lie| Trial::test(format!("{lie}_ends_the_run"), move || refused(lie));
        let trials = trials.chain(FLOODS.iter().map(bounded)).chain(AT_ONCE.iter().map(refused));
        let others = [
            Trial::test("what_is_known_to_fail", known),
            Trial::test("a_cell_has_a_deadline", deadline),
            Trial::test("a_peer_binds_to_its_host", host),
            Trial::test("a_peer_that_may_be_elsewhere", elsewhere),
        ];
        trials.chain(others).collect()
    })
}

/// The peers of this repository.
static PEERS: LazyLock<Vec<Peer>> = LazyLock::new(|| discovery::declared(&[]).unwrap());

/// The peer that stands beside the liar in a cell: the liar drives the same library.
fn partner(cell: &str) -> &'static Peer {
    let sides = cell.rsplit(['/']).next().unwrap_or_default();
    let name = sides.split('-').find(|side| *side != "liar").unwrap_or("rust");
    peer(name)
}

fn peer(name: &str) -> &'static Peer {
    PEERS.iter().find(|peer| peer.name == name).expect("a peer of this repository")
}

/// Why a peer can't take part here.
fn lacks(partner: &Peer) -> Option<String> {
    static FOUND: LazyLock<Vec<Found>> = LazyLock::new(|| discovery::find(PEERS.clone()));
    let found = FOUND.iter().find(|found| found.peer.name == partner.name)?;
    found.state.as_ref().err().cloned()
}

fn rust() -> &'static Peer {
    partner("/rust")
}

/// A place for an agent that lies and the same without the lie.
fn place(lie: &str, partner: &Peer) -> Place {
    let me = std::env::current_exe().unwrap();
    let agent = |lie: &str| {
        let liar = [&me.display().to_string(), "--liar", lie].map(String::from);
        // `{self}` is zmq-interop, which this program is not.
        let own = |word: &String| match *word == liar[0] || word == "{self}" {
            true => env!("CARGO_BIN_EXE_zmq-interop").into(),
            false => word.clone(),
        };
        let command: Vec<String> =
            liar.iter().cloned().chain(partner.agent.iter().map(own)).collect();
        format!("dir = {:?}\nagent = {command:?}", partner.dir)
    };
    let [liar, honest] = [agent(lie), agent("honest")];
    Place::new(&[
        Liar { name: "liar", lie, roles: &[], more: &liar },
        Liar { name: "honest", lie: "honest", roles: &[], more: &honest },
    ])
}

/// The same, made of what the honest agent is made of: what is known of its engine is known of them.
fn known_place(lie: &str, partner: &Peer) -> Place {
    let place = place(lie, partner);
    let text = std::fs::read_to_string(place.path("peers.toml")).unwrap();
    let own = |word: &String| match word == &partner.versions[0] && partner.name == "rust" {
        true => env!("CARGO_BIN_EXE_zmq-interop").into(),
        false => word.clone(),
    };
    let versions: Vec<String> = partner.versions.iter().map(own).collect();
    let engine = partner.engine.as_deref().unwrap_or_default();
    let made_of = format!("\nengine = {engine:?}\nversions = {versions:?}\nagent = ");
    std::fs::write(place.path("peers.toml"), text.replace("\nagent = ", &made_of)).unwrap();
    place
}

/// The peers that a failure blames.
fn blamed(failure: &Value) -> Value {
    let all = failure["blame"].as_array().into_iter().flatten();
    all.map(|suspect| suspect["peer"].clone()).collect()
}

/// So often a lie may stay unseen, or who is honest pass at the second attempt alone: on a slow machine who is late is
/// excused. Then both are played anew.
const EXCUSED: usize = 2;

fn caught(mutant: &Mutant, cell: &str, partner: &Peer) -> Result<(), Failed> {
    let unseen = (0..EXCUSED).map(|_| caught_at_once(mutant, cell, partner));
    let seen = unseen.into_iter().find(|caught| !matches!(caught, Err(Uncaught::Unseen(_))));
    match seen.unwrap_or_else(|| caught_at_once(mutant, cell, partner)) {
        Ok(()) => Ok(()),
        Err(Uncaught::Unseen(why) | Uncaught::Otherwise(why)) => Err(why.into()),
    }
}

/// What came of a lie that was not caught as it should.
enum Uncaught {
    /// Its cell passed.
    Unseen(String),
    /// Another thing.
    Otherwise(String),
}

/// The lie is found out, and blamed as far as can be told; who is honest passes in its place.
fn caught_at_once(mutant: &Mutant, cell: &str, partner: &Peer) -> Result<(), Uncaught> {
    let peers = format!("--peer=liar,honest,{}", partner.name);
    let control = cell.replace("liar", "honest");
    let words = [&peers, "--coverage=full", "--cell", cell, "--cell", &control];
    let run = known_place(mutant.lie, partner).run(&words);
    let failure = &run.cell(cell)["failure"];
    let mut to_blame = vec!["liar"];
    if mutant.blame == Blame::Either && cell.contains('-') && !cell.ends_with("/liar-liar") {
        to_blame.push(&partner.name);
    }
    to_blame.sort();
    let expected = json!({"cause": mutant.cause.name(), "blamed_peers": to_blame});
    let found = json!({"cause": failure["cause"], "blamed_peers": blamed(failure)});
    // Who has no CURVE can't show that it is right; nor can who is known to be wrong, though not as the liar is.
    let control = &run.cell(&control)["verdict"];
    let well = ["pass", "known"].iter().any(|verdict| control == verdict)
        || control == "unsupported" && cell.starts_with("curve-");
    let red = run.code() == Some(1) && run.cell(cell)["verdict"] == "fail";
    if red && well && found == expected {
        return Ok(());
    }
    let why = format!("{expected} was expected:\n{}", run.text());
    let unclear = run.cell(cell)["verdict"] == "pass" || control == "flaky";
    Err(if unclear { Uncaught::Unseen(why) } else { Uncaught::Otherwise(why) })
}

/// Of all cells only those are red in which the liar was told to unsubscribe; the others, before and
/// after, have an agent that works, the liar's own among them.
fn alone(lie: &str, cause: &str) -> Result<(), Failed> {
    let cells = ["--cell=sub-unsub/*", "--cell=frame-empty/*", "--cell=req-basic/*"];
    let run = place(lie, rust()).run(&[&["--peer=liar,rust", "--jobs=1"], &cells[..]].concat());
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
    let (run, peak_kib) = place(lie, rust()).measured(&["--peer=liar,rust", "--cell", cell]);
    if peak_kib < 128 * 1024 && run.code() == Some(code) {
        return Ok(());
    }
    Err(format!("{peak_kib} KiB, and {:?}: {}", run.code(), run.report).into())
}

/// What the expectations list is known, and played once; by another cause it is a failure, and what
/// passes is an error.
fn known() -> Result<(), Failed> {
    let place = place("ignore:send", rust());
    let expecting = |cause: &str, who: &str| {
        let entry = format!(
            "[[known]]\nwhy = 'a lie'\ncells = [{{ name = 'req-basic{{,+flip}}', cause = '{cause}', \
             first = {{ peer = '{who}' }}, second = {{ peer = 'rust' }} }}]\n"
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
        // What times out on a slow machine is played again without counting.
        let plays = match found["played"].as_u64() {
            Some(4..) if run.text().contains("the machine was slow") => json!(3),
            _ => found["played"].clone(),
        };
        (run.code(), found["verdict"].clone(), plays)
    };
    assert_eq!(expecting(TIMEOUT, "liar"), (Some(0), json!("known"), json!(1)));
    assert_eq!(expecting(CRASH, "liar"), (Some(1), json!("fail"), json!(3)));
    assert_eq!(expecting(TIMEOUT, "honest"), (Some(1), json!("unexpected-pass"), json!(1)));
    Ok(())
}

/// Nothing can be planned with an agent that does not say who it is.
fn refused(lie: &str) -> Result<(), Failed> {
    let run = place(lie, rust()).run(&["--peer=liar,rust", "--cell=req-basic/*"]);
    let named = run.text().contains("liar: its agent is of no use");
    if named && run.code() == Some(2) { Ok(()) } else { Err(run.text().into()) }
}

/// However slow its agents are, or where they hang, a cell ends when its time is over, and says so.
fn deadline() -> Result<(), Failed> {
    for lie in ["slow:recv", "hang:recv"] {
        let run = place(lie, rust()).run(&[
            "--peer=liar,rust",
            "--timeout=1",
            "--cell=req-basic/liar-rust",
        ]);
        let failure = &run.cells()[0]["failure"];
        let what = "the case was not done within 3 s (3 times --timeout)";
        if failure["cause"] != TIMEOUT || failure["what"] != what {
            return Err(run.text().into());
        }
    }
    Ok(())
}

/// A manifest's `host` is where its peer binds, and `--host` where those do that have none.
fn host() -> Result<(), Failed> {
    let me = env!("CARGO_BIN_EXE_zmq-interop");
    let of = |host: &str| format!("agent = ['{me}', 'agent']\n{host}");
    let (own, none) = (of("host = '127.0.0.2'"), of(""));
    let deaf = place("ignore:recv", rust());
    let text = std::fs::read_to_string(deaf.path("peers.toml"))?;
    for (name, more) in [("own", own), ("none", none)] {
        let more = format!("[peers.{name}]\nlanguage = 'Rust'\n{more}\n");
        std::fs::write(deaf.path("more.toml"), &more)?;
        std::fs::write(deaf.path("peers.toml"), format!("{text}{more}"))?;
        let cell = format!("--cell=req-basic/liar-{name}");
        let run = deaf.run(&[&format!("--peer=liar,{name}"), &cell, "--host=127.0.0.3"]);
        let evidence = run.cells()[0]["failure"]["evidence"].to_string();
        let bound = if name == "own" { "tcp://127.0.0.2:" } else { "tcp://127.0.0.3:" };
        let answered = format!("B ← {{\\\"endpoint\\\":\\\"{bound}");
        if !evidence.contains(&answered) {
            return Err(format!("{answered} was expected: {evidence}\n{}", run.text()).into());
        }
    }
    Ok(())
}

/// Where the harness can't stand between two peers, it asks the monitor of who connects; without one
/// there is nothing to rest a verdict on, nor where only the wire tells, or a kernel that may be another.
fn elsewhere() -> Result<(), Failed> {
    let (connects, wire, kernel) = ("hs-type-mismatch-pull", "hb-ttl-told", "tr-keepalive");
    let (reached, foreign) = ("launcher = ['env', 'FAR=1']", "host = '203.0.113.77'");
    for (case, lie, place_of_it, expected, to_blame) in [
        (connects, "honest", reached, "pass", json!([])),
        (connects, "honest", foreign, "pass", json!([])),
        (connects, "connects-only:PUSH", reached, "fail", json!(["liar"])),
        (connects, "connects-only:PUSH", foreign, "fail", json!(["liar"])),
        (connects, "deny:features=monitor", reached, "pass", json!([])),
        (connects, "deny:features=monitor", foreign, "skipped", json!([])),
        (wire, "honest", reached, "pass", json!([])),
        (wire, "honest", foreign, "skipped", json!([])),
        (kernel, "honest", reached, "skipped", json!([])),
        (kernel, "honest", foreign, "skipped", json!([])),
    ] {
        let place = place(lie, rust());
        let text = std::fs::read_to_string(place.path("peers.toml"))?;
        let far = text.replace("\nagent = ", &format!("\n{place_of_it}\nagent = "));
        std::fs::write(place.path("peers.toml"), far)?;
        let cell = format!("{case}/liar-rust");
        let run = place.run(&["--peer=liar,rust", "--cell", &cell]);
        let found = run.cell(&cell);
        if found["verdict"] != expected || blamed(&found["failure"]) != to_blame {
            return Err(format!("{case}, {lie}, {place_of_it}: {}", run.text()).into());
        }
    }
    Ok(())
}
