//! `zmq-interop decode`.

use std::fs::File;
use std::io::{self, Read, Write as _};
use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime};

use miette::{IntoDiagnostic as _, Result, WrapErr as _, miette};

use super::tap::{json, summary::Summary, text};
use crate::report::exit::Exit;
use crate::zmtp::capture;
use crate::zmtp::tap::Heard;

#[derive(clap::Args)]
#[command(after_help = "\
Example: tcpdump -i lo -w a.pcap tcp port 5555, and then zmq-interop decode a.pcap

It shows what `zmq-interop tap` would have shown (docs/tap.md). A connection is known by its greeting; --port is
for those of ZMTP 1.0, and for those whose beginning was not captured.
Exit status: 0, 2 when the file is no capture, 3 when nothing in it speaks ZMTP.")]
pub struct Arguments {
    /// What tcpdump -w or Wireshark wrote: pcap or pcapng; - is standard input
    file: PathBuf,
    /// Whatever has this port is ZMTP (may be repeated)
    #[arg(long = "port", value_name = "PORT", value_delimiter = ',')]
    ports: Vec<u16>,
    /// Print one JSON object a line (docs/tap.schema.json)
    #[arg(long, conflicts_with = "quiet")]
    json: bool,
    /// Print the summary alone
    #[arg(long, short)]
    quiet: bool,
}

pub fn run(arguments: &Arguments) -> Result<Exit> {
    let name = arguments.file.display().to_string();
    let capture: Box<dyn Read> = match name.as_str() {
        "-" => Box::new(io::stdin()),
        _ => {
            Box::new(File::open(&arguments.file).into_diagnostic().wrap_err_with(|| name.clone())?)
        }
    };
    let begin = Instant::now();
    let mut lines = text::Lines::default();
    let mut summary = Summary::default();
    let mut objects = None;
    let mut tell = |first: Duration, heard: Heard| {
        summary.take(&heard);
        let mut out = anstream::stdout().lock();
        match (arguments.json, arguments.quiet) {
            (true, _) => {
                let first = SystemTime::UNIX_EPOCH + first;
                let objects = objects.get_or_insert_with(|| json::Lines::of(begin, first));
                objects.line(&heard).map_or(Ok(()), |object| writeln!(out, "{object}"))
            }
            (false, true) => Ok(()),
            (false, false) => lines.line(&heard, &mut out),
        }
    };
    let found = match capture::read(capture, &arguments.ports, begin, &mut tell) {
        // Who reads no more wants no more.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(Exit::Well),
        Err(error) => return Err(miette!("{name}: {error}")),
        Ok(found) => found,
    };
    let mut out = anstream::stdout().lock();
    match objects {
        Some(lines) => drop(writeln!(out, "{}", lines.end(&summary))),
        None if found.connections > 0 => drop(writeln!(out, "{summary}")),
        None => {}
    }
    let (others, packets) = (found.others, found.packets);
    if found.connections == 0 {
        eprintln!(
            "{name}: of {packets} packets none is of a connection that begins as ZMTP ({others} others); --port names one"
        );
        return Ok(Exit::NothingRan);
    }
    if others > 0 && !arguments.json {
        eprintln!(
            "{others} other TCP connections, or such without their beginning, were left out (--port names one)"
        );
    }
    Ok(Exit::Well)
}
