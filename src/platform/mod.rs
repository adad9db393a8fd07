//! The boundary to the runtime: nothing else names it. Both sides have the same type names, selected by the
//! target: Workers in production, SQLite and simulations in tests.

pub mod answers;
pub mod fetch;
pub mod guard;
pub mod keys;
pub mod live;
pub mod mail;
pub mod sql;

#[cfg(not(target_arch = "wasm32"))]
pub mod native;
#[cfg(target_arch = "wasm32")]
pub mod workers;

#[cfg(not(target_arch = "wasm32"))]
pub use native::{
    Blobs, Body, Clock, Crypto, Db, Heavy, Http, Images, Limiter, Live, Mail, Pages, Queue, Random,
    decode_text, log, note,
};
#[cfg(target_arch = "wasm32")]
pub use workers::{
    Blobs, Body, Clock, Crypto, Db, Heavy, Http, Images, Limiter, Live, Mail, Pages, Queue, Random,
    decode_text, log, note,
};

/// Logs a failure: as an error if it is one of ours, else as a note.
pub fn log_failure(what: &str, error: &crate::error::Error) {
    let line = format!("{what}: {error}");
    if error.is_ours() { log(&line) } else { note(&line) }
}
