//! A small HTTP kernel: pure, except for the `App` that a handler is given.

pub mod authorization;
pub mod cookies;
pub mod cors;
pub mod handler;
pub mod multipart;
pub mod negotiate;
pub mod pagination;
pub mod params;
pub mod path;
pub mod range;
pub mod rate_limit;
pub mod request;
pub mod response;
pub mod route;
