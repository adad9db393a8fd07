use crate::error::Result;

/// A body that is not read yet.
#[derive(Default)]
pub struct Body(pub Vec<u8>);

impl Body {
    /// A body of bytes that are here already.
    pub fn of(bytes: &[u8]) -> Self {
        Self(bytes.to_vec())
    }

    /// The bytes; `None` if there are more than `most`.
    pub async fn read(self, most: usize) -> Result<Option<Vec<u8>>> {
        Ok((self.0.len() <= most).then_some(self.0))
    }

    /// Nothing of it is read.
    pub fn discard(self) {}
}
