//! How a piece of work ended.

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Done,
    /// It may work later.
    Retry,
    /// It never will.
    Drop(&'static str),
}
