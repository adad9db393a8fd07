//! The nouns: pure data and pure rules. No serde, no SQL, no I/O.

pub mod account;
pub mod event;
pub mod id;
pub mod notification;
pub mod page;
pub mod relationship;
pub mod scope;
pub mod site;
pub mod status;
pub mod time;
pub mod uri;
pub mod user;
