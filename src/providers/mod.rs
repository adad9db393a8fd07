//! Services of others that the operator may set up: what sends mails, and a test that somebody is no program.

pub mod mail;
pub mod turnstile;
