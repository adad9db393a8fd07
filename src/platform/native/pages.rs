use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use crate::http::response::Response;
use crate::model::time::{SECOND, Time};

/// A page and until when it is kept, by address.
type Kept = HashMap<String, (Response, Time)>;

/// Kept pages in memory; none at first. Clones share them.
#[derive(Clone, Default)]
pub struct Pages {
    kept: Rc<RefCell<Option<Kept>>>,
}

impl Pages {
    /// Keeps pages from now on.
    pub fn bind(&self) {
        *self.kept.borrow_mut() = Some(Kept::new());
    }

    pub fn keys(&self) -> Vec<String> {
        self.kept.borrow().iter().flat_map(|kept| kept.keys().cloned()).collect()
    }

    pub async fn get(&self, key: &str, now: Time) -> Option<Response> {
        let kept = self.kept.borrow();
        kept.as_ref()?.get(key).filter(|(_, until)| *until > now).map(|(page, _)| page.clone())
    }

    /// `lifetime` is in seconds.
    pub fn keep(&self, key: String, page: &Response, lifetime: u32, now: Time) {
        if let Some(kept) = self.kept.borrow_mut().as_mut() {
            kept.insert(key, (page.clone(), Time(now.0 + i64::from(lifetime) * SECOND)));
        }
    }
}
