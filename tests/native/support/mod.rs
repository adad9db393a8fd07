//! An instance in memory with its accounts and their network, scenes, other servers, a browser.

pub mod allocations;
pub mod app;
pub mod authenticator;
pub mod browser;
pub mod push;
pub mod remote;
pub mod scene;
