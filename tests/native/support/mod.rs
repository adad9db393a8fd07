//! An instance in memory with its people and their network, scenes on it, other servers, a browser.

pub mod app;
pub mod browser;
pub mod remote;
pub mod scene;
