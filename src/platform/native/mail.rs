use std::cell::{Cell, RefCell};
use std::rc::Rc;

use crate::error::{Error, Result};
use crate::platform::mail::Letter;

/// A mail box of all that is sent; clones are the same one.
#[derive(Clone, Default)]
pub struct Mail {
    /// There is a binding.
    pub is_there: Rc<Cell<bool>>,
    /// What it sent.
    pub sent: Rc<RefCell<Vec<Letter>>>,
    /// It fails.
    pub is_broken: Rc<Cell<bool>>,
}

impl Mail {
    pub fn is_bound(&self) -> bool {
        self.is_there.get()
    }

    /// Error: `Platform` where it cannot be sent.
    pub async fn send(&self, letter: &Letter) -> Result<()> {
        if self.is_broken.get() {
            return Err(Error::Platform("mail: broken".into()));
        }
        self.sent.borrow_mut().push(letter.clone());
        Ok(())
    }
}
