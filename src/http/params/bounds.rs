//! Bounds of the parameters of a request, and the messages of the errors.

/// Maximum number of values of a request, nested ones included. Reading stops there.
pub(super) const MAX_VALUES: usize = 1000;
pub(super) const MAX_DEPTH: usize = 8;
/// No list is that long. Sums with it fit into every integer.
pub(super) const MAX_OFFSET: i64 = 1_000_000;

pub(super) const TOO_MANY: &str = "Too many parameters";
pub(super) const TOO_DEEP: &str = "Parameters are nested too deeply";
/// SQLite and D1 end many texts there, and full-text queries fail on it.
pub(super) const HAS_NUL: &str = "Parameters must not contain NUL characters";
