//! Pictures, videos and sounds: what an uploaded file is.

pub mod formats;
