//! `zmq-interop role-check`.

use std::io::Write as _;
use std::path::Path;

use owo_colors::OwoColorize as _;

use crate::peer::{Peer, orphans};
use crate::report::exit::Exit;
use crate::role::Role;
use crate::run::signals;
use crate::suite::scenario::role_check::{self, Outcome};

#[derive(clap::Args)]
#[command(after_help = "Example: zmq-interop role-check rep -- ruby rep.rb\n\
                        Exit status: 0 all is well, 1 something is wrong, 2 wrong usage.")]
pub struct Arguments {
    /// The role that it plays [default: the one that a file of the command is named for]
    role: Option<Role>,
    /// The program's command, to which the endpoints are added
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<String>,
}

pub fn run(arguments: &Arguments) -> miette::Result<Exit> {
    let Some(role) = arguments.role.or_else(|| named(&arguments.command)) else {
        let words = arguments.command.join(" ");
        return Err(miette::miette!(
            help = format!("say it before the command: zmq-interop role-check rep -- {words}"),
            "which role does it play? no file of the command is named for one"
        ));
    };
    orphans::adopt();
    signals::end_at_once().map_err(|error| miette::miette!("no signals: {error}"))?;
    let mut peer = Peer::here("role");
    peer.commands.insert(role, arguments.command.clone());
    let mut out = anstream::stdout().lock();
    let failed = role_check::check(&peer, role, &mut |step, outcome| {
        let _ = match outcome {
            Outcome::Kept => writeln!(out, "{} {step}", "✓".green()),
            Outcome::LeftOut(why) => writeln!(out, "{} {step}\n    not tried: {why}", "-".yellow()),
            Outcome::Broken(wrong) => writeln!(out, "{} {step}\n    {wrong}", "✗".red()),
        };
    });
    let _ = match failed {
        0 => writeln!(out, "the {role} keeps the contract"),
        n => writeln!(out, "{n} wrong; docs/role-contract.md says what is expected"),
    };
    Ok(if failed == 0 { Exit::Well } else { Exit::Failed })
}

/// The role that one file of the command is named for: `rep.rb`, `build/rep`, `Rep`.
fn named(command: &[String]) -> Option<Role> {
    let stem = |word: &String| Path::new(word).file_stem()?.to_str()?.to_lowercase().parse().ok();
    let mut roles: Vec<Role> = command.iter().filter_map(stem).collect();
    roles.dedup();
    match roles[..] {
        [role] => Some(role),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_role_that_a_file_is_named_for() {
        let named =
            |command: &str| named(&command.split(' ').map(str::to_owned).collect::<Vec<_>>());
        assert_eq!(named("ruby docs/example/rep.rb"), Some(Role::Rep));
        assert_eq!(named("build/c"), Some(Role::C));
        assert_eq!(named("java -cp target/classes Mreq"), Some(Role::Mreq));
        assert_eq!(named("build/interop msgqueue"), Some(Role::Msgqueue));
        assert_eq!(named("lua server.lua"), None);
        assert_eq!(named("rep push"), None);
    }
}
