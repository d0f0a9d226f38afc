//! Ctrl-C, SIGTERM and a closed terminal: the first time the run stops in order, the second at once.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, Mutex};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use super::scratch;
use super::stage::Message;
use crate::peer::process;

/// Shared by the run and all its stages.
#[derive(Clone, Default)]
pub struct Interrupt(Arc<Inner>);

#[derive(Default)]
struct Inner {
    raised: AtomicBool,
    abandoned: AtomicBool,
    stages: Mutex<Vec<SyncSender<Message>>>,
}

impl Interrupt {
    /// Has the run been asked to stop?
    pub fn raised(&self) -> bool {
        self.0.raised.load(Ordering::SeqCst)
    }

    /// Asks the run to stop, and wakes the stages that wait.
    pub fn raise(&self) {
        self.0.raised.store(true, Ordering::SeqCst);
        // A full channel belongs to a stage that is awake, and looks at `raised` by itself.
        for stage in self.0.stages.lock().unwrap_or_else(|e| e.into_inner()).iter() {
            let _ = stage.try_send(Message::Wake);
        }
    }

    /// Does not return once the run ends at once: what was killed under its feet has no outcome that
    /// could be told.
    pub(super) fn halt_if_abandoned(&self) {
        while self.0.abandoned.load(Ordering::SeqCst) {
            std::thread::park();
        }
    }

    /// `stage` is woken by [`Interrupt::raise`] from now on.
    pub(super) fn join(&self, stage: SyncSender<Message>) {
        self.0.stages.lock().unwrap_or_else(|e| e.into_inner()).push(stage);
    }

    /// Forgets the stages whose run is over.
    pub(super) fn forget_stages(&self) {
        self.0.stages.lock().unwrap_or_else(|e| e.into_inner()).clear();
    }

    /// Listens for signals from now on.
    pub fn listen(&self) -> std::io::Result<()> {
        let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP])?;
        let interrupt = self.clone();
        std::thread::Builder::new().name("signals".into()).spawn(move || {
            for _ in signals.forever() {
                if interrupt.raised() {
                    interrupt.0.abandoned.store(true, Ordering::SeqCst);
                    process::kill_all();
                    scratch::remove();
                    std::process::exit(130);
                }
                interrupt.raise();
            }
        })?;
        Ok(())
    }
}
