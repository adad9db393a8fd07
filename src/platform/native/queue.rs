use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use crate::error::{Error, Result};
use crate::platform::sql::Meter;

/// A queue in memory, with faults; clones share it.
#[derive(Clone, Default)]
pub struct Queue {
    messages: Rc<RefCell<VecDeque<String>>>,
    is_refusing: Rc<Cell<bool>>,
    meter: Meter,
}

impl Queue {
    pub fn new(meter: Meter) -> Self {
        Self { meter, ..Self::default() }
    }

    /// The same queue with its own cost counter: for an instance that restarts.
    pub fn metered(&self, meter: Meter) -> Self {
        Self { meter, ..self.clone() }
    }

    pub async fn send(&self, messages: Vec<String>) -> Result<()> {
        if self.is_refusing.get() {
            return Err(Error::Platform("the queue's daily operations are spent".into()));
        }
        self.meter.add(|c| {
            c.sends += messages.len().div_ceil(100) as u32;
            c.queue_operations += 3 * messages.len() as u32;
        });
        self.messages.borrow_mut().extend(messages);
        Ok(())
    }

    /// Takes the oldest message.
    pub fn take(&self) -> Option<String> {
        self.messages.borrow_mut().pop_front()
    }

    /// Drops all waiting messages.
    pub fn lose_all(&self) -> usize {
        self.messages.borrow_mut().drain(..).count()
    }

    /// The message is delivered again later, at the end.
    pub fn put_back(&self, message: String) {
        self.messages.borrow_mut().push_back(message);
    }

    pub fn len(&self) -> usize {
        self.messages.borrow().len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// As Cloudflare does when the operations of the day are used up.
    pub fn refuse(&self, is_refusing: bool) {
        self.is_refusing.set(is_refusing);
    }
}
