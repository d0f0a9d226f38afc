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
use zmq_interop::suite::mutant::{Blame, Mutant};
use zmq_interop::suite::scenario;

fn main() -> std::process::ExitCode {
    run::main(|| {
        let caught = |(scenario, mutant): (&'static str, &'static Mutant)| {
            let (lie, role) = mutant.told();
            let name = format!("{lie}_{role}_{scenario}");
            Trial::test(name, move || caught(mutant, &mutant.cell(scenario)))
        };
        let mutants =
            scenario::ALL.iter().flat_map(|s| s.mutants().iter().map(|mutant| (s.name(), mutant)));
        let mut trials: Vec<_> = mutants.map(caught).collect();
        let names = scenario::ALL.iter().map(|s| s.name());
        trials.extend(names.map(|s| Trial::test(format!("honest_{s}"), move || honest(s))));
        trials.extend(slow::trials());
        trials
    })
}

/// The lie is found out, and the liar alone is blamed.
fn caught(mutant: &Mutant, cell: &str) -> Result<(), Failed> {
    let ((lie, role), cause) = (mutant.told(), mutant.cause.name());
    let place = Place::new(&[Liar { name: "liar", lie, roles: &[role], more: "" }]);
    let run = place.run(&["--peer=liar,rust", "--coverage=full", "--timeout=5", "--cell", cell]);
    let text = run.text();
    let [found] = run.cells() else { return Err(format!("one cell, please: {text}").into()) };
    let failure = &found["failure"];
    // Where there are several programs of a kind, a number tells them apart.
    let blame = failure["blame"].as_array().ok_or_else(|| text.clone())?;
    let mut blame: Vec<_> = blame
        .iter()
        .map(|b| b["name"].as_str().unwrap_or_default().split(" #").next().unwrap())
        .collect();
    blame.dedup();
    let liar = format!("liar {role}");
    let blamed = match mutant.blame {
        Blame::Surely => blame == [&liar],
        Blame::Either => blame.contains(&liar.as_str()),
    };
    let failed = found["verdict"] == "fail" && failure["cause"] == cause;
    let right = failed && blamed && run.code() == Some(1);
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
