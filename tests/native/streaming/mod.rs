//! Live streams.

mod connections;
mod costs;
mod events;
mod hiding;
mod listener;
