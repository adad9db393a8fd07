//! Work that needs more CPU time than a request has: here a plain call.

use super::Body;
use crate::error::Result;

/// Where uploads are read and stored.
#[derive(Clone, Default)]
pub struct Heavy;

impl Heavy {
    /// Gives the body to `store`, which answers a text. `_task` says the same to another process.
    /// `None` where the body has more than `most` bytes.
    pub async fn upload<F>(
        &self,
        body: Body,
        _task: &str,
        most: usize,
        store: impl FnOnce(Vec<u8>) -> F,
    ) -> Result<Option<String>>
    where
        F: Future<Output = Result<String>>,
    {
        match body.read(most).await? {
            Some(bytes) => store(bytes).await.map(Some),
            None => Ok(None),
        }
    }
}
