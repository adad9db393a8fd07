use std::cell::Cell;
use std::rc::Rc;

use crate::model::time::Time;

/// Zones with the times from which on they are so many minutes ahead of UTC.
const ZONES: [(&str, &[(i64, i64)]); 4] = [
    ("America/St_Johns", &[(i64::MIN, -210)]),
    ("Asia/Kolkata", &[(i64::MIN, 330)]),
    ("Asia/Seoul", &[(i64::MIN, 540)]),
    // Summer time of 2026, from 29 March to 25 October at 01:00 UTC.
    ("Europe/Berlin", &[(i64::MIN, 60), (1_774_746_000_000, 120), (1_792_890_000_000, 60)]),
];

/// A clock that stands still until a test moves it; clones share it.
#[derive(Clone)]
pub struct Clock {
    now: Rc<Cell<i64>>,
    ticks: Rc<Cell<bool>>,
}

impl Clock {
    pub fn fixed(unix_ms: i64) -> Self {
        Self { now: Rc::new(Cell::new(unix_ms)), ticks: Rc::default() }
    }

    /// From now on the clock goes on by a millisecond at each look, as a real one may while code runs.
    pub fn tick_at_each_look(&self) {
        self.ticks.set(true);
    }

    pub fn now(&self) -> Time {
        if self.ticks.get() {
            self.advance(1);
        }
        Time(self.now.get())
    }

    /// The time zones that [`offset`](Self::offset) knows.
    pub fn zones(&self) -> Vec<String> {
        ZONES.iter().map(|(name, _)| (*name).to_owned()).collect()
    }

    /// As the runtime says it, for a few zones.
    pub fn offset(&self, zone: &str, at: Time) -> Option<i64> {
        let (_, changes) = ZONES.iter().find(|(name, _)| *name == zone)?;
        changes.iter().rev().find(|(from, _)| *from <= at.0).map(|(_, minutes)| *minutes)
    }

    pub fn advance(&self, ms: i64) {
        self.now.set(self.now.get() + ms);
    }
}
