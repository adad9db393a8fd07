//! statuses: rows, the query that shows them, reads, writes.

mod reads;
mod rows;
mod views;
mod writes;

pub use self::reads::*;
pub(super) use self::rows::poll_json;
pub use self::views::{VISIBLE, addressed, read_view, views, views_with, visible};
pub use self::writes::*;
