//! How a job ended.

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Done,
    /// It failed, and may succeed later.
    Retry,
    /// It failed, and retrying would not help.
    Drop(&'static str),
}
