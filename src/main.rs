//! zmq-interop's command line; see `src/cli.rs`.

fn main() {}
