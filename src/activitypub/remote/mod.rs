//! What other servers have: fetched, checked, and turned into rows.

pub mod archive;
pub mod backfill;
pub mod blocklist;
pub mod counts;
pub mod fetch;
pub mod handles;
pub mod import;
pub mod keys;
pub mod migrate;
pub mod note;
pub mod outbox;
pub mod quotes;
pub mod resolve;
pub mod search;
pub mod verify;
pub mod webfinger;
