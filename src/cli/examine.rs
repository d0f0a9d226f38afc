//! `zmq-interop examine`.

mod json;
mod junit;

use std::io::Write as _;
use std::path::PathBuf;

use miette::{IntoDiagnostic as _, Result, WrapErr as _, miette};
use owo_colors::OwoColorize as _;

use crate::outcome::{End, Failure};
use crate::plan;
use crate::report::exit::Exit;
use crate::run::signals;
use crate::suite::machine::Machine;
use crate::suite::play::guarded;
use crate::suite::wire::exam::Exam;
use crate::suite::wire::grade::Grade;
use crate::suite::wire::holder::Stranger;
use crate::suite::wire::server::Server;
use crate::suite::wire::{self, Case};
use crate::zmtp::endpoint::Endpoint;
use crate::zmtp::greeting::Version;

#[derive(clap::Args)]
#[command(after_help = "\
It connects some hundred times, and says what is wrong on purpose: the server gets messages that nobody sent, what it
sends to the examiner is lost, and a library with a fault may end. Examine nothing that anybody needs.

Example: zmq-interop examine tcp://127.0.0.1:5555 --only 'hs-*'

Exit status: 0 all that was judged is right, 1 something is wrong, 2 wrong usage, 3 nothing was judged.")]
pub struct Arguments {
    /// Where the server listens: tcp://host:port or ipc://path
    endpoint: String,
    /// Only these cases, or families of them, e.g. 'hs-*' or wire-framing (may be repeated)
    #[arg(long, value_name = "GLOB")]
    only: Vec<String>,
    /// Print one JSON object instead of lines
    #[arg(long)]
    json: bool,
    /// Write JUnit's XML into this file, too
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// I may send hostile octets to this host, which is not this machine
    #[arg(long, value_name = "HOST")]
    i_may_test: Option<String>,
}

/// A case, and what came of it.
struct Judged {
    family: &'static str,
    case: &'static Case,
    /// The grade, where it gives one; or what is wrong.
    end: Result<Option<Grade>, Box<Failure<()>>>,
}

pub fn run(arguments: &Arguments) -> Result<Exit> {
    signals::end_at_once().into_diagnostic().wrap_err("signals can't be caught")?;
    let endpoint = Endpoint::new(&arguments.endpoint).into_diagnostic()?;
    allowed(&endpoint, arguments)?;
    let cases = selected(&arguments.only)?;
    let server = match Server::at(&endpoint) {
        Ok(server) => server,
        Err(unknown) => {
            eprintln!("{unknown}");
            return Ok(Exit::NothingRan);
        }
    };
    let Some((subject, comes_as)) = server.types else {
        let mechanism = server.greeting.mechanism.unwrap_or_default();
        eprintln!(
            "{endpoint} speaks {} with {mechanism}; only NULL can be examined yet",
            server.greeting.version
        );
        return Ok(Exit::NothingRan);
    };
    if !arguments.json {
        let answers = if server.answers {
            "it answers a PING"
        } else {
            "it does not answer a PING, so that nobody sees what it takes"
        };
        print(&format!("{endpoint} is a {subject}, {}, NULL; {answers}", server.greeting.version));
    }
    let machine = Machine::watched();
    let (mut judged, mut unasked) = (vec![], 0);
    let mut before = "";
    for (family, case) in cases {
        if case.new_in_3_1 && server.greeting.version < Version::V3_1 {
            unasked += 1;
            continue;
        }
        let mut stranger = Stranger::new(endpoint.clone(), server.answers);
        let mut exam = Exam::new(&mut stranger, subject, comes_as, machine.clone());
        let mut grade = None;
        let end = guarded(|| {
            grade = case.play(&mut exam)?;
            Ok(())
        });
        let evidence = exam.evidence();
        let end = match end {
            Ok(()) => Ok(grade),
            Err(End::Failed(mut failure)) => {
                failure.evidence.extend(evidence);
                Err(failure)
            }
            Err(End::Broken(why)) => return Err(miette!("{}: {why}", case.name)),
            Err(End::Interrupted) => return Ok(Exit::Interrupted),
        };
        let one = Judged { family, case, end };
        if !arguments.json {
            if family != before {
                print(&format!("\n{}", family.bold()));
                before = family;
            }
            print(&one.lines());
        }
        judged.push(one);
    }
    if arguments.json {
        print(&json::object(&arguments.endpoint, &server, &judged).to_string());
    } else {
        print(&summary(&judged));
        if unasked > 0 {
            print(&format!("{unasked} cases are of 3.1, which it does not speak"));
        }
    }
    if let Some(file) = &arguments.junit {
        let written = std::fs::write(file, junit::written(&arguments.endpoint, &judged)?);
        written.into_diagnostic().wrap_err_with(|| format!("--junit {}", file.display()))?;
    }
    Ok(match judged.iter().any(|judged| judged.end.is_err()) {
        _ if judged.is_empty() => Exit::NothingRan,
        true => Exit::Failed,
        false => Exit::Well,
    })
}

