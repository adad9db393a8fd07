//! Background work: queue messages, what runs them, the schedule.

pub mod cron;
pub mod kinds;
pub mod message;
pub mod outcome;
pub mod run;
pub mod tasks;
