//! The statements of the RFCs against the cases that there are: no name is wrong, and no case checks nothing.

use std::collections::BTreeSet;

use zmq_interop::statement::{self, Cases, Statement};
use zmq_interop::suite::{conformance, wire};

/// The names of all cases.
fn names() -> impl Iterator<Item = &'static str> {
    conformance::all().map(|case| case.name).chain(wire::all().map(|case| case.name))
}

fn cases() -> Cases<'static> {
    Cases::new(names())
}

fn statements() -> impl Iterator<Item = &'static Statement> {
    statement::rfcs().iter().flat_map(|rfc| &rfc.statements)
}

#[test]
fn every_case_that_checks_a_statement_exists() {
    let cases = cases();
    for statement in statements() {
        for name in statement.cases.iter().chain(&statement.partly) {
            let id = &statement.id;
            assert!(!cases.matching(name).is_empty(), "{id} names {name}, which no suite has");
        }
    }
}

#[test]
fn every_case_that_is_proposed_is_planned() {
    let planned = Cases::new(statement::planned().map(|planned| planned.name));
    let cases = cases();
    for statement in statements() {
        for name in statement.proposed.iter().chain(&statement.wire) {
            let id = &statement.id;
            let known = planned.exists(name) || cases.exists(name);
            assert!(known, "{id} names {name}, which neither a suite nor planned.toml has");
        }
    }
    for planned in statement::planned() {
        let names = |statement: &Statement| [&statement.proposed[..], &statement.wire].concat();
        let wanted = statements().any(|s| names(s).iter().any(|name| name == planned.name));
        assert!(wanted, "no statement wants {}, which planned.toml has", planned.name);
    }
}

#[test]
fn every_case_checks_a_statement_or_rests_on_none() {
    for name in names() {
        let this = Cases::new([name]);
        let checks = |s: &Statement| !this.whole(s).is_empty() || !this.partly(s).is_empty();
        let checks = statement::all().find(|s| checks(s)).map(|s| &s.id);
        let mut excepted = statement::resting_on_no_statement().iter();
        match (checks, excepted.any(|pattern| !this.matching(pattern).is_empty())) {
            (None, false) => panic!(
                "{} checks no statement: name it beside those that it checks in src/statement/rfc, or, where it \
                 rests on a manual page or a contract, in src/statement/planned.toml",
                name
            ),
            (Some(id), true) => panic!("{name} checks {id}, and rests on no statement"),
            _ => {}
        }
    }
}

#[test]
fn only_cases_that_exist_rest_on_no_statement() {
    for pattern in statement::resting_on_no_statement() {
        assert!(!cases().matching(pattern).is_empty(), "{pattern} in planned.toml is no case");
    }
}

#[test]
fn every_id_in_the_document_is_a_statements() {
    let ids: BTreeSet<_> = statements().flat_map(Statement::ids).collect();
    let text = include_str!("../docs/statements.md");
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
    let number = |part: &&str| part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
    let is_id = |word: &&str| {
        let parts: Vec<_> = word.split('-').collect();
        parts.len() == 3 && number(&parts[0]) && number(&parts[2])
    };
    let named: Vec<_> = words.filter(is_id).collect();
    assert!(named.len() > 400, "{named:?}");
    named.iter().for_each(|id| assert!(ids.contains(*id), "there is no statement {id}"));
}
