//! zmq-interop's command line; see `src/cli.rs`.

use std::process::ExitCode;

fn main() -> ExitCode {
    zmq_interop::cli::main()
}
