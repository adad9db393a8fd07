//! The boundary to the runtime: nothing else names it. The same type names on both sides, picked by
//! the target: Workers where we run, SQLite and simulated everything where we test.

pub mod fetch;
pub mod guard;
pub mod keys;
pub mod sql;

#[cfg(not(target_arch = "wasm32"))]
pub mod native;
#[cfg(target_arch = "wasm32")]
pub mod workers;

#[cfg(not(target_arch = "wasm32"))]
pub use native::{Clock, Crypto, Db, Http, Queue, Random, log, note};
#[cfg(target_arch = "wasm32")]
pub use workers::{Clock, Crypto, Db, Http, Queue, Random, log, note};

/// A failure in the log: an error where it is ours, else a note.
pub fn log_failure(what: &str, error: &crate::error::Error) {
    let line = format!("{what}: {error}");
    if error.is_ours() { log(&line) } else { note(&line) }
}
