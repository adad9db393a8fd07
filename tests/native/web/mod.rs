//! Pages.

mod profile;
pub mod settings;
