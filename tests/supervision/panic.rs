//! A panic of the harness itself, in the middle of a play.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use libtest_mimic::Trial;
use zmq_interop::expectation::Expectations;
use zmq_interop::outcome::{Outcome, Verdict};
use zmq_interop::peer::Peer;
use zmq_interop::peer::discovery;
use zmq_interop::role::Role;
use zmq_interop::run::schedule::{self, Event, Options};
use zmq_interop::suite::mutant::Mutant;
use zmq_interop::suite::play::Planned;
use zmq_interop::suite::scenario::cell::ScenarioCell;
use zmq_interop::suite::scenario::stage::Stage;
use zmq_interop::suite::scenario::stage::actor::{Arg, Start};
use zmq_interop::suite::scenario::stage::step::Step;
use zmq_interop::suite::scenario::topology::{Cast, Place, Scenario};
use zmq_interop::suite::setting::Setting;

use super::run::marked;
use super::test;

pub fn trials() -> Vec<Trial> {
    vec![
        test("a_panic_in_a_play_breaks_its_cell_only", in_a_play),
        test("a_panic_in_a_reporter_ends_the_run", in_a_reporter),
    ]
}

/// Starts a server, and panics if it is told to.
struct Panics(bool);

impl Scenario for Panics {
    fn name(&self) -> &'static str {
        "panics"
    }
    fn holds(&self) -> &'static str {
        "the harness survives itself"
    }
    fn places(&self) -> &'static [Place] {
        &[Place::One(Role::Rep)]
    }
    fn mutants(&self) -> &'static [Mutant] {
        &[]
    }
    fn play<'a>(&self, stage: &mut Stage<'a>, cast: &Cast<'a>) -> Step {
        stage.start_ready(Start::new(Role::Rep, cast.one(0)?, [Arg::Bind]))?;
        PLAYED.fetch_add(1, Ordering::SeqCst);
        assert!(!marked(std::process::id()).is_empty(), "the server runs");
        assert!(!self.0, "the play panics");
        Ok(())
    }
}

/// How many cells of [`in_a_reporter`] and [`in_a_play`] were played.
static PLAYED: AtomicUsize = AtomicUsize::new(0);

static PANICS: Panics = Panics(true);
static PASSES: Panics = Panics(false);

fn run(scenarios: &[&'static Panics], mut listener: impl FnMut(Event)) {
    let peers: Vec<Peer> = discovery::declared(&[]).unwrap();
    let peers: Arc<[Peer]> = peers.into_iter().filter(|peer| peer.name == "rust").collect();
    let cell = |scenario: &&'static Panics| {
        let cell = ScenarioCell::new(*scenario, vec!["rust".into()], 0, peers.clone());
        Planned { cell: Arc::new(cell), unable: None }
    };
    let plan: Vec<_> = scenarios.iter().map(cell).collect();
    let scratch = tempfile::tempdir().unwrap();
    let setting = Setting::new(0, scratch.path());
    let options = Options { jobs: NonZeroUsize::new(1), ..Options::default() };
    schedule::run(&plan, &setting, &Expectations::default(), &options, &mut listener);
}

fn in_a_play() {
    let mut ended: Vec<Option<Outcome>> = vec![None, None];
    run(&[&PASSES, &PANICS], |event| {
        if let Event::Ended(n, outcome) = event {
            ended[n] = Some(*outcome);
        }
    });
    let [Some(passes), Some(panics)] = ended.as_slice() else { panic!("a cell did not end") };
    assert_eq!(passes.verdict, Verdict::Pass);
    assert_eq!(panics.verdict, Verdict::Broken);
    assert!(panics.reason.as_ref().unwrap().contains("the play panics"), "{:?}", panics.reason);
}

fn in_a_reporter() {
    const CELLS: usize = 200;
    let result = std::panic::catch_unwind(|| {
        run(&[&PASSES; CELLS], |event| {
            assert!(!matches!(event, Event::Ended(..)), "the reporter panics");
        });
    });
    assert!(result.is_err());
    assert!(PLAYED.load(Ordering::SeqCst) < CELLS, "cells were played that nobody reports");
}
