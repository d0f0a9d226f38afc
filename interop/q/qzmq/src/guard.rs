//! The border: no Rust panic crosses into q, and every error becomes a q error with a short text.

use crate::k::{K, signal};
use std::any::Any;
use std::cell::RefCell;
use std::ffi::CString;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook};
use std::sync::Once;

/// What q sees after the quote: `'tcp://127.0.0.1:5555: Address already in use`.
#[derive(Debug)]
pub struct Error(pub String);

pub type Result<T> = std::result::Result<T, Error>;

/// An error with a fixed text.
pub fn error<T>(text: &str) -> Result<T> {
    Err(Error(text.to_owned()))
}

/// Runs `f` and gives q what it made: an object, or null with an error pending.
pub fn guard(f: impl FnOnce() -> Result<K>) -> K {
    // Without this Rust would also write the panic to standard error, in several lines.
    static QUIET: Once = Once::new();
    QUIET.call_once(|| set_hook(Box::new(|_| {})));
    match catch_unwind(AssertUnwindSafe(f)) {
        Ok(Ok(object)) => object,
        Ok(Err(Error(text))) => pending(text),
        Err(payload) => pending(format!("panic: {}", said(&*payload))),
    }
}

fn said(payload: &(dyn Any + Send)) -> &str {
    match payload.downcast_ref::<String>() {
        Some(text) => text,
        None => payload.downcast_ref::<&str>().unwrap_or(&"no message"),
    }
}

/// Makes `text` the pending error. `krr` keeps only the pointer, so the text lives in a thread-local
/// until the next error. It also reserves the texts `stop`, `abort` and `stack`: all of ours have more
/// than one word, except `timeout` and `interrupted`.
fn pending(mut text: String) -> K {
    thread_local! { static TEXT: RefCell<CString> = RefCell::default(); }
    text.retain(|c| c != '\0');
    TEXT.with_borrow_mut(|kept| {
        *kept = CString::new(text).unwrap_or_default();
        signal(kept)
    })
}
