//! Texts that `build.rs` has compressed (zlib, RFC 1950): long ones of the module that are seldom read.

/// The text; empty where the bytes are none of `build.rs`, which tests exclude.
pub fn unpack(packed: &[u8]) -> String {
    fdeflate::decompress_to_vec(packed)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .unwrap_or_default()
}
