//! The client API.

pub mod accounts;
pub mod boosts;
pub mod cards;
pub mod collections;
pub mod conformance;
pub mod conversations;
pub mod coverage;
pub mod filters;
pub mod instance;
pub mod marks;
pub mod media;
pub mod notifications;
pub mod overlay;
pub mod polls;
pub mod profile;
pub mod push;
pub mod quotes;
pub mod scheduled;
pub mod search;
pub mod statuses;
pub mod timelines;
pub mod traps;
