//! The verbs, whoever asks: the client API and the inbox call the same functions.
//!
//! A service loads what it decides by, decides, and commits everything that follows in one atomic
//! batch: the rows, the counters (by trigger), the notifications and the outbox row. What others
//! must hear is an [`crate::model::event::Event`]; how it looks on the wire is not known here.

pub mod approval;
pub mod attempts;
mod audience;
pub mod counts;
pub mod draft;
pub mod feature;
pub mod follow;
pub mod grant;
pub mod install;
pub mod interact;
pub mod keys;
pub mod migrate;
pub mod moderate;
pub mod password;
pub mod permission;
pub mod profile;
pub mod publish;
pub mod quote;
pub mod react;
pub mod register;
pub mod relay;
pub mod remove;
pub mod report;
pub mod schedule;
pub mod vote;
