//! Pages.

mod account;
mod all_settings;
mod archive;
mod doctor;
mod domains;
pub mod emojis;
mod explore;
mod feeds;
mod filters;
mod forms;
mod hashtags;
mod home;
mod language;
mod list_feeds;
mod lists;
mod old_posts;
mod profile;
mod reading;
mod saved;
mod search;
pub mod settings;
mod setup;
mod status;
mod takeout;
mod thread;
mod transfer;
