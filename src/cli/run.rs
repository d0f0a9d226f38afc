//! `zmq-interop run`.

use std::collections::BTreeSet;
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use miette::{IntoDiagnostic as _, Result, WrapErr as _, miette};
use rand::Rng as _;

use super::{Declared, Selected, expectations};
use crate::interrupt::Interrupt;
use crate::peer::discovery::{self, Found};
use crate::peer::orphans;
use crate::plan;
use crate::report::exit::Exit;
use crate::report::record::{PeerRecord, Record};
use crate::report::screen::{Screen, Verbosity};
use crate::report::{self, evidence};
use crate::run::schedule::{self, Options};
use crate::run::scratch::Scratch;
use crate::run::signals;
use crate::run::{attempts, files, memory};
use crate::suite::machine::Machine;
use crate::suite::reach::{HOST, Reach};
use crate::suite::setting::{Setting, TIMEOUT_S};

#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    declared: Declared,
    #[command(flatten)]
    selected: Selected,
    /// Skip a peer that --peer names and that is not here, instead of failing for it
    #[arg(long)]
    allow_missing: bool,
    /// Fail if one of these peers is missing, too
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    require: Vec<String>,
    /// How many cells run at a time [default: 2 scenarios or 10 cases per processor]
    #[arg(long, short, value_name = "N")]
    jobs: Option<NonZeroUsize>,
    /// Make the same random choices again [default: a new seed]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// How long what must come is waited for, in seconds; a cell lasts as long as something comes
    #[arg(long, value_name = "SECONDS", default_value_t = TIMEOUT_S, value_parser = clap::value_parser!(u64).range(1..=3600))]
    timeout: u64,
    /// Run each cell N times; one that passes only sometimes is flaky
    #[arg(long, value_name = "N", default_value = "1")]
    repeat: NonZeroU32,
    /// Write report.json, junit.xml, matrix.svg, portraits.md (of the suite wire) and index.html into this folder
    #[arg(long, value_name = "DIR")]
    report: Option<PathBuf>,
    #[command(flatten)]
    expectations: expectations::Expected,
    /// Record what this run verified of a peer, in its folder, for machines that can't have it
    #[arg(long, value_name = "NAME")]
    record: Option<String>,
    /// The address on which programs bind and reach each other
    #[arg(long, value_name = "ADDRESS", default_value = HOST)]
    host: String,
    /// Begin no more cells after one that failed
    #[arg(long, overrides_with = "no_fail_fast")]
    fail_fast: bool,
    /// Run all cells, whatever fails [default]
    #[arg(long)]
    no_fail_fast: bool,
    /// Print a line for each cell, also on a terminal, and why cells are skipped
    #[arg(long, short, conflicts_with = "quiet")]
    verbose: bool,
    /// Print only failures and the summary
    #[arg(long, short)]
    quiet: bool,
}

/// After each so many cells memory is given back.
const GIVE_BACK_EVERY: usize = 100;

