use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use super::Clock;

/// Requests of a key in a minute of the clock, counted for all isolates; clones are the same one.
#[derive(Clone)]
pub struct Limiter {
    clock: Clock,
    /// There is a binding.
    pub is_there: Rc<Cell<bool>>,
    counted: Rc<RefCell<HashMap<String, (i64, u32)>>>,
}

impl Limiter {
    /// As `wrangler.toml` has it.
    pub const MOST: u32 = 10;
    const PERIOD: i64 = 60_000;

    pub fn new(clock: &Clock) -> Self {
        Self { clock: clock.clone(), is_there: Rc::default(), counted: Rc::default() }
    }

    pub fn is_bound(&self) -> bool {
        self.is_there.get()
    }

    /// Whether one more request of a key is within the limit.
    pub async fn allows(&self, key: &str) -> bool {
        let period = self.clock.now().0 / Self::PERIOD;
        let mut counted = self.counted.borrow_mut();
        let entry = counted.entry(key.to_owned()).or_default();
        if entry.0 != period {
            *entry = (period, 0);
        }
        entry.1 += 1;
        entry.1 <= Self::MOST
    }
}
