//! Reports: one file for each format, all made from the one record of a run. Nothing
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
pub mod portraits;
mod progress;
pub mod record;
#[cfg(test)]
mod sample;
pub mod screen;
pub mod setup;
pub mod svg;

use std::io;
use std::path::Path;

use record::Record;

use crate::run::memory;

/// A file of a report, and how its text is made of the record.
pub struct Format {
    /// The file's name in the folder of the report.
    pub file: &'static str,
    /// Makes the text; an empty one is no file.
    pub render: fn(&Record) -> io::Result<String>,
}

/// All formats.
pub const FORMATS: &[Format] = &[
    Format { file: "report.json", render: json::render },
    Format { file: "junit.xml", render: junit::render },
    Format { file: "matrix.svg", render: svg::render },
    Format { file: "portraits.md", render: portraits::render },
    Format { file: "index.html", render: html::render },
];

/// Writes all formats into `dir`.
pub fn write(record: &Record, dir: &Path) -> io::Result<()> {
    let written = |Format { file, render }: &Format| {
        let text = render(record)?;
        if text.is_empty() {
            return Ok(());
        }
        let done = files::write(&dir.join(file), text.as_bytes());
        // Of thousands of cells each text is megabytes.
        memory::give_back();
        done
    };
    FORMATS.iter().try_for_each(written)
}
