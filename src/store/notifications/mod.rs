//! notifications: inserted together with what they are about, and withdrawn with it; read one by one or in
//! groups; requests for filtered ones.

mod groups;
mod reads;
mod requests;
mod writes;

pub use self::groups::*;
pub use self::reads::{Bare, Wanted, by_id, count_unread, list, reactions};
pub(super) use self::reads::{read_bare, shown};
pub use self::requests::*;
pub use self::writes::*;
