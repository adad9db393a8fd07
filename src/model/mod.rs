//! Data types and rules, pure. No serde, no SQL, no I/O.

pub mod account;
pub mod address;
pub mod bounds;
pub mod collection;
pub mod event;
pub mod filter;
pub mod id;
pub mod interaction;
pub mod limits;
pub mod list;
pub mod notification;
pub mod page;
pub mod poll;
pub mod quote;
pub mod reaction;
pub mod receipt;
pub mod relationship;
pub mod relay;
pub mod report;
pub mod scope;
pub mod site;
pub mod status;
pub mod tag;
pub mod time;
pub mod uri;
pub mod user;
