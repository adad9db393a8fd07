//! Roles, moderation, and what is only for staff.

pub mod matrix;
pub mod moderation;
pub mod pages;
pub mod roles;
