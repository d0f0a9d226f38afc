//! One side after its greeting: frames become commands and messages (RFC 23 "Formal Grammar").

use super::Violation;
use super::command::Command;
use super::conversation::{ENTRIES_LIMIT, Item, Message};
use super::frame::{Frame, Frames};
use super::greeting::Greeting;
use crate::digest::D;

/// What one side sends after the part of its greeting that has a fixed size.
#[derive(Debug)]
pub struct Traffic {
    frames: Frames,
    /// A greeting of ZMTP 1.0 or 2.0, whose identity frame is still to come.
    greeting: Option<Greeting>,
    /// ZMTP 3: what it must speak before messages.
    mechanism: Option<String>,
    /// Its own part of the handshake is done.
    ready: bool,
    /// The frames of a message that is not whole yet.
    parts: Vec<D>,
    parts_dropped: u64,
}

impl Traffic {
    /// What comes after `greeting`, which took `size` bytes.
    pub fn new(greeting: Greeting, size: u64, say: &mut impl FnMut(Item)) -> Traffic {
        let mut traffic = Traffic {
            frames: Frames::new(greeting.version, size),
            mechanism: greeting.mechanism.clone(),
            greeting: None,
            ready: false,
            parts: Vec::new(),
            parts_dropped: 0,
        };
        match traffic.mechanism {
            Some(_) => say(Item::Greeting(greeting)),
            None => traffic.greeting = Some(greeting),
        }
        traffic
    }

    /// Takes the next bytes. After a violation this side can't be read any more.
    pub fn feed(&mut self, mut bytes: &[u8], say: &mut impl FnMut(Item)) -> Result<(), Violation> {
        while !bytes.is_empty() {
            let frame = self.frames.next(&mut bytes);
            frame
                .and_then(|frame| frame.map_or(Ok(()), |frame| self.frame(frame, say)))
                .map_err(|what| Violation { offset: self.frames.start(), what })?;
        }
        Ok(())
    }

    /// What it is in the middle of.
    pub fn unfinished(&self) -> Option<String> {
        match (self.frames.unfinished(), self.parts.len() as u64 + self.parts_dropped) {
            (Some((came, 0)), _) => Some(format!("a frame, after {came} bytes of its header")),
            (Some((came, all)), _) => Some(format!("a frame, after {came} of {all} bytes")),
            (None, 0) if self.greeting.is_some() => {
                Some("its greeting, before its identity".into())
            }
            (None, 0) if self.must_shake_hands() => Some("its handshake".into()),
            (None, 0) => None,
            (None, parts) => Some(format!("a message, after {parts} frames")),
        }
    }

    fn frame(&mut self, frame: Frame, say: &mut impl FnMut(Item)) -> Result<(), String> {
        if let Some(greeting) = self.greeting.take() {
            // RFC 13: the flags of an identity "SHALL not be validated"; a newer peer's are 7F.
            say(Item::Greeting(Greeting { identity: Some(frame.body), ..greeting }));
        } else if frame.command {
            self.command(&frame, say)?;
        } else if self.must_shake_hands() {
            return Err("a message before the handshake is done (RFC 23)".into());
        } else if self.is_encrypted() {
            say(Item::Opaque(frame.body));
        } else {
            self.part(frame, say);
        }
        Ok(())
    }

    /// A command may come between two frames of a message: the grammar of RFC 23 has no such place,
    /// but libzmq's heartbeats use it, and nothing is ambiguous.
    fn command(&mut self, frame: &Frame, say: &mut impl FnMut(Item)) -> Result<(), String> {
        let mechanism = self.mechanism.as_deref().unwrap_or("NULL");
        let command = Command::read(frame, mechanism)?;
        match command.name() {
            "READY" | "INITIATE" if self.ready => {
                return Err(format!("a second {} (RFC 23)", command.name()));
            }
            "READY" | "INITIATE" => self.ready = true,
            "MESSAGE" if self.is_encrypted() => {
                say(Item::Opaque(frame.body.clone()));
                return Ok(());
            }
            _ => {}
        }
        say(Item::Command(command));
        Ok(())
    }

    fn part(&mut self, frame: Frame, say: &mut impl FnMut(Item)) {
        match self.parts.len() < ENTRIES_LIMIT {
            true => self.parts.push(frame.body),
            false => self.parts_dropped += 1,
        }
        if !frame.more {
            let frames = std::mem::take(&mut self.parts);
            let frames_dropped = std::mem::take(&mut self.parts_dropped);
            say(Item::Message(Message { frames, frames_dropped }));
        }
    }

    /// Of mechanisms that we don't know we don't know when their handshake ends.
    fn must_shake_hands(&self) -> bool {
        !self.ready && matches!(self.mechanism.as_deref(), Some("NULL" | "PLAIN" | "CURVE"))
    }

    fn is_encrypted(&self) -> bool {
        !matches!(self.mechanism.as_deref(), None | Some("NULL" | "PLAIN"))
    }
}
