//! What the messages of clients look like.

pub use crate::suite::scenario::judge::answer::{answer_to, malformed};
