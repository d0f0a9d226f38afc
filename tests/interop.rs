//! One test for each cell, so that `cargo test --test interop pipeline/python` filters them by name.
//! Cells of a language that is not on this machine are ignored, with the reason.

mod skip;

use std::sync::Arc;
use std::time::Duration;

use libtest_mimic::{Arguments, Failed, Trial};
use zmq_interop::expectation::Expectations;
use zmq_interop::outcome::Verdict;
use zmq_interop::peer::discovery::Found;
use zmq_interop::peer::{discovery, orphans};
use zmq_interop::plan::{Selection, plan};
use zmq_interop::report::failures;
use zmq_interop::report::record::{PeerRecord, Record};
use zmq_interop::run::attempts;
use zmq_interop::run::schedule::Event;
use zmq_interop::suite::play::{Planned, Unable};
use zmq_interop::suite::reach::Reach;
use zmq_interop::suite::scenario;
use zmq_interop::suite::setting::Setting;

/// The same choices in every run of the tests.
const SEED: u64 = 2012;

/// Peers whose libraries fail now and then: `make interop` runs them, and so does
/// `cargo test --test interop -- --ignored`, but our own tests don't depend on them.
const INDEPENDENT: [&str; 3] = ["go", "java", "zmqrs"];

/// A peer that needs a licence: a machine without it is none that lacks something.
const LICENSED: &str = "q";

struct All {
    /// First the cells of our own tests, then those of the independent stacks.
    plan: Vec<Planned>,
    own: usize,
    found: Vec<Found>,
    setting: Setting,
}

fn main() {
    orphans::adopt();
    let arguments = Arguments::from_args();
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let found = discovery::find(discovery::declared(&[]).expect("our own manifest is right"));
    let independent = |found: &Found| INDEPENDENT.contains(&found.peer.name.as_str());
    let selection = Selection { suites: vec![scenario::SUITE.name.into()], ..Selection::default() };
    let planned = |found: &[Found]| {
        plan(found, &Arc::default(), &selection, &Reach::default())
            .expect("the default selection is right")
    };
    let ours: Vec<_> = found.iter().filter(|f| !independent(f)).cloned().collect();
    let mut plan = planned(&ours);
    let own = plan.len();
    plan.extend(planned(&found).into_iter().filter(|planned| {
        // One of them has a place of its own.
        let places = planned.cell.places();
        places.iter().any(|p| p.peers.len() == 1 && INDEPENDENT.contains(&p.peers[0].as_str()))
    }));
    let timeout = Duration::from_secs(60);
    let setting = Setting::new(SEED, scratch.path()).waiting(timeout);
    let suite = Arc::new(All { plan, own, found, setting });
    let trials = (0..suite.plan.len()).map(|n| trial(suite.clone(), n)).collect();
    let conclusion = libtest_mimic::run(&arguments, trials);
    drop(scratch); // exit runs no destructors
    conclusion.exit();
}

fn trial(suite: Arc<All>, n: usize) -> Trial {
    let planned = &suite.plan[n];
    let (id, unable) = (planned.cell.id(), planned.unable.clone());
    let is_licensed = planned.cell.has(LICENSED);
    let is_own = n < suite.own;
    let holds = move || run(&suite, n);
    match unable {
        _ if !is_own => {
            let reason = "a ZMTP stack of its own, with known bugs: docs/findings.md";
            Trial::test(id, holds).with_kind(reason).with_ignored_flag(true)
        }
        Some(Unable::Skipped(reason)) if !is_licensed => skip::unless(Some(reason), id, holds),
        Some(Unable::Skipped(reason) | Unable::Unsupported(reason)) => {
            Trial::test(id, holds).with_kind(reason).with_ignored_flag(true)
        }
        None => Trial::test(id, holds),
    }
}

fn run(suite: &All, n: usize) -> Result<(), Failed> {
    let cell = &*suite.plan[n].cell;
    let outcome = attempts::run(cell, &suite.setting, &Expectations::default(), 1);
    let verdict = outcome.verdict;
    let again = |id: &str| format!("zmq-interop run --coverage full --seed {SEED} --cell {id}");
    let peers = suite.found.iter().map(|found| PeerRecord::new(found, None)).collect();
    let mut record = Record::new(&suite.plan[n..=n], peers, SEED, again);
    record.note(&Event::Ended(0, outcome.into()));
    let story = failures::story(&record.cells[0]);
    match verdict {
        Verdict::Pass => Ok(()),
        Verdict::Flaky => {
            eprintln!("{story}");
            Ok(())
        }
        _ => Err(story.into()),
    }
}
