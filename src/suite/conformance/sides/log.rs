//! The last words between a case and its agents: evidence, written out only where something failed.

use std::collections::VecDeque;

use serde_json::Value;

use crate::suite::conformance::step::Side;

/// So many lines are kept.
const LINES: usize = 14;

/// So many characters of each are shown.
const SHOWN: usize = 200;

/// What was said.
pub enum Line {
    /// To the agent.
    Asked(Value),
    /// By the agent: no more of it than is shown.
    Said(String),
    /// Done to the agent.
    Done(&'static str),
}

/// See the module.
#[derive(Default)]
pub struct Log(VecDeque<(Side, Line)>);

impl Line {
    /// What an agent said.
    pub fn said(mut text: String) -> Line {
        if let Some((end, _)) = text.char_indices().nth(SHOWN + 1) {
            text.truncate(end);
            text.shrink_to_fit();
        }
        Line::Said(text)
    }
}

impl Log {
    /// Takes in what was said between the case and this side.
    pub fn note(&mut self, side: Side, line: Line) {
        self.0.push_back((side, line));
        if self.0.len() > LINES {
            self.0.pop_front();
        }
    }

    /// For people: `A → {"op":…}`.
    pub fn lines(&self) -> Vec<String> {
        let shown = |(side, line): &(Side, Line)| {
            let (arrow, text) = match line {
                Line::Asked(request) => ('→', request.to_string()),
                Line::Said(answer) => ('←', answer.clone()),
                Line::Done(what) => ('→', (*what).to_owned()),
            };
            let more = if text.chars().nth(SHOWN).is_some() { "…" } else { "" };
            let text: String = text.chars().take(SHOWN).collect();
            format!("{side} {arrow} {text}{more}")
        };
        self.0.iter().map(shown).collect()
    }
}
