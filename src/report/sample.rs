//! A record for the tests of all formats: every verdict, every field with a value of its own, and names and
//! words that would like to be more than text.

use crate::outcome::{Cause, Failure, Measurements, Outcome, Program, Repeated, Suspect, Verdict};
use crate::report::matrix::Matrix;
use crate::report::record::{CellRecord, PeerRecord, PlaceRecord, Record, SCHEMA};

/// What a stranger's program may print, or be called.
pub const HOSTILE: &str = "<script>alert('x')</script> & ]]> \"q\" {{ 7 }} é\u{1b}[31m";

/// See the module.
pub fn full() -> Record {
    let known = "<b>a bug</b>, docs/findings.md";
    let outcomes = [
        ("a", Some(played(Verdict::Pass, None))),
        ("b", Some(played(Verdict::Fail, Some(HOSTILE)))),
        (
            "c",
            Some(Outcome {
                repeated: Some(Repeated { passed: 2, of: 3 }),
                ..played(Verdict::Flaky, None)
            }),
        ),
        ("d", Some(played(Verdict::Known, Some(known)))),
        ("e", Some(played(Verdict::UnexpectedPass, Some("known to fail (a bug), and it passed")))),
        ("f", Some(Outcome::unplayed(Verdict::Skipped, "perl: gone".to_owned()))),
        ("g", Some(Outcome::unplayed(Verdict::Unsupported, "perl has no CURVE".to_owned()))),
        ("h", Some(Outcome::unplayed(Verdict::NotRun, "the run was interrupted".to_owned()))),
        ("i", Some(played(Verdict::Broken, Some("no tap: too many open files")))),
        (HOSTILE, None),
    ];
    let mut cells: Vec<_> = outcomes.into_iter().map(|(id, outcome)| cell(id, outcome)).collect();
    let mut case = cell("x", Some(played(Verdict::Known, Some("it drops empty frames"))));
    (case.id, case.suite, case.group) =
        ("frame-empty/perl-perl".into(), "conformance".into(), "conformance".into());
    cells.push(case);
    let mut summary = std::collections::BTreeMap::new();
    for cell in cells.iter().filter_map(|cell| cell.outcome.as_ref()) {
        *summary.entry(cell.verdict).or_default() += 1;
    }
    Record {
        schema: SCHEMA.into(),
        version: "0.1.0".into(),
        platform: "linux x86_64".into(),
        started_at: "2026-11-26T01:00:00Z".into(),
        duration_ms: 18,
        seed: 7,
        interrupted: true,
        required_missing: vec!["q".into(), "perl".into()],
        stale_expectations: vec!["a/*".into(), HOSTILE.into()],
        notices: vec!["the machine was slow".into()],
        exit: 130,
        summary,
        peers: vec![PeerRecord { language: HOSTILE.into(), ..peer("perl") }],
        cells,
    }
}

fn peer(name: &str) -> PeerRecord {
    PeerRecord {
        name: name.into(),
        language: name.into(),
        versions: Default::default(),
        components: Default::default(),
        same_engine_as: None,
        missing: Some("gone".into()),
        install: Some(format!("apt-get install {name}")),
        evidence: Some("verified elsewhere".into()),
    }
}

/// A cell that ended so, by the fault of the peers `blamed`, with these peers at its places.
pub fn ran<const N: usize>(
    verdict: Verdict,
    blamed: &[&str],
    places: [Vec<String>; N],
) -> CellRecord {
    let mut outcome = played(verdict, None);
    if let Some(failure) = &mut outcome.failure {
        let suspect = |peer: &&str| Suspect { name: peer.to_string(), peer: peer.to_string() };
        failure.suspects = blamed.iter().map(suspect).collect();
    }
    let place = |peers| PlaceRecord { role: "x".into(), versions: vec![], peers };
    CellRecord { places: places.map(place).to_vec(), ..cell("x", Some(outcome)) }
}

/// The matrix of these cells over the peers `names`.
pub fn matrix_of(group: &str, suite: &str, mut cells: Vec<CellRecord>, names: &[&str]) -> Matrix {
    for cell in &mut cells {
        cell.group = group.into();
        cell.suite = suite.into();
    }
    let peers = names.iter().map(|name| peer(name)).collect();
    Matrix::all(&Record { peers, cells, ..full() }).remove(0)
}

fn cell(id: &str, outcome: Option<Outcome>) -> CellRecord {
    let place = |role: &str| PlaceRecord {
        role: role.into(),
        peers: vec!["perl".into()],
        versions: vec!["Perl 5.36 <i>".into()],
    };
    CellRecord {
        id: format!("fan-in/{id}"),
        suite: "scenarios".into(),
        group: "fan-in".into(),
        places: vec![place("c"), place("rep")],
        outcome,
        again: format!("zmq-interop run --cell fan-in/{id}"),
    }
}

fn played(verdict: Verdict, reason: Option<&str>) -> Outcome {
    let failed = matches!(verdict, Verdict::Fail | Verdict::Flaky | Verdict::Known);
    let suspect = Suspect { name: "perl rep #2".into(), peer: "perl".into() };
    let failure = Failure::new(Cause::WrongAnswer, [suspect], format!("it said {HOSTILE}"));
    let mut failure = failure.compared("a", "b\u{1b}[0m");
    failure.evidence.push("0.001 s  ROUTER → REP".into());
    Outcome {
        verdict,
        failure: failed.then_some(failure),
        requirement: failed.then(|| "RFC 28".into()),
        programs: vec![Program {
            name: "perl rep".into(),
            peer: "perl".into(),
            command: vec!["perl".into(), "rep.pl".into()],
            status: "was running".into(),
            stderr: vec![HOSTILE.into()],
        }],
        reason: reason.map(str::to_owned),
        played: 3,
        repeated: None,
        duration_ms: 17,
        measurements: Measurements {
            exchanges: 20,
            requests_per_second: Some(12.5),
            shares: [("perl mrep".to_owned(), 7)].into(),
            longest_stall_ms: Some(1001),
            ..Measurements::default()
        },
    }
}
