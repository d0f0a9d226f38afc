//! `zmq-interop tap`.

pub mod json;
pub mod summary;
pub mod text;

use std::fs::File;
use std::io::{self, BufWriter, ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;
use std::time::Duration;

use miette::{IntoDiagnostic as _, Result, WrapErr as _, miette};

use crate::interrupt::Interrupt;
use crate::report::exit::Exit;
use crate::run::signals;
use crate::zmtp::capture::Writer;
use crate::zmtp::endpoint::Endpoint;
use crate::zmtp::tap::{Heard, Tap, Tell, Width};
use summary::Summary;

/// So much may wait to be printed before the programs are slowed down by who reads it.
const WAITING: usize = 10_000;
/// How soon a request to stop is seen while nobody says anything.
const PERIOD: Duration = Duration::from_millis(100);

#[derive(clap::Args)]
#[command(after_help = "\
Example: a server listens at port 5556. Let its clients connect to 5555, and look:

  zmq-interop tap --listen tcp://127.0.0.1:5555 --connect tcp://127.0.0.1:5556

→ is what the program says that connected, ← what the program says that listens;
the time is that since the line before. What CURVE encrypts is passed on unread.
Ctrl-C ends it. docs/tap.md says more.")]
pub struct Arguments {
    /// Where programs connect to instead: tcp://host:port (* is any free port) or ipc://path
    #[arg(long, value_name = "ENDPOINT", default_value = "tcp://127.0.0.1:*")]
    listen: String,
    /// Where the program listens that they want
    #[arg(long, value_name = "ENDPOINT")]
    connect: String,
    /// Print one JSON object a line (docs/tap.schema.json)
    #[arg(long, conflicts_with = "quiet")]
    json: bool,
    /// Write the octets into this file, too, for Wireshark or `zmq-interop decode`
    #[arg(long, value_name = "FILE.pcapng")]
    write: Option<PathBuf>,
    /// Print the summary at the end alone
    #[arg(long, short)]
    quiet: bool,
}

/// How what is heard is shown.
enum Shown {
    Text(text::Lines),
    Json(json::Lines),
    Nothing,
}

pub fn run(arguments: &Arguments) -> Result<Exit> {
    let interrupt = Interrupt::default();
    signals::listen(interrupt.clone()).into_diagnostic().wrap_err("signals can't be caught")?;
    let endpoint = |text| Endpoint::new(text).into_diagnostic();
    let (listen, connect) = (endpoint(&arguments.listen)?, endpoint(&arguments.connect)?);
    let (to, heard) = sync_channel(WAITING);
    let tell = Tell { to, octets: arguments.write.is_some() };
    let tap = Tap::start_at(&listen, connect, Width::Wide, Some(tell)).into_diagnostic()?;
    let bound = Endpoint::new(&tap.endpoint()).into_diagnostic()?;
    let mut written = arguments.write.as_ref().map(|file| written(file, &bound)).transpose()?;
    let mut shown = match (arguments.json, arguments.quiet) {
        (true, _) => Shown::Json(json::Lines::new()),
        (false, true) => Shown::Nothing,
        (false, false) => Shown::Text(text::Lines::default()),
    };
    let mut summary = Summary::default();
    let mut broken = None;
    // Who reads no more wants no more.
    let done = shown.begin(&tap.endpoint(), &arguments.connect, arguments.quiet).and_then(|()| {
        let mut line = |heard: &Heard| {
            if let Some(written) = &mut written {
                written.take(heard).map_err(|error| {
                    broken.get_or_insert(error);
                    io::Error::from(ErrorKind::BrokenPipe)
                })?;
            }
            shown.line(heard, &mut summary)
        };
        let done = show(&heard, &mut line, &interrupt);
        // What is still open ends now, and is told; nobody waits for us to hear it.
        let ended = thread::spawn(move || drop(tap));
        let rest = heard.iter().try_for_each(|heard| line(&heard));
        drop(heard);
        let _ = ended.join();
        done.and(rest)?;
        if let Some(Err(error)) = written.as_mut().map(Writer::flush) {
            broken.get_or_insert(error);
        }
        shown.end(&summary)
    });
    if let (Some(error), Some(file)) = (broken, &arguments.write) {
        return Err(miette!("--write {}: {error}", file.display()));
    }
    match done {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error).into_diagnostic()?,
        _ => {}
    }
    Ok(Exit::Well)
}

/// The file into which all octets go.
fn written(file: &Path, bound: &Endpoint) -> Result<Writer<BufWriter<File>>> {
    let opened =
        File::create(file).and_then(|file| Writer::new(BufWriter::new(file), bound.address()));
    opened.into_diagnostic().wrap_err_with(|| format!("--write {}", file.display()))
}

/// Shows what is heard until it is time to stop.
fn show(
    heard: &Receiver<Heard>,
    line: &mut impl FnMut(&Heard) -> io::Result<()>,
    interrupt: &Interrupt,
) -> io::Result<()> {
    while !interrupt.raised() {
        match heard.recv_timeout(PERIOD) {
            Ok(heard) => line(&heard)?,
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    Ok(())
}

impl Shown {
    fn begin(&self, listen: &str, connect: &str, quiet: bool) -> io::Result<()> {
        let mut out = anstream::stdout().lock();
        match self {
            Shown::Json(lines) => writeln!(out, "{}", lines.begin(listen, connect))?,
            Shown::Text(_) | Shown::Nothing => {
                let end = if quiet { "; Ctrl-C ends it, and shows a summary" } else { "" };
                writeln!(out, "programs that connect to {listen} are passed on to {connect}{end}")?;
            }
        }
        out.flush()
    }

    fn line(&mut self, heard: &Heard, summary: &mut Summary) -> io::Result<()> {
        summary.take(heard);
        let mut out = anstream::stdout().lock();
        match self {
            Shown::Text(lines) => lines.line(heard, &mut out),
            Shown::Json(lines) => match lines.line(heard) {
                Some(line) => writeln!(out, "{line}"),
                None => Ok(()),
            },
            Shown::Nothing => Ok(()),
        }
    }

    fn end(&self, summary: &Summary) -> io::Result<()> {
        let mut out = anstream::stdout().lock();
        match self {
            Shown::Json(lines) => writeln!(out, "{}", lines.end(summary)),
            Shown::Text(_) | Shown::Nothing => writeln!(out, "{summary}"),
        }
    }
}
