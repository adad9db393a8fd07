//! What other servers read here: WebFinger and NodeInfo, actors, notes, collections, and who may read them.

pub mod actors;
pub mod collections;
pub mod discovery;
pub mod emojis;
pub mod featured;
pub mod notes;
pub mod readers;
pub mod sync;
pub mod takeout;
