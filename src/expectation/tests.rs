use super::*;
use crate::outcome::{Failure, Suspect};

const FILE: &str = "e.toml";

/// A peer that is here: its name, and its engine.
fn peers() -> Peers {
    let mut peers = Peers::default();
    for (name, engine) in [
        ("c", "libzmq 4.3.5"),
        ("perl", "libzmq 4.3.4"),
        ("rust", "libzmq 4.3.4"),
        ("java", "jeromq 0.6.0"),
        ("odd", "oddmq"),
    ] {
        let engine = Component::parse(engine, "");
        let mut components = Components::default();
        components.add(&engine);
        peers.add(name, Some(engine), components);
    }
    let mut gone = Components::default();
    gone.add(&Component { name: "zmq4".into(), version: None });
    peers.declare("go", &gone);
    peers
}

fn expectations(text: &str) -> Expectations {
    let mut expectations = Expectations::new(peers());
    expectations.add(text, Path::new(FILE)).unwrap();
    expectations
}

/// One entry with these cells.
fn entry(cells: &str) -> String {
    format!("[[known]]\nwhy = 'a bug'\ncells = [{cells}]\n")
}

/// The id and the places of `case/a-b`, or of a scenario's cell `scenario/role:peer+peer-role:peer`.
struct Cell(String, Vec<(String, Vec<String>)>);

impl Cell {
    fn new(text: &str) -> Cell {
        let (name, places) = text.split_once('/').unwrap();
        let place = |(n, place): (usize, &str)| {
            let (label, peers) = place.split_once(':').unwrap_or((["A", "B", "C"][n], place));
            (label.to_owned(), peers.split('+').map(str::to_owned).collect())
        };
        Cell(name.to_owned(), places.split('-').enumerate().map(place).collect())
    }

    fn subject(&self) -> Subject<'_> {
        let places = self.1.iter().map(|(label, peers)| (label.as_str(), &peers[..]));
        Subject { id: &self.0, places: places.collect() }
    }
}

fn expects(cells: &str, id: &str) -> bool {
    !expectations(&entry(cells)).of(&Cell::new(id).subject()).is_empty()
}

fn outcome(verdict: Verdict, cause: Option<Cause>, blamed: &[&str]) -> Outcome {
    let mut outcome = Outcome::unplayed(verdict, None);
    let suspect = |name: &&str| Suspect { name: name.to_string(), peer: name.to_string() };
    let suspects: Vec<_> = blamed.iter().map(suspect).collect();
    outcome.failure = cause.map(|cause| Failure::new(cause, suspects, "it was so"));
    outcome
}

const LONG: &str = "{ name = 'long{,+flip}', cause = 'timeout', first = { libzmq = '<4.3.5' } }";

fn judged(text: &str, id: &str, verdict: Verdict, cause: Option<Cause>) -> Verdict {
    let mut outcome = outcome(verdict, cause, &[]);
    expectations(text).of(&Cell::new(id).subject()).judge(&mut outcome);
    outcome.verdict
}

#[test]
fn only_the_expected_cause_is_known() {
    let judged = |id, verdict, cause| judged(&entry(LONG), id, verdict, cause);
    assert_eq!(judged("long/perl-java", Verdict::Fail, Some(Cause::Timeout)), Verdict::Known);
    assert_eq!(judged("long/perl-java", Verdict::Fail, Some(Cause::WrongAnswer)), Verdict::Fail);
    assert_eq!(judged("short/perl-java", Verdict::Fail, Some(Cause::Timeout)), Verdict::Fail);
    assert_eq!(judged("long/perl-java", Verdict::Pass, None), Verdict::UnexpectedPass);
    assert_eq!(judged("long/perl-java", Verdict::Skipped, None), Verdict::Skipped);
    // The same case, with a first that isn't meant.
    assert_eq!(judged("long/c-perl", Verdict::Fail, Some(Cause::Timeout)), Verdict::Fail);
    assert_eq!(judged("long/c-perl", Verdict::Pass, None), Verdict::Pass);
}

