//! Ctrl-C, SIGTERM and a closed terminal: the first time the run stops in order, the second at once.

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use super::scratch;
use crate::interrupt::Interrupt;
use crate::peer::process;

/// Raises `interrupt` at a signal, from now on.
pub fn listen(interrupt: Interrupt) -> std::io::Result<()> {
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP])?;
    std::thread::Builder::new().name("signals".into()).spawn(move || {
        for _ in signals.forever() {
            if interrupt.raised() {
                interrupt.abandon();
                process::kill_all();
                scratch::remove();
                std::process::exit(130);
            }
            interrupt.raise();
        }
    })?;
    Ok(())
}

/// Ends everything at the first signal, from now on: there is nothing to report that is not on the screen.
pub fn end_at_once() -> std::io::Result<()> {
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP])?;
    std::thread::Builder::new().name("signals".into()).spawn(move || {
        if signals.forever().next().is_some() {
            process::kill_all();
            std::process::exit(130);
        }
    })?;
    Ok(())
}
