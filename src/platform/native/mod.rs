//! The platform for tests: SQLite, a queue in memory, a network in memory, a clock that
//! stands still, seeded randomness. Whole networks of servers run in one process, with faults.

use std::cell::RefCell;

mod blobs;
mod body;
mod clock;
mod crypto;
mod db;
mod heavy;
mod http;
mod images;
mod limiter;
mod live;
mod mail;
pub mod network;
mod pages;
mod queue;
mod random;

pub use blobs::Blobs;
pub use body::Body;
pub use clock::Clock;
pub use crypto::Crypto;
pub use db::Db;
pub use heavy::Heavy;
pub use http::Http;
pub use images::Images;
pub use limiter::Limiter;
pub use live::{Live, Socket};
pub use mail::Mail;
pub use network::Network;
pub use pages::Pages;
pub use queue::Queue;
pub use random::Random;

thread_local! {
    static ERRORS: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// Decodes a text in the encoding of this label, its byte order mark included (<https://encoding.spec.whatwg.org/#names-and-labels>).
/// What cannot be decoded becomes U+FFFD. `None` for an unknown label.
pub fn decode_text(label: &str, bytes: &[u8]) -> Option<String> {
    let encoding = encoding_rs::Encoding::for_label_no_replacement(label.as_bytes())?;
    Some(encoding.decode_without_bom_handling(bytes).0.into_owned())
}

/// An error in the log, shown where `SORI_LOG` is set.
pub fn log(line: &str) {
    ERRORS.with_borrow_mut(|all| all.push(line.to_owned()));
    note(line);
}

/// Logs a line that is not an error of ours, shown if `SORI_LOG` is set.
pub fn note(line: &str) {
    if std::env::var_os("SORI_LOG").is_some() {
        eprintln!("{line}");
    }
}

/// The errors that this thread has logged since the last call.
pub fn take_errors() -> Vec<String> {
    ERRORS.take()
}
