//! Pages.

mod account;
mod archive;
mod doctor;
pub mod emojis;
mod feeds;
mod forms;
mod language;
mod old_posts;
mod profile;
pub mod settings;
mod setup;
mod status;
mod transfer;
