use std::cell::Cell;
use std::rc::Rc;

use crate::model::time::Time;

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

    pub fn advance(&self, ms: i64) {
        self.now.set(self.now.get() + ms);
    }
}
