//! When the play took somebody away, and what that excuses.

use std::time::Instant;

/// From the first kill until the play has seen that all clients are served again.
#[derive(Clone, Copy, Debug, Default)]
pub struct Outage {
    begun: Option<Instant>,
    over: Option<Instant>,
}

impl Outage {
    /// Somebody is taken away now.
    pub fn begin(&mut self) {
        self.begun.get_or_insert_with(Instant::now);
        self.over = None;
    }

    /// All clients are served again.
    pub fn end(&mut self) {
        self.over = self.begun.and(Some(Instant::now()));
    }

    /// Is it going on?
    pub fn lasts(&self) -> bool {
        self.begun.is_some() && self.over.is_none()
    }

    /// May what was asked at this time be lost, or come twice? Afterwards nothing is excused any more.
    pub fn excuses(&self, asked: Instant) -> bool {
        self.begun.is_some() && self.over.is_none_or(|over| asked <= over)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_asked_before_its_end_is_excused() {
        let mut outage = Outage::default();
        let before = Instant::now();
        assert!(!outage.excuses(before) && !outage.lasts());
        outage.end();
        assert!(!outage.excuses(before));
        outage.begin();
        assert!(outage.excuses(before) && outage.excuses(Instant::now()) && outage.lasts());
        outage.end();
        let after = outage.over.unwrap() + std::time::Duration::from_nanos(1);
        assert!(outage.excuses(before) && !outage.excuses(after) && !outage.lasts());
        outage.begin();
        assert!(outage.excuses(after), "another outage");
    }
}
