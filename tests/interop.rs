//! One test for each cell, so that `cargo test --test interop pipeline/python` filters them by name.
//! Cells of a language that is not on this machine are ignored, with the reason.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use libtest_mimic::{Arguments, Failed, Trial};
use zmq_interop::peer::{Peer, discovery, orphans};
use zmq_interop::plan::{Cell, Planned, Selection, Suite, Unable, plan};
use zmq_interop::report::failures;
use zmq_interop::report::record::Record;
use zmq_interop::run::cell::{self, Verdict};
use zmq_interop::run::interrupt::Interrupt;
use zmq_interop::run::schedule::Event;
use zmq_interop::run::stage::Setting;
use zmq_interop::scenario::probe;

/// The same choices in every run of the tests.
const SEED: u64 = 2012;

/// Peers whose libraries fail now and then: `make interop` runs them, and so does
/// `cargo test --test interop -- --ignored`, but our own tests don't depend on them.
const INDEPENDENT: [&str; 3] = ["go", "java", "zmqrs"];

struct All {
    /// First the cells of our own tests, then those of the independent stacks.
    plan: Vec<Planned>,
    own: usize,
    found: Vec<discovery::Found>,
    own_peers: Vec<Peer>,
    peers: Vec<Peer>,
    setting: Setting,
}

fn main() {
    orphans::adopt();
    let arguments = Arguments::from_args();
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let found = discovery::find(discovery::declared(&[]).expect("our own manifest is right"));
    let independent = |name: &str| INDEPENDENT.contains(&name);
    let selection = Selection { suites: vec![Suite::Scenarios], ..Selection::default() };
    let planned = |found: &[discovery::Found]| {
        plan(found, &HashMap::new(), &selection).expect("the default selection is right")
    };
    let here = |found: &[discovery::Found]| -> Vec<Peer> {
        found.iter().filter(|f| f.state.is_ok()).map(|f| f.peer.clone()).collect()
    };
    let ours: Vec<_> = found.iter().filter(|f| !independent(&f.peer.name)).cloned().collect();
    let mut plan = planned(&ours);
    let own = plan.len();
    plan.extend(planned(&found).into_iter().filter(|planned| {
        let Cell::Scenario(cell) = &planned.cell else { return false };
        cell.named_peers().any(independent)
    }));
    let suite = Arc::new(All {
        plan,
        own,
        own_peers: here(&ours),
        peers: here(&found),
        found,
        setting: Setting {
            seed: SEED,
            patience: Duration::from_secs(60),
            host: "127.0.0.1".into(),
            scratch: scratch.path().to_owned(),
            probe: probe::peer(),
            interrupt: Interrupt::default(),
            pool: Arc::default(),
            expectations: Arc::default(),
        },
    });
    let trials = (0..suite.plan.len()).map(|n| trial(suite.clone(), n)).collect();
    let conclusion = libtest_mimic::run(&arguments, trials);
    drop(scratch); // exit runs no destructors
    conclusion.exit();
}

fn trial(suite: Arc<All>, n: usize) -> Trial {
    let planned = &suite.plan[n];
    let unable = planned.unable.clone();
    let trial = Trial::test(planned.cell.id(), {
        let suite = suite.clone();
        move || run(&suite, n)
    });
    if n >= suite.own {
        let reason = "a ZMTP stack of its own, with known bugs: docs/findings.md";
        return trial.with_kind(reason).with_ignored_flag(true);
    }
    match unable {
        Some(Unable::Skipped(reason) | Unable::Unsupported(reason)) => {
            trial.with_kind(reason).with_ignored_flag(true)
        }
        None => trial,
    }
}

fn run(suite: &All, n: usize) -> Result<(), Failed> {
    let peers = if n < suite.own { &suite.own_peers } else { &suite.peers };
    let outcome = cell::run(&suite.plan[n].cell, peers, &suite.setting, 1);
    let verdict = outcome.verdict;
    let again = |id: &str| format!("zmq-interop run --coverage full --seed {SEED} --cell {id}");
    let mut record = Record::new(&suite.plan, &suite.found, SEED, again);
    record.note(&Event::Ended(n, outcome.into()));
    let story = failures::story(&record.cells[n]);
    match verdict {
        Verdict::Pass => Ok(()),
        Verdict::Flaky => {
            eprintln!("{story}");
            Ok(())
        }
        _ => Err(story.into()),
    }
}
