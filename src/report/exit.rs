//! Exit statuses: the one place that knows them.

use std::process::ExitCode;

/// How zmq-interop ends, for scripts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// All is well.
    Well,
    /// A cell failed, or a required peer is missing.
    Failed,
    /// The command line or a file is wrong.
    Usage,
    /// Nothing ran at all.
    NothingRan,
    /// The harness itself failed.
    Broken,
    /// The person interrupted; what had finished is reported.
    Interrupted,
}

impl Exit {
    /// The number.
    pub fn code(self) -> u8 {
        match self {
            Exit::Well => 0,
            Exit::Failed => 1,
            Exit::Usage => 2,
            Exit::NothingRan => 3,
            Exit::Broken => 4,
            Exit::Interrupted => 130,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        exit.code().into()
    }
}
