//! Pictures, videos and sounds.

mod files;
mod proxy;
