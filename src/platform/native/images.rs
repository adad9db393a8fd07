use std::cell::RefCell;
use std::rc::Rc;

use crate::error::{Error, Result};

/// A service that reduces pictures; clones are the same one.
#[derive(Clone, Default)]
pub struct Images {
    /// What it answers: `None` without the binding, `Some(None)` where it refuses.
    pub answer: Rc<RefCell<Option<Option<Vec<u8>>>>>,
    /// The sizes that it was asked for.
    pub asked: Rc<RefCell<Vec<(u32, u32)>>>,
}

impl Images {
    /// A picture as a JPEG of at most this width and height; `None` without the binding, or where it has more than `most`
    /// bytes. Error: `Platform` where the service refuses.
    pub async fn reduce(&self, _bytes: &[u8], size: (u32, u32), most: usize) -> Result<Option<Vec<u8>>> {
        let Some(answer) = self.answer.borrow().clone() else { return Ok(None) };
        self.asked.borrow_mut().push(size);
        let made = answer.ok_or_else(|| Error::Platform("Images: refused".into()))?;
        Ok(Some(made).filter(|made| made.len() <= most))
    }
}
