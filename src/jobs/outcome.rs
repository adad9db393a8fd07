//! How a job ended.

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Done,
    /// It failed, and may succeed later.
    Retry,
    /// It was not tried: the budget of requests of its cause is used up for this hour.
    Later,
    /// It goes on after so many milliseconds, with no attempt behind it; at once for 0, where this invocation has
    /// room or in another one.
    Again(i64),
    /// It goes on at once, and never in this invocation, whose CPU time it has used up.
    Elsewhere,
    /// It failed, and retrying would not help.
    Drop(&'static str),
}
