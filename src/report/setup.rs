//! What a person sees while peers are set up: a line for each as it is done, on a terminal a bar with those
//! that it waits for, and at the end, whole, what those said that failed.

use std::time::Duration;

use owo_colors::OwoColorize as _;

use super::failures::seconds;
use super::progress::Progress;
use crate::peer::Peer;
use crate::peer::setup::{Event, Prepared};

/// See the module.
pub struct Screen<'a> {
    progress: Progress,
    peers: &'a [Peer],
    width: usize,
    /// What became of each peer that is done.
    done: Vec<(&'a str, Prepared)>,
}

impl<'a> Screen<'a> {
    /// A screen for the setup of `peers`, and its first line.
    pub fn begin(peers: &'a [Peer], jobs: usize) -> Screen<'a> {
        let width = peers.iter().map(|peer| peer.name.len()).max().unwrap_or(0);
        let progress = Progress::new(peers.len(), true);
        let mut screen = Screen { progress, peers, width, done: vec![] };
        let names: Vec<_> = peers.iter().map(|peer| peer.name.as_str()).collect();
        let at_a_time =
            if jobs < peers.len() { format!(", {jobs} at a time") } else { String::new() };
        screen.print(&format!(
            "setting up {}{at_a_time}: {}",
            count(peers.len()),
            names.join(", ")
        ));
        screen
    }

    /// Shows what happened.
    pub fn show(&mut self, event: Event<'a>) {
        match event {
            Event::Started(peer) => self.progress.started(&peer.name),
            Event::Ended(peer, prepared, took) => {
                self.progress.ended(&peer.name, true);
                self.print(&line(peer, &prepared, took, self.width));
                self.done.push((&peer.name, prepared));
            }
            Event::Waiting => {}
        }
        let (done, all) = (self.done.len(), self.peers.len());
        self.progress.refresh(|progress| {
            let waits = progress.waits(Duration::ZERO);
            match progress.is_watched() {
                true => waits.trim_start_matches("; ").to_owned(),
                false => format!("{done}/{all} peers are done{waits}"),
            }
        });
    }

    /// The last lines, after so long.
    pub fn finish(&mut self, took: Duration) {
        self.progress.finish();
        for peer in self.peers {
            let failed = self.done.iter().find_map(|(name, prepared)| match prepared {
                Prepared::Failed(lines) if *name == peer.name => Some(lines.join("\n    ")),
                _ => None,
            });
            if let Some(lines) = failed {
                let title = format!("{} failed:", peer.name);
                self.print(&format!("\n{}\n    {lines}", title.bold()));
            }
        }
        self.print(&self.summary(took));
    }

    /// `9 peers: 7 ready, 1 left out, 1 failed in 41.2 s`
    fn summary(&self, took: Duration) -> String {
        let counts = WORDS.iter().filter_map(|(word, is_it)| {
            let n = self.done.iter().filter(|(_, prepared)| is_it(prepared)).count();
            (n > 0).then(|| format!("{n} {word}"))
        });
        let counts: Vec<_> = counts.collect();
        let took = seconds(took.as_millis() as u64);
        format!("{}: {} in {took}", count(self.peers.len()), counts.join(", "))
    }

    fn print(&mut self, text: &str) {
        self.progress.print(text);
    }
}

type IsIt = fn(&Prepared) -> bool;

const WORDS: [(&str, IsIt); 4] = [
    ("ready", |prepared| matches!(prepared, Prepared::Ready)),
    ("left out", |prepared| matches!(prepared, Prepared::Impossible(_))),
    ("failed", |prepared| matches!(prepared, Prepared::Failed(_))),
    ("interrupted", |prepared| matches!(prepared, Prepared::Interrupted)),
];

fn line(peer: &Peer, prepared: &Prepared, took: Duration, width: usize) -> String {
    let took = seconds(took.as_millis() as u64);
    let name = format!("{:width$}", peer.name);
    let name = name.bold();
    match prepared {
        Prepared::Ready if peer.setup.is_empty() => {
            format!("{} {name}  ready, needs no setup", "✓".green())
        }
        Prepared::Ready => format!("{} {name}  ready in {took}", "✓".green()),
        Prepared::Impossible(reason) => format!("{} {name}  left out: {reason}", "–".yellow()),
        Prepared::Failed(_) => format!("{} {name}  failed after {took}, see below", "✗".red()),
        Prepared::Interrupted => format!("{} {name}  interrupted", "–".yellow()),
    }
}

fn count(n: usize) -> String {
    format!("{n} peer{}", if n == 1 { "" } else { "s" })
}
