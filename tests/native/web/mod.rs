//! Pages.

mod account;
mod doctor;
pub mod emojis;
mod forms;
mod language;
mod old_posts;
mod profile;
pub mod settings;
mod setup;
mod status;
