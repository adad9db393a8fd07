//! What operations cost.

pub mod api;
pub mod cpu;
mod day;
pub mod federation;
mod floods;
pub mod operations;
pub mod portions;
pub mod quotas;
pub mod strangers;
pub mod ticks;
mod year;
