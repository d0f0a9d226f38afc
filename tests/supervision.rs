//! Whatever happens to the harness, nothing of a run is left: no process, no file; what had finished is
//! reported, and the exit status says what became of it.

#[path = "supervision/ends.rs"]
mod ends;
#[path = "supervision/far.rs"]
mod far;
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
        let far = [far::trials(), launchers::trials(), networks::trials(), ssh::trials()];
        near.into_iter().chain(far).flatten().collect()
    })
}

/// A test that fails by panicking.
fn test(name: impl Into<String>, holds: impl FnOnce() + Send + 'static) -> libtest_mimic::Trial {
    libtest_mimic::Trial::test(name, move || {
        holds();
        Ok(())
    })
}
