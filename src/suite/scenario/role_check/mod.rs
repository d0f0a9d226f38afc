//! Exercises one role program alone, for `zmq-interop role-check`: the harness plays the other side, and each
//! step says what was asked, what docs/role-contract.md wants, and what came instead. Here: which steps a
//! role has. Beside: the program that is tried, the sockets of the other side, and the steps.

mod arguments;
mod asking;
mod client;
mod defaults;
mod ending;
mod msgqueue;
mod odd;
mod other_side;
mod patience;
mod push;
mod sentences;
mod server;
mod serving;
mod signals;
mod tried;

use std::cell::Cell;

use crate::peer::Peer;
use crate::role::Role;

/// What became of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The program did what the contract wants.
    Kept,
    /// What it did instead.
    Broken(String),
    /// Why this machine can't show it now.
    LeftOut(String),
}

/// What was seen, or what the program did instead of what the contract wants.
type Seen<T = ()> = Result<T, String>;

/// One step: its name in the words of the contract.
struct Step {
    name: &'static str,
    run: fn(&Check) -> Seen,
}

const fn step(name: &'static str, run: fn(&Check) -> Seen) -> Step {
    Step { name, run }
}

/// What is checked.
struct Check<'a> {
    peer: &'a Peer,
    role: Role,
    started: Cell<usize>,
    left_out: Cell<Option<String>>,
}

impl Check<'_> {
    /// The step can't show anything now.
    fn leave_out(&self, why: String) -> Seen {
        self.left_out.set(Some(why));
        Ok(())
    }
}

/// Told of each step when it is over.
pub type Report<'r> = &'r mut dyn FnMut(&str, &Outcome);

/// Checks the program of `peer` for `role`; returns how many steps failed. A program that can't be started, or
/// is never ready, ends the check early.
pub fn check(peer: &Peer, role: Role, report: Report) -> usize {
    let check = Check { peer, role, started: Cell::new(0), left_out: Cell::new(None) };
    let mut failed = 0;
    for (n, step) in steps(role).into_iter().enumerate() {
        let outcome = match ((step.run)(&check), check.left_out.take()) {
            (Err(wrong), _) => Outcome::Broken(wrong),
            (Ok(()), Some(why)) => Outcome::LeftOut(why),
            (Ok(()), None) => Outcome::Kept,
        };
        report(step.name, &outcome);
        if let Outcome::Broken(_) = outcome {
            failed += 1;
            if n == 0 {
                report("the rest", &Outcome::LeftOut("it must start first".into()));
                return failed;
            }
        }
    }
    failed
}

/// The steps of `role`. The first shows that there is a program at all.
fn steps(role: Role) -> Vec<Step> {
    let mut steps = vec![
        step("it starts, and says ready with the endpoints that it bound", arguments::ready),
        step("without arguments it has the endpoints of the contract", defaults::defaults),
        step(
            "too many arguments are answered with the usage, and exit status 2",
            arguments::too_many,
        ),
        step("-h and --help print the usage, and exit status is 0", arguments::help),
        step(
            "a bad endpoint is one line on standard error, and exit status 1",
            arguments::bad_endpoint,
        ),
    ];
    if role.parameters().iter().any(|parameter| parameter.binds) {
        let name = "a taken port is one line on standard error, and exit status 1";
        steps.push(step(name, arguments::taken));
    }
    if !arguments::variables(role).is_empty() {
        let name = "a variable that is no whole number is a line that names it, and exit status 2";
        steps.push(step(name, arguments::no_number));
    }
    steps.extend(match role {
        Role::Push => push::steps(),
        Role::Msgqueue => msgqueue::steps(),
        Role::Rep | Role::Mrep => server::steps(),
        Role::C | Role::Mreq | Role::Req => client::steps(role),
    });
    steps.push(step("SIGINT and SIGTERM stop it at once, even while it waits", signals::stop));
    steps
}
