//! What only the kernel knows of a connection.

use std::fs;

use serde_json::json;

use super::case::{Binds, Case};
use super::exchange::exchange;
use super::needs::Needs;
use super::sides::Sides;
use super::step::{A, B, Cause, Failure, Step};
use crate::outcome::Cause::*;
use crate::suite::mutant::{Blame::*, mutant};

/// See the module.
pub const CASES: &[Case] = &[Case {
    name: "tr-keepalive",
    requirement: "with TCP_KEEPALIVE 1 the kernel watches a connection that is idle",
    source: "zmq_setsockopt(3), ZMQ_TCP_KEEPALIVE; RFC 1122, 4.2.3.6",
    needs: [
        Needs::types(&["DEALER"]).options(&["TCP_KEEPALIVE"]).one_machine().kernel(),
        Needs::types(&["DEALER"]),
    ],
    binds: Binds::Either,
    mutants: &[
        mutant("forget:TCP_KEEPALIVE", "/liar-python", WrongAnswer, Surely),
        mutant("forget:TCP_KEEPALIVE", "+flip/liar-python", WrongAnswer, Surely),
    ],
    play: keepalive,
}];

/// Does this kernel tell about its connections?
pub fn tells() -> bool {
    fs::exists("/proc/net/tcp").unwrap_or_default()
}

/// The timer of a connection on which nothing is under way: proc(5), /proc/net/tcp, `tr`.
const KEEPALIVE: u8 = 2;
const NONE: u8 = 0;

fn keepalive(sides: &mut Sides) -> Step {
    let watched = sides.socket_with(A, "DEALER", json!({"TCP_KEEPALIVE": 1}))?;
    let other = sides.socket(B, "DEALER")?;
    let endpoint = sides.link(&watched, &other)?;
    exchange(sides, &watched, &other)?;
    let port = endpoint.rsplit(':').next().and_then(|port| port.parse().ok()).unwrap_or(0);
    let (pid, binds) = (sides.agents[A].pid(), sides.flip);
    let mut timer = None;
    // While something is under way there is another timer.
    sides.until("the kernel does not know a connection, or is never done with it", |_, _| {
        timer = timer_of(pid, port, binds);
        Ok(matches!(timer, Some(NONE | KEEPALIVE)))
    })?;
    match timer {
        Some(KEEPALIVE) => Ok(()),
        _ => {
            let what = "the kernel does not watch a connection with TCP_KEEPALIVE 1";
            let failure = Failure::new(Cause::WrongAnswer, [A], what);
            Err(failure.compared("timer 2 (keepalive)", "timer 0 (none)").into())
        }
    }
}

/// The timer of the connection to `port`, of the end that binds there or of the other, as the network of process `pid`
/// has it.
fn timer_of(pid: u32, port: u16, binds: bool) -> Option<u8> {
    let tables = ["tcp", "tcp6"].map(|name| format!("/proc/{pid}/net/{name}"));
    let text = tables.map(|table| fs::read_to_string(table).unwrap_or_default()).concat();
    text.lines().find_map(|line| timer_in(line, port, binds))
}

/// The same of one line, if that is the connection's: sl, local, remote, state, queues, timer and when it is due.
fn timer_in(line: &str, port: u16, binds: bool) -> Option<u8> {
    const ESTABLISHED: &str = "01";
    let mut fields = line.split_whitespace().skip(1);
    let (local, remote, state) = (fields.next()?, fields.next()?, fields.next()?);
    let timer = fields.nth(1)?.split(':').next()?;
    let address = if binds { local } else { remote };
    let found = u16::from_str_radix(address.rsplit(':').next()?, 16).ok()?;
    (state == ESTABLISHED && found == port).then(|| u8::from_str_radix(timer, 16).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_tells_the_timer_of_its_connection_alone() {
        let line =
            "   4: 0100007F:9C40 0100007F:1F90 01 00000000:00000000 02:00001C4B 00000000  1000";
        assert_eq!(timer_in(line, 0x1f90, false), Some(KEEPALIVE));
        assert_eq!(timer_in(line, 0x9c40, true), Some(KEEPALIVE));
        assert_eq!(timer_in(line, 0x1f90, true), None);
        let listens =
            "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0";
        assert_eq!(timer_in(listens, 0x1f90, true), None);
        assert_eq!(
            timer_in("  sl  local_address rem_address   st tx_queue rx_queue tr tm->when", 1, true),
            None
        );
    }
}
