//! Roles, moderation, and what is only for staff.

pub mod audit;
mod bounds;
pub mod letters;
pub mod limited;
pub mod listed;
pub mod listings;
pub mod matrix;
pub mod measures;
pub mod memorial;
pub mod moderation;
pub mod pages;
pub mod roles;
pub mod trends;
pub mod words;
