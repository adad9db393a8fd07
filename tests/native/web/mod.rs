//! Pages.

mod account;
mod all_settings;
mod archive;
mod compose;
mod doctor;
mod domains;
pub mod emojis;
mod feeds;
mod forms;
mod home;
mod interact;
mod language;
mod list_feeds;
mod menu;
mod notifications;
mod old_posts;
mod own_settings;
mod profile;
mod reading;
mod requests;
pub mod settings;
mod setup;
mod status;
mod takeout;
mod thread;
mod ties;
mod transfer;
