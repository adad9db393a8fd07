//! Live streams.

mod connections;
pub mod costs;
mod events;
mod hiding;
pub mod listener;
mod news;
mod ties;
