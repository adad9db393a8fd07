//! Roles, moderation, and what is only for staff.

pub mod roles;
