//! The request that a run or a setup stops: raised by a signal, asked by every wait.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

/// Shared by the run, or the setup, and all that it waits for.
#[derive(Clone, Default)]
pub struct Interrupt(Arc<Inner>);

type Waker = (u64, Box<dyn Fn() + Send>);

#[derive(Default)]
struct Inner {
    raised: AtomicBool,
    abandoned: AtomicBool,
    next: AtomicU64,
    wakers: Mutex<Vec<Waker>>,
}

impl Interrupt {
    /// Has the run been asked to stop?
    pub fn raised(&self) -> bool {
        self.0.raised.load(Ordering::SeqCst)
    }

    /// Asks the run to stop, and wakes those who wait.
    pub fn raise(&self) {
        self.0.raised.store(true, Ordering::SeqCst);
        self.wakers().iter().for_each(|(_, wake)| wake());
    }

    /// The run ends at once: what is killed from now on has no outcome that could be told.
    pub fn abandon(&self) {
        self.0.abandoned.store(true, Ordering::SeqCst);
    }

    /// Does not return once the run ends at once.
    pub fn halt_if_abandoned(&self) {
        while self.0.abandoned.load(Ordering::SeqCst) {
            std::thread::park();
        }
    }

    /// `wake` is called when the run is asked to stop, for as long as what is returned lives. It must
    /// not wait.
    pub fn on_raise(&self, wake: impl Fn() + Send + 'static) -> Registration {
        let number = self.0.next.fetch_add(1, Ordering::Relaxed);
        self.wakers().push((number, Box::new(wake)));
        Registration { interrupt: self.clone(), number }
    }

    fn wakers(&self) -> MutexGuard<'_, Vec<Waker>> {
        self.0.wakers.lock().unwrap_or_else(|e| e.into_inner())
    }
}

/// Somebody to be woken.
pub struct Registration {
    interrupt: Interrupt,
    number: u64,
}

impl Drop for Registration {
    fn drop(&mut self) {
        self.interrupt.wakers().retain(|(number, _)| *number != self.number);
    }
}
