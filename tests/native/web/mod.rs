//! Pages.

mod account;
mod forms;
mod language;
mod profile;
pub mod settings;
mod setup;
mod status;
