//! Operations: the client API and the inbox call the same functions.
//!
//! A service loads what its decision needs, decides, and commits all consequences in one atomic batch: the
//! rows, the counters (by trigger), the notifications and the outbox row. What other servers must be sent is
//! an [`crate::model::event::Event`]; services do not depend on its wire format.

pub mod appeal;
pub mod applications;
pub mod approval;
pub mod archive;
pub mod attempts;
mod audience;
pub mod block_file;
pub mod blocklist;
pub mod branding;
pub mod card;
pub mod cleanup;
pub mod collection;
pub mod counts;
pub mod domain_block;
pub mod domains;
pub mod draft;
pub mod emoji;
pub mod export;
pub mod feature;
pub mod filter;
pub mod follow;
pub mod grant;
pub mod import;
pub mod install;
pub mod interact;
pub mod invites;
pub mod job;
pub mod keys;
pub mod ledger;
mod letters;
pub mod list;
pub mod list_feed;
pub mod mail;
pub mod media;
pub mod memorial;
pub mod migrate;
pub mod moderate;
pub mod passkey;
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
pub mod report_handling;
pub mod reset;
pub mod retention;
pub mod schedule;
pub mod search_query;
pub mod second_step;
pub mod sign_in;
pub mod sign_up;
pub mod sign_up_rules;
pub mod site;
pub mod site_texts;
pub mod staff;
pub mod takeout;
pub mod ties;
pub mod vote;
