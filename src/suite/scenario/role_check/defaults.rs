//! The endpoints that a program has without arguments. They are the same for all of this machine, so these
//! steps of several checks wait for each other, and a port that somebody else has leaves the step out.

use std::fs::File;
use std::net::TcpListener;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::other_side::OtherSide;
use super::tried::STARTING;
use super::{Check, Seen};
use crate::role::{Parameter, Role};

/// The lock of all checks of this machine that need the default ports now.
fn lock() -> Option<File> {
    let path = std::env::temp_dir().join("zmq-interop-default-ports.lock");
    let file = File::options().create(true).append(true).open(path).ok()?;
    rustix::fs::flock(&file, rustix::fs::FlockOperation::LockExclusive).ok()?;
    Some(file)
}

fn address(parameter: &Parameter) -> &'static str {
    parameter.default.trim_start_matches("tcp://")
}

pub fn defaults(check: &Check) -> Seen {
    let _lock = lock();
    let parameters = check.role.parameters();
    let mut listeners = vec![];
    for parameter in parameters {
        match TcpListener::bind(address(parameter)) {
            Ok(_) if parameter.binds => {}
            Ok(listener) => listeners.push((parameter, listener)),
            Err(error) => return check.leave_out(format!("{}: {error}", parameter.default)),
        }
    }
    let (mut tried, endpoints) = check.with_events(&[]).ready()?;
    let bound: Vec<_> = parameters.iter().filter(|p| p.binds).map(|p| p.default).collect();
    if endpoints != bound {
        let [bound, endpoints] = [bound.join(", "), endpoints.join(", ")];
        return tried
            .wrong(format!("without arguments it must bind {bound}, and it bound {endpoints}"));
    }
    // Some libraries' clients connect when they ask, and a req asks when it has something to ask.
    let source = (check.role == Role::Req).then(|| OtherSide::connected(zmq::PUSH, &endpoints[0]));
    if let Some(source) = &source {
        source.send(&tried, &[b"psy"])?;
    }
    for (parameter, listener) in listeners {
        if !is_called(&listener, STARTING) {
            tried.has_ended();
            return tried.wrong(format!(
                "without arguments it must connect to {}, and nobody came there within {} s",
                parameter.default,
                STARTING.as_secs()
            ));
        }
    }
    Ok(())
}

/// Does somebody connect in time?
fn is_called(listener: &TcpListener, time: Duration) -> bool {
    let deadline = Instant::now() + time;
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        let left = Timespec::try_from(left).expect("a deadline is not so far away");
        match poll(&mut [PollFd::new(listener, PollFlags::IN)], Some(&left)) {
            Err(rustix::io::Errno::INTR) => {}
            events => return events.is_ok_and(|n| n > 0),
        }
    }
}
