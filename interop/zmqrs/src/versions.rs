//! versions: prints what this peer consists of as one line of JSON.

use serde::Serialize;

use crate::Failure;
use crate::role::line;

#[derive(Serialize)]
pub struct Versions {
    language: &'static str,
    interpreter: &'static str,
    binding: &'static str,
    libzmq: Option<&'static str>,
    engine: Engine,
}

#[derive(Serialize)]
struct Engine {
    name: &'static str,
    version: &'static str,
}

pub const VERSIONS: Versions = Versions {
    language: "Rust",
    interpreter: env!("RUSTC_VERSION"),
    binding: concat!("zeromq ", env!("ZEROMQ_VERSION")),
    libzmq: None,
    engine: Engine { name: "zeromq", version: env!("ZEROMQ_VERSION") },
};

pub fn run() -> Result<(), Failure> {
    Ok(line(&VERSIONS)?)
}