#[test]
fn what_fails_sometimes_or_rarely_may_pass() {
    let often = |word: &str| {
        entry(&LONG.replace(" }", ", }").replace("cause", &format!("{word} = true, cause")))
    };
    for (verdict, cause, sometimes, rarely) in [
        (Verdict::Pass, None, Verdict::Pass, Verdict::Pass),
        (Verdict::Flaky, Some(Cause::Timeout), Verdict::Known, Verdict::Known),
        (Verdict::Flaky, Some(Cause::Crash), Verdict::Flaky, Verdict::Flaky),
        (Verdict::Fail, Some(Cause::Crash), Verdict::Fail, Verdict::Fail),
        // What fails rarely passes when it is played again.
        (Verdict::Fail, Some(Cause::Timeout), Verdict::Known, Verdict::Fail),
    ] {
        let judged = |word| judged(&often(word), "long+flip/rust-c", verdict, cause);
        assert_eq!([judged("sometimes"), judged("rarely")], [sometimes, rarely]);
    }
    for (word, is_played_once) in [("sometimes", true), ("rarely", false)] {
        let known = expectations(&often(word));
        let cell = Cell::new("long/rust-c");
        assert_eq!(known.of(&cell.subject()).includes(Cause::Timeout), is_played_once, "{word}");
    }
}

#[test]
fn what_fails_always_in_one_way_may_not_pass_for_failing_sometimes_in_another() {
    let sometimes =
        "{ name = 'long', cause = 'crash', sometimes = true, second = { jeromq = '*' } }";
    let text = entry(&format!("{sometimes}, {LONG}"));
    let judged = |id, verdict, cause| judged(&text, id, verdict, cause);
    assert_eq!(judged("long/perl-java", Verdict::Pass, None), Verdict::UnexpectedPass);
    assert_eq!(judged("long/c-java", Verdict::Pass, None), Verdict::Pass);
    assert_eq!(judged("long/perl-java", Verdict::Fail, Some(Cause::Crash)), Verdict::Known);
    assert_eq!(judged("long/perl-java", Verdict::Fail, Some(Cause::Timeout)), Verdict::Known);
}

#[test]
fn conditions_are_of_places_and_of_what_stands_there() {
    let timeout = |conditions: &str| format!("{{ name = 'x*', cause = 'timeout', {conditions} }}");
    for (conditions, id, expected) in [
        ("first = { libzmq = '*' }", "x/c-java", true),
        ("first = { libzmq = '*' }", "x/java-c", false),
        ("second = { libzmq = '*' }", "x/java-c", true),
        ("any = { jeromq = '<=0.6.0' }", "xy/c-java", true),
        ("any = { jeromq = '<0.6' }", "xy/c-java", false),
        // All of a table, one of a list; of one and the same peer.
        ("first = { libzmq = '>=4.3.4, <4.3.5', peer = 'rust' }", "x/rust-c", true),
        ("first = { libzmq = '>=4.3.4, <4.3.5', peer = 'rust' }", "x/perl-c", false),
        ("first = [{ peer = 'perl' }, { jeromq = '*' }]", "x/java-c", true),
        ("first = [{ peer = 'perl' }, { jeromq = '*' }]", "x/rust-c", false),
        ("mrep = { libzmq = '<4.3.5', jeromq = '*' }", "x/mrep:rust+java", false),
        ("second = { jeromq = false }", "x/c-java", false),
        ("second = { jeromq = false, libzmq = false }", "x/c-odd", true),
        // Places of roles, also of those where many stand.
        ("mrep = { jeromq = '*' }", "x/mreq:java-msgqueue:c-mrep:perl", false),
        ("msgqueue = { libzmq = '*' }, mreq = { jeromq = '*' }", "x/mreq:java+c-msgqueue:c", true),
        ("second = { peer = 'c' }", "x/mreq:java+c-msgqueue:c", true),
        // Nothing is known of the version of oddmq.
        ("first = { oddmq = '*' }", "x/odd-odd", true),
        ("first = { oddmq = '<99' }", "x/odd-odd", false),
        // Nor of a peer that is not here.
        ("first = { zmq4 = '*' }", "x/go-c", false),
        ("first = { peer = 'go' }", "x/go-c", true),
    ] {
        assert_eq!(expects(&timeout(conditions), id), expected, "{conditions} {id}");
    }
}

