//! Pages.

mod account;
pub mod emojis;
mod feeds;
mod forms;
mod language;
mod profile;
pub mod settings;
mod setup;
mod status;
mod transfer;