pub fn run(arguments: &Arguments) -> Result<Exit> {
    memory::keep_little();
    let files = files::raise_limit();
    orphans::adopt();
    let interrupt = Interrupt::default();
    signals::listen(interrupt.clone()).into_diagnostic().wrap_err("signals can't be caught")?;
    let start = Instant::now();

    let declared = discovery::declared(&arguments.declared.files)?;
    plan::peers(declared.clone(), &arguments.require)?;
    let mut found = discovery::find(plan::peers(declared.clone(), &arguments.declared.names)?);
    let expectations = expectations::read(&arguments.expectations, &declared, &found)?;
    let selection = arguments.selected.selection();
    let far: Vec<&str> =
        found.iter().map(|f| &f.peer).filter(|p| p.is_far()).map(|p| p.name.as_str()).collect();
    if !far.is_empty() && !arguments.quiet {
        eprintln!("trying whether {} and the others reach each other", far.join(", "));
    }
    let reach = Reach::find(&found, &arguments.host, &interrupt);
    let plan = plan::plan(&found, &Arc::default(), &selection, &reach)?;
    if let Some(dir) = &arguments.report {
        // Better now than after the run.
        std::fs::create_dir_all(dir)
            .into_diagnostic()
            .wrap_err_with(|| format!("--report {}: the folder can't be made", dir.display()))?;
    }

    let seed = arguments.seed.unwrap_or_else(|| rand::rng().next_u32().into());
    let here = |name: &String| found.iter().any(|f| f.peer.name == *name && f.state.is_ok());
    let named = arguments.declared.names.iter().filter(|_| !arguments.allow_missing);
    let required: BTreeSet<_> = arguments.require.iter().chain(named).collect();
    let required_missing: Vec<String> =
        required.into_iter().filter(|name| !here(name)).cloned().collect();
    // Nothing is told of who has no part in it, but why a required one is missing.
    found.retain(|f| {
        plan.iter().any(|planned| planned.cell.has(&f.peer.name))
            || required_missing.contains(&f.peer.name)
    });
    let engines = plan::engines(&found, &selection);
    let peers = found.iter().map(|f| {
        let elsewhere = f.state.is_err().then(|| evidence::in_words(&f.peer)).flatten();
        let same = engines.as_ref().and_then(|engines| engines.same_as(&f.peer.name));
        PeerRecord { same_engine_as: same.map(str::to_owned), ..PeerRecord::new(f, elsewhere) }
    });
    let mut record = Record::new(&plan, peers.collect(), seed, |id| again(arguments, id, seed));
    record.required_missing = required_missing;
    let whole = selection.is_whole() && arguments.declared.names.is_empty();

    let verbosity = match (arguments.quiet, arguments.verbose) {
        (true, _) => Verbosity::Quiet,
        (_, true) => Verbosity::Verbose,
        _ => Verbosity::Normal,
    };
    let scratch = Scratch::new().into_diagnostic().wrap_err("no temporary folder can be made")?;
    let setting = Setting {
        reach,
        interrupt: interrupt.clone(),
        machine: Machine::watched(),
        ..Setting::new(seed, scratch.path()).waiting(Duration::from_secs(arguments.timeout))
    };
    let options = Options {
        jobs: arguments.jobs,
        files,
        fail_fast: arguments.fail_fast,
        repeat: arguments.repeat.get(),
    };
    if whole {
        // Also those that this coverage leaves out.
        let all = plan::all(&found);
        let all: Vec<_> = all.iter().map(|(id, places)| attempts::subject(id, places)).collect();
        record.stale_expectations = expectations.stale(&all);
    }

    record.notices = schedule::fewer(&plan, &options);
    let mut screen = Screen::new(verbosity, plan.len());
    screen.begin(&record);
    schedule::run(&plan, &setting, &expectations, &options, |event| {
        record.note(&event);
        screen.show(&event, &record);
        if record.ended().is_multiple_of(GIVE_BACK_EVERY) {
            memory::give_back();
        }
    });
    record.notices.extend(setting.machine.notice());
    record.finish(start.elapsed(), interrupt.raised());
    memory::give_back();
    if let Some(dir) = &arguments.report {
        report::write(&record, dir)
            .into_diagnostic()
            .wrap_err_with(|| format!("--report {}: the report can't be written", dir.display()))?;
    }
    screen.finish(&record, arguments.report.as_deref());
    if let Some(name) = &arguments.record {
        let Some(Found { peer, state: Ok(versions) }) = found.iter().find(|f| f.peer.name == *name)
        else {
            return Err(miette!(
                "--record {name}: it is not here or took no part, so nothing of it was verified"
            ));
        };
        evidence::write(&record, peer, versions)
            .into_diagnostic()
            .wrap_err("evidence can't be written")?;
    }
    expectations::update(&arguments.expectations, &expectations, &record)?;
    Ok(record.verdict())
}

/// The command that runs one cell again with the same seed. Full coverage has every cell.
fn again(arguments: &Arguments, id: &str, seed: u64) -> String {
    let mut words: Vec<String> =
        ["zmq-interop", "run", "--coverage", "full"].map(String::from).to_vec();
    for file in &arguments.declared.files {
        words.extend(["--peers".into(), file.display().to_string()]);
    }
    if !arguments.declared.names.is_empty() {
        words.extend(["--peer".into(), arguments.declared.names.join(",")]);
    }
    if arguments.timeout != TIMEOUT_S {
        words.extend(["--timeout".into(), arguments.timeout.to_string()]);
    }
    if arguments.host != HOST {
        words.extend(["--host".into(), arguments.host.clone()]);
    }
    words.extend(["--seed".into(), seed.to_string(), "--cell".into(), id.into()]);
    shlex::try_join(words.iter().map(String::as_str)).unwrap_or_default()
}