#[test]
fn a_wrong_file_is_refused_with_what_to_write() {
    for (cells, what, help) in [
        (
            "{ name = 'a', cause = 'sadness', any = { peer = 'c' } }",
            "sadness",
            "an entry is [[known]]",
        ),
        ("{ name = 'a[', cause = 'crash', any = { peer = 'c' } }", "a[", "a glob"),
        ("{ name = 'a/c-*', cause = 'crash', any = { peer = 'c' } }", "no '/'", "conditions"),
        ("{ name = 'a', cause = 'crash' }", "no condition", "first = {"),
        ("{ name = 'a', cause = 'crash', frist = { peer = 'c' } }", "'frist'", "msgqueue"),
        ("{ name = 'a', cause = 'crash', any = { peer = 'd' } }", "no peer 'd'", "c, go, java"),
        (
            "{ name = 'a', cause = 'crash', any = { libzm = '*' } }",
            "'libzm'",
            "libzmq, oddmq, zmq4",
        ),
        ("{ name = 'a', cause = 'crash', any = { libzm = false } }", "'libzm'", "--peers FILE"),
        ("{ name = 'a', cause = 'crash', any = { libzmq = 'old' } }", "\"old\"", "<4.3.5"),
        ("{ name = 'a', cause = 'crash', any = { libzmq = 4 } }", "libzmq = 4", "{ libzmq ="),
        ("{ name = 'a', cause = 'crash', any = 'libzmq' }", "no condition", "{ libzmq ="),
        ("{ name = 'a', cause = 'crash', any = [] }", "no condition", "{ libzmq ="),
        ("", "no cells", "an entry is [[known]]"),
    ] {
        let mut expectations = Expectations::new(peers());
        let error = expectations.add(&entry(cells), Path::new(FILE)).unwrap_err();
        let (text, advice) = (error.to_string(), error.help().unwrap().to_string());
        assert!(text.contains(what) && text.contains(FILE), "{cells}: {text}");
        assert!(advice.contains(help), "{cells}: {advice}");
    }
    let refused = |text| Expectations::new(peers()).add(text, Path::new(FILE)).is_err();
    assert!(refused("[[known]]\ncell = 'a/*'\ncause = 'timeout'\nwhy = ''\n"));
    assert!(refused("[[know]]\n"));
}

#[test]
fn a_refusal_names_the_entry() {
    let text = format!("# one\n\n{}{}", entry(LONG), entry(&LONG.replace("libzmq", "libzqm")));
    let error = Expectations::new(peers()).add(&text, Path::new(FILE)).unwrap_err().to_string();
    let expected = "e.toml, line 6, \"a bug\", cells \"long{,+flip}\": \
                    first = { libzqm = \"<4.3.5\" }: there is no component 'libzqm'";
    assert_eq!(error, expected);
}

#[test]
fn what_expects_something_of_nobody_is_stale() {
    let stale = |cells: &str, all: &[&str]| {
        let all: Vec<_> = all.iter().map(|id| Cell::new(id)).collect();
        let all: Vec<_> = all.iter().map(Cell::subject).collect();
        expectations(&entry(cells)).stale(&all)
    };
    assert!(stale(LONG, &["long/perl-c", "long/c-c"]).is_empty());
    assert_eq!(stale(LONG, &["lnog/perl-c"]), ["long{,+flip}, first = { libzmq = \"<4.3.5\" }"]);
    // Nobody is here of whom it speaks.
    assert!(stale(&LONG.replace("<4.3.5", "<4.3"), &["long/perl-c"]).is_empty());
    assert!(stale(&LONG.replace("libzmq = '<4.3.5'", "zmq4 = '*'"), &["long/c-c"]).is_empty());
}

