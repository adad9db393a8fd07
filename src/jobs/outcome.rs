//! How a job ended.

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Done,
    /// It failed, and may succeed later.
    Retry,
    /// It was not tried: the budget of requests of its cause is used up for this hour.
    Later,
    /// It goes on after so many milliseconds, with no attempt behind it; at once for 0, in another invocation.
    Again(i64),
    /// It failed, and retrying would not help.
    Drop(&'static str),
}
