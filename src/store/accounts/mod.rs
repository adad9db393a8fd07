//! accounts: profiles, local and remote.

mod reads;
mod rows;
mod writes;

pub use self::reads::*;
pub(super) use self::rows::{emojis_json, read_emojis, unpack};
pub use self::rows::{packed, packed_shown, read};
pub use self::writes::*;
