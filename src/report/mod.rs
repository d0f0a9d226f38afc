//! Reports: one file for each format, all fed by the one stream of events of [`crate::run`]. Nothing
//! here decides what a verdict is.

pub mod evidence;
pub mod exit;
pub mod failures;
pub mod files;
pub mod groups;
pub mod html;
pub mod json;
pub mod junit;
pub mod matrix;
pub mod record;
#[cfg(test)]
mod sample;
pub mod screen;
pub mod svg;
