//! Wrong, hostile and random input.

pub mod advisories;
mod attack;
mod attack_4;
mod attack_5;
mod attack_6;
pub mod bad_calls;
pub mod bad_input;
mod causes;
mod conversations;
mod documents;
pub mod fuzz;
mod hidden_statuses;
mod hostile_hour;
pub mod http;
mod limits;
mod old_activities;
pub mod paths;
pub mod routes;
mod sanitized;
pub mod sanitizer;
pub mod sign_in;
mod signed_times;
mod strangers_causes;
pub mod texts;
mod ties;
mod webauthn_vectors;
mod week;