/// Hostile octets go to nobody else's machine by mistake.
fn allowed(endpoint: &Endpoint, arguments: &Arguments) -> Result<()> {
    let host = arguments
        .endpoint
        .trim_start_matches("tcp://")
        .rsplit_once(':')
        .map_or("", |parts| parts.0);
    if endpoint.is_local() || arguments.i_may_test.as_deref() == Some(host) {
        return Ok(());
    }
    let help = format!("if you may do that to {host}, say so: --i-may-test {host}");
    Err(miette!(help = help, "{endpoint} is not this machine, and would get hostile octets"))
}

/// The cases that ask nothing of who has the socket, of these names or families.
fn selected(only: &[String]) -> Result<Vec<(&'static str, &'static Case)>> {
    let all = wire::families()
        .into_iter()
        .flat_map(|(family, cases)| cases.iter().map(move |case| (family, case)));
    let mut cases: Vec<_> = all.filter(|(_, case)| case.by_wire).collect();
    if !only.is_empty() {
        let ids: Vec<_> = cases
            .iter()
            .flat_map(|(family, case)| [(*family).to_owned(), case.name.to_owned()])
            .collect();
        let help = "zmq-interop list cases --suite wire shows all; some of them need an agent";
        let patterns = plan::patterns(only, &ids, help)?;
        cases.retain(|(family, case)| patterns.is_match(family) || patterns.is_match(case.name));
    }
    Ok(cases)
}

fn print(line: &str) {
    let _ = writeln!(anstream::stdout().lock(), "{line}");
}

impl Judged {
    /// Is the grade a lenient one?
    fn is_lenient(&self) -> bool {
        self.case.is_lenient(self.end.as_ref().ok().copied().flatten())
    }

    fn lines(&self) -> String {
        let Case { name, requirement, source, .. } = self.case;
        match &self.end {
            Ok(None) => format!("  {} {name:<20} {requirement}", "✓".green()),
            Ok(Some(grade)) if self.is_lenient() => {
                let wanted =
                    self.case.allowed().map(|allowed| allowed.in_words()).unwrap_or_default();
                let remark = format!("{grade}; better: {wanted}");
                format!("  {} {name:<20} {requirement} ({})", "✓".yellow(), remark.yellow())
            }
            Ok(Some(grade)) => format!("  {} {name:<20} {requirement} ({grade})", "✓".green()),
            Err(failure) => {
                let mut lines = vec![
                    format!("  {} {name:<20} {}", "✗".red(), failure.what.red()),
                    format!("      requires  {requirement} ({source})"),
                ];
                if let (Some(expected), Some(got)) = (&failure.expected, &failure.got) {
                    lines.push(format!("      expected  {expected}, got {got}"));
                }
                lines
                    .extend(failure.evidence.iter().map(|line| format!("      {}", line.dimmed())));
                lines.join("\n")
            }
        }
    }
}

fn summary(judged: &[Judged]) -> String {
    let wrong = judged.iter().filter(|judged| judged.end.is_err()).count();
    let lenient = judged.iter().filter(|judged| judged.is_lenient()).count();
    let right = judged.len() - wrong;
    format!("\n{} cases: {right} right ({lenient} of them leniently), {wrong} wrong", judged.len())
}
