use std::cell::Cell;
use std::rc::Rc;

use crate::model::time::Time;

/// A clock that stands still until a test moves it; clones share it.
#[derive(Clone)]
pub struct Clock(Rc<Cell<i64>>);

impl Clock {
    pub fn fixed(unix_ms: i64) -> Self {
        Self(Rc::new(Cell::new(unix_ms)))
    }

    pub fn now(&self) -> Time {
        Time(self.0.get())
    }

    pub fn advance(&self, ms: i64) {
        self.0.set(self.0.get() + ms);
    }
}
