//! How a program starts: arguments, variables, endpoints that are bad or taken.

use std::net::{SocketAddr, TcpListener, TcpStream};

use super::ending::{End, said};
use super::tried::{SOON, STARTING};
use super::{Check, Seen};
use crate::peer::status::describe;
use crate::role::Role;

/// A port that the operating system chooses.
pub const ANY: &str = "tcp://127.0.0.1:*";

/// An endpoint at which nobody is, for a program that need not get anywhere: the port tcpmux, which no
/// machine of today has.
pub const NOBODY: &str = "tcp://127.0.0.1:1";

impl Check<'_> {
    /// Arguments that are good and lead nowhere.
    pub fn nowhere(&self) -> Vec<&'static str> {
        self.role.parameters().iter().map(|p| if p.binds { ANY } else { NOBODY }).collect()
    }

    /// Runs it to its end, which must come by itself.
    fn ends(&self, arguments: &[&str], env: &[(&str, &str)], why: &str) -> Seen<End> {
        let mut program = self.with_events(arguments);
        for (name, value) in env {
            program = program.env(name, value);
        }
        program.begin()?.end(why, STARTING)
    }
}

pub fn ready(check: &Check) -> Seen {
    let (tried, endpoints) = check.with_events(&check.nowhere()).ready()?;
    for endpoint in &endpoints {
        let address = endpoint.trim_start_matches("tcp://").parse::<SocketAddr>();
        let connected = address.map(|address| TcpStream::connect_timeout(&address, SOON));
        if !matches!(connected, Ok(Ok(_))) {
            return tried.wrong(format!(
                "ready must name real endpoints, and at {endpoint} nobody listens"
            ));
        }
    }
    Ok(())
}

pub fn too_many(check: &Check) -> Seen {
    let mut arguments = check.nowhere();
    arguments.push(NOBODY);
    let (n, most) = (arguments.len(), arguments.len() - 1);
    let end = check.ends(&arguments, &[], "at once: it got an argument too many")?;
    let usage = end.errors.iter().any(|line| line.to_lowercase().contains("usage"));
    match (end.status.code(), usage) {
        (Some(2), true) => Ok(()),
        _ => Err(format!(
            "{n} arguments, of which {} takes {most} at most, must be answered with the usage on standard \
             error and exit status 2; it {}{}",
            check.role,
            describe(end.status),
            said(&end.errors)
        )),
    }
}

pub fn help(check: &Check) -> Seen {
    for flag in ["-h", "--help"] {
        let end = check.ends(&[flag], &[], &format!("at once after {flag}"))?;
        let printed = end.lines.iter().chain(&end.errors);
        let usage = printed.clone().any(|line| line.to_lowercase().contains("usage"));
        if end.status.code() != Some(0) || !usage {
            let printed: Vec<_> = printed.take(4).map(String::as_str).collect();
            return Err(format!(
                "{flag} must print the usage and end it with 0; it {}, and printed: {}",
                describe(end.status),
                printed.join(" | ")
            ));
        }
    }
    Ok(())
}

pub fn bad_endpoint(check: &Check) -> Seen {
    for at in 0..check.role.parameters().len() {
        for bad in ["nonsense", "foo://127.0.0.1:1"] {
            let mut arguments = check.nowhere();
            arguments[at] = bad;
            let end = check.ends(&arguments, &[], &format!("at once: '{bad}' is no endpoint"))?;
            one_line(&end, bad, &format!("the bad endpoint {bad}"))?;
        }
    }
    Ok(())
}

pub fn taken(check: &Check) -> Seen {
    let own = TcpListener::bind("127.0.0.1:0").expect("the system has a port");
    let taken = format!("tcp://{}", own.local_addr().expect("it is bound"));
    for (at, parameter) in check.role.parameters().iter().enumerate() {
        if parameter.binds {
            let mut arguments = check.nowhere();
            arguments[at] = &taken;
            let end =
                check.ends(&arguments, &[], &format!("at once: the port of {taken} is taken"))?;
            one_line(&end, &taken, &format!("the endpoint {taken}, whose port is taken,"))?;
        }
    }
    Ok(())
}

/// An error is one line that names the endpoint, and nothing else is printed.
fn one_line(end: &End, endpoint: &str, what: &str) -> Seen {
    let named = end.errors.len() == 1 && end.errors[0].contains(endpoint);
    if end.status.code() != Some(1) || !named {
        return Err(format!(
            "{what} must be one line on standard error that names it, and exit status 1; it {}{}",
            describe(end.status),
            said(&end.errors)
        ));
    }
    match end.lines.first() {
        None => Ok(()),
        Some(line) => Err(format!("{what} must end it before it says anything; it printed {line}")),
    }
}

/// The variables with a number that `role` uses.
pub fn variables(role: Role) -> &'static [&'static str] {
    match role {
        Role::Push | Role::Msgqueue => &[],
        Role::C | Role::Mreq => &["INTEROP_COUNT", "INTEROP_INTERVAL_MS"],
        Role::Req | Role::Rep | Role::Mrep => &["INTEROP_COUNT"],
    }
}

pub fn no_number(check: &Check) -> Seen {
    for name in variables(check.role) {
        for value in ["x", "-1", "1.5"] {
            let why = format!("at once: {name} is '{value}'");
            let end = check.ends(&check.nowhere(), &[(name, value)], &why)?;
            let named = end.errors.iter().any(|line| line.contains(name));
            if end.status.code() != Some(2) || !named {
                return Err(format!(
                    "{name}={value} must be answered with a line that names the variable, and exit status \
                     2; it {}{}",
                    describe(end.status),
                    said(&end.errors)
                ));
            }
        }
    }
    Ok(())
}

/// INTEROP_COUNT=0.
pub fn count_0(check: &Check) -> Seen {
    let (tried, _) = check.with_events(&check.nowhere()).env("INTEROP_COUNT", "0").ready()?;
    tried.exits_0("after ready with INTEROP_COUNT=0")
}
