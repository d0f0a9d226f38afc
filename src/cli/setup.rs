//! `zmq-interop setup`.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Instant;

use miette::{IntoDiagnostic as _, WrapErr as _};

use crate::interrupt::Interrupt;
use crate::peer::setup::{self, Event, Prepared};
use crate::peer::{discovery, orphans};
use crate::plan;
use crate::report::exit::Exit;
use crate::report::setup::Screen;
use crate::run::signals;

#[derive(clap::Args)]
#[command(
    after_help = "Exit status: 0 all are ready or can't be had on this machine; 1 a setup failed, or \
                        a peer named with --require is not ready; 130 interrupted."
)]
pub struct Arguments {
    /// Only these peers
    names: Vec<String>,
    /// Declare more peers with this manifest (may be repeated)
    #[arg(long = "peers", value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Fail if one of these peers can't be had
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    require: Vec<String>,
    /// How many peers are set up at a time; those of one folder never are [default: 2 per processor]
    #[arg(long, short, value_name = "N")]
    jobs: Option<NonZeroUsize>,
}

pub fn run(arguments: &Arguments) -> miette::Result<Exit> {
    orphans::adopt();
    let interrupt = Interrupt::default();
    signals::listen(interrupt.clone()).into_diagnostic().wrap_err("signals can't be caught")?;
    let start = Instant::now();
    let declared = discovery::declared(&arguments.files)?;
    plan::peers(declared.clone(), &arguments.require)?;
    let peers = plan::peers(declared, &arguments.names)?;
    let jobs = arguments.jobs.map_or_else(setup::at_a_time, NonZeroUsize::get);
    let mut screen = Screen::begin(&peers, jobs);
    let mut exit = Exit::Well;
    setup::prepare(&peers, jobs, &interrupt, |event| {
        if let Event::Ended(peer, prepared, _) = &event {
            let required = arguments.require.contains(&peer.name);
            if matches!(prepared, Prepared::Failed(_)) || required && *prepared != Prepared::Ready {
                exit = Exit::Failed;
            }
        }
        screen.show(event);
    });
    screen.finish(start.elapsed());
    Ok(if interrupt.raised() { Exit::Interrupted } else { exit })
}
