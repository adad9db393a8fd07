//! The pages.

pub mod settings;
