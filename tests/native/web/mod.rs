//! Pages.

mod profile;
pub mod settings;
mod setup;