/// The file after a run with these ends.
fn rewritten(text: &str, ended: &[(&str, Outcome)]) -> (String, Expectations) {
    let old = expectations(text);
    let cells: Vec<_> = ended.iter().map(|(id, outcome)| (Cell::new(id), outcome)).collect();
    let ended: Vec<_> = cells.iter().map(|(cell, outcome)| (cell.subject(), *outcome)).collect();
    let text = rewrite(&old, Path::new(FILE), &ended).unwrap();
    (text.clone(), expectations(&text))
}

#[test]
fn rewriting_keeps_what_holds_and_drops_what_does_not() {
    let known = || outcome(Verdict::Known, Some(Cause::Timeout), &["perl"]);
    let gone = "{ name = 'y', cause = 'crash', first = { jeromq = '<0.6' } }";
    let text = entry(&format!("{LONG}, {gone}"));
    let (kept, _) = rewritten(
        &text,
        &[("long/perl-c", known()), ("y/java-c", outcome(Verdict::Pass, None, &[]))],
    );
    assert!(kept.contains("first = { libzmq = \"<4.3.5\" }"), "{kept}");
    assert!(kept.contains("first = { jeromq = \"<0.6\" }"), "{kept}");
    let passed = || outcome(Verdict::UnexpectedPass, None, &[]);
    let (text, new) = rewritten(&entry(LONG), &[("long/perl-c", passed())]);
    assert!(new.findings().is_empty(), "{text}");
    // What still fails of it is kept, with its reason.
    let (text, new) =
        rewritten(&entry(LONG), &[("long/perl-c", passed()), ("long/rust-c", known())]);
    assert!(new.of(&Cell::new("long/perl-c").subject()).is_empty(), "{text}");
    assert!(new.of(&Cell::new("long/rust-c").subject()).includes(Cause::Timeout), "{text}");
    assert_eq!(new.findings()[0].why, "a bug");
}

#[test]
fn a_new_failure_is_of_the_engine_where_all_that_use_it_fail() {
    let failed = |blamed: &[&str]| outcome(Verdict::Fail, Some(Cause::Crash), blamed);
    let passed = || outcome(Verdict::Pass, None, &[]);
    let all = [
        ("new/perl-c", failed(&["perl"])),
        ("new/rust-c", failed(&["rust"])),
        ("new/c-c", passed()),
    ];
    let (text, new) = rewritten("", &all);
    assert!(text.contains("cause = \"crash\", first = { libzmq = \"=4.3.4\" } }"), "{text}");
    assert_eq!(new.findings().len(), 1);
    // Another peer over the same library passes: it is not the library alone.
    let some = [("new/perl-c", failed(&["perl"])), ("new/rust-c", passed())];
    let (text, _) = rewritten("", &some);
    assert!(text.contains("first = { peer = \"perl\" }, second = { peer = \"c\" }"), "{text}");
    // Where all stand, who is blamed.
    let (text, _) = rewritten("", &[("new/mreq:perl+c-mrep:perl+c", failed(&["c", "perl"]))]);
    assert!(text.contains("any = [{ peer = \"c\" }, { peer = \"perl\" }]"), "{text}");
}

#[test]
fn only_the_file_that_is_rewritten_changes() {
    let mut old = Expectations::new(peers());
    old.add(&entry(LONG), Path::new("ours.toml")).unwrap();
    let (cell, other) = (Cell::new("long/perl-c"), Cell::new("new/odd-c"));
    let known = outcome(Verdict::Known, Some(Cause::Timeout), &["perl"]);
    let failed = outcome(Verdict::Fail, Some(Cause::Crash), &["odd"]);
    let ended = [(cell.subject(), &known), (other.subject(), &failed)];
    let text = rewrite(&old, Path::new(FILE), &ended).unwrap();
    assert!(!text.contains("long"), "{text}");
    // An engine without a version explains nothing.
    assert!(text.contains("first = { peer = \"odd\" }"), "{text}");
}
