//! Pages.

mod account;
mod all_settings;
mod archive;
mod doctor;
mod domains;
pub mod emojis;
mod feeds;
mod forms;
mod home;
mod language;
mod list_feeds;
mod old_posts;
mod own_settings;
mod profile;
mod reading;
pub mod settings;
mod setup;
mod status;
mod takeout;
mod thread;
mod ties;
mod transfer;
