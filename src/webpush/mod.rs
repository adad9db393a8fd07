//! Push messages: Web Push (RFC 8030), which apps receive through the push service of their device.

pub mod encrypt;
pub mod message;
pub mod send;
pub mod subscribe;
pub mod vapid;
