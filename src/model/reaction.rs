//! Emoji reactions, as in Misskey, Pleroma, Akkoma and Fedibird (FEP-c0e0).

use super::limits;

/// Maximum number of reactions of an account to a status.
pub const MAX_OF_ONE: usize = 5;
/// Maximum number of different reactions to a status.
pub const MAX: usize = 100;
/// Maximum bytes of their names and pictures together.
pub const MAX_BYTES: usize = 8_000;

/// The reactions to a status with one emoji.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reaction {
    /// The emoji, or a shortcode; `shortcode@domain` for custom emojis of another server.
    pub name: String,
    pub count: i64,
    /// The picture of a custom emoji.
    pub url: Option<String>,
}

/// Whether a reaction may have this name. It becomes part of a JSON path, which has no escapes.
pub fn is_name(name: &str) -> bool {
    (1..=limits::REACTION).contains(&name.len())
        && !name.chars().any(|c| c.is_control() || matches!(c, '"' | '\\'))
}

/// The shortcode in the name of a custom emoji.
pub fn shortcode(name: &str) -> &str {
    name.split('@').next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::is_name;

    #[test]
    fn names_that_a_json_path_can_hold() {
        for yes in ["👍", "blob", "blob@b.example:8443", "한글"] {
            assert!(is_name(yes), "{yes}");
        }
        for no in ["", "\"", "\"\u{20e3}", "a\\b", "a\u{1}", "\u{0}", &"x".repeat(500)] {
            assert!(!is_name(no), "{no}");
        }
    }
}
