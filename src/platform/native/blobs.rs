use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use crate::error::{Error, Result};
use crate::platform::native::Db;
use crate::platform::sql::{Meter, Statement};

/// Types and bytes by key.
type Files = BTreeMap<String, (String, Vec<u8>)>;

/// Stored files in memory, with faults; clones share them.
#[derive(Clone, Default)]
pub struct Blobs {
    all: Rc<RefCell<Files>>,
    is_failing: Rc<Cell<bool>>,
    is_bucket: Rc<Cell<bool>>,
    meter: Meter,
}

impl Blobs {
    pub fn new(meter: Meter) -> Self {
        Self { meter, ..Self::default() }
    }

    /// The same files with their own cost counter.
    pub fn metered(&self, meter: Meter) -> Self {
        Self { meter, ..self.clone() }
    }

    /// Whether files lie in a bucket of R2, whose quotas are other ones.
    pub fn is_bucket(&self) -> bool {
        self.is_bucket.get()
    }

    pub fn bind_bucket(&self) {
        self.is_bucket.set(true);
    }

    /// Stores bytes under a key. Error: `Platform` where the storage refuses.
    pub async fn put(&self, key: &str, media_type: &str, bytes: &[u8]) -> Result<()> {
        self.meter.add(|c| {
            c.blob_writes += 1;
            c.blob_bytes += bytes.len() as u64;
        });
        if self.is_failing.get() {
            return Err(Error::Spent("the storage of files refuses".into()));
        }
        self.all.borrow_mut().insert(key.to_owned(), (media_type.to_owned(), bytes.to_vec()));
        Ok(())
    }

    /// Stores the texts in the column `text` of what a statement answers, one after another, under a key. Answers their bytes.
    pub async fn put_texts(&self, db: &Db, texts: Statement, key: &str, media_type: &str) -> Result<u64> {
        let rows = db.query(texts).await?;
        let texts: Result<Vec<String>> = rows.iter().map(|row| row.text("text")).collect();
        let bytes = texts?.concat().into_bytes();
        self.put(key, media_type, &bytes).await?;
        Ok(bytes.len() as u64)
    }

    /// Deletes keys; those that are absent are no error.
    pub async fn delete(&self, keys: &[String]) -> Result<()> {
        self.meter.add(|c| c.blob_writes += keys.len() as u32);
        if self.is_failing.get() {
            return Err(Error::Spent("the storage of files refuses".into()));
        }
        for key in keys {
            self.all.borrow_mut().remove(key);
        }
        Ok(())
    }

    /// The type and the bytes of a file; `None` where there is none.
    pub fn get(&self, key: &str) -> Option<(String, Vec<u8>)> {
        self.meter.add(|c| c.blob_reads += 1);
        self.all.borrow().get(key).cloned()
    }

    /// The keys of all stored files.
    pub fn keys(&self) -> Vec<String> {
        self.all.borrow().keys().cloned().collect()
    }

    /// As Cloudflare does when the writes of the day are used up.
    pub fn fail(&self, is_failing: bool) {
        self.is_failing.set(is_failing);
    }
}
