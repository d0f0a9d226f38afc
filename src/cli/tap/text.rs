//! What a tap hears, for people.

use std::io::{self, Write};
use std::time::Instant;

use owo_colors::OwoColorize as _;

use crate::zmtp::Side;
use crate::zmtp::conversation::Item;
use crate::zmtp::tap::{Event, Heard};

/// Writes one line for each thing heard.
#[derive(Default)]
pub struct Lines {
    before: Option<Instant>,
}

impl Lines {
    pub fn line(&mut self, heard: &Heard, out: &mut impl Write) -> io::Result<()> {
        let said = match &heard.event {
            Event::Octets(..) => return Ok(()),
            Event::Opened(from) if from.is_empty() => "opened".into(),
            Event::Opened(from) => format!("opened from {from}"),
            Event::Refused => format!("{}", "nobody listens upstream".red()),
            Event::Closed(_) => "closed".into(),
            Event::Lost(side, octets) => {
                let what = format!(
                    "{octets} octets of the {side} were not captured; what follows can't be read"
                );
                format!("{}", what.red())
            }
            Event::Said(entry) => {
                let what = match &entry.item {
                    item @ Item::Violation(_) => format!("{}", item.red()),
                    item @ Item::Message(_) => item.to_string(),
                    item => format!("{}", item.dimmed()),
                };
                match entry.from {
                    Side::Connector => format!("{} {what}", "→".cyan()),
                    Side::Binder => format!("{} {what}", "←".magenta()),
                }
            }
        };
        let since = self
            .before
            .map_or(0.0, |before| heard.at.saturating_duration_since(before).as_secs_f64());
        self.before = Some(heard.at);
        let since = format!("{since:+10.6}");
        writeln!(out, "{} {} {said}", format!("#{:<3}", heard.link).dimmed(), since.dimmed())
    }
}
