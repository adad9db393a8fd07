use super::border;
use crate::error::{Error, Result};

/// A body that is not read yet.
pub struct Body(pub web_sys::ReadableStream);

impl Body {
    /// A body of bytes that are here already.
    pub fn of(bytes: &[u8]) -> Self {
        Self(border::stream(bytes))
    }

    /// The bytes; `None` if there are more than `most`, of which no more is read then. Error: `BadRequest` where the
    /// caller breaks off.
    pub async fn read(self, most: usize) -> Result<Option<Vec<u8>>> {
        border::body(Some(self.0), most)
            .await
            .map_err(|e| Error::bad_request(format!("The body ends early: {}", super::message(&e))))
    }

    /// Nothing of it is read; the connection is free again.
    pub fn discard(self) {
        border::discard(&self.0);
    }
}
