//! Whatever happens to the harness, nothing of a run is left: no process, no file; what had finished is
//! reported, and the exit status says what became of it.

#[path = "supervision/ends.rs"]
mod ends;
#[path = "supervision/launchers.rs"]
mod launchers;
#[path = "liar/liar.rs"]
mod liar;
#[path = "supervision/networks.rs"]
mod networks;
#[path = "supervision/panic.rs"]
mod panic;
#[path = "liar/run.rs"]
mod run;
#[path = "skip/mod.rs"]
mod skip;
#[path = "supervision/ssh.rs"]
mod ssh;
#[path = "supervision/statuses.rs"]
mod statuses;

fn main() -> std::process::ExitCode {
    run::main(|| {
        let near = [ends::trials(), statuses::trials(), panic::trials()];
        let far = [launchers::trials(), networks::trials(), ssh::trials()];
        near.into_iter().chain(far).flatten().collect()
    })
}

/// The roles of a peer that has all.
const ALL: &[&str] = &["push", "req", "rep", "c", "msgqueue", "mrep", "mreq"];

/// All scenarios pass with an honest peer that has these lines in its manifest.
fn all_scenarios_pass(more: &str) -> Result<(), libtest_mimic::Failed> {
    let far = run::Liar { name: "far", lie: "honest", roles: ALL, more };
    let run = run::Place::new(&[far]).run(&["--peer=far", "--jobs=3", "--suite=scenarios"]);
    match (run.code(), run.count("pass")) {
        (Some(0), 7) => Ok(()),
        _ => Err(run.text().into()),
    }
}

/// A test that fails by panicking.
fn test(name: impl Into<String>, holds: impl FnOnce() + Send + 'static) -> libtest_mimic::Trial {
    libtest_mimic::Trial::test(name, move || {
        holds();
        Ok(())
    })
}
