//! Pictures, videos and sounds.

mod files;
