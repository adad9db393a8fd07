//! Pages.

pub mod settings;
