//! The client API.

pub mod accounts;
pub mod boosts;
pub mod cards;
pub mod collections;
pub mod conformance;
pub mod conversations;
pub mod coverage;
pub mod filters;
mod home_and_lists;
pub mod instance;
mod lists;
pub mod marks;
pub mod media;
mod notification_groups;
pub mod notifications;
pub mod overlay;
pub mod polls;
pub mod profile;
pub mod push;
mod push_attempts;
pub mod quotes;
pub mod scheduled;
pub mod search;
mod search_operators;
pub mod statuses;
pub mod timelines;
pub mod traps;
