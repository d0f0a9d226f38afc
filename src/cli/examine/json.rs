//! What came of an examination, for programs.

use serde_json::{Value, json};

use super::Judged;
use crate::suite::wire::server::Server;

/// The name of the shape: a key is added freely, and renamed or removed only with a new one.
const SCHEMA: &str = "zmq-interop/examine/1";

pub fn object(endpoint: &str, server: &Server, judged: &[Judged]) -> Value {
    let case = |judged: &Judged| {
        let failure = judged.end.as_ref().err();
        json!({
            "name": judged.case.name, "family": judged.family,
            "requirement": judged.case.requirement, "source": judged.case.source,
            "verdict": if failure.is_some() { "fail" } else { "pass" },
            "grade": judged.end.as_ref().ok().copied().flatten(), "lenient": judged.is_lenient(),
            "failure": failure,
        })
    };
    json!({
        "schema": SCHEMA, "endpoint": endpoint,
        "version": server.greeting.version.to_string(),
        "mechanism": server.greeting.mechanism,
        "socket_type": server.types.map(|(subject, _)| subject),
        "answers_ping": server.answers,
        "cases": judged.iter().map(case).collect::<Vec<_>>(),
    })
}
