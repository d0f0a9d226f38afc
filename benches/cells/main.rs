//! `make bench`: how many simple conformance cells a second the harness runs, for one peer with itself
//! and for all pairs of the peers that are here, and what share that is of the floor: of the same socket operations in
//! one process, with no agent. The subjects take turns in each round; the median of the rounds is printed. Agents are
//! warm, as in a run. `cargo bench --bench cells -- rust python` takes only these peers.

mod floor;

use std::sync::Arc;
use std::time::Instant;

use miette::IntoDiagnostic as _;
use zmq_interop::expectation::{Expectations, Peers};
use zmq_interop::outcome::Verdict;
use zmq_interop::peer::discovery::{self, Found};
use zmq_interop::plan::{Selection, plan};
use zmq_interop::run::attempts;
use zmq_interop::run::schedule::{self, Event, Options};
use zmq_interop::suite::conformance::SUITE;
use zmq_interop::suite::play::Planned;
use zmq_interop::suite::pool::Pool;
use zmq_interop::suite::reach::Reach;
use zmq_interop::suite::setting::Setting;

const ROUNDS: usize = 5;

/// Cells in a measurement, at least.
const CELLS: usize = 500;

/// What has no timers and little data: a greeting, a handshake, a message there and maybe one back.
const SIMPLE: [&str; 3] = ["hs-null-*/*", "frame-binary*/*", "frame-empty*/*"];

struct Subject {
    name: String,
    plan: Vec<Planned>,
    rates: Vec<f64>,
}

fn main() {
    // `cargo test --benches` wants to know whether it builds, not how fast it is.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    // Cargo adds `--bench`.
    let named: Vec<_> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let scratch = tempfile::tempdir().expect("a temporary folder can be made");
    let setting = Setting::new(0, scratch.path());
    let pool = Arc::new(Pool::default());
    let declared = discovery::declared(&[]).expect("our own manifest is right");
    let found: Vec<_> = discovery::find(declared)
        .into_iter()
        .filter(|found| found.state.is_ok() && !found.peer.agent.is_empty())
        .filter(|found| named.is_empty() || named.contains(&found.peer.name))
        .collect();
    let known = known(&found).expect("our own expectations are right");
    let alone = found.iter().map(std::slice::from_ref);
    let mut subjects: Vec<_> =
        alone.chain([&found[..]]).map(|found| subject(found, &pool, &known)).collect();
    let mut floor = vec![];
    for round in 0..=ROUNDS {
        eprintln!("round {round} of {ROUNDS}{}", if round == 0 { ": warming up" } else { "" });
        let rate = floor::measure();
        if round > 0 {
            floor.push(rate);
        }
        for subject in &mut subjects {
            let rate = measure(subject, &setting, &known);
            if round > 0 {
                subject.rates.push(rate);
            }
        }
    }
    let floor = median(&mut floor);
    println!("| agents | simple cells/s | of the floor |\n|---|--:|--:|");
    println!("| none: the floor | {floor:.0} | 100 % |");
    for Subject { name, rates, .. } in &mut subjects {
        let rate = median(rates);
        println!("| {name} | {rate:.0} | {:.0} % |", 100.0 * rate / floor);
    }
}

fn median(rates: &mut [f64]) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates[rates.len() / 2]
}

fn known(found: &[Found]) -> miette::Result<Expectations> {
    let mut peers = Peers::default();
    for peer in discovery::built_in()? {
        peers.declare(&peer.name, &peer.declared_components());
    }
    for f in found {
        peers.add(&f.peer.name, f.engine(), f.components());
    }
    let mut known = Expectations::new(peers);
    let file = discovery::home().join("expectations.toml");
    known.add(&std::fs::read_to_string(&file).into_diagnostic()?, &file)?;
    Ok(known)
}

fn subject(found: &[Found], pool: &Arc<Pool>, known: &Expectations) -> Subject {
    let selection = Selection {
        suites: vec![SUITE.name.into()],
        cells: SIMPLE.map(str::to_owned).to_vec(),
        ..Selection::default()
    };
    let mut once = plan(found, pool, &selection, &Reach::default()).expect("there are such cells");
    // A cell that fails waits for its deadline: that is no speed of anything.
    once.retain(|p| p.unable.is_none() && attempts::expected(&*p.cell, known).is_empty());
    let name = match found {
        [one] => one.peer.name.clone(),
        _ => "all pairs".into(),
    };
    let plan = once.iter().cycle().take(once.len() * CELLS.div_ceil(once.len())).cloned();
    Subject { name, plan: plan.collect(), rates: vec![] }
}

/// Cells that passed per second.
fn measure(subject: &Subject, setting: &Setting, known: &Expectations) -> f64 {
    let mut passed = 0;
    let start = Instant::now();
    schedule::run(&subject.plan, setting, known, &Options::default(), |event| {
        passed += usize::from(matches!(event, Event::Ended(_, o) if o.verdict == Verdict::Pass));
    });
    passed as f64 / start.elapsed().as_secs_f64()
}
