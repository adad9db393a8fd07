//! statuses: rows, the query that loads them, reads, writes.

pub mod brought;
mod reads;
mod rows;
mod views;
mod writes;

pub use self::reads::*;
pub(super) use self::rows::poll_json;
pub use self::views::{
    VISIBLE, addressed, eyes, half_of_views, in_order, newest_first, page_of, read_eyes, read_page,
    read_view, view, views, views_at, views_of_several, views_with, visible,
};
pub use self::writes::*;
