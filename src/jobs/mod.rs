//! Work that goes on behind the answers: what a message says, what runs it, what the clock starts.

pub mod cron;
pub mod kinds;
pub mod message;
pub mod outcome;
pub mod run;
